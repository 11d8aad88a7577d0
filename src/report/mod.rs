//! Renders the result of an audit; every format shows the same result.

mod baseline;
mod blame;
mod csv;
mod diff;
mod file;
mod gathered;
mod github;
mod gitlab;
mod html;
mod inspect;
mod issue;
mod json;
mod junit;
mod links;
mod markdown;
mod open_file;
mod place;
mod sarif;
mod text;
mod trace;

use std::io::{self, Write};
use std::path::Path;

use crate::audit::Report;

pub use diff::{CauseChange, Change, Diff, DiffFormat, write_diff};
pub use file::{Target, is_report, quiet_if_closed, remove_unfinished};
pub use inspect::{InspectFormat, write as write_inspection};
pub use json::read;
pub use links::{LinksFormat, write_links};
pub use trace::write_trace;

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
    /// One row a cause and library.
    Causes,
    /// A page for browsers.
    Html,
    /// A page for a step's summary, a comment or a wiki.
    Markdown,
    /// Static analysis results, for code scanning.
    Sarif,
    /// Test results, one case a rule and one a limit.
    Junit,
    /// Annotations of GitHub Actions, one a cause.
    Github,
    /// GitLab's code quality report.
    Gitlab,
}

impl Format {
    /// Whether it shows where backend events lead.
    #[must_use]
    pub fn has_links(self) -> bool {
        matches!(self, Self::Json | Self::Jsonl | Self::Html | Self::Markdown)
    }
}

/// Formats that go by a name, and by a file's extension.
pub trait Named: Copy + Default + Send + Sync + 'static {
    /// All of them.
    const ALL: &[Self];

    /// The name on the command line.
    #[must_use]
    fn name(self) -> &'static str;

    /// Another name.
    #[must_use]
    fn alias(self) -> Option<&'static str> {
        None
    }

    /// The format that a file's extension stands for.
    #[must_use]
    fn of_path(path: &Path) -> Option<Self>;

    /// The format of that name.
    #[must_use]
    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.name() == name || format.alias() == Some(name))
    }
}

impl Named for Format {
    const ALL: &[Self] = &[
        Self::Text,
        Self::Csv,
        Self::Json,
        Self::Jsonl,
        Self::Causes,
        Self::Html,
        Self::Markdown,
        Self::Sarif,
        Self::Junit,
        Self::Github,
        Self::Gitlab,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Causes => "causes",
            Self::Html => "html",
            Self::Markdown => "markdown",
            Self::Sarif => "sarif",
            Self::Junit => "junit",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
        }
    }

    fn alias(self) -> Option<&'static str> {
        (self == Self::Markdown).then_some("md")
    }

    fn of_path(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "txt" => Some(Self::Text),
            "htm" => Some(Self::Html),
            "ndjson" => Some(Self::Jsonl),
            "xml" => Some(Self::Junit),
            // These names are no extensions: `causes` is a kind of csv, `gitlab` one of json.
            "causes" | "junit" | "github" | "gitlab" => None,
            extension => Self::named(extension),
        }
    }
}

/// How much a text report has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Detail {
    /// Only the sessions.
    Sessions,
    /// Causes, reasons, sessions and totals.
    #[default]
    Usual,
    /// Sessions by library, by day and by offset, too.
    Verbose,
}

/// How reports are written, beside their format.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// How many sessions a text or markdown report shows.
    pub limit: usize,
    /// How much a text report has.
    pub detail: Detail,
    /// Whether a text report has colours.
    pub color: bool,
    /// How wide a text report is, in columns.
    pub width: usize,
    /// Whether a text report has links that terminals can follow.
    pub links: bool,
    /// Whether csv is made safe for spreadsheets, which take `=` for a formula.
    pub csv_excel: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { limit: 0, detail: Detail::default(), color: false, width: 80, links: false, csv_excel: false }
    }
}

/// Writes the result of an audit in a format; in those for CI, what is below `base`, the working directory, has a relative
/// path.
///
/// # Errors
///
/// What the writer says.
pub fn write(
    report: &Report,
    format: Format,
    style: Style,
    base: Option<&Path>,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Text => text::write(report, style, out),
        Format::Csv => csv::write(report, style.csv_excel, out),
        Format::Json => json::write(report, out),
        Format::Jsonl => json::write_lines(report, out),
        Format::Causes => csv::write_causes(report, style.csv_excel, out),
        Format::Html => html::write(report, out),
        Format::Markdown => markdown::write(report, style, out),
        Format::Sarif => sarif::write(report, base, out),
        Format::Junit => junit::write(report, out),
        Format::Github => github::write(report, base, out),
        Format::Gitlab => gitlab::write(report, base, out),
    }
}
