//! Declares the command line of `links`, and says what follows from it.

use anyhow::Result;
use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueHint};

use session_audit::Options;
use session_audit::gate::{Limits, parse_percent};
use session_audit::input::{Discovery, Source};
use session_audit::progress::ShowProgress;
use session_audit::report::{LinksFormat, Style, Target};

use super::common::{InputArgs, MemoryArgs, RuleArgs, RunArgs};
use super::config::{ConfigArgs, Configurable};
use super::manner::MannerArgs;
use super::values::{Output, OutputParser, format_parser};

// By either contract `check` reports a session that breaks a rule, and that is what links go by.
#[derive(Debug, Args)]
#[command(mut_arg("contract", |contract| contract.hide(true)))]
#[command(mut_arg("allow_empty", |allow| allow.help("Do not mind if no event comes from a server or a language model")))]
pub(crate) struct LinksArgs {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    memory: MemoryArgs,
    /// A library of servers beside those of PostHog (repeatable).
    #[arg(long, value_name = "LIB", help_heading = "Links", value_parser = NonEmptyStringValueParser::new())]
    backend_lib: Vec<String>,
    #[command(flatten)]
    rules: RuleArgs,
    #[command(flatten)]
    report: ReportArgs,
    /// How many backend events have to be linked, in percent of all.
    #[arg(long, value_name = "P", help_heading = "Limits", value_parser = parse_percent)]
    min_linked: Option<f64>,
    #[command(flatten)]
    run: RunArgs,
    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Report")]
struct ReportArgs {
    /// The format on standard output.
    #[arg(long, default_value = "text", value_parser = format_parser::<LinksFormat>())]
    format: LinksFormat,
    /// Also write a report to PATH; the format is that of its extension unless it is named (repeatable).
    #[arg(long, short, value_name = "[FORMAT=]PATH", value_hint = ValueHint::FilePath, value_parser = OutputParser::<LinksFormat>::default())]
    output: Vec<Output<LinksFormat>>,
    #[command(flatten)]
    manner: MannerArgs,
}

impl Configurable for LinksArgs {
    const TABLE: &'static str = "links";

    fn config(&mut self) -> &mut ConfigArgs {
        &mut self.config
    }
}

impl LinksArgs {
    /// The inputs that the user names.
    pub(crate) fn found(&self) -> Result<Discovery> {
        self.input.found(self.report.output.iter().map(|output| &output.path))
    }

    /// What to audit, and by what.
    pub(crate) fn options(&self) -> Options {
        Options { links: Some(self.backend_lib.clone()), ..self.rules.options(&self.input, &self.memory, &self.config) }
    }

    /// The limits.
    pub(crate) fn limits(&self) -> Limits {
        Limits { min_linked: self.min_linked, ..self.run.limits() }
    }

    /// The further reports, each checked to be writable.
    pub(crate) fn outputs(&self, inputs: &[Source]) -> Result<Vec<(LinksFormat, Target)>> {
        self.input.outputs(&self.report.output, inputs, None, &self.config)
    }

    /// The format on standard output; `None` if nothing goes there.
    pub(crate) fn format(&self) -> Option<LinksFormat> {
        (!self.is_silent()).then_some(self.report.format)
    }

    /// How reports are written; colours only go to standard output.
    pub(crate) fn style(&self, to_stdout: bool) -> Style {
        self.report.manner.style(to_stdout)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_is_about_backend_events() {
        let mut command = LinksArgs::augment_args(clap::Command::new("links"));
        let help = command.render_long_help().to_string();
        assert!(help.contains("no event comes from a server") && !help.contains("no event has a session id"), "{help}");
        assert!(help.contains("--tolerance") && !help.contains("--contract"), "{help}");
    }
}
