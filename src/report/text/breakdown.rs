//! Writes sessions by library, by day and by offset, for those who want to know more.

use std::io;

use super::{Page, date, table};
use crate::audit::offsets::Histogram;
use crate::audit::{Day, Library, Overview, Share};
use crate::count::{grouped, percent_of};
use crate::span::humane;

/// How many libraries and how many days are shown.
const SHOWN_ROWS: usize = 30;

/// What a histogram takes beside its two columns of bars.
const BESIDE_BARS: usize = 48;

/// The shortest and the longest that the longest bar may be, in characters.
const BAR: (usize, usize) = (4, 40);

pub(super) fn write(overview: &Overview, page: &mut Page<'_>) -> io::Result<()> {
    let libraries = &overview.libraries;
    let named = libraries.rows.iter().map(|library| (library_name(library), library.share));
    shares("library", named.take(SHOWN_ROWS), page)?;
    left_out(libraries.count(), "more", page)?;
    let days = &overview.days;
    let last_days = days.iter().skip(days.len().saturating_sub(SHOWN_ROWS));
    shares("day", last_days.map(|Day { day, share }| (date(*day), *share)), page)?;
    left_out(days.len(), "before these", page)?;
    let offsets = &overview.offsets;
    histograms(&offsets.first, &offsets.last, page)
}

/// A library with its version.
pub(in crate::report) fn library_name(library: &Library) -> String {
    let version = library.version.as_ref().map_or(String::new(), |version| format!(" {version}"));
    library.lib.as_ref().map_or("no $lib".to_owned(), |lib| format!("{lib}{version}"))
}

/// A table of sessions and how many of them are dropped.
fn shares(what: &str, rows: impl Iterator<Item = (String, Share)>, page: &mut Page<'_>) -> io::Result<()> {
    let mut table = table([what, "sessions", "dropped", "share"], &[1, 2, 3]);
    for (name, Share { sessions, dropped }) in rows {
        let share = format!("{:.2} %", percent_of(dropped, sessions));
        table.add_row([name, grouped(sessions), grouped(dropped), share]);
    }
    page.table(&mut table)
}

/// Says how many rows of all a table has no room for, and ends it.
fn left_out(all: usize, which: &str, page: &mut Page<'_>) -> io::Result<()> {
    let more = all.saturating_sub(SHOWN_ROWS);
    if more > 0 {
        page.line("  ", &format!("and {} {which}: -o result.json", grouped(more as u64)))?;
    }
    page.blank()
}

/// How far first and last events are from the ids' times; the allowed offsets go from 0 to 24 hours.
fn histograms(first: &Histogram, last: &Histogram, page: &mut Page<'_>) -> io::Result<()> {
    let rows: Vec<_> = first.classes().zip(last.classes().map(|(.., sessions)| sessions)).collect();
    let is_full = |&((_, _, first), last): &((Option<i64>, Option<i64>, u64), u64)| first + last > 0;
    let (Some(from), Some(to)) = (rows.iter().position(is_full), rows.iter().rposition(is_full)) else {
        return Ok(());
    };
    let most = rows.iter().map(|((.., first), last)| *first.max(last)).max().unwrap_or(1).max(1);
    let longest = (page.width().saturating_sub(BESIDE_BARS) / 2).clamp(BAR.0, BAR.1) as u64;
    let bar = |sessions: u64| "#".repeat(usize::try_from((sessions * longest).div_ceil(most)).unwrap_or_default());
    let mut table = table(["event minus id", "first event", "", "last event", ""], &[1, 3]);
    for ((from, to, first), last) in &rows[from..=to] {
        table.add_row([class(*from, *to), grouped(*first), bar(*first), grouped(*last), bar(*last)]);
    }
    page.table(&mut table)?;
    page.blank()
}

/// `-1s .. -100ms`.
fn class(from: Option<i64>, to: Option<i64>) -> String {
    let text = |us: i64| if us < 0 { format!("-{}", humane(us)) } else { humane(us) };
    match (from, to) {
        (None, to) => format!("under {}", to.map(text).unwrap_or_default()),
        (Some(from), None) => format!("from {}", text(from)),
        (Some(from), Some(to)) => format!("{} .. {}", text(from), text(to)),
    }
}
