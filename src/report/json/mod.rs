//! Writes the result for other programs: its fields are the format, and they change only with `schema_version`.

mod read;

use std::io::{self, Write};

use serde::Serialize;

use crate::audit::{Finding, Overview, Report, Run};
pub use read::read;

/// Writes one document.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    writeln!(out)
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line<'a> {
    Run(&'a Run),
    Session(&'a Finding),
    Summary(&'a Overview),
}

/// Writes a line for the run, one a session, and the summary last, so that a cut file shows.
pub(super) fn write_lines(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let sessions = report.sessions.iter().map(Line::Session);
    let lines = [Line::Run(&report.run)].into_iter().chain(sessions).chain([Line::Summary(&report.overview)]);
    for line in lines {
        serde_json::to_writer(&mut *out, &line)?;
        writeln!(out)?;
    }
    Ok(())
}
