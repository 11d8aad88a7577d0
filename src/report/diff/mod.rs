//! Renders what changed between two results; every format shows the same.

mod compare;
mod json;
mod table;

use std::io::{self, Write};
use std::path::Path;

use super::{Named, Style};

pub use compare::{CauseChange, Change, Diff};

/// A format of what changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DiffFormat {
    /// For people, on a terminal.
    #[default]
    Text,
    /// For a comment on a change.
    Markdown,
    /// One document.
    Json,
}

impl Named for DiffFormat {
    const ALL: &[Self] = &[Self::Text, Self::Markdown, Self::Json];

    fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Markdown => "markdown",
            Self::Json => "json",
        }
    }

    fn alias(self) -> Option<&'static str> {
        (self == Self::Markdown).then_some("md")
    }

    fn of_path(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "txt" => Some(Self::Text),
            extension => Self::named(extension),
        }
    }
}

/// Writes what changed.
///
/// # Errors
///
/// What the writer says.
pub fn write_diff(diff: &Diff, format: DiffFormat, style: Style, out: &mut dyn Write) -> io::Result<()> {
    match format {
        DiffFormat::Text => table::write_text(diff, style, out),
        DiffFormat::Markdown => table::write_markdown(diff, out),
        DiffFormat::Json => json::write(diff, out),
    }
}
