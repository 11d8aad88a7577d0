//! What reports gather: sessions by cause and library, libraries, events without a session id.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::texts::day;
use super::{Finding, Largest, Share, names};
use crate::causes::Cause;
use crate::count::{percent_of, rounded};
use crate::event::time::format_day;

/// The reported sessions of one cause whose proving events come from one version of a library.
#[derive(Debug, Clone, Deserialize)]
pub struct Cluster {
    /// The cause.
    pub cause: &'static Cause,
    /// The library, if the events name one.
    pub lib: Option<String>,
    /// Its version.
    pub lib_version: Option<String>,
    /// How many sessions.
    pub sessions: u64,
    /// How many sessions have events of this version.
    pub sessions_of_lib: u64,
    /// How many events they have.
    pub events: u64,
    /// The first and the last day (since 1970, UTC) on which one begins: that of its first event, or of its id.
    #[serde(flatten, deserialize_with = "days")]
    pub days: Option<(i64, i64)>,
    /// The first few of them in the order of reports.
    pub examples: Vec<Example>,
}

/// A session of a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// The key.
    pub session_id: String,
    /// The input with the proving event.
    pub file: String,
    /// The line on which its record begins, from 1.
    pub line: u64,
    /// What shows the cause, in numbers; empty where there is nothing to say.
    pub evidence: String,
}

/// The sessions in which a version of a library occurs.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Library {
    /// The library, if the events name one.
    pub lib: Option<String>,
    /// Its version.
    #[serde(rename = "lib_version")]
    pub version: Option<String>,
    /// The sessions.
    #[serde(flatten)]
    pub share: Share,
}

/// Events of one name and library without a session id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionlessEvents {
    /// The events' name.
    pub event: Option<String>,
    /// Their library.
    pub lib: Option<String>,
    /// How many.
    pub events: u64,
    /// How many of them carry a property that looks like a session id, by its name.
    #[serde(deserialize_with = "names::look_alikes")]
    pub look_alikes: BTreeMap<&'static str, u64>,
}

/// How often each property that looks like a session id occurs, the most frequent first.
#[must_use]
pub fn look_alikes(all: &Largest<SessionlessEvents>) -> Vec<(&'static str, u64)> {
    let mut counts = BTreeMap::<_, u64>::new();
    for (name, events) in all.iter().flat_map(|(_, group)| &group.look_alikes) {
        *counts.entry(*name).or_default() += events;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, events)| Reverse(*events));
    counts
}

impl Cluster {
    /// How many percent of all sessions with events of this version these are.
    #[must_use]
    pub fn percent_of_lib(&self) -> f64 {
        percent_of(self.sessions, self.sessions_of_lib)
    }
}

impl From<&Finding> for Example {
    fn from(finding: &Finding) -> Self {
        let proof = &finding.reason().event;
        Self {
            session_id: finding.session_id.to_string(),
            file: proof.file.to_string(),
            line: proof.line,
            evidence: finding.evidence.to_string(),
        }
    }
}

/// With the share in percent, and with what the cause is and what to do about it.
impl Serialize for Cluster {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_map(None)?;
        fields.serialize_entry("cause", self.cause)?;
        fields.serialize_entry("lib", &self.lib)?;
        fields.serialize_entry("lib_version", &self.lib_version)?;
        fields.serialize_entry("sessions", &self.sessions)?;
        fields.serialize_entry("sessions_of_lib", &self.sessions_of_lib)?;
        fields.serialize_entry("percent_of_lib", &rounded(self.percent_of_lib()))?;
        fields.serialize_entry("events", &self.events)?;
        fields.serialize_entry("first_day", &self.days.and_then(|(first, _)| format_day(first)))?;
        fields.serialize_entry("last_day", &self.days.and_then(|(_, last)| format_day(last)))?;
        fields.serialize_entry("summary", self.cause.label)?;
        fields.serialize_entry("fix", self.cause.fix)?;
        fields.serialize_entry("examples", &self.examples)?;
        fields.end()
    }
}

/// The first and the last day, where both are given.
fn days<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<(i64, i64)>, D::Error> {
    #[derive(Deserialize)]
    struct Text(#[serde(with = "day")] i64);
    #[derive(Deserialize)]
    struct Fields {
        first_day: Option<Text>,
        last_day: Option<Text>,
    }
    let Fields { first_day, last_day } = Fields::deserialize(deserializer)?;
    Ok(first_day.zip(last_day).map(|(Text(first), Text(last))| (first, last)))
}
