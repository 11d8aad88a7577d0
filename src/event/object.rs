//! Reads the fields of an event object, each from its first place that is neither absent nor empty.

use serde_json::value::RawValue;

use super::fields::{Field, Fields, LOOK_ALIKES, Place, ShapeKey};
use super::id::parse_uuid;
use super::pick::{Picked, pick};
use super::text::{field_text, is_like_an_id, string_text};
use super::{Arrival, Event, time};

/// Events whose distinct id is one user with the one that they name.
const MERGING_EVENTS: [(&str, Field); 3] =
    [("$identify", Field::AnonDistinctId), ("$create_alias", Field::Alias), ("$merge_dangerously", Field::Alias)];

/// An event object before its fields are read.
pub(super) struct EventObject<'a> {
    pub(super) root: Picked<'a>,
}

impl Fields {
    /// Reads every field of an event from its first place that is neither absent nor empty.
    pub(super) fn event<'a>(&self, object: &EventObject<'a>, properties: &Picked<'a>) -> Event<'a> {
        let text =
            |field| self.places(field).iter().find_map(|place| field_text(object.json(place, properties)?.get()));
        let session_id = text(Field::SessionId).filter(|id| id != "null");
        let name = text(Field::Event);
        let merges = MERGING_EVENTS.iter().find(|(event, _)| name.as_deref() == Some(event));
        let (time_us, uuid) = (self.time_us(object, properties), text(Field::Uuid));
        let session_uuid = session_id.as_deref().and_then(|id| parse_uuid(id.as_bytes()));
        let is_asked = Arrival::is_asked(session_uuid.map(|(id, _)| id), time_us, uuid.as_deref());
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
            name,
            is_server: text(Field::IsServer).is_some_and(|is| is == "true"),
            recording_status: text(Field::RecordingStatus),
            look_alike: if session_id.is_none() { self.look_alike(object, properties) } else { None },
            session_id,
            session_uuid,
        }
    }

    /// Whether a `person` has an id.
    pub(super) fn name_person(&self, person: Option<&RawValue>) -> bool {
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
pub(super) fn resolve<'a>(json: Option<&'a RawValue>, place: &Place) -> Option<&'a RawValue> {
    place.nested.iter().try_fold(json?, |json, key| {
        let picked = pick(json.get().as_bytes(), std::slice::from_ref(key)).ok()?;
        picked[0]
    })
}
