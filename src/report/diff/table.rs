//! Writes what changed as a table for people: on a terminal, or in markdown.

use std::io::{self, Write};

use comfy_table::{Table, presets};

use super::{Change, Diff};
use crate::count::{counted, grouped, rounded};
use crate::report::Style;
use crate::report::markdown::prose;
use crate::report::text::{Page, table};

const HEADER: [&str; 7] = ["cause", "before", "now", "change", "fixed", "remaining", "new"];

pub(super) fn write_text(diff: &Diff, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let page = &mut Page::new(style, out);
    if diff.causes.is_empty() {
        page.line("", "no session is reported in either result")?;
    } else {
        let mut table = table(HEADER.map(|name| if name == "remaining" { "still" } else { name }), &[1, 2, 3, 4, 5, 6]);
        table.add_rows(rows(diff));
        page.table(&mut table)?;
        page.blank()?;
        page.line("", &verdict(diff))?;
    }
    let strong = page.colors.strong;
    diff.notes.iter().try_for_each(|note| page.line(&format!("{strong}note{strong:#}: "), note))
}

pub(super) fn write_markdown(diff: &Diff, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "**{}**",
        if diff.causes.is_empty() { "No session is reported in either result".into() } else { verdict(diff) }
    )?;
    if !diff.causes.is_empty() {
        let mut table = Table::new();
        table.load_style(presets::ASCII_MARKDOWN).set_header(HEADER).add_rows(rows(diff));
        writeln!(out, "\n{table}")?;
    }
    diff.notes.iter().try_for_each(|note| writeln!(out, "\n> {}", prose(note)))
}

/// A row a cause, and one for all of them.
fn rows(diff: &Diff) -> Vec<[String; 7]> {
    let row = |name: &str, change: Change| {
        let (before, now) = diff.percents(change);
        [
            name.to_owned(),
            format!("{} ({before:.2} %)", grouped(change.before())),
            format!("{} ({now:.2} %)", grouped(change.now())),
            // Adding 0 takes the sign of what rounds to -0 away.
            format!("{:+.2}", rounded(now - before) + 0.0),
            grouped(change.fixed),
            grouped(change.remaining),
            grouped(change.new),
        ]
    };
    let causes = diff.causes.iter().map(|of| row(of.cause.name, of.change));
    causes.chain([row("all", diff.total)]).collect()
}

/// `4.54 % of 41,226 sessions before, 0.12 % of 40,100 now: 1,860 fixed, 13 remaining, 35 new`.
fn verdict(diff: &Diff) -> String {
    let ((old, new), Change { fixed, remaining, new: appeared }) = (diff.sessions, diff.total);
    let (before, now) = diff.percents(diff.total);
    format!(
        "{before:.2} % of {} reported before, {now:.2} % of {} now: {} fixed, {} remaining, {} new",
        counted(old, "session"),
        grouped(new),
        grouped(fixed),
        grouped(remaining),
        grouped(appeared)
    )
}
