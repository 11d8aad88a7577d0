//! Says where in an event each field is read, by default and with `--field`.

use std::fmt;
use std::str::FromStr;

use crate::input::Need;

/// The fields that `--field` can move.
pub const FIELD_NAMES: [&str; 9] =
    ["session_id", "timestamp", "distinct_id", "person_id", "event", "uuid", "lib", "lib_version", "team_id"];

/// Properties that other tools and mistaken code use for a session id; PostHog reads `$session_id` only.
pub(super) const LOOK_ALIKES: [&str; 8] = [
    "session_id",
    "sessionId",
    "session",
    "sessionid",
    "posthog_session_id",
    "$sessionId",
    "$amplitude_session_id",
    "amplitude_session_id",
];

/// The property of that name, if it is one that looks like a session id.
pub(crate) fn look_alike(name: &str) -> Option<&'static str> {
    LOOK_ALIKES.into_iter().find(|known| *known == name)
}

/// A field of an event, in the order of [`FIELD_NAMES`]; the last ones cannot be moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    SessionId,
    Timestamp,
    DistinctId,
    PersonId,
    Event,
    Uuid,
    Lib,
    LibVersion,
    TeamId,
    AnonDistinctId,
    Alias,
    AppSession,
    LookAlike,
    DeviceId,
    SentAt,
    CreatedAt,
    IsServer,
    RecordingStatus,
}

const FIELDS: usize = Field::RecordingStatus as usize + 1;

/// The fields that go by [`FIELD_NAMES`].
pub(crate) const MOVABLE_FIELDS: [Field; FIELD_NAMES.len()] = [
    Field::SessionId,
    Field::Timestamp,
    Field::DistinctId,
    Field::PersonId,
    Field::Event,
    Field::Uuid,
    Field::Lib,
    Field::LibVersion,
    Field::TeamId,
];

/// The fields without which something else would be reported.
const DECIDING_FIELDS: [Field; 8] = [
    Field::SessionId,
    Field::Timestamp,
    Field::DistinctId,
    Field::PersonId,
    Field::TeamId,
    Field::AnonDistinctId,
    Field::Alias,
    Field::AppSession,
];

/// One place where a field may stand: a slot of the picked keys, then keys of nested objects.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) in_properties: bool,
    pub(super) slot: usize,
    pub(super) nested: Vec<String>,
}

/// Where every field is read, and which keys have to be picked for that.
#[derive(Debug, Clone)]
pub struct Fields {
    pub(super) root_keys: Vec<String>,
    pub(super) property_keys: Vec<String>,
    places: [Vec<Place>; FIELDS],
    /// Slots of `root_keys` that make an object an event, because `--field` names them.
    pub(super) columns: Vec<Place>,
    /// The places that `--field` names.
    moved: Vec<Place>,
    /// The property that holds the application's own session.
    pub(super) app_session: Option<String>,
}

/// A `NAME=PATH` of `--field`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPath {
    field: usize,
    path: Vec<String>,
}

/// Why a text is no `NAME=PATH`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidFieldPath(String);

impl fmt::Display for InvalidFieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidFieldPath {}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", FIELD_NAMES[self.field], self.path.join("."))
    }
}

impl FieldPath {
    /// The name of the field.
    #[must_use]
    pub fn name(&self) -> &'static str {
        FIELD_NAMES[self.field]
    }

    /// The keys that lead to it.
    #[must_use]
    pub fn path(&self) -> &[String] {
        &self.path
    }
}

impl FromStr for FieldPath {
    type Err = InvalidFieldPath;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, path) = text.split_once('=').ok_or_else(|| InvalidFieldPath("expected NAME=PATH".to_owned()))?;
        let field = FIELD_NAMES.iter().position(|known| *known == name).ok_or_else(|| {
            InvalidFieldPath(format!("no field is named {name:?} (there are: {})", FIELD_NAMES.join(", ")))
        })?;
        let path: Vec<_> = path.split('.').map(str::to_owned).collect();
        if path.iter().any(String::is_empty) || path == ["properties"] {
            return Err(InvalidFieldPath(format!("{:?} is no path such as column or properties.key", path.join("."))));
        }
        Ok(Self { field, path })
    }
}

impl Default for Fields {
    fn default() -> Self {
        Self::new(&[], None)
    }
}

impl Fields {
    /// The default places, with those of `moved` read elsewhere, and the property that holds the application's own
    /// session.
    #[must_use]
    pub fn new(moved: &[FieldPath], app_session: Option<&str>) -> Self {
        let mut fields = Self {
            root_keys: SHAPE_KEYS.map(str::to_owned).to_vec(),
            property_keys: Vec::new(),
            places: Default::default(),
            columns: Vec::new(),
            moved: Vec::new(),
            app_session: app_session.map(str::to_owned),
        };
        for (field, paths) in DEFAULT_PLACES {
            if !moved.iter().any(|moved| moved.field == field as usize) {
                for path in paths {
                    fields.read(field as usize, path);
                }
            }
        }
        for key in LOOK_ALIKES {
            fields.read(Field::LookAlike as usize, &["properties", key]);
        }
        if let Some(property) = app_session {
            fields.read(Field::AppSession as usize, &["properties", property]);
        }
        for moved in moved {
            let place = fields.read(moved.field, &moved.path);
            fields.columns.extend((!place.in_properties).then(|| place.clone()));
            fields.moved.push(place);
        }
        fields
    }

    /// Whether `--field` moves any field.
    pub(super) fn is_moved(&self) -> bool {
        !self.moved.is_empty()
    }

    /// How much a column at this path is needed.
    pub(crate) fn need(&self, path: &[String]) -> Need {
        match (self.needs(path), self.decides(path)) {
            (false, _) => Need::No,
            (true, false) => Need::Useful,
            (true, true) => Need::Deciding,
        }
    }

    /// Whether a column at this path has something to say: the value of a field, what holds it or is part of it, or
    /// what tells the shape of a record.
    fn needs(&self, path: &[String]) -> bool {
        let tells_shape = |key: &&str| path == [*key] && !["batch", "results", "data"].contains(key);
        let holds = |place: &Place| self.keys(place).iter().zip(path).all(|(key, name)| key == name);
        SHAPE_KEYS.iter().any(tells_shape) || self.places.iter().flatten().any(holds)
    }

    /// Whether a column at this path, which is needed, decides what is reported, so that it cannot be left out: the
    /// session, the time, the users or the team of an event, and what `--field` names. A webhook's event has the same
    /// columns inside.
    fn decides(&self, path: &[String]) -> bool {
        let in_webhook = path.split_first().filter(|(first, inner)| *first == "event" && !inner.is_empty());
        let paths = [Some(path), in_webhook.map(|(_, inner)| inner)];
        let is_at = |place: &Place, may_hold: bool| {
            let keys = self.keys(place);
            let is_on_way = |path: &[String]| keys.iter().zip(path).all(|(key, name)| key == name);
            paths.iter().flatten().any(|path| (may_hold || path.len() >= keys.len()) && is_on_way(path))
        };
        let mut deciding = DECIDING_FIELDS.iter().flat_map(|field| self.places(*field));
        deciding.any(|place| is_at(place, place.in_properties)) || self.moved.iter().any(|place| is_at(place, true))
    }

    /// The paths of the places where a field is read, in the order in which they are asked.
    pub(crate) fn paths(&self, field: Field) -> Vec<String> {
        self.places(field).iter().map(|place| self.path(place)).collect()
    }

    fn path(&self, place: &Place) -> String {
        self.keys(place).join(".")
    }

    /// The keys that lead to a place.
    fn keys<'k>(&'k self, place: &'k Place) -> Vec<&'k str> {
        let keys = if place.in_properties { &self.property_keys } else { &self.root_keys };
        let start = place.in_properties.then_some("properties");
        let nested = place.nested.iter().map(String::as_str);
        start.into_iter().chain([keys[place.slot].as_str()]).chain(nested).collect()
    }

    pub(super) fn places(&self, field: Field) -> &[Place] {
        &self.places[field as usize]
    }

    fn read<S: AsRef<str>>(&mut self, field: usize, path: &[S]) -> Place {
        let in_properties = path.len() > 1 && path[0].as_ref() == "properties";
        let path = &path[usize::from(in_properties)..];
        let keys = if in_properties { &mut self.property_keys } else { &mut self.root_keys };
        let slot = keys.iter().position(|key| key == path[0].as_ref()).unwrap_or_else(|| {
            keys.push(path[0].as_ref().to_owned());
            keys.len() - 1
        });
        let place =
            Place { in_properties, slot, nested: path[1..].iter().map(|key| key.as_ref().to_owned()).collect() };
        self.places[field].push(place.clone());
        place
    }
}

/// Keys that tell the shape of a record, in the order of the slots that [`ShapeKey`] names.
const SHAPE_KEYS: [&str; 10] = [
    "event",
    "properties",
    "$session_id",
    "batch",
    "results",
    "data",
    "person",
    "person_version",
    "session_id",
    "start_timestamp",
];

/// The slot of each of [`SHAPE_KEYS`].
#[derive(Clone, Copy)]
pub(super) enum ShapeKey {
    Event,
    Properties,
    SessionId,
    Batch,
    Results,
    Data,
    Person,
    PersonVersion,
    SessionModelId,
    SessionModelStart,
}

const DEFAULT_PLACES: [(Field, &[&[&str]]); 16] = [
    (Field::SessionId, &[&["properties", "$session_id"], &["$session_id"]]),
    (Field::Timestamp, &[&["timestamp"]]),
    (Field::DistinctId, &[&["distinct_id"], &["$distinct_id"], &["properties", "distinct_id"]]),
    (Field::PersonId, &[&["person_id"], &["person", "id"], &["person", "uuid"]]),
    (Field::Event, &[&["event"]]),
    (Field::Uuid, &[&["uuid"], &["id"]]),
    (Field::Lib, &[&["properties", "$lib"]]),
    (Field::LibVersion, &[&["properties", "$lib_version"]]),
    (Field::TeamId, &[&["team_id"]]),
    (Field::AnonDistinctId, &[&["properties", "$anon_distinct_id"]]),
    (Field::Alias, &[&["properties", "alias"]]),
    (Field::DeviceId, &[&["properties", "$device_id"]]),
    (Field::SentAt, &[&["properties", "$sent_at"]]),
    (Field::CreatedAt, &[&["created_at"]]),
    (Field::IsServer, &[&["properties", "$is_server"]]),
    (Field::RecordingStatus, &[&["properties", "$recording_status"]]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_fields_are_in_the_same_order() {
        for (field, name) in [(Field::SessionId, "session_id"), (Field::Event, "event"), (Field::TeamId, "team_id")] {
            assert_eq!(FIELD_NAMES[field as usize], name);
        }
        assert_eq!(MOVABLE_FIELDS.map(|field| field as usize), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(SHAPE_KEYS[ShapeKey::SessionModelStart as usize], "start_timestamp");
        assert_eq!(SHAPE_KEYS[ShapeKey::Person as usize], "person");
    }

    #[test]
    fn columns_are_needed_that_hold_a_field_or_are_part_of_one() {
        let moved = ["uuid=ids.event".parse().expect("a path")];
        let fields = Fields::new(&moved, Some("order"));
        let is_needed = |path: &str| fields.needs(&path.split('/').map(str::to_owned).collect::<Vec<_>>());
        for path in ["properties", "timestamp", "person/id", "person", "ids", "ids/event", "ids/event/text"] {
            assert!(is_needed(path), "{path}");
        }
        for path in ["properties/order", "properties/$session_id", "person_version", "created_at", "$session_id"] {
            assert!(is_needed(path), "{path}");
        }
        for path in ["person_properties", "properties/x", "person/name", "ids/other", "data", "batch", "uuid"] {
            assert!(!is_needed(path), "{path}");
        }
    }

    #[test]
    fn columns_decide_that_tell_sessions_times_users_and_teams() {
        let moved = ["uuid=ids.event".parse().expect("a path")];
        let fields = Fields::new(&moved, Some("order"));
        let decides = |path: &str| fields.decides(&path.split('/').map(str::to_owned).collect::<Vec<_>>());
        for path in ["properties", "properties/order", "timestamp", "team_id", "person/id", "ids", "ids/event"] {
            assert!(decides(path), "{path}");
            assert!(decides(&format!("event/{path}")), "of a webhook: {path}");
        }
        for path in ["event", "person", "created_at", "properties/$lib", "person_version", "event/elements/list"] {
            assert!(!decides(path), "{path}");
        }
    }

    #[test]
    fn paths_that_are_refused_say_why() {
        let reason = |text: &str| text.parse::<FieldPath>().expect_err("refused").to_string();
        assert_eq!(reason("uuid"), "expected NAME=PATH");
        assert!(reason("sessionid=x").starts_with("no field is named \"sessionid\" (there are: session_id, timestamp"));
        for path in ["", "a..b", ".a", "a.", "properties"] {
            assert!(reason(&format!("uuid={path}")).contains("is no path"), "{path}");
        }
        assert!("uuid=properties.a.b".parse::<FieldPath>().is_ok());
    }
}
