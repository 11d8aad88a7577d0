//! A reported session as reports show it.

use super::Verdict;
use crate::causes::Cause;
use crate::rules::{Effect, Rule, RuleSet};

/// A reported session with all that reports show of it; texts are safe to print.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The key.
    pub session_id: String,
    /// The team, if the events name one.
    pub team_id: Option<String>,
    /// The verdict.
    pub verdict: Verdict,
    /// The worst effect.
    pub effect: Effect,
    /// The broken rules that a baseline lists, where there is one.
    pub known: Option<RuleSet>,
    /// Every broken rule, in the order of precedence.
    pub reasons: Vec<Reason>,
    /// How many events it has.
    pub events: u64,
    /// How many users.
    pub users: usize,
    /// The id's own time in microseconds since 1970.
    pub id_us: Option<i64>,
    /// First and last event in microseconds since 1970.
    pub times_us: Option<(i64, i64)>,
    /// First and last event minus the id's time, in microseconds.
    pub offsets_us: Option<(i64, i64)>,
    /// The libraries that sent events, sorted.
    pub libs: Vec<String>,
    /// The probable cause of the first reason.
    pub cause: &'static Cause,
    /// What shows the cause, in numbers; empty where there is nothing to say.
    pub evidence: String,
    /// The first distinct ids in text order, under `--show-users`.
    pub distinct_ids: Option<Vec<String>>,
}

/// A rule that a session breaks, with the proof.
#[derive(Debug, Clone)]
pub struct Reason {
    /// The rule.
    pub rule: &'static Rule,
    /// What PostHog does about it.
    pub effect: Effect,
    /// What is wrong, in numbers.
    pub message: String,
    /// The input with the proving event.
    pub file: String,
    /// The line on which its record begins, from 1.
    pub line: u64,
    /// The event's own id.
    pub event_uuid: Option<String>,
}
