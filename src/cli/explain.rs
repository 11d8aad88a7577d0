//! Declares the command line of `explain`, and says what follows from it.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use session_audit::report::Style;
use session_audit::{Options, explain};

use super::common::{InputArgs, MemoryArgs, RuleArgs};
use super::config::{ConfigArgs, Configurable};
use super::manner::ScreenArgs;

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The name of a rule, of a cause, of a reason of links or of an advisory, or a session id.
    #[arg(value_name = "NAME|SESSION_ID", allow_hyphen_values = true)]
    subject: String,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    memory: MemoryArgs,
    #[command(flatten)]
    rules: RuleArgs,
    /// How many of the session's events are shown, half of them its first and half its last; those that prove something
    /// are shown in any case.
    #[arg(long, value_name = "N", default_value_t = 50, help_heading = "Report", value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Show distinct ids; they are often e-mail addresses.
    #[arg(long, help_heading = "Report")]
    show_users: bool,
    #[command(flatten)]
    screen: ScreenArgs,
    #[command(flatten)]
    config: ConfigArgs,
}

impl Configurable for ExplainArgs {
    const TABLE: &'static str = "check";
    /// Which session is looked for in what is said anew each time, and its events are not the sessions of a report.
    const OWN: &'static [&'static str] = &["inputs", "files-from", "limit"];

    fn config(&mut self) -> &mut ConfigArgs {
        &mut self.config
    }
}

impl ExplainArgs {
    /// What there is to say without any input.
    pub(crate) fn page(&self) -> Result<String> {
        explain::explain(&self.subject).map_err(anyhow::Error::msg)
    }

    /// What the session id says by itself, whatever else goes by that name.
    pub(crate) fn session_id(&self) -> String {
        explain::session_id(&self.subject)
    }

    /// Whether it looks for the session in inputs.
    pub(super) fn reads(&self) -> bool {
        self.input.are_named()
    }

    /// The inputs to look for the session in; `None` if none is named.
    pub(crate) fn inputs(&self) -> Result<Option<Vec<PathBuf>>> {
        if self.reads() { self.input.inputs().map(Some) } else { Ok(None) }
    }

    /// How the session's events are shown.
    pub(crate) fn style(&self) -> Style {
        self.screen.style(true)
    }

    /// What to audit, and by what.
    pub(crate) fn options(&self) -> Options {
        Options { show_users: self.show_users, ..self.rules.options(&self.input, &self.memory, &self.config) }
    }

    /// The session to look for, however it is spelled.
    pub(crate) fn subject(&self) -> &str {
        &self.subject
    }

    /// How many of the session's events are shown.
    pub(crate) fn limit(&self) -> usize {
        self.limit as usize
    }
}
