//! Shows which events of servers and language models lead to the session of their user, and why others do not.

use std::io;

use askama::Template;

use super::rendered;
use super::text::{cut, place};
use crate::audit::Report;
use crate::audit::links::{LinkCounts, LinkRow, Links, Miss, Reason};
use crate::count::{counted, grouped, percent_of};
use crate::report::links::{Missed as Misses, fixes, missed as missed_by_reason, numbers};

/// How many rows are shown.
const SHOWN_ROWS: usize = 50;

/// How many groups of events of a reason are shown.
const SHOWN_GROUPS: usize = 5;

/// The length of a name, in characters.
const NAME_CHARS: usize = 60;

#[derive(Template)]
#[template(path = "links.html")]
struct Section {
    is_followed: bool,
    headline: String,
    rows: Vec<TableRow>,
    total: Option<[String; 6]>,
    more: Option<String>,
    misses: Vec<Missed>,
}

struct TableRow {
    event: String,
    lib: String,
    numbers: [String; 6],
}

/// A reason why events lead nowhere.
struct Missed {
    reason: Reason,
    events: String,
    groups: Vec<Group>,
    more: Option<String>,
    fixes: Vec<String>,
}

/// Events that lead nowhere.
struct Group {
    events: String,
    what: String,
    place: String,
}

/// The section.
pub(super) fn section(report: &Report) -> io::Result<String> {
    let Some(links) = &report.overview.links else {
        return rendered(&Section {
            is_followed: false,
            headline: String::new(),
            rows: Vec::new(),
            total: None,
            more: None,
            misses: Vec::new(),
        });
    };
    let LinkCounts { events, linked, .. } = links.total;
    let share = percent_of(linked, events);
    let more = links.rows.len().saturating_sub(SHOWN_ROWS);
    rendered(&Section {
        is_followed: true,
        headline: format!("{} of {} linked ({share:.2} %)", grouped(linked), counted(events, "backend event")),
        rows: links.rows.iter().take(SHOWN_ROWS).map(row).collect(),
        total: (links.rows.len() > 1).then(|| numbers(&links.total)),
        more: (more > 0)
            .then(|| format!("{}; all: session-audit links -o links.csv", counted(more as u64, "more row"))),
        misses: misses(links),
    })
}

fn row(row: &LinkRow) -> TableRow {
    TableRow { event: name(row.event.as_deref()), lib: name(row.lib.as_deref()), numbers: numbers(&row.counts) }
}

fn name(name: Option<&str>) -> String {
    name.map_or_else(|| "-".to_owned(), |name| cut(name, NAME_CHARS))
}

/// The reasons why events lead nowhere, most events first.
fn misses(links: &Links) -> Vec<Missed> {
    let missed = |of: Misses<'_>| {
        let more = of.misses.len().saturating_sub(SHOWN_GROUPS);
        Missed {
            reason: of.reason,
            events: counted(of.events, "event"),
            groups: of.misses.iter().take(SHOWN_GROUPS).map(|(row, miss)| group(row, miss)).collect(),
            more: (more > 0).then(|| counted(more as u64, "more kind")),
            fixes: fixes(&of.misses).into_iter().map(fix).collect(),
        }
    };
    missed_by_reason(links).into_iter().map(missed).collect()
}

fn group(row: &LinkRow, miss: &Miss) -> Group {
    let from = row.lib.as_ref().map_or("no $lib".to_owned(), |lib| format!("from {}", cut(lib, NAME_CHARS)));
    let detail = miss.detail.map_or(String::new(), |detail| format!(" ({detail})"));
    Group {
        events: grouped(miss.events),
        what: format!(
            "{} {from}{detail}",
            row.event.as_deref().map_or_else(|| "no name".to_owned(), |event| cut(event, NAME_CHARS))
        ),
        place: place(&miss.file, miss.line),
    }
}

/// What to do, and for whom.
fn fix((whom, fix): (String, String)) -> String {
    if whom.is_empty() { fix } else { format!("{}: {fix}", whom.trim_start()) }
}
