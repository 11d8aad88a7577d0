//! Declares the options that several commands have.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum, ValueHint};
use supports_hyperlinks::Stream;
use terminal_size::Width;

use session_audit::event::FieldPath;
use session_audit::gate::{Allowance, Limits};
use session_audit::identity::Identity;
use session_audit::input::{Decompress, Source};
use session_audit::progress::ShowProgress;
use session_audit::report::{Detail, Style, Target};
use session_audit::rules::RuleSet;
use session_audit::{Contract, Options};

use super::values::{FieldParser, Output, decompress_parser, listed, rule_parser, tolerance};

#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub(super) struct InputArgs {
    /// Files, directories (searched through), patterns, or - for standard input; all are one audit.
    #[arg(value_name = "INPUT", value_hint = ValueHint::AnyPath, help_heading = "Arguments")]
    inputs: Vec<PathBuf>,
    /// Also read the inputs that FILE names, one a line (- for standard input).
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) files_from: Option<PathBuf>,
    /// How the inputs are compressed; auto goes by their first bytes, then by their names.
    #[arg(long, value_name = "HOW", default_value = "auto", value_parser = decompress_parser())]
    pub(super) decompress: Decompress,
    /// Read a field from another column, such as session_id=properties.sid (repeatable).
    ///
    /// NAME is one of session_id, timestamp, distinct_id, person_id, event, uuid, lib, lib_version, team_id; PATH is a
    /// dotted path from the record's root, or inside the properties after `properties.`.
    #[arg(long, value_name = "NAME=PATH", value_parser = FieldParser)]
    pub(super) field: Vec<FieldPath>,
    /// Threads to use; 0 means one a core.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u16).range(..=1024))]
    pub(super) threads: u16,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Rules")]
pub(super) struct RuleArgs {
    /// What sessions are measured by: PostHog's documentation, or what its code does today.
    #[arg(long, value_enum, default_value_t)]
    contract: ContractArg,
    /// How far events may be outside the id's 24 hours, such as 0, 500ms, 1s or 2m.
    #[arg(long, value_name = "DURATION", default_value = "0", value_parser = tolerance)]
    pub(super) tolerance: i64,
    /// Hold only these rules (repeatable, or separated by commas).
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = rule_parser())]
    select: Vec<String>,
    /// Do not hold these rules (repeatable, or separated by commas).
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = rule_parser())]
    ignore: Vec<String>,
    /// The property that holds your application's own session, such as checkout_id.
    #[arg(long, value_name = "PROPERTY", value_parser = NonEmptyStringValueParser::new())]
    pub(super) session_key: Option<String>,
    /// What counts as one user [default: graph].
    #[arg(long, value_enum, hide_default_value = true)]
    identity: Option<IdentityArg>,
}

/// How any report is written.
#[derive(Debug, Args)]
#[command(next_help_heading = "Report")]
pub(super) struct MannerArgs {
    /// Write csv that is safe in spreadsheets: no text from the data begins with = + - @.
    #[arg(long)]
    pub(super) csv_excel: bool,
    #[command(flatten)]
    screen: ScreenArgs,
    /// When to show progress on standard error.
    #[arg(long, value_name = "WHEN", value_enum, default_value_t)]
    progress: WhenArg,
    /// Print findings only; twice: print nothing.
    #[arg(long, short, action = clap::ArgAction::Count)]
    pub(super) quiet: u8,
}

/// What a text report can count on.
#[derive(Debug, Args)]
#[command(next_help_heading = "Report")]
pub(super) struct ScreenArgs {
    /// When to use colours; auto also obeys NO_COLOR.
    #[arg(long, value_name = "WHEN", value_enum, default_value_t)]
    color: WhenArg,
    /// How wide text reports are [default: as wide as the terminal, or 80 columns].
    #[arg(long, value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(40..))]
    width: Option<u16>,
}

/// What holds of any run.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(super) struct RunArgs {
    /// How many malformed records are allowed, as a count or a percentage of all records.
    #[arg(long, value_name = "N|P%", default_value = "0")]
    pub(super) max_malformed: Allowance,
    /// End with status 0 even when over a limit.
    #[arg(long)]
    pub(super) exit_zero: bool,
    /// Do not mind if no event has a session id.
    #[arg(long)]
    pub(super) allow_empty: bool,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(super) enum ContractArg {
    /// Breaking any requirement means dropped.
    #[default]
    Documented,
    /// Dropped is what never reaches the sessions table or cannot be found; the rest is at risk.
    Observed,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum IdentityArg {
    /// Distinct ids and persons that any event links.
    Graph,
    /// A person id (the distinct id where there is none).
    Person,
    /// A distinct id.
    Distinct,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum WhenArg {
    /// On a terminal.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl InputArgs {
    /// Whether the user names any input.
    pub(super) fn are_named(&self) -> bool {
        !self.inputs.is_empty() || self.files_from.is_some()
    }

    /// The inputs as the user names them; standard input if nothing is named and something is piped in.
    pub(super) fn inputs(&self) -> Result<Vec<PathBuf>> {
        let mut inputs = self.inputs.clone();
        let dash = Path::new("-");
        match &self.files_from {
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

    /// The further reports, each checked to be writable.
    pub(super) fn outputs<F: Copy>(&self, outputs: &[Output<F>], inputs: &[Source]) -> Result<Vec<(F, Target)>> {
        let inputs: Vec<_> = inputs.iter().map(Source::path).chain(self.files_from.clone()).collect();
        targets(outputs, &inputs)
    }
}

/// Where reports go, each place checked to be writable, and to be neither an input nor another report's.
pub(super) fn targets<F: Copy>(outputs: &[Output<F>], inputs: &[PathBuf]) -> Result<Vec<(F, Target)>> {
    let mut targets: Vec<(F, Target)> = Vec::new();
    for output in outputs {
        let target = Target::new(&output.path, inputs)?;
        if targets.iter().any(|(_, other)| other.is_same(&target)) {
            bail!("could not write {}: it is named twice", output.path.display());
        }
        targets.push((output.format, target));
    }
    Ok(targets)
}

impl ScreenArgs {
    /// How text reports are written; colours and links only go to standard output.
    pub(super) fn style(&self, to_stdout: bool) -> Style {
        let color = to_stdout && self.color();
        Style {
            color,
            width: self.width(to_stdout),
            links: color && supports_hyperlinks::on(Stream::Stdout),
            ..Style::default()
        }
    }

    fn color(&self) -> bool {
        match self.color {
            WhenArg::Always => true,
            WhenArg::Never => false,
            WhenArg::Auto => anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never,
        }
    }

    fn width(&self, to_stdout: bool) -> usize {
        let terminal = || terminal_size::terminal_size_of(io::stdout()).map(|(Width(columns), _)| columns);
        let columns = self.width.or_else(|| if to_stdout { terminal() } else { None });
        columns.map_or(Style::default().width, usize::from)
    }
}

impl RuleArgs {
    /// What to audit, and by what.
    pub(super) fn options(&self, input: &InputArgs) -> Options {
        Options {
            decompress: input.decompress,
            fields: input.field.clone(),
            session_key: self.session_key.clone(),
            identity: self.asked_identity().unwrap_or_default(),
            tolerance_us: self.tolerance,
            contract: self.contract(),
            rules: self.rules(),
            threads: usize::from(input.threads),
            show_users: false,
            links: None,
            follow: None,
        }
    }

    /// The rules that hold.
    pub(super) fn rules(&self) -> RuleSet {
        let names = |names: &[String], name: &str| names.iter().any(|known| known == name);
        RuleSet::of(|rule| {
            (self.select.is_empty() || names(&self.select, rule.name)) && !names(&self.ignore, rule.name)
        })
    }

    /// What sessions are measured by.
    pub(super) fn contract(&self) -> Contract {
        match self.contract {
            ContractArg::Documented => Contract::Documented,
            ContractArg::Observed => Contract::Observed,
        }
    }

    /// What counts as one user, if that was said.
    pub(super) fn asked_identity(&self) -> Option<Identity> {
        self.identity.map(|identity| match identity {
            IdentityArg::Graph => Identity::Graph,
            IdentityArg::Person => Identity::Person,
            IdentityArg::Distinct => Identity::Distinct,
        })
    }
}

impl MannerArgs {
    /// How reports are written; colours only go to standard output.
    pub(super) fn style(&self, to_stdout: bool) -> Style {
        Style {
            detail: if to_stdout && self.quiet == 1 { Detail::Sessions } else { Detail::Usual },
            csv_excel: self.csv_excel,
            ..self.screen.style(to_stdout)
        }
    }

    /// Whether warnings and errors are told.
    pub(super) fn is_silent(&self) -> bool {
        self.quiet >= 2
    }

    /// When to show progress.
    pub(super) fn progress(&self) -> ShowProgress {
        match self.progress {
            WhenArg::Always => ShowProgress::Always,
            WhenArg::Auto if self.quiet == 0 => ShowProgress::Auto,
            WhenArg::Auto | WhenArg::Never => ShowProgress::Never,
        }
    }
}

impl RunArgs {
    /// The limits of any run; there are no others.
    pub(super) fn limits(&self) -> Limits {
        Limits {
            max_malformed: self.max_malformed,
            exit_zero: self.exit_zero,
            allow_empty: self.allow_empty,
            ..Limits::default()
        }
    }
}
