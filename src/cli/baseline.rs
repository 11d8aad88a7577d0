//! Declares the command line of `baseline`, and says what follows from it.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueHint};

use session_audit::Options;
use session_audit::baseline::Kind;
use session_audit::gate::{Allowance, Limits};
use session_audit::input::{Discovery, Source};
use session_audit::report::Target;

use super::common::{InputArgs, MemoryArgs, RuleArgs};
use super::config::{ConfigArgs, Configurable};
use super::values::Output;

#[derive(Debug, Args)]
pub(crate) struct BaselineArgs {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    memory: MemoryArgs,
    #[command(flatten)]
    rules: RuleArgs,
    #[command(flatten)]
    report: ReportArgs,
    #[command(flatten)]
    run: RunArgs,
    #[command(flatten)]
    config: ConfigArgs,
}

impl Configurable for BaselineArgs {
    const TABLE: &'static str = "check";
    /// The outputs of a check are reports.
    const OWN: &'static [&'static str] = &["output"];

    fn config(&mut self) -> &mut ConfigArgs {
        &mut self.config
    }
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Report")]
struct ReportArgs {
    /// Write how many percent of the sessions break each rule, by library, instead of every session that does.
    #[arg(long)]
    rates: bool,
    /// Write the baseline to FILE instead of standard output.
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
struct RunArgs {
    /// How many malformed records are allowed, as a count or a percentage of all records.
    #[arg(long, value_name = "N|P%", default_value = "0")]
    max_malformed: Allowance,
    /// Do not mind if no event has a session id.
    #[arg(long)]
    allow_empty: bool,
}

impl BaselineArgs {
    /// The inputs that the user names.
    pub(crate) fn found(&self) -> Result<Discovery> {
        self.input.found(self.report.output.iter())
    }

    /// What to audit, and by what.
    pub(crate) fn options(&self) -> Options {
        self.rules.options(&self.input, &self.memory, &self.config)
    }

    /// What the input has to be like.
    pub(crate) fn limits(&self) -> Limits {
        Limits { max_malformed: self.run.max_malformed, allow_empty: self.run.allow_empty, ..Limits::default() }
    }

    /// What the baseline remembers.
    pub(crate) fn kind(&self) -> Kind {
        if self.report.rates { Kind::Rates } else { Kind::Findings }
    }

    /// Where the baseline goes, checked to be writable; `None` for standard output.
    pub(crate) fn target(&self, inputs: &[Source]) -> Result<Option<Target>> {
        let outputs =
            self.report.output.clone().filter(|path| path.as_os_str() != "-").map(|path| Output { format: (), path });
        let targets = self.input.outputs(outputs.as_slice(), inputs, None, &self.config)?;
        Ok(targets.into_iter().next().map(|((), target)| target))
    }
}
