//! Declares the command line of `diff`, and says what follows from it.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, ValueHint};

use session_audit::report::{Diff, DiffFormat, Style, Target};

use super::manner::{ScreenArgs, targets};
use super::values::{Output, OutputParser, format_parser, is_stdin, real_name, saved};

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The json of an older check, or - for standard input.
    #[arg(value_name = "OLD.json", value_hint = ValueHint::FilePath)]
    old: PathBuf,
    /// The json of a newer check, or - for standard input.
    #[arg(value_name = "NEW.json", value_hint = ValueHint::FilePath)]
    new: PathBuf,
    /// The format on standard output; text if nothing else is asked for.
    #[arg(long, help_heading = "Report", value_parser = format_parser::<DiffFormat>())]
    format: Option<DiffFormat>,
    /// Write a report to PATH; the format is that of its extension unless it is named (repeatable).
    #[arg(long, short, value_name = "[FORMAT=]PATH", help_heading = "Report", value_parser = OutputParser::<DiffFormat>::default())]
    output: Vec<Output<DiffFormat>>,
    #[command(flatten)]
    screen: ScreenArgs,
}

impl DiffArgs {
    /// What changed.
    pub(crate) fn diff(&self) -> Result<Diff> {
        if is_stdin(&self.old) && is_stdin(&self.new) {
            bail!("standard input cannot be both results");
        }
        Ok(Diff::new(&saved(&self.old)?, &saved(&self.new)?))
    }

    /// The reports to write, each checked to be writable.
    pub(crate) fn outputs(&self) -> Result<Vec<(DiffFormat, Target)>> {
        targets(&self.output, &[real_name(&self.old), real_name(&self.new)])
    }

    /// The format on standard output; `None` if nothing goes there.
    pub(crate) fn format(&self) -> Option<DiffFormat> {
        self.format.or(if self.output.is_empty() { Some(DiffFormat::Text) } else { None })
    }

    /// How reports are written; colours only go to standard output.
    pub(crate) fn style(&self, to_stdout: bool) -> Style {
        self.screen.style(to_stdout)
    }
}
