//! Writes the report for people: the causes, the reasons, the worst sessions with their proof, the totals, the verdict.

mod breakdown;
mod causes;

pub(super) use breakdown::library_name;
pub(super) use causes::note_texts;

use std::io::{self, Write};

use anstyle::{AnsiColor, Style as Ansi};
use comfy_table::{CellAlignment, ColumnConstraint, Table, Width, presets};

use crate::audit::{Finding, Overview, Reason, ReasonSource, Summary, Verdict};
use crate::count::{counted, grouped, percent_of};
use crate::event::time::{US_PER_DAY, format_day, format_us};
use crate::gate::Gate;
use crate::report::{Detail, Report, Style};
use crate::span::humane;

/// How many libraries of a session are named.
const SHOWN_LIBS: usize = 5;

/// The colours of a report; all plain where there are none.
pub(super) struct Colors {
    pub(super) error: Ansi,
    pub(super) warning: Ansi,
    good: Ansi,
    pub(super) strong: Ansi,
    pub(super) faint: Ansi,
}

impl Colors {
    pub(super) fn new(color: bool) -> Self {
        let style = |style: Ansi| if color { style } else { Ansi::new() };
        let bold = |color: AnsiColor| style(color.on_default().bold());
        Self {
            error: bold(AnsiColor::Red),
            warning: bold(AnsiColor::Yellow),
            good: bold(AnsiColor::Green),
            strong: style(Ansi::new().bold()),
            faint: style(Ansi::new().dimmed()),
        }
    }
}

pub(super) fn write(report: Report<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let colors = Colors::new(style.color);
    let Report { overview, findings, .. } = report;
    if style.detail != Detail::Sessions {
        causes::clusters(overview, &colors, out)?;
        reasons(report, &colors, out)?;
    }
    let worst = findings.worst(style.limit);
    for finding in &worst {
        session(finding, &colors, out)?;
    }
    if style.detail != Detail::Sessions {
        if style.detail == Detail::Verbose {
            breakdown::write(overview, out)?;
        }
        totals(overview, out)?;
        causes::notes(overview, &colors, out)?;
        let (dropped, sessions) = (grouped(overview.summary.dropped), counted(overview.summary.sessions, "session"));
        let more = if worst.len() < findings.count() {
            let (shown, all) = (worst.len(), grouped(findings.count() as u64));
            format!("   shown {shown} of {all}; all: -o sessions.csv")
        } else {
            String::new()
        };
        verdict(report.gate, &format!("{dropped} of {sessions} dropped"), &more, &colors, out)?;
    }
    Ok(())
}

/// A table of what is wrong, most sessions first.
fn reasons(Report { overview, findings, .. }: Report<'_>, colors: &Colors, out: &mut dyn Write) -> io::Result<()> {
    if overview.summary.reasons.is_empty() {
        return Ok(());
    }
    let mut table = table(["reason", "sessions", "share", "mostly from"], &[1, 2]);
    for reason in &overview.summary.reasons {
        let share = percent_of(reason.sessions, u64::try_from(findings.count()).unwrap_or(u64::MAX));
        let from = mostly_from(&reason.source);
        table.add_row([reason.rule.name, &grouped(reason.sessions), &format!("{share:.1} %"), &from]);
    }
    let text = table.to_string();
    let mut lines = text.lines();
    writeln!(out, "{0}{1}{0:#}", colors.strong, lines.next().unwrap_or_default().trim_end())?;
    for line in lines {
        writeln!(out, "{}", line.trim_end())?;
    }
    let reasons: u64 = overview.summary.by_rule.iter().sum();
    if reasons > findings.count() as u64 {
        writeln!(out, "{0}  a session counts under its first reason; some have several{0:#}", colors.faint)?;
    }
    writeln!(out)
}

/// Where most sessions of a reason come from.
pub(super) fn mostly_from(source: &ReasonSource) -> String {
    match source {
        ReasonSource::Version { lib, version, sessions, sessions_of_lib } => {
            let version = version.as_ref().map_or(String::new(), |version| format!(" {version}"));
            format!("{lib}{version} ({:.1} % of its sessions)", percent_of(*sessions, *sessions_of_lib))
        }
        ReasonSource::Library(lib) => format!("{lib}, several versions"),
        ReasonSource::NoLibrary => "events without $lib".to_owned(),
        ReasonSource::Several => "several libraries".to_owned(),
    }
}

pub(super) fn write_table(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    table.to_string().lines().try_for_each(|line| writeln!(out, "{}", line.trim_end()))
}

/// A table without lines whose columns are as wide as what is in them.
pub(super) fn table<const N: usize>(header: [&str; N], right: &[usize]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header);
    for (number, column) in table.column_iter_mut().enumerate() {
        column.set_padding((2, 0));
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(0)));
        if right.contains(&number) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// A session with its times, its proof and its help.
fn session(finding: &Finding, colors: &Colors, out: &mut dyn Write) -> io::Result<()> {
    let Some((reason, others)) = finding.reasons.split_first() else { return Ok(()) };
    let (color, level) = match finding.verdict {
        Verdict::Dropped => (colors.error, "error"),
        Verdict::AtRisk => (colors.warning, "warning"),
    };
    let (strong, faint) = (colors.strong, colors.faint);
    writeln!(out, "{color}{level}[{}]{color:#}: {strong}{}{strong:#}", reason.rule.name, reason.message)?;
    writeln!(out, "  {faint}-->{faint:#} {}", proof(reason))?;
    let team = finding.team_id.as_ref().map_or(String::new(), |team| format!("   team {team}"));
    row(colors, "session", &format!("{}{team}", finding.session_id), out)?;
    if let Some(time) = finding.id_us.and_then(|us| format_us(us, 3)) {
        row(colors, "id time", &readable(&time), out)?;
    }
    let (first, last) = finding.times_us.unzip();
    let (first_offset, last_offset) = finding.offsets_us.unzip();
    for (name, time, offset) in [("first event", first, first_offset), ("last event", last, last_offset)] {
        if let Some(time) = time.and_then(|us| format_us(us, 6)) {
            row(colors, name, &format!("{}   {}", readable(&time), offset.map_or(String::new(), from_id)), out)?;
        }
    }
    for other in others {
        row(colors, "also", &format!("{}: {} --> {}", other.rule.name, other.message, proof(other)), out)?;
    }
    if let Some(ids) = &finding.distinct_ids {
        row(colors, "users", &ids.join(", "), out)?;
    }
    writeln!(out, "   {faint}={faint:#} {}", sent_by(finding))?;
    writeln!(out, "   {faint}={faint:#} {}: {}", finding.effect.name(), finding.effect.meaning())?;
    let evidence = if finding.evidence.is_empty() { String::new() } else { format!(": {}", finding.evidence) };
    writeln!(out, "   {faint}={faint:#} cause: {}{evidence}", finding.cause.name)?;
    writeln!(out, "   {faint}={faint:#} help: {}", reason.rule.help)?;
    writeln!(out)
}

fn row(colors: &Colors, name: &str, value: &str, out: &mut dyn Write) -> io::Result<()> {
    let faint = colors.faint;
    writeln!(out, "   {faint}|{faint:#} {name:<11}  {}", value.trim_end())
}

fn proof(reason: &Reason) -> String {
    let uuid = reason.event_uuid.as_ref().map_or(String::new(), |uuid| format!("   event {uuid}"));
    format!("{}:{}{uuid}", reason.file, reason.line)
}

fn sent_by(finding: &Finding) -> String {
    let events = counted(finding.events, "event");
    let users = counted(finding.users as u64, "user");
    let libs = match finding.libs.as_slice() {
        [] => "no $lib".to_owned(),
        libs if libs.len() <= SHOWN_LIBS => libs.join(", "),
        libs => format!("{} and {} more", libs[..SHOWN_LIBS].join(", "), grouped((libs.len() - SHOWN_LIBS) as u64)),
    };
    format!("{events}, {users}, {libs}")
}

/// `2026-03-02T10:11:28.000Z` with a space for the `T`, and the zone, which is always UTC, left to the totals.
fn readable(time: &str) -> String {
    time.replace('T', " ").replace('Z', "")
}

fn from_id(offset_us: i64) -> String {
    match offset_us {
        0 => "at the id's time".to_owned(),
        _ if offset_us < 0 => format!("{} before the id's time", humane(offset_us)),
        _ => format!("{} after the id's time", humane(offset_us)),
    }
}

/// What was read, and what of it is affected.
fn totals(overview: &Overview, out: &mut dyn Write) -> io::Result<()> {
    let (counts, summary) = (&overview.counts, &overview.summary);
    let bytes = overview.inputs.iter().map(|input| input.bytes).sum();
    let read = overview.inputs.iter().filter(|input| input.compression.is_some()).count();
    let files = counted(read as u64, "file");
    let day = |us: i64| date(us.div_euclid(US_PER_DAY));
    let range =
        counts.times_us.map_or(String::new(), |(first, last)| format!("   {} .. {} UTC", day(first), day(last)));
    let line = |out: &mut dyn Write, count: u64, noun: &str, what: &str| {
        writeln!(out, "{:>13} {noun}{}{what}", grouped(count), if count == 1 { "" } else { "s" })
    };
    let size = indicatif::DecimalBytes(bytes);
    line(out, counts.events, "event", &format!(" in {files} ({size}){range}"))?;
    line(out, summary.sessions, "session", &verdicts(summary))?;
    let affected = summary.events_in_dropped_sessions;
    let in_dropped = format!(" in dropped sessions ({:.2} %)", percent_of(affected, counts.events));
    if affected > 0 {
        line(out, affected, "event", &in_dropped)?;
    }
    if counts.events_without_session_id > 0 {
        line(out, counts.events_without_session_id, "event", " without $session_id")?;
        causes::sessionless(overview, out)?;
    }
    let lines = [
        (counts.events_untimed, "event", " without a readable timestamp"),
        (counts.other_records, "record", " of persons or sessions, not events"),
        (counts.malformed_records, "malformed record", ", skipped"),
    ];
    lines.into_iter().filter(|(count, ..)| *count > 0).try_for_each(|(count, noun, what)| line(out, count, noun, what))
}

/// How many sessions have which verdict.
fn verdicts(summary: &Summary) -> String {
    let share = |sessions: u64, verdict: &str| {
        format!("   {} {verdict} ({:.2} %)", grouped(sessions), percent_of(sessions, summary.sessions))
    };
    let ok = grouped(summary.sessions - summary.dropped - summary.at_risk);
    let at_risk = if summary.at_risk > 0 { share(summary.at_risk, "at risk") } else { String::new() };
    format!("   {ok} ok{at_risk}{}", share(summary.dropped, "dropped"))
}

/// The date of a day since 1970.
fn date(day: i64) -> String {
    format_day(day).unwrap_or_default()
}

/// The gate's word, always the last line: what there is to say where all is well, or what is not.
pub(super) fn verdict(gate: &Gate, passed: &str, more: &str, colors: &Colors, out: &mut dyn Write) -> io::Result<()> {
    let color = if gate.passed() { colors.good } else { colors.error };
    let (word, why) = (gate.word(), gate.why(passed));
    writeln!(out, "\n{color}{word}{color:#}  {why}{more}   exit {}", gate.exit_code())
}
