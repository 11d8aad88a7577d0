//! Writes one row a reported session.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::audit::{Finding, Report};
use crate::event::time::{US_PER_MS, format_day, format_us};

const COLUMNS: [&str; 18] = [
    "session_id",
    "team_id",
    "verdict",
    "effect",
    "reason",
    "reasons",
    "events",
    "users",
    "id_time",
    "first_event",
    "last_event",
    "first_offset_ms",
    "last_offset_ms",
    "libs",
    "cause",
    "file",
    "line",
    "event_uuid",
];

/// Writes the header and a row a session; for spreadsheets, no text from the data begins like a formula.
pub(super) fn write(report: &Report, for_excel: bool, out: &mut dyn Write) -> io::Result<()> {
    let mut rows = csv::Writer::from_writer(out);
    rows.write_record(COLUMNS).map_err(io_error)?;
    for finding in &report.sessions {
        let row = row(finding, for_excel);
        rows.write_record(row.iter().map(|field| field.as_bytes())).map_err(io_error)?;
    }
    rows.flush()
}

const CAUSE_COLUMNS: [&str; 10] =
    ["cause", "lib", "lib_version", "sessions", "percent_of_lib", "events", "first_day", "last_day", "examples", "fix"];

/// Writes the header and a row a cause and library.
pub(super) fn write_causes(report: &Report, for_excel: bool, out: &mut dyn Write) -> io::Result<()> {
    let mut rows = csv::Writer::from_writer(out);
    rows.write_record(CAUSE_COLUMNS).map_err(io_error)?;
    for cluster in &report.overview.clusters {
        let (first, last) = cluster.days.unzip();
        let examples: Vec<_> = cluster.examples.iter().map(|example| &*example.session_id).collect();
        let row: [Cow<'_, str>; CAUSE_COLUMNS.len()] = [
            cluster.cause.name.into(),
            text(cluster.lib.as_deref().unwrap_or_default(), for_excel),
            text(cluster.lib_version.as_deref().unwrap_or_default(), for_excel),
            cluster.sessions.to_string().into(),
            format!("{:.2}", cluster.percent_of_lib()).into(),
            cluster.events.to_string().into(),
            first.and_then(format_day).unwrap_or_default().into(),
            last.and_then(format_day).unwrap_or_default().into(),
            text(&examples.join("|"), for_excel),
            cluster.cause.fix.into(),
        ];
        rows.write_record(row.iter().map(|field| field.as_bytes())).map_err(io_error)?;
    }
    rows.flush()
}

/// A text from the data; for spreadsheets none that begins like a formula.
pub(super) fn text(text: &str, for_excel: bool) -> Cow<'static, str> {
    let guard = if for_excel && text.starts_with(['=', '+', '-', '@']) { "'" } else { "" };
    Cow::Owned(format!("{guard}{text}"))
}

/// What the writer said; its kind tells a closed pipe.
pub(super) fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

fn row(finding: &Finding, for_excel: bool) -> [Cow<'_, str>; COLUMNS.len()] {
    let text = |value: &str| text(value, for_excel);
    let time = |us: Option<i64>, digits| Cow::Owned(us.and_then(|us| format_us(us, digits)).unwrap_or_default());
    let offset = |us: Option<i64>| Cow::Owned(us.map_or(String::new(), |us| us.div_euclid(US_PER_MS).to_string()));
    let rules: Vec<_> = finding.reasons.iter().map(|reason| reason.rule.name).collect();
    let (proof, offsets_us) = (&finding.reason().event, finding.offsets_us());
    [
        text(&finding.session_id),
        text(finding.team_id.as_deref().unwrap_or_default()),
        finding.verdict.name().into(),
        finding.effect.name().into(),
        finding.reason().rule.name.into(),
        rules.join("|").into(),
        finding.events.to_string().into(),
        finding.users.to_string().into(),
        time(finding.id_us(), 3),
        time(finding.times_us.map(|(first, _)| first), 6),
        time(finding.times_us.map(|(_, last)| last), 6),
        offset(offsets_us.map(|(first, _)| first)),
        offset(offsets_us.map(|(_, last)| last)),
        text(&finding.libs.join("|")),
        finding.cause.name.into(),
        text(&proof.file),
        proof.line.to_string().into(),
        text(proof.uuid.as_deref().unwrap_or_default()),
    ]
}
