//! Counts of events and sessions, in all and by reason and day.

use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use super::names::{by_effect, by_rule};
use super::texts::{day, event_times};
use crate::count::{percent_of, rounded};
use crate::rows::Counts;
use crate::rules::{Effect, RULES, Rule};

/// What was counted.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub struct Summary {
    /// Of events.
    #[serde(flatten)]
    pub counts: Counts,
    /// All sessions.
    pub sessions: u64,
    /// Sessions whose verdict is dropped.
    pub dropped: u64,
    /// Sessions whose verdict is at risk.
    pub at_risk: u64,
    /// The events of dropped sessions.
    pub events_in_dropped_sessions: u64,
    /// The smallest and the largest time of the events in microseconds since 1970.
    #[serde(flatten, with = "event_times")]
    pub times_us: Option<(i64, i64)>,
    /// Sessions that break each rule, in the order of [`RULES`].
    #[serde(rename = "by_reason", with = "by_rule")]
    pub by_rule: [u64; RULES.len()],
    /// Reported sessions of each effect, in the order of [`Effect::ALL`].
    #[serde(with = "by_effect")]
    pub by_effect: [u64; Effect::ALL.len()],
    /// Reported sessions in which each library occurs.
    pub by_lib: BTreeMap<String, u64>,
}

/// How many sessions there are, and how many of them are dropped.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Share {
    /// All.
    pub sessions: u64,
    /// Those whose verdict is dropped.
    pub dropped: u64,
}

impl Share {
    pub(crate) fn add(&mut self, other: Self) {
        self.sessions += other.sessions;
        self.dropped += other.dropped;
    }
}

/// With the share in percent.
impl Serialize for Share {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_map(None)?;
        fields.serialize_entry("sessions", &self.sessions)?;
        fields.serialize_entry("dropped", &self.dropped)?;
        fields.serialize_entry("dropped_percent", &rounded(percent_of(self.dropped, self.sessions)))?;
        fields.end()
    }
}

/// The sessions that begin on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// The day since 1970, UTC, of a year from 0 to 9999.
    #[serde(with = "day")]
    pub day: i64,
    /// The sessions.
    #[serde(flatten)]
    pub share: Share,
}

/// How many sessions have one rule as their reason, and where most of them come from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReasonCount {
    /// The rule.
    #[serde(rename = "reason")]
    pub rule: &'static Rule,
    /// Sessions that break it first.
    pub sessions: u64,
    /// Where most of the proving events come from.
    #[serde(rename = "mostly_from", default)]
    pub source: ReasonSource,
}

/// Where half or more of the sessions of a reason come from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ReasonSource {
    /// One version of a library.
    Version {
        /// The library.
        lib: String,
        /// Its version, if the events name one.
        #[serde(rename = "lib_version")]
        version: Option<String>,
        /// How many of the sessions these are.
        sessions: u64,
        /// How many sessions have events of this version.
        sessions_of_lib: u64,
    },
    /// Several versions of one library, or events without one.
    Library {
        /// The library, if the events name one.
        lib: Option<String>,
    },
    /// Nothing in particular.
    #[default]
    Several,
}
