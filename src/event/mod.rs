//! Turns the bytes of a chunk into events: everything that is known of the export's JSON is in here.

mod arrival;
mod fields;
pub mod id;
mod json;
mod object;
mod pick;
mod records;
mod scan;
mod sight;
mod spelling;
mod text;
mod witness;

use std::borrow::Cow;

use uuid::Uuid;

pub use arrival::Arrival;
pub(crate) use fields::look_alike;
pub use fields::{FIELD_NAMES, FieldPath, Fields, InvalidFieldPath};
pub(crate) use fields::{Field, MOVABLE_FIELDS};
use id::Spelling;
pub use json::EventReader;
pub use records::walk;
pub(crate) use records::watch;
#[cfg(fuzzing)]
pub use scan::agreement;
pub use sight::{JsonType, Layout, PropertiesForm, Shape};
pub(crate) use sight::{Sight, Value};
pub use spelling::TimeSpelling;
pub(crate) use witness::Witness;

pub use crate::time;

/// What the audit needs to know of one event; texts are borrowed from the record where it spells them out.
///
/// An absent field is `None`; so are `null` and the empty string.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Event<'a> {
    /// The text of `$session_id`; the text `null` is no session id.
    pub session_id: Option<Cow<'a, str>>,
    /// The same as a UUID, if ClickHouse reads it as one, and how it is spelled.
    pub session_uuid: Option<(Uuid, Spelling)>,
    /// `timestamp` in microseconds since 1970, UTC; `None` when absent or not RFC 3339.
    pub time_us: Option<i64>,
    /// The distinct id.
    pub distinct_id: Option<Cow<'a, str>>,
    /// The person id at ingestion.
    pub person_id: Option<Cow<'a, str>>,
    /// The other distinct id that a `$identify`, `$create_alias` or `$merge_dangerously` event names.
    pub merged_id: Option<Cow<'a, str>>,
    /// Whether the event is one of those three, which say that two distinct ids are one user.
    pub merges: bool,
    /// The event's own id.
    pub uuid: Option<Cow<'a, str>>,
    /// `$lib`.
    pub lib: Option<Cow<'a, str>>,
    /// `$lib_version`.
    pub lib_version: Option<Cow<'a, str>>,
    /// `team_id`.
    pub team_id: Option<Cow<'a, str>>,
    /// The value of the property that `--session-key` names.
    pub app_session: Option<Cow<'a, str>>,
    /// `$device_id`.
    pub device_id: Option<Cow<'a, str>>,
    /// When the event was sent and stored, where that is asked: see [`Arrival`].
    pub arrival: Option<Arrival>,
    /// The event's name.
    pub name: Option<Cow<'a, str>>,
    /// A property that looks like a session id under another name, on an event that has none.
    pub look_alike: Option<&'static str>,
    /// Whether `$is_server` is true.
    pub is_server: bool,
    /// `$recording_status`.
    pub recording_status: Option<Cow<'a, str>>,
}

/// What a record turned out to hold.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "nearly all are events, and they are handed over, not kept")]
pub enum Found<'a> {
    /// An event.
    Event(Event<'a>),
    /// A record of another export model: a person or a session.
    OtherModel,
    /// Something that is not JSON, or no shape that an export has.
    Malformed(Malformed),
}

/// Why a record cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// The reason in a few words.
    pub reason: String,
    /// The first characters of the record, unescaped data.
    pub excerpt: String,
}
