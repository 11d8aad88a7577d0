//! Tells which events of servers and language models lead to the session of their user.

mod fix;
mod follow;
mod reason;

use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{KnownName, detail};
pub use fix::Sender;
pub(in crate::audit) use follow::LinkTallies;
pub use reason::Reason;

/// Where backend events lead.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Links {
    /// All events.
    pub total: LinkCounts,
    /// Events by name and library, most events first.
    pub rows: Vec<LinkRow>,
}

/// The backend events of one name and library.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LinkRow {
    /// The events' name.
    pub event: Option<String>,
    /// Their library.
    pub lib: Option<String>,
    /// Where they lead.
    #[serde(flatten)]
    pub counts: LinkCounts,
    /// Why the others lead nowhere, most events first; with the events of the same user these are all.
    #[serde(rename = "reasons")]
    pub misses: Vec<Miss>,
}

/// How many events lead how far; each number is a part of the one before.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct LinkCounts {
    /// All.
    pub events: u64,
    /// Those with a session id.
    pub with_id: u64,
    /// Those in a session that breaks no rule.
    pub aggregated: u64,
    /// Those in a session that also has events of a browser or mobile application.
    pub linked: u64,
    /// Those of the same user as these.
    pub same_user: u64,
    /// Those in a session that shows signs of a recording.
    #[serde(rename = "replay", default, deserialize_with = "or_zero")]
    pub recorded: u64,
    /// Of the same user, but in a session that shows no signs whether it is recorded.
    #[serde(rename = "replay_unknown")]
    pub unknown: u64,
}

/// Events that lead nowhere for one reason.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Miss {
    /// The reason.
    pub reason: Reason,
    /// The rule that the session breaks or that the event's time goes with, or the property that looks like a session id.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "detail")]
    pub detail: Option<KnownName>,
    /// Whether a browser or a mobile application sends them.
    #[serde(rename = "client", default, skip_serializing_if = "std::ops::Not::not")]
    pub is_client: bool,
    /// How many.
    pub events: u64,
    /// The input with the first of them.
    pub file: String,
    /// The line of the first of them.
    pub line: u64,
    /// What to do about it.
    pub fix: String,
}

impl LinkCounts {
    /// How many of them show signs of a recording; `None` where no session tells.
    #[must_use]
    pub fn replay(&self) -> Option<u64> {
        (self.same_user == 0 || self.unknown < self.same_user).then_some(self.recorded)
    }

    fn add(&mut self, other: &Self) {
        self.events += other.events;
        self.with_id += other.with_id;
        self.aggregated += other.aggregated;
        self.linked += other.linked;
        self.same_user += other.same_user;
        self.recorded += other.recorded;
        self.unknown += other.unknown;
    }
}

/// With the events whose session has a replay, if any session tells.
impl Serialize for LinkCounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_map(None)?;
        fields.serialize_entry("events", &self.events)?;
        fields.serialize_entry("with_id", &self.with_id)?;
        fields.serialize_entry("aggregated", &self.aggregated)?;
        fields.serialize_entry("linked", &self.linked)?;
        fields.serialize_entry("same_user", &self.same_user)?;
        fields.serialize_entry("replay", &self.replay())?;
        fields.serialize_entry("replay_unknown", &self.unknown)?;
        fields.end()
    }
}

fn or_zero<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
