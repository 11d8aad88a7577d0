//! Compares two results: what is fixed, what is new and what remains, by cause, with rates.

use std::collections::{BTreeMap, BTreeSet};

use crate::audit::{Finding, Report, Run};
use crate::causes::{self, Cause};
use crate::count::percent_of;
use crate::safe::quoted;

/// What changed from an older result to a newer one.
#[derive(Debug)]
pub struct Diff {
    /// By cause, in the order in which most sessions were reported before, or are now.
    pub causes: Vec<CauseChange>,
    /// All reported sessions.
    pub total: Change,
    /// All sessions before and now.
    pub sessions: (u64, u64),
    /// Why the results can only be compared with care.
    pub notes: Vec<String>,
}

/// What changed for one cause.
#[derive(Debug)]
pub struct CauseChange {
    /// The cause.
    pub cause: &'static Cause,
    /// Its sessions.
    pub change: Change,
}

/// Numbers of reported sessions.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Reported before, and not now.
    pub fixed: u64,
    /// Reported both times.
    pub remaining: u64,
    /// Reported now, and not before.
    pub new: u64,
}

/// What makes two reported sessions the same: team and id, as reports show them, and what tells ids apart that look alike.
type Identity<'a> = (Option<&'a str>, &'a str, Option<&'a str>);

impl Change {
    /// How many were reported before.
    #[must_use]
    pub fn before(&self) -> u64 {
        self.fixed + self.remaining
    }

    /// How many are reported now.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.new + self.remaining
    }

    fn between<T: Ord>(old: &BTreeSet<T>, new: &BTreeSet<T>) -> Self {
        let remaining = old.intersection(new).count();
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        Self { fixed: count(old.len() - remaining), remaining: count(remaining), new: count(new.len() - remaining) }
    }
}

impl Diff {
    /// Compares two results. A session that is reported for another cause than before is fixed for the one and new for the
    /// other.
    #[must_use]
    pub fn new(old: &Report, new: &Report) -> Self {
        let (before, now) = (by_cause(old), by_cause(new));
        let none = BTreeSet::new();
        let changes = causes::all().map(|cause| {
            let (before, now) = (before.get(cause.name), now.get(cause.name));
            let change = Change::between(before.unwrap_or(&none), now.unwrap_or(&none));
            CauseChange { cause, change }
        });
        let mut causes: Vec<_> = changes.filter(|of| of.change != Change::default()).collect();
        causes.sort_by_key(|of| std::cmp::Reverse(of.change.before().max(of.change.now())));
        let all = |of: BTreeMap<_, BTreeSet<_>>| of.into_values().flatten().collect::<BTreeSet<_>>();
        let total = Change::between(&all(before), &all(now));
        let sessions = (old.overview.summary.sessions, new.overview.summary.sessions);
        Self { causes, notes: notes(old, new, total), total, sessions }
    }

    /// How many percent of all sessions were reported before, and are now.
    #[must_use]
    pub fn percents(&self, change: Change) -> (f64, f64) {
        let (old, new) = self.sessions;
        (percent_of(change.before(), old), percent_of(change.now(), new))
    }
}

fn by_cause(report: &Report) -> BTreeMap<&'static str, BTreeSet<Identity<'_>>> {
    let mut by_cause = BTreeMap::<_, BTreeSet<_>>::new();
    for finding in &report.sessions {
        let Finding { team_id, session_id, session_id_sha256, .. } = finding;
        let identity = (team_id.as_deref(), &**session_id, session_id_sha256.as_deref());
        by_cause.entry(finding.cause.name).or_default().insert(identity);
    }
    by_cause
}

/// What makes the results unlike each other beside their events.
fn notes(old: &Report, new: &Report, total: Change) -> Vec<String> {
    let mut notes = Vec::new();
    for (when, report) in [("older", old), ("newer", new)] {
        if !report.overview.complete {
            notes.push(format!("the {when} result is incomplete"));
        }
    }
    let asked = |run: &Run| (run.contract, run.tolerance_us, run.settings.clone());
    if asked(&old.run) != asked(&new.run) {
        notes.push(
            "the results were made with different options (contract, tolerance, users, rules or fields)".to_owned(),
        );
    }
    if old.run.tool.version != new.run.tool.version {
        let (old, new) = (quoted(&old.run.tool.version), quoted(&new.run.tool.version));
        notes.push(format!("the results were made by different versions ({old} and {new})"));
    }
    if total.remaining == 0 && total.fixed > 0 && total.new > 0 {
        notes.push(
            "no reported session is in both results, as of exports of different days: compare the rates".to_owned(),
        );
    }
    notes
}
