//! Decides by the limits whether a run passes, and its exit status.

use std::str::FromStr;

use crate::audit::{Audit, Verdict, look_alikes};
use crate::baseline::Held;
use crate::bounds::Bounds;
use crate::count::{counted, grouped, percent_beside, percent_of};
use crate::links::Links;

/// How many of the limits that a run is over are told.
const SHOWN_LIMITS: usize = 4;

/// What a run may have at the most.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Limits {
    /// Malformed records; more of them and there is no verdict.
    pub max_malformed: Allowance,
    /// Failing sessions. Nothing given means 0, unless there is a limit in percent or a baseline of rates.
    pub max_dropped: Option<u64>,
    /// Failing sessions, in percent of all sessions.
    pub max_dropped_percent: Option<f64>,
    /// By how many percentage points a rate may be over that of a baseline.
    pub baseline_margin: f64,
    /// How many sessions a library needs to be held against a baseline by itself.
    pub baseline_min_sessions: u64,
    /// Whether there is a baseline of rates.
    pub has_rates: bool,
    /// Linked backend events, in percent of all, as few as there may be.
    pub min_linked: Option<f64>,
    /// Sessions of single rules and causes.
    pub bounds: Bounds,
    /// Whether sessions at risk fail too.
    pub fail_on: FailOn,
    /// Whether a run over a limit ends with status 0.
    pub exit_zero: bool,
    /// Whether a run without any session gets a verdict.
    pub allow_empty: bool,
}

impl Limits {
    /// The number of failing sessions that is allowed, if that is limited.
    #[must_use]
    pub fn max_dropped(&self) -> Option<u64> {
        let is_held_otherwise = self.max_dropped_percent.is_some() || self.has_rates;
        self.max_dropped.or(if is_held_otherwise { None } else { Some(0) })
    }

    /// Whether so many failing sessions of all are over a limit of all sessions.
    pub(crate) fn are_exceeded(&self, failing: u64, all: u64) -> bool {
        self.max_dropped().is_some_and(|max| failing > max)
            || self.max_dropped_percent.is_some_and(|percent| exceeds_percent(failing, all, percent))
    }
}

/// Which sessions count against the limits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FailOn {
    /// Dropped ones.
    #[default]
    Dropped,
    /// Dropped ones and those at risk.
    AtRisk,
}

impl FailOn {
    /// The name on the command line and in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Dropped => "dropped",
            Self::AtRisk => "at-risk",
        }
    }

    /// Whether sessions of this verdict count.
    #[must_use]
    pub fn counts(self, verdict: Verdict) -> bool {
        self == Self::AtRisk || verdict == Verdict::Dropped
    }
}

/// A number of records, or a share of all records.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Allowance {
    /// That many.
    Count(u64),
    /// That share in percent.
    Percent(f64),
}

impl Default for Allowance {
    fn default() -> Self {
        Self::Count(0)
    }
}

impl Allowance {
    /// Whether so many of all are allowed.
    #[must_use]
    pub fn allows(self, count: u64, all: u64) -> bool {
        match self {
            Self::Count(allowed) => count <= allowed,
            Self::Percent(percent) => !exceeds_percent(count, all, percent),
        }
    }
}

impl std::fmt::Display for Allowance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

impl FromStr for Allowance {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_suffix('%') {
            Some(percent) => parse_percent(percent).map(Self::Percent),
            None => {
                text.parse().map(Self::Count).map_err(|_| "expected a count or a percentage such as 0.1%".to_owned())
            }
        }
    }
}

/// Reads a percentage from 0 to 100.
///
/// # Errors
///
/// What is no such number.
pub fn parse_percent(text: &str) -> Result<f64, String> {
    let percent: f64 = text.parse().map_err(|_| "expected a number".to_owned())?;
    if (0.0..=100.0).contains(&percent) { Ok(percent) } else { Err("expected a percentage from 0 to 100".to_owned()) }
}

/// What the limits say of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    /// The limits.
    pub limits: Limits,
    /// Why there is no verdict; empty if there is one.
    pub problems: Vec<String>,
    /// The limits that the run is over, with numbers.
    pub exceeded: Vec<String>,
    /// What the baseline says, if there is one.
    pub baseline: Option<Held>,
}

impl Gate {
    /// Holds an audit, and what a baseline says of it, against the limits.
    #[must_use]
    pub fn new(mut limits: Limits, audit: &Audit, baseline: Option<Held>) -> Self {
        limits.has_rates = matches!(baseline, Some(Held::Rates(_)));
        let is_empty = audit.overview.summary.sessions == 0 && !limits.allow_empty;
        let problems = problems(&limits, audit, is_empty.then(|| no_session(audit)));
        let exceeded = exceeded(&limits, audit, baseline.as_ref());
        Self { limits, problems, exceeded, baseline }
    }

    /// Holds what `links` finds against the limits: that of linked events, and those of malformed records.
    #[must_use]
    pub fn of_links(limits: Limits, links: &Links, audit: &Audit) -> Self {
        let total = &links.total;
        let is_empty = total.events == 0 && !limits.allow_empty;
        let nothing = is_empty.then(|| {
            let events = counted(audit.overview.counts.events, "event");
            format!("none of {events} comes from a server or a language model; --allow-empty allows that")
        });
        let problems = problems(&limits, audit, nothing);
        let share = percent_of(total.linked, total.events);
        let too_few = limits.min_linked.filter(|min| total.events > 0 && share < *min);
        let exceeded = too_few.map(|min| {
            let (linked, events) = (grouped(total.linked), counted(total.events, "backend event"));
            format!("{linked} of {events} linked, {} % < {min} % wanted (--min-linked)", percent_beside(share, min))
        });
        Self { limits, problems, exceeded: exceeded.into_iter().collect(), baseline: None }
    }

    /// Whether all input was read as it should be, so that there is a verdict.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.problems.is_empty()
    }

    /// Whether there is a verdict and it is good.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.is_complete() && self.exceeded.is_empty()
    }

    /// The verdict in a word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match (self.is_complete(), self.exceeded.is_empty()) {
            (false, _) => "NO VERDICT",
            (true, false) => "FAIL",
            (true, true) => "PASS",
        }
    }

    /// Why the verdict is what it is: `passed` where all is well.
    #[must_use]
    pub fn why(&self, passed: &str) -> String {
        match (self.problems.as_slice(), self.exceeded.as_slice()) {
            ([], []) => passed.to_owned(),
            ([], exceeded) if exceeded.len() > SHOWN_LIMITS => {
                let more = counted((exceeded.len() - SHOWN_LIMITS) as u64, "more limit");
                format!("{}; and {more}", exceeded[..SHOWN_LIMITS].join("; "))
            }
            ([], exceeded) => exceeded.join("; "),
            ([problem], _) => problem.clone(),
            ([problem, more @ ..], _) => format!("{problem}; and {}", counted(more.len() as u64, "more problem")),
        }
    }

    /// 0: within the limits; 1: over a limit; 2: no verdict.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match (self.is_complete(), self.exceeded.is_empty()) {
            (false, _) => 2,
            (true, false) if !self.limits.exit_zero => 1,
            (true, _) => 0,
        }
    }
}

/// Why there is no verdict; `nothing` says that there was nothing to judge.
fn problems(limits: &Limits, audit: &Audit, nothing: Option<String>) -> Vec<String> {
    let mut problems = audit.failures.clone();
    let (malformed, records) = (audit.overview.counts.malformed_records, audit.overview.counts.records());
    if !limits.max_malformed.allows(malformed, records) {
        let malformed = counted(malformed, "malformed record");
        problems.push(format!("{malformed}, {} allowed (--max-malformed)", limits.max_malformed));
    }
    problems.extend(nothing.filter(|_| audit.failures.is_empty()));
    problems
}

/// Says that nothing was audited, and what was seen instead.
fn no_session(audit: &Audit) -> String {
    let events = audit.overview.counts.events;
    if events == 0 {
        return "no event was found; --allow-empty allows that".to_owned();
    }
    let look_alikes = look_alikes(&audit.overview.sessionless).into_iter();
    let seen: Vec<_> = look_alikes.map(|(name, count)| format!("{name} on {}", counted(count, "event"))).collect();
    let seen = match seen.as_slice() {
        [] => String::new(),
        seen => format!("; seen instead: {}, but PostHog reads $session_id only", seen.join(", ")),
    };
    format!("none of {} has a $session_id{seen}; --allow-empty allows that", counted(events, "event"))
}

fn exceeded(limits: &Limits, audit: &Audit, baseline: Option<&Held>) -> Vec<String> {
    let sessions = audit.overview.summary.sessions;
    let (failing, what) = failing(limits, audit, baseline);
    let mut exceeded = Vec::new();
    if let Some(max) = limits.max_dropped().filter(|max| failing > *max) {
        let (failing, max) = (grouped(failing), grouped(max));
        exceeded.push(format!("{failing} {what} > {max} allowed (--max-dropped)"));
    }
    if let Some(percent) = limits.max_dropped_percent.filter(|percent| exceeds_percent(failing, sessions, *percent)) {
        let share = percent_beside(percent_of(failing, sessions), percent);
        let (failing, all) = (grouped(failing), counted(sessions, "session"));
        exceeded.push(format!("{failing} of {all} {what}, {share} % > {percent} % allowed (--max-dropped-percent)"));
    }
    exceeded.extend(limits.bounds.exceeded(&audit.overview.summary));
    if let Some(Held::Rates(changes)) = baseline {
        let over = changes.iter().filter(|change| change.is_over(limits.baseline_margin, limits.baseline_min_sessions));
        exceeded.extend(over.map(|change| change.message(limits.baseline_margin)));
    }
    exceeded
}

/// How many sessions count against the limits of all sessions, and what they are.
fn failing(limits: &Limits, audit: &Audit, baseline: Option<&Held>) -> (u64, String) {
    let excused: Vec<_> = limits.bounds.excused().collect();
    let failing = audit.count_unknown(|verdict, cause| limits.fail_on.counts(verdict) && !excused.contains(&cause));
    let mut what = match limits.fail_on {
        FailOn::Dropped => "dropped".to_owned(),
        FailOn::AtRisk => "dropped or at risk".to_owned(),
    };
    if matches!(baseline, Some(Held::Findings(_))) {
        what.push_str(" and not in the baseline");
    }
    let by_cause = &audit.overview.summary.by_cause;
    if excused.iter().any(|cause| by_cause.contains_key(cause)) {
        what = format!("{what} (not counting {})", excused.join(", "));
    }
    (failing, what)
}

fn exceeds_percent(count: u64, all: u64, percent: f64) -> bool {
    percent_of(count, all) > percent
}
