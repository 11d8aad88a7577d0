//! Writes for people where backend events lead: a table, why the others lead nowhere and what to do, the verdict.

use std::io::{self, Write};

use super::fixes::{Missed, fixes, missed};
use crate::audit::links::{LinkCounts, LinkRow, Links, Miss, Reason};
use crate::count::{counted, grouped, percent_of};
use crate::gate::Gate;
use crate::report::text::{Page, table, verdict};
use crate::report::{Detail, Style};
use crate::safe::start;

/// How many rows are shown.
const SHOWN_ROWS: usize = 20;

/// How many groups of events of a reason are shown.
const SHOWN_GROUPS: usize = 5;

pub(super) fn write(links: &Links, gate: &Gate, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let page = &mut Page::new(style, out);
    let is_whole = style.detail != Detail::Sessions;
    if is_whole {
        rows(links, page)?;
    }
    misses(links, is_whole, page)?;
    if is_whole {
        let LinkCounts { events, linked, .. } = links.total;
        let share = percent_of(linked, events);
        let passed = format!("{} of {} linked ({share:.2} %)", grouped(linked), counted(events, "backend event"));
        verdict(gate, &passed, page)?;
    }
    Ok(())
}

/// A table of where events lead, most events first.
fn rows(links: &Links, page: &mut Page<'_>) -> io::Result<()> {
    if links.rows.is_empty() {
        return Ok(());
    }
    let header = ["event", "lib", "events", "with\nid", "aggregated", "linked", "same\nuser", "replay"];
    let mut table = table(header, &[2, 3, 4, 5, 6, 7]);
    for row in links.rows.iter().take(SHOWN_ROWS) {
        let name = |name: &Option<String>| name.as_deref().map_or_else(|| "-".to_owned(), short);
        table.add_row([&[name(&row.event), name(&row.lib)][..], &numbers(&row.counts)].concat());
    }
    if links.rows.len() > 1 {
        table.add_row([&["all".to_owned(), String::new()][..], &numbers(&links.total)].concat());
    }
    page.table(&mut table)?;
    let more = links.rows.len().saturating_sub(SHOWN_ROWS);
    if more > 0 {
        page.line("  ", &format!("and {}; all: -o links.csv", counted(more as u64, "more row")))?;
    }
    Ok(())
}

/// As much of a name as a table has room for.
pub(super) fn short(name: &str) -> String {
    const CHARS: usize = 40;
    start(name, CHARS).into_owned()
}

/// The counts as tables show them.
pub(in crate::report) fn numbers(counts: &LinkCounts) -> [String; 6] {
    let LinkCounts { events, with_id, aggregated, linked, same_user, .. } = *counts;
    let [events, with_id, aggregated, linked, same_user] =
        [events, with_id, aggregated, linked, same_user].map(grouped);
    [events, with_id, aggregated, linked, same_user, replay(counts)]
}

/// How many events have a replay, and of how many that is unknown.
fn replay(counts: &LinkCounts) -> String {
    match (counts.replay().map(grouped), counts.unknown) {
        (None, _) => "?".to_owned(),
        (Some(recorded), 0) => recorded,
        (Some(recorded), unknown) => format!("{recorded} ({} ?)", grouped(unknown)),
    }
}

/// The reasons why events lead nowhere, most events first, each with where they are and what to do, and a line between
/// them and what they follow.
fn misses(links: &Links, mut follows: bool, page: &mut Page<'_>) -> io::Result<()> {
    for Missed { reason, events, misses } in missed(links) {
        if std::mem::replace(&mut follows, true) {
            page.blank()?;
        }
        let (strong, color) = (page.colors.strong, page.colors.warning);
        let count = counted(events, "event");
        let name = reason.name();
        page.line("", &format!("{color}{name}{color:#}: {strong}{count}{strong:#}: {}", reason.meaning()))?;
        groups(&misses, page)?;
    }
    if links.rows.iter().any(|row| row.misses.iter().any(|miss| miss.reason == Reason::NoClientEvents)) {
        page.blank()?;
        page.line("note: ", "no-client-events is only as sure as the export is complete")?;
    }
    Ok(())
}

/// The groups of events of a reason, and the fix for each library.
fn groups(misses: &[(&LinkRow, &Miss)], page: &mut Page<'_>) -> io::Result<()> {
    let faint = page.colors.faint;
    for (row, miss) in misses.iter().take(SHOWN_GROUPS) {
        let (file, line) = (&miss.file, miss.line);
        let from = row.lib.as_ref().map_or("no $lib".to_owned(), |lib| format!("from {}", short(lib)));
        let detail = miss.detail.map_or(String::new(), |detail| format!(" ({detail})"));
        let event = row.event.as_deref().map_or_else(|| "no name".to_owned(), short);
        let lead = format!("  {:>7}  ", grouped(miss.events));
        page.line(&lead, &format!("{event} {from}{detail}   {faint}-->{faint:#} {file}:{line}"))?;
    }
    let more = misses.len().saturating_sub(SHOWN_GROUPS);
    if more > 0 {
        let events: u64 = misses.iter().skip(SHOWN_GROUPS).map(|(_, miss)| miss.events).sum();
        let more = counted(more as u64, "more kind");
        page.line(&format!("  {:>7}  ", grouped(events)), &format!("of {more}; all: -o links.json"))?;
    }
    for (whom, fix) in fixes(misses) {
        page.line(&format!("   {faint}={faint:#} "), &format!("help{whom}: {fix}"))?;
    }
    Ok(())
}
