//! Renders what inputs are; both formats show the same facts.

mod json;
mod text;

use std::io::{self, Write};
use std::path::Path;

use super::{Named, Style};
use crate::inspect::Inspection;

/// A format of what `inspect` finds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum InspectFormat {
    /// For people, on a terminal.
    #[default]
    Text,
    /// One document.
    Json,
}

impl Named for InspectFormat {
    const ALL: &[Self] = &[Self::Text, Self::Json];

    fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
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

/// Writes what was found.
///
/// # Errors
///
/// What the writer says.
pub fn write(format: InspectFormat, inspection: &Inspection, style: Style, out: &mut dyn Write) -> io::Result<()> {
    match format {
        InspectFormat::Text => text::write(inspection, style, out),
        InspectFormat::Json => json::write(inspection, out),
    }
}
