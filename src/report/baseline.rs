//! Says what of a run its baseline knows, and why a run passes.

use crate::audit::{Overview, Report, Verdict};
use crate::baseline::{Held, Recognized, Stale};
use crate::count::{counted, grouped};
use crate::gate::Gate;
use crate::rules::RuleSet;

/// How many stale entries are named.
const SHOWN_STALE: usize = 3;

fn recognized(gate: &Gate) -> Option<&Recognized> {
    match gate.baseline.as_ref()? {
        Held::Findings(recognized) => Some(recognized),
        Held::Rates { .. } => None,
    }
}

/// How many reported sessions are known, where the baseline lists sessions.
pub(super) fn known(gate: &Gate) -> Option<u64> {
    recognized(gate).map(|recognized| recognized.known)
}

/// What of a session is known.
pub(super) fn rules(known: RuleSet) -> String {
    let names: Vec<_> = known.iter().map(|rule| rule.name).collect();
    names.join(", ")
}

/// What there is to say of a run where all is well: what is dropped, and why that is no failure.
pub(super) fn passed(report: &Report) -> String {
    let Overview { summary, gate, .. } = &report.overview;
    let known = match &gate.baseline {
        None => String::new(),
        Some(Held::Findings(known)) => format!(", {} of them known", grouped(known.dropped)),
        Some(Held::Rates { .. }) => ", no rate over the baseline's and its margin".to_owned(),
    };
    let dropped_by =
        |cause: &&str| report.count(|finding| finding.verdict == Verdict::Dropped && finding.cause.name == *cause);
    let excused: Vec<_> = gate.limits.bounds.excused().filter(|cause| dropped_by(cause) > 0).collect();
    let not_counted = if excused.is_empty() {
        String::new()
    } else {
        let sessions = grouped(excused.iter().map(dropped_by).sum());
        format!(", {sessions} of them not counted ({})", excused.join(", "))
    };
    format!("{} of {} dropped{known}{not_counted}", grouped(summary.dropped), counted(summary.sessions, "session"))
}

/// What the baseline lists in vain.
pub(super) fn stale(gate: &Gate) -> Option<String> {
    let known = recognized(gate).filter(|known| known.stale > 0)?;
    let named = |stale: &Stale| {
        let team = stale.team_id.as_ref().map_or(String::new(), |team| format!(" of team {team}"));
        format!("{}{team}: {}", stale.session_id, stale.rule.name)
    };
    let first: Vec<_> = known.first_stale.iter().take(SHOWN_STALE).map(named).collect();
    let entries = if known.stale == 1 { "entry" } else { "entries" };
    let (stale, first) = (grouped(known.stale), first.join("; "));
    Some(format!("{stale} stale baseline {entries}, no longer found (e.g. {first})"))
}
