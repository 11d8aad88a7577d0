//! Declares the command line of `render`, and says what follows from it.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueHint};

use session_audit::audit::Report;
use session_audit::report::{Detail, Format, Style, Target};

use super::manner::{ScreenArgs, targets};
use super::values::{Output, OutputParser, format_parser, real_name, saved};

#[derive(Debug, Args)]
pub(crate) struct RenderArgs {
    /// The json that `check -o RESULT.json` wrote, or - for standard input.
    #[arg(value_name = "RESULT.json", value_hint = ValueHint::FilePath)]
    result: PathBuf,
    /// The format on standard output; text if nothing else is asked for.
    #[arg(long, help_heading = "Report", value_parser = format_parser::<Format>())]
    format: Option<Format>,
    /// Write a report to PATH; the format is that of its extension unless it is named (repeatable).
    #[arg(long, short, value_name = "[FORMAT=]PATH", help_heading = "Report", value_parser = OutputParser::<Format>::default())]
    output: Vec<Output<Format>>,
    /// How many sessions text and markdown reports show, worst first.
    #[arg(long, value_name = "N", help_heading = "Report", default_value_t = 20)]
    limit: usize,
    /// Show sessions by library, by day and by offset in text reports, too.
    #[arg(short, long, help_heading = "Report")]
    verbose: bool,
    /// Write csv that is safe in spreadsheets: no text from the data begins with = + - @.
    #[arg(long, help_heading = "Report")]
    csv_excel: bool,
    #[command(flatten)]
    screen: ScreenArgs,
}

impl RenderArgs {
    /// The result, read back.
    pub(crate) fn saved(&self) -> Result<Report> {
        saved(&self.result)
    }

    /// The reports to write, each checked to be writable.
    pub(crate) fn outputs(&self) -> Result<Vec<(Format, Target)>> {
        targets(&self.output, &[real_name(&self.result)])
    }

    /// The format on standard output; `None` if nothing goes there.
    pub(crate) fn format(&self) -> Option<Format> {
        self.format.or(if self.output.is_empty() { Some(Format::Text) } else { None })
    }

    /// How reports are written; colours only go to standard output.
    pub(crate) fn style(&self, to_stdout: bool) -> Style {
        Style {
            limit: self.limit,
            detail: if self.verbose { Detail::Verbose } else { Detail::Usual },
            csv_excel: self.csv_excel,
            ..self.screen.style(to_stdout)
        }
    }
}
