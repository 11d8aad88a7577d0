//! Decides by the limits whether a run passes, and its exit status.

use std::str::FromStr;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use crate::audit::links::LinkCounts;
use crate::audit::{Finding, Overview, Report, Verdict, as_text, look_alikes};
use crate::baseline::Held;
use crate::bounds::Bounds;
use crate::count::{counted, grouped, percent_beside, percent_of};

/// How many of the limits that a run is over are told.
const SHOWN_LIMITS: usize = 4;

/// What a run may have at the most.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Malformed records; more of them and there is no verdict.
    #[serde(with = "as_text")]
    pub max_malformed: Allowance,
    /// Failing sessions. For the gate, nothing given means 0, unless there is a limit in percent or a baseline of rates.
    pub max_dropped: Option<u64>,
    /// Failing sessions, in percent of all sessions.
    pub max_dropped_percent: Option<f64>,
    /// Whether sessions at risk fail too.
    pub fail_on: FailOn,
    /// Whether a run over a limit ends with status 0.
    pub exit_zero: bool,
    /// Whether a run without any session gets a verdict.
    pub allow_empty: bool,
    /// Sessions of single rules and causes.
    #[serde(flatten)]
    pub bounds: Bounds,
    /// By how many percentage points a rate may be over that of a baseline.
    #[serde(skip)]
    pub baseline_margin: f64,
    /// How many sessions a library needs to be held against a baseline by itself.
    #[serde(skip)]
    pub baseline_min_sessions: u64,
    /// Linked backend events, in percent of all, as few as there may be; only `links` asks.
    #[serde(skip)]
    pub min_linked: Option<f64>,
}

impl Limits {
    /// Whether a reported session counts against the limits of all sessions.
    pub(crate) fn count(&self, finding: &Finding) -> bool {
        let is_excused = self.bounds.excused().any(|excused| excused == finding.cause.name);
        !is_excused && self.fail_on.counts(finding.verdict) && !finding.is_known()
    }

    /// Whether so many failing sessions of all are over a limit of all sessions.
    pub(crate) fn are_exceeded(&self, failing: u64, all: u64) -> bool {
        self.max_dropped.is_some_and(|max| failing > max)
            || self.max_dropped_percent.is_some_and(|percent| exceeds_percent(failing, all, percent))
    }
}

/// Which sessions count against the limits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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
#[derive(Debug, Clone, Default, Deserialize)]
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
    /// Holds a report, and what a baseline says of it, against the limits.
    #[must_use]
    pub fn new(mut limits: Limits, report: &Report, baseline: Option<Held>) -> Self {
        let is_limited = limits.max_dropped_percent.is_some() || matches!(baseline, Some(Held::Rates { .. }));
        limits.max_dropped = limits.max_dropped.or(if is_limited { None } else { Some(0) });
        let overview = &report.overview;
        let is_empty = overview.summary.sessions == 0 && !limits.allow_empty;
        let problems = problems(&limits, overview, is_empty.then(|| no_session(overview)));
        let exceeded = exceeded(&limits, report, baseline.as_ref());
        Self { limits, problems, exceeded, baseline }
    }

    /// Holds what `links` finds against the limits: that of linked events, and those of malformed records.
    #[must_use]
    pub fn of_links(limits: Limits, overview: &Overview) -> Self {
        let total = overview.links.as_ref().map_or(LinkCounts::default(), |links| links.total);
        let is_empty = total.events == 0 && !limits.allow_empty;
        let nothing = is_empty.then(|| {
            let events = counted(overview.summary.counts.events, "event");
            format!("none of {events} comes from a server or a language model; --allow-empty allows that")
        });
        let problems = problems(&limits, overview, nothing);
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

/// With what it comes to.
impl Serialize for Gate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_map(None)?;
        fields.serialize_entry("passed", &self.passed())?;
        fields.serialize_entry("exit_code", &self.exit_code())?;
        fields.serialize_entry("problems", &self.problems)?;
        fields.serialize_entry("exceeded", &self.exceeded)?;
        fields.serialize_entry("limits", &self.limits)?;
        if let Some(baseline) = &self.baseline {
            fields.serialize_entry("baseline", baseline)?;
        }
        fields.end()
    }
}

/// Why there is no verdict; `nothing` says that there was nothing to judge.
fn problems(limits: &Limits, overview: &Overview, nothing: Option<String>) -> Vec<String> {
    let mut problems = overview.failures.clone();
    let counts = &overview.summary.counts;
    let (malformed, records) = (counts.malformed_records, counts.records());
    if !limits.max_malformed.allows(malformed, records) {
        let malformed = counted(malformed, "malformed record");
        problems.push(format!("{malformed}, {} allowed (--max-malformed)", limits.max_malformed));
    }
    problems.extend(nothing.filter(|_| overview.failures.is_empty()));
    problems
}

/// Says that nothing was audited, and what was seen instead.
fn no_session(overview: &Overview) -> String {
    let events = overview.summary.counts.events;
    if events == 0 {
        return "no event was found; --allow-empty allows that".to_owned();
    }
    let look_alikes = look_alikes(&overview.sessionless).into_iter();
    let seen: Vec<_> = look_alikes.map(|(name, count)| format!("{name} on {}", counted(count, "event"))).collect();
    let seen = match seen.as_slice() {
        [] => String::new(),
        seen => format!("; seen instead: {}, but PostHog reads $session_id only", seen.join(", ")),
    };
    format!("none of {} has a $session_id{seen}; --allow-empty allows that", counted(events, "event"))
}

fn exceeded(limits: &Limits, report: &Report, baseline: Option<&Held>) -> Vec<String> {
    let sessions = report.overview.summary.sessions;
    let (failing, what) = failing(limits, report, baseline);
    let mut exceeded = Vec::new();
    if let Some(max) = limits.max_dropped.filter(|max| failing > *max) {
        let (failing, max) = (grouped(failing), grouped(max));
        exceeded.push(format!("{failing} {what} > {max} allowed (--max-dropped)"));
    }
    if let Some(percent) = limits.max_dropped_percent.filter(|percent| exceeds_percent(failing, sessions, *percent)) {
        let share = percent_beside(percent_of(failing, sessions), percent);
        let (failing, all) = (grouped(failing), counted(sessions, "session"));
        exceeded.push(format!("{failing} of {all} {what}, {share} % > {percent} % allowed (--max-dropped-percent)"));
    }
    exceeded.extend(limits.bounds.exceeded(report));
    if let Some(Held::Rates { margin, exceeded: over, .. }) = baseline {
        exceeded.extend(over.iter().map(|change| change.message(*margin)));
    }
    exceeded
}

/// How many sessions count against the limits of all sessions, and what they are.
fn failing(limits: &Limits, report: &Report, baseline: Option<&Held>) -> (u64, String) {
    let failing = report.count(|finding| limits.count(finding));
    let mut what = match limits.fail_on {
        FailOn::Dropped => "dropped".to_owned(),
        FailOn::AtRisk => "dropped or at risk".to_owned(),
    };
    if matches!(baseline, Some(Held::Findings(_))) {
        what.push_str(" and not in the baseline");
    }
    let excused: Vec<_> = limits.bounds.excused().collect();
    if report.sessions.iter().any(|finding| excused.contains(&finding.cause.name)) {
        what = format!("{what} (not counting {})", excused.join(", "));
    }
    (failing, what)
}

fn exceeds_percent(count: u64, all: u64, percent: f64) -> bool {
    percent_of(count, all) > percent
}
