//! Makes the tables of a page.

use super::{Page, code, prose};
use crate::audit::links::{Links, Reason};
use crate::audit::{Day, Finding, Overview, Report, Share};
use crate::count::{counted, grouped, percent_of};
use crate::event::time::format_day;
use crate::report::gathered::{Gathered, gathered};
use crate::report::text::{library_name, source};
use crate::safe::data_text;

/// How many libraries and days are shown.
const SHOWN_ROWS: usize = 30;

/// How many sessions can have room on a page at all.
const MAX_SESSIONS: usize = 10_000;

pub(super) fn totals(overview: &Overview, page: &mut Page) {
    let (counts, summary) = (&overview.summary.counts, &overview.summary);
    let ok = summary.sessions - summary.dropped - summary.at_risk;
    let row = vec![
        grouped(summary.sessions),
        grouped(ok),
        grouped(summary.at_risk),
        grouped(summary.dropped),
        percent(summary.dropped, summary.sessions),
        with_share(summary.events_in_dropped_sessions, counts.events),
        with_share(counts.events_without_session_id, counts.events),
    ];
    let header = &["-sessions", "-ok", "-at risk", "-dropped", "-share", "-events in dropped", "-events without id"];
    page.table("rows", header, [row]);
}

pub(super) fn causes(overview: &Overview, page: &mut Page) {
    let causes = gathered(&overview.clusters);
    if !causes.is_empty() {
        page.block("### Causes");
        page.table("causes", &["-sessions", "what", "from", "example", "fix"], causes.iter().map(cause));
    }
}

fn cause(gathered: &Gathered<'_>) -> Vec<String> {
    let cause = gathered.cause;
    let example = gathered.examples().next().map_or(String::new(), |example| {
        let evidence = prose(&example.evidence);
        format!("{} {evidence}", place(&example.file, example.line)).trim_end().to_owned()
    });
    let what = format!("{} ({})", prose(cause.label), code(cause.name));
    vec![grouped(gathered.sessions), what, code(&gathered.origins()), example, prose(cause.fix)]
}

pub(super) fn reasons(report: &Report, page: &mut Page) {
    let overview = &report.overview;
    let reasons = &overview.reasons;
    if reasons.is_empty() {
        return;
    }
    page.block("### Reasons");
    let all = report.sessions.len() as u64;
    let rows = reasons.iter().map(|reason| {
        let share = percent(reason.sessions, all);
        vec![code(reason.rule.name), grouped(reason.sessions), share, code(&source(&reason.source))]
    });
    page.table("reasons", &["reason", "-sessions", "-share", "mostly from"], rows);
    if overview.summary.by_rule.iter().sum::<u64>() > all {
        page.block("A session counts under its first reason; some have several.");
    }
}

pub(super) fn libraries(overview: &Overview, page: &mut Page) {
    let all = overview.libraries.count();
    let rows = overview.libraries.rows.iter().map(|library| share_row(code(&library_name(library)), library.share));
    shares(("By library", "library"), all.min(SHOWN_ROWS), all, rows.take(SHOWN_ROWS), page);
}

pub(super) fn days(overview: &Overview, page: &mut Page) {
    let days = &overview.days;
    let last = days.iter().skip(days.len().saturating_sub(SHOWN_ROWS));
    let rows = last.map(|Day { day, share }| share_row(format_day(*day).unwrap_or_default(), *share));
    shares(("By day", "day"), days.len().min(SHOWN_ROWS), days.len(), rows, page);
}

/// A folded table of sessions and how many of them are dropped.
fn shares(
    (title, what): (&str, &'static str),
    shown: usize,
    all: usize,
    rows: impl Iterator<Item = Vec<String>>,
    page: &mut Page,
) {
    let header: super::page::Header = match what {
        "day" => &["day", "-sessions", "-dropped", "-share"],
        _ => &["library", "-sessions", "-dropped", "-share"],
    };
    if all > 0 {
        page.folded(&format!("{title}{}", of(shown, all)), |page| page.table("rows", header, rows));
    }
}

fn share_row(name: String, Share { sessions, dropped }: Share) -> Vec<String> {
    vec![name, grouped(sessions), grouped(dropped), percent(dropped, sessions)]
}

/// Where backend events lead, in all.
pub(super) fn links(links: &Links, page: &mut Page) {
    let total = &links.total;
    page.block("### Backend events");
    let numbers = [total.events, total.with_id, total.aggregated, total.linked, total.same_user].map(grouped);
    let replay = total.replay().map_or_else(|| "unknown".to_owned(), grouped);
    let header = &["-events", "-with id", "-aggregated", "-linked", "-same user", "-replay"];
    page.table("rows", header, [[&numbers[..], &[replay]].concat()]);
    let missed = |reason: Reason| {
        let misses = links.rows.iter().flat_map(|row| &row.misses).filter(|miss| miss.reason == reason);
        let events: u64 = misses.map(|miss| miss.events).sum();
        (events > 0)
            .then(|| format!("{}: {}: {}", code(reason.name()), counted(events, "event"), prose(reason.meaning())))
    };
    page.list(&Reason::ALL.into_iter().filter_map(missed).collect::<Vec<_>>());
}

/// The worst sessions.
pub(super) fn sessions(report: &Report, limit: usize, page: &mut Page) {
    let all = report.sessions.len();
    let worst = report.worst(limit.min(MAX_SESSIONS));
    if worst.is_empty() {
        return;
    }
    let header = &["session", "what", "effect", "-events", "from", "proof", "cause"];
    page.folded(&format!("Worst sessions{}", of(worst.len(), all)), |page| {
        page.table("sessions", header, worst.into_iter().map(session));
    });
}

fn session(finding: &Finding) -> Vec<String> {
    let reason = finding.reason();
    let team = finding.team_id.as_ref().map_or(String::new(), |team| format!(" of team {}", code(team)));
    let more = match finding.reasons.len() - 1 {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    vec![
        format!("{}{team}", code(&finding.session_id)),
        format!("{}{more}", prose(&reason.message)),
        finding.effect.name().to_owned(),
        grouped(finding.events),
        code(&data_text(&finding.libs.join(", "))),
        place(&reason.event.file, reason.event.line),
        prose(finding.cause.label),
    ]
}

/// `FILE:LINE`; a name of any length is cut.
fn place(file: &str, line: u64) -> String {
    code(&format!("{}:{line}", data_text(file)))
}

/// `(20 of 56)`, or the number of all.
fn of(shown: usize, all: usize) -> String {
    let all_text = grouped(all as u64);
    if shown < all { format!(" ({} of {all_text})", grouped(shown as u64)) } else { format!(" ({all_text})") }
}

fn percent(count: u64, all: u64) -> String {
    format!("{:.2} %", percent_of(count, all))
}

fn with_share(count: u64, all: u64) -> String {
    format!("{} ({})", grouped(count), percent(count, all))
}
