//! Shows an event as it stands in its record: where each field is, of which type, and in which shape the record is.

use std::borrow::Cow;

use super::fields::{Field, Fields, LOOK_ALIKES, ShapeKey};
use super::object::EventObject;
use super::pick::Picked;
use super::spelling::TimeSpelling;
use super::text::field_text;

/// The shape of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// An event by itself.
    Event(PropertiesForm),
    /// `{"batch":[event,...]}`.
    CaptureBody,
    /// `{"results":[event,...]}`.
    ApiPage,
    /// `{"data":"<event as a JSON string>"}`.
    CapturedMessage,
    /// `{"event":{event},"person":{...}}`.
    Webhook,
    /// A record of the persons export model.
    Person,
    /// A record of the sessions export model.
    Session,
}

/// What an event's `properties` are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PropertiesForm {
    /// An object.
    Object,
    /// A string that holds JSON.
    String,
    /// Absent, or `null`.
    Null,
    /// An array, a number or a boolean, which have no fields.
    Other,
}

/// How a record stands in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layout {
    /// On a line of its own.
    Line,
    /// On one line with others.
    Shared,
    /// On several lines.
    Lines,
    /// As an element of an array.
    Element,
}

/// The type of a JSON value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "JSON has these")]
pub enum JsonType {
    String,
    Number,
    Boolean,
    Object,
    Array,
    Null,
}

/// A value that stands where a field may be read.
#[derive(Debug)]
pub(crate) struct Value<'a> {
    pub(crate) json_type: JsonType,
    /// What it says; nothing of what counts as absent (`null` and the empty string).
    pub(crate) text: Option<Cow<'a, str>>,
}

/// An event as it stands in its record.
pub(crate) struct Sight<'a> {
    fields: &'a Fields,
    object: &'a EventObject<'a>,
    properties: &'a Picked<'a>,
}

impl PropertiesForm {
    pub(super) fn of(json: &str) -> Self {
        match json.as_bytes().first() {
            Some(b'{') => Self::Object,
            Some(b'"') => Self::String,
            Some(b'n') | None => Self::Null,
            Some(_) => Self::Other,
        }
    }
}

impl JsonType {
    /// The name that reports use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Object => "object",
            Self::Array => "array",
            Self::Null => "null",
        }
    }

    fn of(json: &str) -> Self {
        match json.as_bytes().first() {
            Some(b'"') => Self::String,
            Some(b'{') => Self::Object,
            Some(b'[') => Self::Array,
            Some(b't' | b'f') => Self::Boolean,
            Some(b'n') | None => Self::Null,
            Some(_) => Self::Number,
        }
    }
}

impl<'a> Sight<'a> {
    pub(super) fn new(fields: &'a Fields, object: &'a EventObject<'a>, properties: &'a Picked<'a>) -> Self {
        Self { fields, object, properties }
    }

    /// What stands at the places of a field, in the order in which they are asked.
    pub(crate) fn values(&self, field: Field) -> impl Iterator<Item = Option<Value<'a>>> {
        let places = self.fields.places(field).iter();
        places.map(|place| {
            let json = self.object.json(place, self.properties)?.get();
            Some(Value { json_type: JsonType::of(json), text: field_text(json) })
        })
    }

    /// The properties that look like a session id under another name.
    pub(crate) fn look_alikes(&self) -> impl Iterator<Item = &'static str> {
        let looks = LOOK_ALIKES.iter().zip(self.fields.places(Field::LookAlike));
        let has_text = |place| Some(field_text(self.object.json(place, self.properties)?.get()).is_some());
        looks.filter(move |(_, place)| has_text(place) == Some(true)).map(|(key, _)| *key)
    }

    /// Whether an event whose properties are a string looks like a row of ClickHouse: with a column for the session id,
    /// or a time without a zone.
    pub(crate) fn is_row(&self) -> bool {
        let has_column = self.object.root[ShapeKey::SessionId as usize].is_some();
        let mut times = self.values(Field::Timestamp).flatten().filter_map(|value| value.text);
        let spelling = times.next().and_then(|text| TimeSpelling::of(text.as_bytes()));
        has_column || spelling.is_some_and(|spelling| spelling.is_naive())
    }
}
