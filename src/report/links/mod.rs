//! Renders where backend events lead; every format shows the same result.

mod csv;
mod fixes;
mod json;
mod text;

use std::io::{self, Write};
use std::path::Path;

use super::{Named, Style};
use crate::audit::Report;

pub(super) use fixes::{Missed, fixes, missed};
pub(super) use text::numbers;

/// A format of what `links` finds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LinksFormat {
    /// For people, on a terminal.
    #[default]
    Text,
    /// One row an event name and library.
    Csv,
    /// One document.
    Json,
}

impl Named for LinksFormat {
    const ALL: &[Self] = &[Self::Text, Self::Csv, Self::Json];

    fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }

    fn of_path(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "txt" => Some(Self::Text),
            extension => Self::named(extension),
        }
    }
}

/// Writes where backend events lead, if they were followed.
///
/// # Errors
///
/// What the writer says.
pub fn write_links(report: &Report, format: LinksFormat, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let Some(links) = &report.overview.links else { return Ok(()) };
    match format {
        LinksFormat::Text => text::write(links, &report.overview.gate, style, out),
        LinksFormat::Csv => csv::write(links, style.csv_excel, out),
        LinksFormat::Json => json::write(report, links, out),
    }
}
