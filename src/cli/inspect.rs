//! Declares the command line of `inspect`, and says what follows from it.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use session_audit::inspect::Options;
use session_audit::report::{InspectFormat, Style};

use super::common::InputArgs;
use super::config::{ConfigArgs, Configurable};
use super::manner::ScreenArgs;
use super::values::format_parser;

#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Look at the first N records of each input only; what is wrong behind them is not seen.
    #[arg(long, value_name = "N", help_heading = "Input", value_parser = clap::value_parser!(u64).range(1..))]
    records: Option<u64>,
    /// The format on standard output.
    #[arg(long, default_value = "text", help_heading = "Report", value_parser = format_parser::<InspectFormat>())]
    format: InspectFormat,
    #[command(flatten)]
    screen: ScreenArgs,
    #[command(flatten)]
    config: ConfigArgs,
}

impl Configurable for InspectArgs {
    const TABLE: &'static str = "check";
    /// What is shown of inputs is no report of a check.
    const OWN: &'static [&'static str] = &["format"];

    fn config(&mut self) -> &mut ConfigArgs {
        &mut self.config
    }
}

impl InspectArgs {
    /// The inputs as the user names them.
    pub(crate) fn inputs(&self) -> Result<Vec<PathBuf>> {
        self.input.inputs()
    }

    /// What to look at.
    pub(crate) fn options(&self) -> Options {
        Options {
            decompress: self.input.decompress,
            fields: self.input.field.clone(),
            records: self.records,
            threads: usize::from(self.input.threads),
        }
    }

    /// The format on standard output.
    pub(crate) fn format(&self) -> InspectFormat {
        self.format
    }

    /// How the text is written.
    pub(crate) fn style(&self) -> Style {
        self.screen.style(true)
    }
}
