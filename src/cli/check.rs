//! Declares the command line of `check`, and says what follows from it.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};

use session_audit::Options;
use session_audit::gate::{FailOn, Limits, parse_percent};
use session_audit::input::Source;
use session_audit::progress::ShowProgress;
use session_audit::report::{Detail, Format, Style, Target};

use super::common::{InputArgs, MannerArgs, RuleArgs, RunArgs};
use super::values::{Output, OutputParser, format_parser};

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    rules: RuleArgs,
    #[command(flatten)]
    report: ReportArgs,
    #[command(flatten)]
    gate: GateArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Report")]
struct ReportArgs {
    /// The format on standard output.
    #[arg(long, default_value = "text", value_parser = format_parser::<Format>())]
    format: Format,
    /// Also write a report to PATH; the format is that of its extension unless it is named (repeatable).
    #[arg(long, short, value_name = "[FORMAT=]PATH", value_parser = OutputParser::<Format>::default())]
    output: Vec<Output<Format>>,
    /// How many sessions text and markdown reports show, worst first.
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Show distinct ids (text and json); they are often e-mail addresses.
    #[arg(long)]
    show_users: bool,
    /// Show sessions by library, by day and by offset in text reports, too.
    #[arg(short, long, conflicts_with = "quiet")]
    verbose: bool,
    #[command(flatten)]
    manner: MannerArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
struct GateArgs {
    /// How many dropped sessions are allowed [default: 0, unless a percentage is given].
    #[arg(long, value_name = "N")]
    max_dropped: Option<u64>,
    /// How many dropped sessions are allowed, in percent of all sessions.
    #[arg(long, value_name = "P", value_parser = parse_percent)]
    max_dropped_percent: Option<f64>,
    /// Which sessions count against the limits.
    #[arg(long, value_enum, default_value_t)]
    fail_on: FailOnArg,
    #[command(flatten)]
    run: RunArgs,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum FailOnArg {
    /// Dropped sessions.
    #[default]
    Dropped,
    /// Dropped sessions and those at risk.
    AtRisk,
}

impl CheckArgs {
    /// The inputs as the user names them.
    pub(crate) fn inputs(&self) -> Result<Vec<PathBuf>> {
        self.input.inputs()
    }

    /// What to audit, and by what.
    pub(crate) fn options(&self) -> Options {
        let mut formats = self.report.output.iter().map(|output| output.format).chain(self.format());
        Options {
            show_users: self.report.show_users,
            links: formats.any(Format::has_links).then(Vec::new),
            ..self.rules.options(&self.input)
        }
    }

    /// The limits.
    pub(crate) fn limits(&self) -> Limits {
        let gate = &self.gate;
        Limits {
            max_dropped: gate.max_dropped,
            max_dropped_percent: gate.max_dropped_percent,
            fail_on: match gate.fail_on {
                FailOnArg::Dropped => FailOn::Dropped,
                FailOnArg::AtRisk => FailOn::AtRisk,
            },
            ..gate.run.limits()
        }
    }

    /// The further reports, each checked to be writable.
    pub(crate) fn outputs(&self, inputs: &[Source]) -> Result<Vec<(Format, Target)>> {
        self.input.outputs(&self.report.output, inputs)
    }

    /// The format on standard output; `None` if nothing goes there.
    pub(crate) fn format(&self) -> Option<Format> {
        (!self.is_silent()).then_some(self.report.format)
    }

    /// How reports are written; colours only go to standard output.
    pub(crate) fn style(&self, to_stdout: bool) -> Style {
        let style = Style { limit: self.report.limit, ..self.report.manner.style(to_stdout) };
        if self.report.verbose { Style { detail: Detail::Verbose, ..style } } else { style }
    }

    /// Whether warnings and errors are told.
    pub(crate) fn is_silent(&self) -> bool {
        self.report.manner.is_silent()
    }

    /// When to show progress.
    pub(crate) fn progress(&self) -> ShowProgress {
        self.report.manner.progress()
    }
}
