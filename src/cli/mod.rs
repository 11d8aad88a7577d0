//! Declares the command line, and says what follows from it.

#![allow(clippy::doc_markdown, reason = "these comments are the help texts")]

mod values;

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::builder::NonEmptyStringValueParser;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

use session_audit::event::FieldPath;
use session_audit::gate::{Allowance, FailOn, Limits, parse_percent};
use session_audit::identity::Identity;
use session_audit::input::{Decompress, Source};
use session_audit::progress::ShowProgress;
use session_audit::report::{Detail, Format, Style, Target};
use session_audit::rules::RuleSet;
use session_audit::{Contract, Options, explain};
use values::{FieldParser, Output, OutputParser, decompress_parser, format_parser, listed, rule_parser, tolerance};

/// Finds the sessions that PostHog leaves out of its session analytics, in exported events, offline.
///
/// PostHog asks five things of every $session_id and silently leaves sessions that break one out of its session
/// analytics. `session-audit check` reads an export and lists every such session, with the reason, the event that proves
/// it, and the fix. `session-audit INPUT...` means `check` too.
///
/// Exit status: 0 within the limits, 1 over a limit, 2 no verdict (bad usage, unreadable or malformed input, no session).
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) check: CheckArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Audit exported events.
    Check(Box<CheckArgs>),
    /// Explain a rule, or decode a session id.
    Explain {
        /// A rule's name, or a session id.
        #[arg(value_name = "RULE|SESSION_ID", allow_hyphen_values = true)]
        subject: String,
    },
    /// Write completions for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Write the manual page.
    Man,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Files, directories (searched through), patterns, or - for standard input; all are one audit.
    #[arg(value_name = "INPUT", value_hint = ValueHint::AnyPath)]
    inputs: Vec<PathBuf>,

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
#[command(next_help_heading = "Input")]
struct InputArgs {
    /// Also read the inputs that FILE names, one a line (- for standard input).
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    files_from: Option<PathBuf>,
    /// How the inputs are compressed; auto goes by their first bytes, then by their names.
    #[arg(long, value_name = "HOW", default_value = "auto", value_parser = decompress_parser())]
    decompress: Decompress,
    /// Read a field from another column, such as session_id=properties.sid (repeatable).
    ///
    /// NAME is one of session_id, timestamp, distinct_id, person_id, event, uuid, lib, lib_version, team_id; PATH is a
    /// dotted path from the record's root, or inside the properties after `properties.`.
    #[arg(long, value_name = "NAME=PATH", value_parser = FieldParser)]
    field: Vec<FieldPath>,
    /// Threads to use; 0 means one a core.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u16).range(..=1024))]
    threads: u16,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Rules")]
struct RuleArgs {
    /// What sessions are measured by: PostHog's documentation, or what its code does today.
    #[arg(long, value_enum, default_value_t)]
    contract: ContractArg,
    /// How far events may be outside the id's 24 hours, such as 0, 500ms, 1s or 2m.
    #[arg(long, value_name = "DURATION", default_value = "0", value_parser = tolerance)]
    tolerance: i64,
    /// Hold only these rules (repeatable, or separated by commas).
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = rule_parser())]
    select: Vec<String>,
    /// Do not hold these rules (repeatable, or separated by commas).
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = rule_parser())]
    ignore: Vec<String>,
    /// The property that holds your application's own session, such as checkout_id.
    #[arg(long, value_name = "PROPERTY", value_parser = NonEmptyStringValueParser::new())]
    session_key: Option<String>,
    /// What counts as one user.
    #[arg(long, value_enum, default_value_t)]
    identity: IdentityArg,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Report")]
struct ReportArgs {
    /// The format on standard output.
    #[arg(long, default_value = "text", value_parser = format_parser())]
    format: Format,
    /// Also write a report to PATH; the format is that of its extension unless it is named (repeatable).
    #[arg(long, short, value_name = "[FORMAT=]PATH", value_parser = OutputParser)]
    output: Vec<Output>,
    /// How many sessions the text report shows, worst first.
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Show distinct ids (text and json); they are often e-mail addresses.
    #[arg(long)]
    show_users: bool,
    /// Write csv that is safe in spreadsheets: no text from the data begins with = + - @.
    #[arg(long)]
    csv_excel: bool,
    /// When to use colours; auto also obeys NO_COLOR.
    #[arg(long, value_name = "WHEN", value_enum, default_value_t)]
    color: WhenArg,
    /// When to show progress on standard error.
    #[arg(long, value_name = "WHEN", value_enum, default_value_t)]
    progress: WhenArg,
    /// Print findings only; twice: print nothing.
    #[arg(long, short, action = clap::ArgAction::Count)]
    quiet: u8,
    /// Show sessions by library, by day and by offset in text reports, too.
    #[arg(short, long, conflicts_with = "quiet")]
    verbose: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
struct GateArgs {
    /// How many malformed records are allowed, as a count or a percentage of all records.
    #[arg(long, value_name = "N|P%", default_value = "0")]
    max_malformed: Allowance,
    /// How many dropped sessions are allowed [default: 0, unless a percentage is given].
    #[arg(long, value_name = "N")]
    max_dropped: Option<u64>,
    /// How many dropped sessions are allowed, in percent of all sessions.
    #[arg(long, value_name = "P", value_parser = parse_percent)]
    max_dropped_percent: Option<f64>,
    /// Which sessions count against the limits.
    #[arg(long, value_enum, default_value_t)]
    fail_on: FailOnArg,
    /// End with status 0 even when over a limit.
    #[arg(long)]
    exit_zero: bool,
    /// Do not mind if no event has a session id.
    #[arg(long)]
    allow_empty: bool,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum ContractArg {
    /// Breaking any requirement means dropped.
    #[default]
    Documented,
    /// Dropped is what never reaches the sessions table or cannot be found; the rest is at risk.
    Observed,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum IdentityArg {
    /// Distinct ids and persons that any event links.
    #[default]
    Graph,
    /// A person id (the distinct id where there is none).
    Person,
    /// A distinct id.
    Distinct,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum FailOnArg {
    /// Dropped sessions.
    #[default]
    Dropped,
    /// Dropped sessions and those at risk.
    AtRisk,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum WhenArg {
    /// On a terminal.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Command {
    /// What a command that only prints something prints.
    pub(crate) fn page(self) -> Result<Vec<u8>> {
        let mut page = Vec::new();
        match self {
            Self::Check(_) => {}
            Self::Explain { subject } => page = explain::explain(&subject).map_err(anyhow::Error::msg)?.into_bytes(),
            Self::Completions { shell } => {
                clap_complete::generate(shell, &mut Cli::command(), env!("CARGO_PKG_NAME"), &mut page);
            }
            Self::Man => clap_mangen::Man::new(Cli::command()).render(&mut page).context("could not write the page")?,
        }
        Ok(page)
    }
}

impl CheckArgs {
    /// The inputs as the user names them; standard input if nothing is named and something is piped in.
    pub(crate) fn inputs(&self) -> Result<Vec<PathBuf>> {
        let mut inputs = self.inputs.clone();
        let dash = Path::new("-");
        match &self.input.files_from {
            Some(file) => {
                let listed = if file == dash && inputs.contains(file) { Vec::new() } else { listed(file)? };
                inputs.extend(listed);
                if file == dash && inputs.contains(file) {
                    bail!("standard input cannot be both an input and the list of inputs");
                }
            }
            None if inputs.is_empty() && io::stdin().is_terminal() => {
                bail!("no input: name files or directories, or pipe an export in (see --help)")
            }
            None if inputs.is_empty() => inputs.push(dash.to_owned()),
            None => {}
        }
        Ok(inputs)
    }

    /// What to audit, and by what.
    pub(crate) fn options(&self) -> Options {
        let (input, rules) = (&self.input, &self.rules);
        Options {
            decompress: input.decompress,
            fields: input.field.clone(),
            session_key: rules.session_key.clone(),
            identity: rules.identity(),
            tolerance_us: rules.tolerance,
            contract: rules.contract(),
            rules: rules.rules(),
            threads: usize::from(input.threads),
            show_users: self.report.show_users,
        }
    }

    /// The limits.
    pub(crate) fn limits(&self) -> Limits {
        let gate = &self.gate;
        Limits {
            max_malformed: gate.max_malformed,
            max_dropped: gate.max_dropped,
            max_dropped_percent: gate.max_dropped_percent,
            fail_on: match gate.fail_on {
                FailOnArg::Dropped => FailOn::Dropped,
                FailOnArg::AtRisk => FailOn::AtRisk,
            },
            exit_zero: gate.exit_zero,
            allow_empty: gate.allow_empty,
        }
    }

    /// The further reports, each checked to be writable.
    pub(crate) fn outputs(&self, inputs: &[Source]) -> Result<Vec<(Format, Target)>> {
        let inputs: Vec<_> = inputs.iter().map(Source::path).chain(self.input.files_from.clone()).collect();
        let mut outputs: Vec<(Format, Target)> = Vec::new();
        for output in &self.report.output {
            let target = Target::new(&output.path, &inputs)?;
            if outputs.iter().any(|(_, other)| other.is_same(&target)) {
                bail!("could not write {}: it is named twice", output.path.display());
            }
            outputs.push((output.format, target));
        }
        Ok(outputs)
    }

    /// The format on standard output; `None` if nothing goes there.
    pub(crate) fn format(&self) -> Option<Format> {
        (self.report.quiet < 2).then_some(self.report.format)
    }

    /// How reports are written; colours only go to standard output.
    pub(crate) fn style(&self, to_stdout: bool) -> Style {
        Style {
            limit: self.report.limit,
            detail: match self.report.quiet {
                1 if to_stdout => Detail::Sessions,
                _ if self.report.verbose => Detail::Verbose,
                _ => Detail::Usual,
            },
            color: to_stdout && self.color(),
            csv_excel: self.report.csv_excel,
        }
    }

    fn color(&self) -> bool {
        match self.report.color {
            WhenArg::Always => true,
            WhenArg::Never => false,
            WhenArg::Auto => anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never,
        }
    }

    /// Whether warnings and errors are told.
    pub(crate) fn is_silent(&self) -> bool {
        self.report.quiet >= 2
    }

    /// When to show progress.
    pub(crate) fn progress(&self) -> ShowProgress {
        match self.report.progress {
            WhenArg::Always => ShowProgress::Always,
            WhenArg::Auto if self.report.quiet == 0 => ShowProgress::Auto,
            WhenArg::Auto | WhenArg::Never => ShowProgress::Never,
        }
    }
}

impl RuleArgs {
    fn rules(&self) -> RuleSet {
        let names = |names: &[String], name: &str| names.iter().any(|known| known == name);
        RuleSet::of(|rule| {
            (self.select.is_empty() || names(&self.select, rule.name)) && !names(&self.ignore, rule.name)
        })
    }

    fn contract(&self) -> Contract {
        match self.contract {
            ContractArg::Documented => Contract::Documented,
            ContractArg::Observed => Contract::Observed,
        }
    }

    fn identity(&self) -> Identity {
        match self.identity {
            IdentityArg::Graph => Identity::Graph,
            IdentityArg::Person => Identity::Person,
            IdentityArg::Distinct => Identity::Distinct,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
