//! Renders the result of an audit; every format shows the same result.

mod csv;
mod file;
mod json;
mod text;

use std::io::{self, Write};
use std::path::Path;

use crate::audit::Audit;
use crate::gate::Gate;

pub use file::{Target, quiet_if_closed, remove_unfinished};

/// A report's format.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// For people, on a terminal.
    #[default]
    Text,
    /// One row a reported session.
    Csv,
    /// One document.
    Json,
    /// One line a session, between a line for the run and one for the summary.
    Jsonl,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 4] = [Self::Text, Self::Csv, Self::Json, Self::Jsonl];

    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
        }
    }

    /// The format of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// The format that a file's extension stands for.
    #[must_use]
    pub fn of_path(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "txt" => Some(Self::Text),
            "ndjson" => Some(Self::Jsonl),
            extension => Self::named(extension),
        }
    }
}

/// How reports are written, beside their format.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style {
    /// How many sessions a text report shows.
    pub limit: usize,
    /// Whether a text report has only the sessions.
    pub findings_only: bool,
    /// Whether a text report has colours.
    pub color: bool,
    /// Whether csv is made safe for spreadsheets, which take `=` for a formula.
    pub csv_excel: bool,
}

/// Writes a report.
///
/// # Errors
///
/// What the writer says.
pub fn write(format: Format, audit: &Audit, gate: &Gate, style: Style, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Text => text::write(audit, gate, style, out),
        Format::Csv => csv::write(audit, style.csv_excel, out),
        Format::Json => json::write(audit, gate, out),
        Format::Jsonl => json::write_lines(audit, gate, out),
    }
}
