//! Writes the report for people: the causes, the reasons, the worst sessions with their proof, the totals, the verdict.

mod breakdown;
mod causes;
mod page;
mod session;

use std::io::{self, Write};

use crate::audit::{Overview, ReasonSource, Report, Summary};
use crate::count::{counted, grouped, percent_of};
use crate::event::time::{US_PER_DAY, format_day};
use crate::gate::Gate;
use crate::report::{Detail, Style, baseline};
pub(super) use breakdown::library_name;
pub(super) use causes::noted;
pub(super) use page::{Page, table};

/// How far counts reach that stand above one another, with their blank behind them.
const COUNT_WIDTH: usize = 14;

pub(super) fn write(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let page = &mut Page::new(style, out);
    let overview = &report.overview;
    if style.detail != Detail::Sessions {
        causes::clusters(overview, page)?;
        reasons(report, page)?;
    }
    let worst = report.worst(style.limit);
    for finding in &worst {
        session::write(finding, page)?;
    }
    if style.detail != Detail::Sessions && worst.len() < report.sessions.len() {
        let (shown, all) = (worst.len(), grouped(report.sessions.len() as u64));
        page.line("", &format!("shown {shown} of {all} sessions; all: -o sessions.csv"))?;
        page.blank()?;
    }
    if style.detail != Detail::Sessions {
        if style.detail == Detail::Verbose {
            breakdown::write(overview, page)?;
        }
        totals(overview, page)?;
        causes::notes(overview, baseline::stale(&overview.gate), page)?;
        verdict(&overview.gate, &baseline::passed(report), page)?;
    }
    Ok(())
}

/// A table of what is wrong, most sessions first.
fn reasons(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let overview = &report.overview;
    let all = report.sessions.len() as u64;
    if overview.reasons.is_empty() {
        return Ok(());
    }
    let mut table = table(["reason", "sessions", "share", "mostly from"], &[1, 2]);
    for reason in &overview.reasons {
        let share = percent_of(reason.sessions, all);
        table.add_row([reason.rule.name, &grouped(reason.sessions), &format!("{share:.1} %"), &source(&reason.source)]);
    }
    page.table(&mut table)?;
    let reasons: u64 = overview.summary.by_rule.iter().sum();
    if reasons > all {
        let faint = page.colors.faint;
        page.line("  ", &format!("{faint}a session counts under its first reason; some have several{faint:#}"))?;
    }
    page.blank()
}

/// Where most sessions of a reason come from.
pub(super) fn source(source: &ReasonSource) -> String {
    match source {
        ReasonSource::Version { lib, version, sessions, sessions_of_lib } => {
            let version = version.as_ref().map_or(String::new(), |version| format!(" {version}"));
            format!("{lib}{version} ({:.1} % of its sessions)", percent_of(*sessions, *sessions_of_lib))
        }
        ReasonSource::Library { lib: Some(lib) } => format!("{lib}, several versions"),
        ReasonSource::Library { lib: None } => "events without $lib".to_owned(),
        ReasonSource::Several => "several libraries".to_owned(),
    }
}

/// What was read, and what of it is affected.
fn totals(overview: &Overview, page: &mut Page<'_>) -> io::Result<()> {
    let (counts, summary) = (&overview.summary.counts, &overview.summary);
    let bytes = overview.inputs.iter().map(|input| input.bytes).sum();
    let read = overview.inputs.iter().filter(|input| input.compression.is_some()).count();
    let files = counted(read as u64, "file");
    let day = |us: i64| date(us.div_euclid(US_PER_DAY));
    let range =
        summary.times_us.map_or(String::new(), |(first, last)| format!("   {} .. {} UTC", day(first), day(last)));
    let line = |page: &mut Page<'_>, count: u64, noun: &str, what: &str| {
        let lead = format!("{:>width$} ", grouped(count), width = COUNT_WIDTH - 1);
        page.line(&lead, &format!("{noun}{}{what}", if count == 1 { "" } else { "s" }))
    };
    let size = indicatif::DecimalBytes(bytes);
    line(page, counts.events, "event", &format!(" in {files} ({size}){range}"))?;
    line(page, summary.sessions, "session", &verdicts(summary))?;
    if let Some(known) = baseline::known(&overview.gate) {
        line(page, known, "session", " known: the baseline lists all that they break")?;
    }
    let affected = summary.events_in_dropped_sessions;
    let in_dropped = format!(" in dropped sessions ({:.2} %)", percent_of(affected, counts.events));
    if affected > 0 {
        line(page, affected, "event", &in_dropped)?;
    }
    if counts.events_without_session_id > 0 {
        line(page, counts.events_without_session_id, "event", " without $session_id")?;
        causes::sessionless(overview, page)?;
    }
    let lines = [
        (counts.events_untimed, "event", " without a readable timestamp"),
        (counts.other_records, "record", " of persons or sessions, not events"),
        (counts.malformed_records, "malformed record", ", skipped"),
    ];
    lines.into_iter().filter(|(count, ..)| *count > 0).try_for_each(|(count, noun, what)| line(page, count, noun, what))
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
pub(super) fn verdict(gate: &Gate, passed: &str, page: &mut Page<'_>) -> io::Result<()> {
    let color = if gate.passed() { page.colors.good } else { page.colors.error };
    let (word, why) = (gate.word(), gate.why(passed));
    page.blank()?;
    page.one_line(&format!("{color}{word}{color:#}  {why}   exit {}", gate.exit_code()))
}
