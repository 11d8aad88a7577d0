//! A reported session; there can be millions of them, so what many of them say is shared.

use std::cmp::Reverse;
use std::sync::Arc;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use super::super::Verdict;
use super::texts::{TeamId, event_times, team, time};
use crate::causes::Cause;
use crate::event::id::{embedded_us, parse_uuid};
use crate::event::time::{US_PER_MS, format_us};
use crate::rules::{Effect, Rule, RuleSet};
use crate::sessions::SessionName;

/// What orders sessions worst first, the least value first: those that no baseline knows, then by effect and by number of
/// events.
pub type Rank = (bool, Effect, Reverse<u64>);

/// A reported session with all that reports show of it; texts are safe to print.
#[derive(Debug, Clone, Deserialize)]
pub struct Finding {
    /// The key.
    pub session_id: Box<str>,
    /// The SHA-256 of the whole id in hex digits, where the key shows it otherwise than it is: cut or escaped.
    pub session_id_sha256: Option<Box<str>>,
    /// The team, if the events name one.
    #[serde(default, deserialize_with = "team::deserialize")]
    pub team_id: Option<Arc<str>>,
    /// The verdict.
    pub verdict: Verdict,
    /// The worst effect.
    pub effect: Effect,
    /// Every broken rule, in the order of precedence: one at least.
    pub reasons: Box<[Reason]>,
    /// How many events it has.
    pub events: u64,
    /// How many users.
    pub users: usize,
    /// First and last event in microseconds since 1970.
    #[serde(flatten, deserialize_with = "event_times::deserialize")]
    pub times_us: Option<(i64, i64)>,
    /// The libraries that sent events, sorted.
    pub libs: Box<[Arc<str>]>,
    /// The probable cause of the first reason.
    pub cause: &'static Cause,
    /// What shows the cause, in numbers; empty where there is nothing to say.
    pub evidence: Box<str>,
    /// The broken rules that a baseline lists, where there is one.
    pub known: Option<RuleSet>,
    /// The first distinct ids in text order, under `--show-users`.
    pub distinct_ids: Option<Box<[Box<str>]>>,
    /// What a baseline names it by, where that is not what is shown.
    #[serde(skip)]
    pub exact: Option<Box<ExactName>>,
}

/// A session by what names it in every run; nothing in it is cut or made safe to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExactName {
    /// Its name in its team.
    pub name: SessionName,
    /// The team, if the events name one.
    pub team: Option<Box<str>>,
}

/// A rule that a session breaks, with the proof.
#[derive(Debug, Clone, Deserialize)]
pub struct Reason {
    /// The rule.
    pub rule: &'static Rule,
    /// What PostHog does about it.
    pub effect: Effect,
    /// The event that proves it.
    pub event: Proof,
    /// What is wrong, in numbers.
    pub message: Box<str>,
}

/// An event that proves a rule broken.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Proof {
    /// The input.
    pub file: Arc<str>,
    /// The line on which its record begins, from 1.
    pub line: u64,
    /// Its own id.
    pub uuid: Option<Box<str>>,
    /// When it was, in microseconds since 1970, of the rules that are about time.
    #[serde(rename = "time", default, with = "time")]
    pub time_us: Option<i64>,
}

impl Finding {
    /// The first rule that it breaks, with the proof: what it is reported for.
    #[must_use]
    pub fn reason(&self) -> &Reason {
        &self.reasons[0]
    }

    /// The id's own time in microseconds since 1970.
    #[must_use]
    pub fn id_us(&self) -> Option<i64> {
        parse_uuid(self.session_id.as_bytes()).and_then(|(id, _)| embedded_us(id))
    }

    /// First and last event minus the id's time, in microseconds.
    #[must_use]
    pub fn offsets_us(&self) -> Option<(i64, i64)> {
        let (id_us, (first_us, last_us)) = self.id_us().zip(self.times_us)?;
        Some((first_us - id_us, last_us - id_us))
    }

    /// Whether a baseline lists all that it breaks.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.known.is_some_and(|known| known == self.broken())
    }

    /// All rules that it breaks.
    #[must_use]
    pub fn broken(&self) -> RuleSet {
        RuleSet::of(|rule| self.reasons.iter().any(|reason| std::ptr::eq(reason.rule, rule)))
    }

    /// How much it needs a look.
    #[must_use]
    pub fn rank(&self) -> Rank {
        (self.is_known(), self.effect, Reverse(self.events))
    }

    /// What a baseline names it by.
    #[must_use]
    pub fn exact_name(&self) -> ExactName {
        match &self.exact {
            Some(exact) => (**exact).clone(),
            None => ExactName { name: SessionName::of(&self.session_id), team: self.team_id.as_deref().map(Box::from) },
        }
    }
}

/// With what readers would have to work out, and the proof of the first reason, where tables expect it.
impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let proof = &self.reason().event;
        let offsets = self.offsets_us().map(|(first, last)| (first.div_euclid(US_PER_MS), last.div_euclid(US_PER_MS)));
        let mut fields = serializer.serialize_map(None)?;
        fields.serialize_entry("session_id", &self.session_id)?;
        if let Some(digest) = &self.session_id_sha256 {
            fields.serialize_entry("session_id_sha256", digest)?;
        }
        fields.serialize_entry("team_id", &self.team_id.as_deref().map(TeamId::from))?;
        fields.serialize_entry("verdict", &self.verdict)?;
        fields.serialize_entry("effect", &self.effect)?;
        fields.serialize_entry("reason", self.reason().rule)?;
        fields.serialize_entry("reasons", &self.reasons)?;
        fields.serialize_entry("events", &self.events)?;
        fields.serialize_entry("users", &self.users)?;
        fields.serialize_entry("id_time", &self.id_us().and_then(|us| format_us(us, 3)))?;
        fields.serialize_entry("first_event", &self.times_us.and_then(|(first, _)| format_us(first, 6)))?;
        fields.serialize_entry("last_event", &self.times_us.and_then(|(_, last)| format_us(last, 6)))?;
        fields.serialize_entry("first_offset_ms", &offsets.map(|(first, _)| first))?;
        fields.serialize_entry("last_offset_ms", &offsets.map(|(_, last)| last))?;
        fields.serialize_entry("libs", &self.libs)?;
        fields.serialize_entry("cause", self.cause)?;
        fields.serialize_entry("evidence", &self.evidence)?;
        if let Some(known) = &self.known {
            fields.serialize_entry("known", known)?;
        }
        fields.serialize_entry("file", &proof.file)?;
        fields.serialize_entry("line", &proof.line)?;
        fields.serialize_entry("event_uuid", &proof.uuid)?;
        if let Some(ids) = &self.distinct_ids {
            fields.serialize_entry("distinct_ids", ids)?;
        }
        fields.end()
    }
}

/// With the help that goes with the rule.
impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_map(None)?;
        fields.serialize_entry("rule", self.rule)?;
        fields.serialize_entry("effect", &self.effect)?;
        fields.serialize_entry("event", &self.event)?;
        fields.serialize_entry("message", &self.message)?;
        fields.serialize_entry("help", self.rule.help)?;
        fields.end()
    }
}
