//! Renders where backend events lead; every format shows the same result.

mod csv;
mod fixes;
mod json;
mod text;

use std::io::{self, Write};
use std::path::Path;

use super::{Named, Style};
use crate::audit::Overview;
use crate::gate::Gate;
use crate::links::Links;

pub(super) use fixes::{Missed, fixes, missed};
pub(super) use json::LinksFacts;
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

/// What was found, of what, and what the limits say of it.
#[derive(Debug, Clone, Copy)]
pub struct LinksResult<'a> {
    /// Where backend events lead.
    pub links: &'a Links,
    /// What was audited.
    pub overview: &'a Overview,
    /// The gate.
    pub gate: &'a Gate,
}

impl LinksResult<'_> {
    /// Writes a report.
    ///
    /// # Errors
    ///
    /// What the writer says.
    pub fn write(&self, format: LinksFormat, style: Style, out: &mut dyn Write) -> io::Result<()> {
        match format {
            LinksFormat::Text => text::write(self, style, out),
            LinksFormat::Csv => csv::write(self.links, style.csv_excel, out),
            LinksFormat::Json => json::write(self, out),
        }
    }
}
