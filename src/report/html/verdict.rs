//! Shows the verdict first: what the limits say, how many sessions are dropped, and what was read.

use std::io;

use askama::Template;

use super::rendered;
use super::text::{UNKNOWN, cut};
use crate::audit::{Overview, Report};
use crate::count::{counted, grouped, percent_of};
use crate::event::time::{US_PER_DAY, format_day};
use crate::report::baseline;

/// How many reasons for the verdict are shown.
const SHOWN_WHY: usize = 10;

#[derive(Template)]
#[template(path = "verdict.html")]
struct Section {
    /// The class of its colour.
    class: &'static str,
    word: &'static str,
    headline: String,
    why: Vec<String>,
    more_why: Option<String>,
    exit_code: u8,
    range: String,
    parts: Vec<Part>,
    facts: Vec<Fact>,
}

/// A part of the bar of all sessions.
struct Part {
    class: &'static str,
    name: &'static str,
    sessions: String,
    percent: String,
    from: String,
    width: String,
}

/// A number and what it counts.
struct Fact {
    number: String,
    what: &'static str,
    note: String,
}

/// `56 of 400 sessions dropped`.
pub(super) fn headline(report: &Report) -> String {
    let summary = &report.overview.summary;
    format!("{} of {} dropped", grouped(summary.dropped), counted(summary.sessions, "session"))
}

/// The section.
pub(super) fn section(report: &Report) -> io::Result<String> {
    let overview = &report.overview;
    let gate = &overview.gate;
    let (class, word) = match (gate.is_complete(), gate.exceeded.is_empty()) {
        (false, _) => ("none", "No verdict"),
        (true, false) => ("fail", "Fail"),
        (true, true) => ("pass", "Pass"),
    };
    let reasons = why(report);
    let more = reasons.len().saturating_sub(SHOWN_WHY);
    rendered(&Section {
        class,
        word,
        headline: if gate.passed() { baseline::passed(report) } else { headline(report) },
        why: reasons.iter().take(SHOWN_WHY).map(|line| cut(line, 300)).collect(),
        more_why: (more > 0).then(|| format!("and {} more", grouped(more as u64))),
        exit_code: gate.exit_code(),
        range: range(overview),
        parts: parts(overview),
        facts: facts(overview),
    })
}

/// Why there is no verdict or a bad one, and what does not count for it.
fn why(report: &Report) -> Vec<String> {
    let gate = &report.overview.gate;
    let excused = gate.limits.bounds.excused().filter_map(|cause| {
        let sessions = report.count(|finding| finding.cause.name == cause);
        let sessions = (sessions > 0).then(|| counted(sessions, "session"))?;
        Some(format!("not counted: {sessions}, as causes.{cause}.severity is off"))
    });
    gate.problems.iter().chain(&gate.exceeded).cloned().chain(excused).collect()
}

/// `Events of 2025-03-14 to 2025-03-18 UTC`.
fn range(overview: &Overview) -> String {
    let day = |us: i64| format_day(us.div_euclid(US_PER_DAY)).unwrap_or_else(|| UNKNOWN.to_owned());
    match overview.summary.times_us {
        None => "No event has a time".to_owned(),
        Some((first, last)) if day(first) == day(last) => format!("Events of {} UTC", day(first)),
        Some((first, last)) => format!("Events of {} to {} UTC", day(first), day(last)),
    }
}

/// All sessions in parts, as a bar shows them.
fn parts(overview: &Overview) -> Vec<Part> {
    let summary = &overview.summary;
    let ok = summary.sessions.saturating_sub(summary.dropped + summary.at_risk);
    let mut from = 0.0;
    let parts = [("ok", "ok", ok), ("risk", "at risk", summary.at_risk), ("dropped", "dropped", summary.dropped)];
    let part = |(class, name, sessions): (&'static str, &'static str, u64)| {
        let share = percent_of(sessions, summary.sessions);
        let part = Part {
            class,
            name,
            sessions: grouped(sessions),
            percent: format!("{share:.2} %"),
            from: format!("{from:.2}"),
            width: format!("{share:.2}"),
        };
        from += share;
        part
    };
    parts.into_iter().filter(|(class, _, sessions)| *sessions > 0 || *class != "risk").map(part).collect()
}

fn facts(overview: &Overview) -> Vec<Fact> {
    let (counts, summary) = (&overview.summary.counts, &overview.summary);
    let affected = summary.events_in_dropped_sessions;
    let of_events = |count: u64| format!("{:.2} % of events", percent_of(count, counts.events));
    let read = overview.inputs.iter().filter(|input| input.compression.is_some()).count() as u64;
    let fact = |count: u64, what: &'static str, note: String| Fact { number: grouped(count), what, note };
    let always = [
        fact(summary.sessions, "sessions", String::new()),
        fact(counts.events, "events", format!("in {}", counted(read, "file"))),
        fact(affected, "events in dropped sessions", of_events(affected)),
    ];
    let known = baseline::known(&overview.gate);
    let known = known.map(|known| fact(known, "known sessions", "the baseline lists all that they break".to_owned()));
    let if_any = [
        (counts.events_without_session_id, "events without $session_id"),
        (counts.events_untimed, "events without a time"),
        (counts.malformed_records, "malformed records, skipped"),
        (counts.other_records, "records of other models"),
    ];
    let if_any = if_any.into_iter().filter(|(count, _)| *count > 0);
    always.into_iter().chain(known).chain(if_any.map(|(count, what)| fact(count, what, String::new()))).collect()
}
