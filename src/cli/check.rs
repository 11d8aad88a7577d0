//! Declares the command line of `check`, and says what follows from it.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum, ValueHint};

use session_audit::Options;
use session_audit::baseline::Baseline;
use session_audit::gate::{FailOn, Limits, parse_percent};
use session_audit::input::{Discovery, Source};
use session_audit::progress::ShowProgress;
use session_audit::report::{Detail, Format, Style, Target};

use super::common::{InputArgs, MemoryArgs, RuleArgs, RunArgs, leave_out};
use super::config::{ConfigArgs, Configurable};
use super::manner::MannerArgs;
use super::values::{Output, OutputParser, format_parser};

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    memory: MemoryArgs,
    #[command(flatten)]
    rules: RuleArgs,
    #[command(flatten)]
    report: ReportArgs,
    #[command(flatten)]
    gate: GateArgs,
    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Report")]
struct ReportArgs {
    /// The format on standard output.
    #[arg(long, default_value = "text", value_parser = format_parser::<Format>())]
    format: Format,
    /// Also write a report to PATH; the format is that of its extension unless it is named (repeatable).
    #[arg(long, short, value_name = "[FORMAT=]PATH", value_hint = ValueHint::FilePath, value_parser = OutputParser::<Format>::default())]
    output: Vec<Output<Format>>,
    /// How many sessions text and markdown reports show, worst first.
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Show distinct ids (text, json, jsonl and html); they are often e-mail addresses.
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
    /// How many dropped sessions are allowed [default: 0, unless a percentage or a baseline of rates is given].
    #[arg(long, value_name = "N")]
    max_dropped: Option<u64>,
    /// How many dropped sessions are allowed, in percent of all sessions.
    #[arg(long, value_name = "P", value_parser = parse_percent)]
    max_dropped_percent: Option<f64>,
    /// Which sessions count against the limits.
    #[arg(long, value_enum, default_value_t)]
    fail_on: FailOnArg,
    /// Hold the run against a baseline: what its findings list does not count, or no rate may rise.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    baseline: Option<PathBuf>,
    /// By how many percentage points a rate may be over the baseline's.
    #[arg(long, value_name = "P", default_value = "1", value_parser = parse_percent)]
    baseline_margin: f64,
    /// How many sessions a library needs to be held against the baseline's rates by itself.
    #[arg(long, value_name = "N", default_value_t = 100)]
    baseline_min_sessions: u64,
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

impl Configurable for CheckArgs {
    const TABLE: &'static str = "check";
    const NEEDY: &'static [(&'static str, &'static str)] =
        &[("baseline-margin", "baseline"), ("baseline-min-sessions", "baseline")];

    fn config(&mut self) -> &mut ConfigArgs {
        &mut self.config
    }
}

impl CheckArgs {
    /// What the command line names as inputs.
    pub(super) fn named_inputs(&self) -> &[PathBuf] {
        &self.input.inputs
    }

    /// The inputs that the user names; the baseline is none, even if it lies among them.
    pub(crate) fn found(&self) -> Result<Discovery> {
        let mut found = self.input.found(self.report.output.iter().map(|output| &output.path))?;
        let baseline = self.gate.baseline.as_ref().and_then(|path| path.canonicalize().ok());
        leave_out(&mut found, baseline.as_slice());
        Ok(found)
    }

    /// What to audit, and by what.
    pub(crate) fn options(&self) -> Options {
        let mut formats = self.report.output.iter().map(|output| output.format).chain(self.format());
        Options {
            show_users: self.report.show_users,
            links: formats.any(Format::has_links).then(|| self.config.policy.backend_libs.clone()),
            ..self.rules.options(&self.input, &self.memory, &self.config)
        }
    }

    /// The baseline that the run is held against, if there is one.
    pub(crate) fn baseline(&self, options: &Options) -> Result<Option<Baseline>> {
        self.gate.baseline.as_deref().map(|path| Baseline::read(path, options)).transpose()
    }

    /// The limits.
    pub(crate) fn limits(&self) -> Limits {
        let gate = &self.gate;
        Limits {
            max_dropped: gate.max_dropped,
            max_dropped_percent: gate.max_dropped_percent,
            baseline_margin: gate.baseline_margin,
            baseline_min_sessions: gate.baseline_min_sessions,
            fail_on: match gate.fail_on {
                FailOnArg::Dropped => FailOn::Dropped,
                FailOnArg::AtRisk => FailOn::AtRisk,
            },
            bounds: self.config.policy.bounds.clone(),
            ..gate.run.limits()
        }
    }

    /// The further reports, each checked to be writable.
    pub(crate) fn outputs(&self, inputs: &[Source]) -> Result<Vec<(Format, Target)>> {
        self.input.outputs(&self.report.output, inputs, self.gate.baseline.as_deref(), &self.config)
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
