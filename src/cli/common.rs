//! Declares the options that several commands have.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use bytesize::ByteSize;
use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum, ValueHint};

use session_audit::event::FieldPath;
use session_audit::gate::{Allowance, Limits};
use session_audit::input::{Decompress, Discovery, Source};
use session_audit::report::{Target, is_report};
use session_audit::rules::RuleSet;
use session_audit::{Contract, Identity, MemoryLimit, Options};

use super::config::ConfigArgs;
use super::manner::targets;
use super::values::{FieldParser, Output, decompress_parser, listed, memory_size, real_name, rule_parser, tolerance};

#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub(super) struct InputArgs {
    /// Files, directories (searched through), patterns, or - for standard input; all are one audit.
    #[arg(value_name = "INPUT", value_hint = ValueHint::AnyPath, help_heading = "Arguments")]
    pub(super) inputs: Vec<PathBuf>,
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

/// How much memory an audit may take.
#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub(super) struct MemoryArgs {
    /// How much memory may be used for what is kept of events, such as 256MiB or 2GiB; the rest goes to temporary files.
    ///
    /// Beside it come the distinct IDs of users (about 60 bytes each) and the sessions that are reported.
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = memory_size)]
    memory_limit: ByteSize,
    /// The folder for temporary files [default: the system's].
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    temp_dir: Option<PathBuf>,
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

    /// The inputs that the user names. What is only found in a folder and was written there by an earlier run is none, if
    /// this run writes it again.
    pub(super) fn found<'a>(&self, outputs: impl Iterator<Item = &'a PathBuf>) -> Result<Discovery> {
        let inputs = self.inputs()?;
        let named: Vec<_> = inputs.iter().filter_map(|input| input.canonicalize().ok()).collect();
        let outputs = outputs.filter_map(|output| output.canonicalize().ok());
        let earlier: Vec<_> = outputs.filter(|output| !named.contains(output) && is_report(output)).collect();
        let mut found = session_audit::discover(&inputs);
        leave_out(&mut found, &earlier);
        Ok(found)
    }

    /// The further reports, each checked to be writable and none of what is read.
    pub(super) fn outputs<F: Copy>(
        &self,
        outputs: &[Output<F>],
        inputs: &[Source],
        baseline: Option<&Path>,
        config: &ConfigArgs,
    ) -> Result<Vec<(F, Target)>> {
        let others = self.files_from.as_deref().into_iter().chain(baseline).chain(config.policy.file.as_deref());
        let inputs: Vec<_> = inputs.iter().map(Source::path).chain(others.map(real_name)).collect();
        targets(outputs, &inputs)
    }
}

/// Takes files, by their real paths, out of what was found.
pub(super) fn leave_out(found: &mut Discovery, files: &[PathBuf]) {
    if !files.is_empty() {
        found.sources.retain(|source| source.path().canonicalize().map_or(true, |path| !files.contains(&path)));
    }
}

impl MemoryArgs {
    fn limit(&self) -> MemoryLimit {
        MemoryLimit { bytes: self.memory_limit.as_u64(), folder: self.temp_dir.clone() }
    }
}

impl RuleArgs {
    /// What to audit, and by what.
    pub(super) fn options(&self, input: &InputArgs, memory: &MemoryArgs, config: &ConfigArgs) -> Options {
        Options {
            decompress: input.decompress,
            fields: input.field.clone(),
            session_key: self.session_key.clone(),
            identity: self.asked_identity().unwrap_or_default(),
            tolerance_us: self.tolerance,
            contract: self.contract(),
            rules: self.rules(config),
            threads: usize::from(input.threads),
            show_users: false,
            memory: memory.limit(),
            links: None,
        }
    }

    /// The rules that hold.
    pub(super) fn rules(&self, config: &ConfigArgs) -> RuleSet {
        let names = |names: &[String], name: &str| names.iter().any(|known| known == name);
        RuleSet::of(|rule| {
            let is_off = names(&self.ignore, rule.name) || config.is_off(rule);
            (self.select.is_empty() || names(&self.select, rule.name)) && !is_off
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
