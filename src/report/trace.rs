//! Writes the events of one session in time order against its id's 24 hours, and what it breaks.

use std::io::{self, Write};

use super::Style;
use super::text::{Page, table};
use crate::audit::{Choice, Part, Trace, TracedEvent};
use crate::audit::{Finding, Reason};
use crate::count::{counted, grouped};
use crate::event::id::Spelling;
use crate::event::time::{US_PER_DAY, format_us};
use crate::span::humane;

/// Writes a session.
///
/// # Errors
///
/// What the writer says.
pub fn write_trace(trace: &Trace, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let page = &mut Page::new(style, out);
    let team = trace.team_id.as_ref().map_or(String::new(), |team| format!("team {team}, "));
    page.blank()?;
    page.line("", &format!("{team}{}", counted(trace.count, "event")))?;
    page.blank()?;
    timeline(trace, page)?;
    page.blank()?;
    match &trace.finding {
        None => page.line("", "breaks nothing: no reason in these inputs to leave it out"),
        Some(finding) => verdict(finding, page),
    }
}

/// A line of the timeline: its time, its offset to the id's, and what there is to say.
type Line = [String; 7];

fn timeline(trace: &Trace, page: &mut Page<'_>) -> io::Result<()> {
    let id_us = trace.id_us;
    let mut lines: Vec<Line> = Vec::new();
    for (part, left_out) in Part::ALL.into_iter().zip(trace.left_out) {
        lines.extend(id_us.and_then(|id_us| mark(part, id_us)));
        let events: Vec<_> = trace.events.iter().filter(|event| event.part == part).collect();
        let first = events.iter().take_while(|event| event.choice == Choice::First).count();
        let (first, others) = events.split_at(first);
        lines.extend(first.iter().map(|event| line(event, id_us, trace)));
        if left_out > 0 {
            let proofs = others.iter().filter(|event| event.choice == Choice::Proof).count();
            lines.push(note(String::new(), String::new(), gap(part, left_out, proofs)));
        }
        lines.extend(others.iter().map(|event| line(event, id_us, trace)));
    }
    let mut table = table(["time (UTC)", "from id", "event", "library", "user", "at", ""], &[0, 1]);
    table.add_rows(lines);
    page.wide_table(&table)
}

/// What stands for events that are left out before the next ones, among which are so many proofs.
fn gap(part: Part, left_out: u64, proofs: usize) -> String {
    let around = match proofs {
        0 => String::new(),
        1 => " around the next one".to_owned(),
        proofs => format!(" around the next {}", grouped(proofs as u64)),
    };
    let kind = if part == Part::Untimed { " without a time" } else { "" };
    format!("-- {}{kind}, left out{around} --", counted(left_out, "more event"))
}

/// A line that is no event.
fn note(time: String, offset: String, text: String) -> Line {
    [time, offset, text, String::new(), String::new(), String::new(), String::new()]
}

/// The line before a part of a session, if it has one.
fn mark(part: Part, id_us: i64) -> Option<Line> {
    let (us, name) = match part {
        Part::Inside => (id_us, "-- the id's own time --"),
        Part::Late => (id_us + US_PER_DAY, "-- the end of its 24 hours --"),
        Part::Early | Part::Untimed => return None,
    };
    Some(note(time(Some(us)), offset(Some(us), Some(id_us)), name.to_owned()))
}

fn line(event: &TracedEvent, id_us: Option<i64>, trace: &Trace) -> Line {
    let user = event.user.map_or_else(|| "-".to_owned(), |user| format!("user {}", grouped(user as u64)));
    let user = event.distinct_id.as_ref().map_or_else(|| user.clone(), |id| format!("{user} ({id})"));
    let absent = || "-".to_owned();
    [
        time(event.time_us),
        offset(event.time_us, id_us),
        event.name.clone().unwrap_or_else(absent),
        event.library.clone().unwrap_or_else(absent),
        user,
        format!("{}:{}", event.file, event.line),
        remarks(event, trace),
    ]
}

/// The rules that the event proves broken, and how it spells the id, if that is unusual.
fn remarks(event: &TracedEvent, trace: &Trace) -> String {
    let mut remarks: Vec<_> = event.proves.iter().map(|rule| format!("<- {}", rule.name)).collect();
    if let Some(id) = trace.uuid
        && event.spelling != Spelling::CANONICAL
    {
        remarks.push(format!("as {}", event.spelling.write(id)));
    }
    remarks.join("  ")
}

fn verdict(finding: &Finding, page: &mut Page<'_>) -> io::Result<()> {
    let Finding { verdict, effect, cause, .. } = finding;
    page.line("", &format!("{}: {}: {}", verdict.name(), effect.name(), effect.meaning()))?;
    for Reason { rule, message, event, .. } in &finding.reasons {
        page.line("", &format!("{}: {message} --> {}:{}", rule.name, event.file, event.line))?;
        page.line("   = help: ", rule.help)?;
    }
    let evidence = if finding.evidence.is_empty() { String::new() } else { format!(": {}", finding.evidence) };
    page.line("", &format!("cause: {}{evidence}", cause.name))?;
    page.line("   = fix: ", cause.fix)
}

fn time(us: Option<i64>) -> String {
    let time = us.and_then(|us| format_us(us, 6));
    time.map_or_else(|| "no time".to_owned(), |time| time.replace('T', " ").replace('Z', ""))
}

/// `-3m 41.412s`.
fn offset(us: Option<i64>, id_us: Option<i64>) -> String {
    us.zip(id_us).map_or(String::new(), |(us, id_us)| {
        let sign = if us < id_us { "-" } else { "+" };
        format!("{sign}{}", humane(us - id_us))
    })
}
