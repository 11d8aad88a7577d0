//! Reads one record of any shape with `serde_json`; what this module says of a record is right.

use std::mem;

use serde::Deserializer as _;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::fields::{Field, Fields, LOOK_ALIKES, Place, ShapeKey};
use super::scan::{Scanner, Spot};
use super::sight::{PropertiesForm, Shape, Sight};
use super::text::{field_text, is_like_an_id, mend, string_text, unescape};
use super::{Arrival, Event, Found, Malformed, time};

/// Events whose distinct id is one user with the one that they name.
const MERGING_EVENTS: [(&str, Field); 3] =
    [("$identify", Field::AnonDistinctId), ("$create_alias", Field::Alias), ("$merge_dangerously", Field::Alias)];

/// Reads records one by one; keeps buffers between them.
#[derive(Debug, Clone)]
pub struct EventReader {
    fields: Fields,
    scanner: Scanner,
    unescaped: String,
}

/// Who is told what records hold. Any function of [`Found`] is told no more than that.
pub(super) trait Listener {
    /// What a record holds.
    fn found(&mut self, found: Found<'_>);

    /// An event, just before it is found.
    fn sight(&mut self, _sight: &Sight<'_>) {}
}

impl<F: FnMut(Found<'_>)> Listener for F {
    fn found(&mut self, found: Found<'_>) {
        self(found);
    }
}

/// The values picked from one object, by slot.
pub(super) type Picked<'a> = Vec<Option<&'a RawValue>>;

/// An event object before its fields are read.
pub(super) struct EventObject<'a> {
    pub(super) root: Picked<'a>,
}

impl EventReader {
    /// A reader of these fields.
    #[must_use]
    pub fn new(fields: Fields) -> Self {
        Self { scanner: Scanner::new(&fields), fields, unescaped: String::new() }
    }

    /// A reader that leaves nothing to the scan, so that every event is seen as it stands in its record.
    pub(crate) fn without_scan(fields: Fields) -> Self {
        Self { scanner: Scanner::idle(), fields, unescaped: String::new() }
    }

    /// Whether the scan reads this record, which is a line of its own.
    pub(crate) fn scans(&mut self, record: &[u8]) -> bool {
        self.scan(record, Spot { at: 0, line: 0 }, &mut |_, _| {}).at > 0
    }

    /// Reads the usual records from `start` on, each an event on its line, and gives the place in front of the first
    /// other one.
    pub(super) fn scan(&mut self, bytes: &[u8], start: Spot, found: &mut impl FnMut(u32, Event<'_>)) -> Spot {
        self.scanner.scan(bytes, start, found)
    }

    /// Reads `record`, a JSON object with nothing but white space around it, and tells `found` what it holds: any number
    /// of events, or one record of another model.
    ///
    /// # Errors
    ///
    /// The reason why the record is malformed; then nothing of it was told to `found`.
    pub fn read(&mut self, record: &[u8], found: &mut impl FnMut(Found<'_>)) -> Result<(), String> {
        self.read_for(record, found).map(drop)
    }

    /// Reads a record as [`Self::read`] does, for a listener, and tells its shape.
    pub(super) fn read_for(&mut self, record: &[u8], listener: &mut impl Listener) -> Result<Shape, String> {
        let mut mended = String::new();
        let root = pick_or_mend(record, &self.fields.root_keys, &mut mended).map_err(|error| not_json(&error))?;
        self.record(root, listener)
    }

    /// Tells the shape of a record by its keys and reads the events in it.
    fn record(&mut self, root: Picked<'_>, listener: &mut impl Listener) -> Result<Shape, String> {
        let key = |key: ShapeKey| root[key as usize];
        let of_kind = |shape_key, first: char| key(shape_key).filter(|json| json.get().starts_with(first));
        if let Some(event) = of_kind(ShapeKey::Event, '{') {
            let outer_person = key(ShapeKey::Person);
            return self.element(event.get(), outer_person, listener).map(|_| Shape::Webhook);
        }
        if let Some(shape) = other_model(&root) {
            listener.found(Found::OtherModel);
            return Ok(shape);
        }
        if self.is_event(&root) {
            return self.event(&EventObject { root }, listener).map(Shape::Event);
        }
        for (shape_key, shape) in [(ShapeKey::Batch, Shape::CaptureBody), (ShapeKey::Results, Shape::ApiPage)] {
            if let Some(events) = of_kind(shape_key, '[') {
                self.elements(events, listener);
                return Ok(shape);
            }
        }
        if let Some(data) = of_kind(ShapeKey::Data, '"') {
            return self.element(&string_text(data.get()), None, listener).map(|_| Shape::CapturedMessage);
        }
        Err("a JSON object, but no event in it".to_owned())
    }

    /// An event object has one of the keys that only events have, or a column that `--field` names.
    fn is_event(&self, root: &Picked<'_>) -> bool {
        [ShapeKey::Event, ShapeKey::Properties, ShapeKey::SessionId].iter().any(|&key| root[key as usize].is_some())
            || self.fields.columns.iter().any(|column| resolve(root[column.slot], column).is_some())
    }

    /// Reads every element of a batch or page; one that is no event is malformed, and the others count.
    fn elements(&mut self, json: &RawValue, listener: &mut impl Listener) {
        let each = Elements(|element: &RawValue| {
            if let Err(reason) = self.element(element.get(), None, listener) {
                listener.found(Found::Malformed(Malformed::new(reason, element.get().as_bytes())));
            }
        });
        // The array is JSON: it was read once to find its end.
        let _ = serde_json::Deserializer::from_str(json.get()).deserialize_seq(each);
    }

    /// Reads an event that stands inside another record.
    fn element(
        &mut self,
        json: &str,
        outer_person: Option<&RawValue>,
        listener: &mut impl Listener,
    ) -> Result<PropertiesForm, String> {
        let mut mended = String::new();
        let keys = &self.fields.root_keys;
        let mut root = pick_or_mend(json.as_bytes(), keys, &mut mended).map_err(|error| not_json(&error))?;
        if !self.is_event(&root) {
            return Err("JSON, but no event".to_owned());
        }
        let person = &mut root[ShapeKey::Person as usize];
        if !self.fields.name_person(*person) {
            *person = outer_person.or(*person);
        }
        self.event(&EventObject { root }, listener)
    }

    /// Opens the event's properties, in either form, and reads its fields.
    fn event(&mut self, object: &EventObject<'_>, listener: &mut impl Listener) -> Result<PropertiesForm, String> {
        let json = object.root[ShapeKey::Properties as usize].map_or("null", RawValue::get);
        let keys = &self.fields.property_keys;
        let form = PropertiesForm::of(json);
        if form != PropertiesForm::String {
            let is_object = form == PropertiesForm::Object;
            let properties = if is_object { pick(json.as_bytes(), keys) } else { Ok(vec![None; keys.len()]) };
            self.tell(object, &properties.map_err(|error| not_json(&error))?, listener);
            return Ok(form);
        }
        let mut text = mem::take(&mut self.unescaped);
        text.clear();
        unescape(&json[1..json.len() - 1], &mut text);
        let read = self.string_properties(object, &text, listener);
        self.unescaped = text;
        read.map(|()| form)
    }

    /// Reads an event whose properties are a string that holds JSON.
    fn string_properties(
        &self,
        object: &EventObject<'_>,
        text: &str,
        listener: &mut impl Listener,
    ) -> Result<(), String> {
        let reason = |error| format!("`properties` is a string that is {}", not_json(&error));
        let keys = &self.fields.property_keys;
        let mut mended = String::new();
        let properties = if text.trim_ascii_start().starts_with('{') {
            pick_or_mend(text.as_bytes(), keys, &mut mended).map_err(reason)?
        } else {
            serde_json::from_str::<IgnoredAny>(text).map_err(reason)?;
            vec![None; keys.len()]
        };
        self.tell(object, &properties, listener);
        Ok(())
    }

    fn tell(&self, object: &EventObject<'_>, properties: &Picked<'_>, listener: &mut impl Listener) {
        listener.sight(&Sight::new(&self.fields, object, properties));
        listener.found(Found::Event(self.fields.event(object, properties)));
    }
}

impl Malformed {
    /// A reason with the first characters of the record.
    pub(super) fn new(reason: String, record: &[u8]) -> Self {
        const EXCERPT_CHARS: usize = 60;
        let start = &record[..record.len().min(4 * EXCERPT_CHARS)];
        let excerpt = String::from_utf8_lossy(start).trim().chars().take(EXCERPT_CHARS).collect();
        Self { reason, excerpt }
    }
}

impl Fields {
    /// Reads every field of an event from its first place that is neither absent nor empty.
    fn event<'a>(&self, object: &EventObject<'a>, properties: &Picked<'a>) -> Event<'a> {
        let text =
            |field| self.places(field).iter().find_map(|place| field_text(object.json(place, properties)?.get()));
        let session_id = text(Field::SessionId).filter(|id| id != "null");
        let name = text(Field::Event);
        let merges = MERGING_EVENTS.iter().find(|(event, _)| name.as_deref() == Some(event));
        let (time_us, uuid) = (self.time_us(object, properties), text(Field::Uuid));
        let is_asked = Arrival::is_asked(session_id.as_deref(), time_us, uuid.as_deref());
        let arrival = || Arrival::new(text(Field::SentAt).as_deref(), text(Field::CreatedAt).as_deref());
        Event {
            time_us,
            distinct_id: text(Field::DistinctId),
            person_id: text(Field::PersonId),
            merged_id: merges.and_then(|(_, other)| text(*other)),
            merges: merges.is_some(),
            uuid,
            lib: text(Field::Lib),
            lib_version: text(Field::LibVersion),
            team_id: text(Field::TeamId),
            app_session: text(Field::AppSession),
            device_id: text(Field::DeviceId),
            arrival: is_asked.then(arrival),
            name: name.filter(|_| self.links || session_id.is_none()),
            is_server: self.links && text(Field::IsServer).is_some_and(|is| is == "true"),
            recording_status: if self.links { text(Field::RecordingStatus) } else { None },
            look_alike: if session_id.is_none() { self.look_alike(object, properties) } else { None },
            session_id,
        }
    }

    /// Whether a `person` has an id.
    fn name_person(&self, person: Option<&RawValue>) -> bool {
        let places = self.places(Field::PersonId).iter();
        let mut places = places.filter(|place| !place.in_properties && place.slot == ShapeKey::Person as usize);
        places.any(|place| resolve(person, place).is_some_and(|json| field_text(json.get()).is_some()))
    }

    /// `timestamp`, which has to be a string: PostHog ignores a number.
    fn time_us(&self, object: &EventObject<'_>, properties: &Picked<'_>) -> Option<i64> {
        let json = self.places(Field::Timestamp).iter().find_map(|place| {
            let json = object.json(place, properties)?.get();
            field_text(json).map(|_| json)
        })?;
        time::parse_us(json.starts_with('"').then(|| string_text(json))?.as_bytes())
    }

    fn look_alike(&self, object: &EventObject<'_>, properties: &Picked<'_>) -> Option<&'static str> {
        let mut looks = LOOK_ALIKES.iter().zip(self.places(Field::LookAlike));
        looks
            .find(|(_, place)| object.json(place, properties).is_some_and(|json| is_like_an_id(json.get())))
            .map(|(key, _)| *key)
    }
}

impl<'a> EventObject<'a> {
    /// The JSON at a place.
    pub(super) fn json(&self, place: &Place, properties: &Picked<'a>) -> Option<&'a RawValue> {
        let picked = if place.in_properties { properties } else { &self.root };
        resolve(picked[place.slot], place)
    }
}

/// Follows the nested keys of a place.
fn resolve<'a>(json: Option<&'a RawValue>, place: &Place) -> Option<&'a RawValue> {
    place.nested.iter().try_fold(json?, |json, key| {
        let picked = pick(json.get().as_bytes(), std::slice::from_ref(key)).ok()?;
        picked[0]
    })
}

/// Records of the persons and sessions export models, which are no events.
fn other_model(root: &Picked<'_>) -> Option<Shape> {
    let has = |key: ShapeKey| root[key as usize].is_some();
    match has(ShapeKey::Event) {
        true => None,
        false if has(ShapeKey::PersonVersion) => Some(Shape::Person),
        false => (has(ShapeKey::SessionModelId) && has(ShapeKey::SessionModelStart)).then_some(Shape::Session),
    }
}

/// The reason in `serde_json`'s words, without the line (a record is its own).
fn not_json(error: &serde_json::Error) -> String {
    if error.is_data() {
        return "JSON, but no object".to_owned();
    }
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or_default();
    if error.is_eof() {
        return format!("not JSON: cut off at column {}", error.column());
    }
    format!("not JSON: {what} at column {}", error.column())
}

/// Picks the values of some keys; what is no JSON is mended first, if it can be.
fn pick_or_mend<'a>(json: &'a [u8], keys: &[String], mended: &'a mut String) -> serde_json::Result<Picked<'a>> {
    pick(json, keys).or_else(|error| {
        *mended = mend(json).ok_or(error)?;
        pick(mended.as_bytes(), keys)
    })
}

/// Picks the values of some keys of an object, the last one where a key is repeated.
fn pick<'a>(json: &'a [u8], keys: &[String]) -> serde_json::Result<Picked<'a>> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let picked = deserializer.deserialize_map(Pick(keys))?;
    deserializer.end()?;
    Ok(picked)
}

struct Pick<'k>(&'k [String]);

impl<'de> Visitor<'de> for Pick<'_> {
    type Value = Picked<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut picked = vec![None; self.0.len()];
        while let Some(slot) = map.next_key_seed(Slot(self.0))? {
            match slot {
                Some(slot) => picked[slot] = Some(map.next_value()?),
                None => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(picked)
    }
}

/// Reads a key as bytes, since a key may be no valid text, and finds it among the wanted ones.
struct Slot<'k>(&'k [String]);

impl<'de> DeserializeSeed<'de> for Slot<'_> {
    type Value = Option<usize>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_bytes(self)
    }
}

impl Visitor<'_> for Slot<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a key")
    }

    fn visit_bytes<E>(self, key: &[u8]) -> Result<Self::Value, E> {
        Ok(self.0.iter().position(|wanted| wanted.as_bytes() == key))
    }
}

/// Hands every element of an array to a function.
struct Elements<F>(F);

impl<'de, F: FnMut(&'de RawValue)> Visitor<'de> for Elements<F> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut array: A) -> Result<(), A::Error> {
        while let Some(element) = array.next_element()? {
            self.0(element);
        }
        Ok(())
    }
}
