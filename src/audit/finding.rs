//! A reported session as reports show it.

use std::cmp::Reverse;

use super::Verdict;
use crate::causes::Cause;
use crate::rules::{Effect, Rule, RuleSet};

/// What orders sessions worst first, the least value first: those that no baseline knows, then by effect and by number of
/// events.
pub type Rank = (bool, Effect, Reverse<u64>);

/// All reported sessions, each made when it is asked for, since there can be very many.
pub trait Findings {
    /// How many there are.
    fn count(&self) -> usize;

    /// The session at a place in the order of reports, from 0.
    fn finding(&self, place: usize) -> Finding;

    /// How much it needs a look.
    fn rank(&self, place: usize) -> Rank;

    /// The first rule that it breaks.
    fn rule(&self, place: usize) -> Option<&'static Rule>;

    /// All rules that it breaks.
    fn broken(&self, place: usize) -> RuleSet;

    /// The probable cause of the first one.
    fn cause(&self, place: usize) -> &'static Cause;
}

impl dyn Findings + '_ {
    /// All of them in the order of reports.
    pub fn iter(&self) -> impl Iterator<Item = Finding> {
        (0..self.count()).map(|place| self.finding(place))
    }

    /// The first few, worst first, and those alike in the order of reports.
    #[must_use]
    pub fn worst(&self, limit: usize) -> Vec<Finding> {
        let mut places: Vec<_> = (0..self.count()).collect();
        places.sort_by_cached_key(|place| self.rank(*place));
        places.into_iter().take(limit).map(|place| self.finding(place)).collect()
    }
}

/// A reported session with all that reports show of it; texts are safe to print.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The key.
    pub session_id: String,
    /// The SHA-256 of the whole id in hex digits, where the key shows it otherwise than it is: cut or escaped.
    pub session_id_sha256: Option<String>,
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
    /// When the event was, in microseconds since 1970, of the rules that are about time.
    pub time_us: Option<i64>,
    /// The event's own id.
    pub event_uuid: Option<String>,
}

impl Finding {
    /// Whether a baseline lists all that it breaks.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.known == Some(self.broken())
    }

    /// All rules that it breaks.
    #[must_use]
    pub fn broken(&self) -> RuleSet {
        RuleSet::of(|rule| self.reasons.iter().any(|reason| std::ptr::eq(reason.rule, rule)))
    }
}
