//! Writes a page of GitHub's Markdown, also for a step's summary: the verdict first, then causes, reasons, sessions.

mod escape;
mod page;
mod tables;

use std::io::{self, Write};

use crate::audit::{Overview, Report};
use crate::count::{counted, grouped};
use crate::event::time::{US_PER_DAY, format_day};
use crate::report::text::noted;
use crate::report::{Style, baseline};
use crate::safe::data_text;
pub(super) use escape::{code, prose};
use page::Page;

/// How many problems and how many notes are shown.
const SHOWN_LINES: usize = 10;

/// Writes the page; what may be long is folded away, and the sessions come last, so that nothing else has to give way.
pub(super) fn write(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let overview = &report.overview;
    let mut page = Page::default();
    verdict(report, &mut page);
    read(overview, &mut page);
    tables::totals(overview, &mut page);
    tables::causes(overview, &mut page);
    tables::reasons(report, &mut page);
    tables::libraries(overview, &mut page);
    tables::days(overview, &mut page);
    notes(overview, &mut page);
    if let Some(links) = overview.links.as_ref().filter(|links| links.total.events > 0) {
        tables::links(links, &mut page);
    }
    tables::sessions(report, style.limit, &mut page);
    out.write_all(page.finish().as_bytes())
}

fn verdict(report: &Report, page: &mut Page) {
    let gate = &report.overview.gate;
    page.block(&format!("## session-audit: {}", gate.word()));
    if gate.is_complete() {
        let why = gate.why(&baseline::passed(report));
        page.block(&format!("{}, exit {}", prose(&why), gate.exit_code()));
        return;
    }
    page.block(&format!("There is no verdict, exit {}:", gate.exit_code()));
    page.list(&shown(&gate.problems));
}

/// The first few lines as inline code, and how many more there are.
fn shown(lines: &[String]) -> Vec<String> {
    let mut shown: Vec<_> = lines.iter().take(SHOWN_LINES).map(|line| code(&data_text(line))).collect();
    if lines.len() > SHOWN_LINES {
        shown.push(format!("{} more", grouped((lines.len() - SHOWN_LINES) as u64)));
    }
    shown
}

/// What was read.
fn read(overview: &Overview, page: &mut Page) {
    let counts = &overview.summary.counts;
    let files = overview.inputs.iter().filter(|input| input.compression.is_some()).count();
    let day = |us: i64| format_day(us.div_euclid(US_PER_DAY)).unwrap_or_default();
    let range = overview.summary.times_us.map(|(first, last)| format!(", {} to {} UTC", day(first), day(last)));
    let others = [
        (counts.events_untimed, "event", "without a readable timestamp"),
        (counts.other_records, "record", "of persons or sessions"),
        (counts.malformed_records, "malformed record", "skipped"),
    ];
    let others = others.into_iter().filter(|(count, ..)| *count > 0);
    let others: Vec<_> = others.map(|(count, noun, what)| format!("; {} {what}", counted(count, noun))).collect();
    let (events, files) = (counted(counts.events, "event"), counted(files as u64, "file"));
    page.block(&format!("{events} in {files}{}{}", range.unwrap_or_default(), others.concat()));
}

fn notes(overview: &Overview, page: &mut Page) {
    let notes: Vec<_> = baseline::stale(&overview.gate).into_iter().chain(noted(overview)).collect();
    if !notes.is_empty() {
        page.block("### Notes");
        page.list(&shown(&notes));
    }
}
