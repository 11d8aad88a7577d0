//! Writes a reported session with its times, its proof and its help.

use std::io;

use super::page::Page;
use crate::audit::{Finding, Reason, Verdict};
use crate::count::{counted, grouped};
use crate::event::time::format_us;
use crate::report::baseline;
use crate::rules::DOCS_URL;
use crate::span::humane;

/// How many libraries of a session are named.
const SHOWN_LIBS: usize = 5;

pub(super) fn write(finding: &Finding, page: &mut Page<'_>) -> io::Result<()> {
    let Some((reason, others)) = finding.reasons.split_first() else { return Ok(()) };
    headline(finding, reason, page)?;
    let team = finding.team_id.as_ref().map_or(String::new(), |team| format!("   team {team}"));
    row("session", &format!("{}{team}", finding.session_id), page)?;
    if let Some(uuid) = &reason.event.uuid {
        row("proof", &format!("event {uuid}"), page)?;
    }
    times(finding, page)?;
    for other in others {
        row("also", &format!("{}: {} --> {}", other.rule.name, other.message, proof(other)), page)?;
    }
    if let Some(known) = finding.known.filter(|known| !known.is_empty()) {
        row("known", &baseline::rules(known), page)?;
    }
    if let Some(ids) = &finding.distinct_ids {
        row("users", &ids.join(", "), page)?;
    }
    note("", &sent_by(finding), page)?;
    note("", &format!("{}: {}", finding.effect.name(), finding.effect.meaning()), page)?;
    let evidence = if finding.evidence.is_empty() { String::new() } else { format!(": {}", finding.evidence) };
    note("cause: ", &format!("{}{evidence}", finding.cause.name), page)?;
    note("help: ", reason.rule.help, page)?;
    page.blank()
}

fn headline(finding: &Finding, reason: &Reason, page: &mut Page<'_>) -> io::Result<()> {
    let (color, level) = match finding.verdict {
        Verdict::Dropped => (page.colors.error, "error"),
        Verdict::AtRisk => (page.colors.warning, "warning"),
    };
    let (strong, faint) = (page.colors.strong, page.colors.faint);
    let rule = page.link(reason.rule.name, DOCS_URL);
    page.line("", &format!("{color}{level}[{rule}]{color:#}: {strong}{}{strong:#}", reason.message))?;
    page.line(&format!("  {faint}-->{faint:#} "), &proof(reason))
}

fn times(finding: &Finding, page: &mut Page<'_>) -> io::Result<()> {
    if let Some(time) = finding.id_us().and_then(|us| format_us(us, 3)) {
        row("id time", &readable(&time), page)?;
    }
    let (first, last) = finding.times_us.unzip();
    let (first_offset, last_offset) = finding.offsets_us().unzip();
    for (name, time, offset) in [("first event", first, first_offset), ("last event", last, last_offset)] {
        if let Some(time) = time.and_then(|us| format_us(us, 6)) {
            row(name, &format!("{}   {}", readable(&time), offset.map_or(String::new(), from_id)), page)?;
        }
    }
    Ok(())
}

fn row(name: &str, value: &str, page: &mut Page<'_>) -> io::Result<()> {
    let faint = page.colors.faint;
    page.line(&format!("   {faint}|{faint:#} {name:<11}  "), value)
}

fn note(name: &str, value: &str, page: &mut Page<'_>) -> io::Result<()> {
    let faint = page.colors.faint;
    page.line(&format!("   {faint}={faint:#} {name}"), value)
}

fn proof(reason: &Reason) -> String {
    format!("{}:{}", reason.event.file, reason.event.line)
}

fn sent_by(finding: &Finding) -> String {
    let events = counted(finding.events, "event");
    let users = counted(finding.users as u64, "user");
    let libs = match &*finding.libs {
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
