//! Takes options from a configuration file where the command line does not give them.

mod bounds;
mod file;
mod keys;
mod schema;
mod settings;
mod show;
mod tables;
mod value;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args, Command, ValueHint};

use session_audit::bounds::{Bound, Bounds};
use session_audit::rules::{Rule, RuleSet};

use file::File;
use keys::{Key, key_name};
use settings::Settings;
pub(crate) use show::ShowArgs;
use tables::{command, conflicts};

use super::LinksArgs;

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Configuration")]
pub(super) struct ConfigArgs {
    /// Read FILE instead of the session-audit.toml that is found upwards from the working directory.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "isolated")]
    config: Option<PathBuf>,
    /// Read no configuration file.
    #[arg(long)]
    isolated: bool,
}

/// A command that also takes options from a configuration file.
pub(super) trait Configurable: Args {
    /// The table that it takes them from, beside the top level.
    const TABLE: &'static str;
    /// Keys that mean something else to this command.
    const OWN: &'static [&'static str] = &[];
    /// Options that mean nothing without another one, which the file may give.
    const NEEDY: &'static [(&'static str, &'static str)] = &[];

    /// Which file.
    fn config(&self) -> &ConfigArgs;

    /// Takes what the file says beside options.
    fn hold(&mut self, policy: Policy);
}

/// What a file says beside options.
#[derive(Debug)]
pub(super) struct Policy {
    /// The rules that are off.
    pub(super) off: RuleSet,
    /// What holds for single rules and causes.
    pub(super) bounds: Bounds,
    /// Libraries of servers beside those of PostHog, by the table of links.
    pub(super) backend_libs: Vec<String>,
    /// The file itself.
    pub(super) file: Option<PathBuf>,
}

/// A command with all that holds for it.
pub(super) struct Held<A> {
    pub(super) args: A,
    /// The table of the file that it takes its options from.
    table: &'static str,
    matches: ArgMatches,
    /// Where the values of options come from, unless they are defaults.
    origins: BTreeMap<String, String>,
    settings: Settings,
}

/// The values of the file that take the place of an option's default.
struct Replaced {
    defaults: Vec<(String, Vec<OsString>)>,
    origins: BTreeMap<String, String>,
}

/// What holds for a command that was given with `given`; `parse` reads the command line again with other defaults.
pub(super) fn held<A: Configurable>(
    given: &ArgMatches,
    config: &ConfigArgs,
    parse: impl FnOnce(&dyn Fn(Command) -> Command) -> ArgMatches,
) -> Result<Held<A>> {
    let file = config.file()?;
    let settings = file.as_ref().map(Settings::read).transpose()?.unwrap_or_default();
    let Replaced { defaults, origins } = replaced::<A>(&settings, given);
    let matches = parse(&|command| {
        let put = |command: Command, (id, values): &(String, Vec<OsString>)| {
            command.mut_arg(id, |arg| arg.default_values(values))
        };
        defaults.iter().fold(command, put)
    });
    refuse_needy::<A>(given, &matches)?;
    let mut args = A::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    args.hold(Policy { file: file.map(|file| file.path), ..policy(&settings, given) });
    Ok(Held { args, table: A::TABLE, matches, origins, settings })
}

impl ConfigArgs {
    /// Whether neither of the options is given.
    fn is_empty(&self) -> bool {
        self.config.is_none() && !self.isolated
    }

    fn file(&self) -> Result<Option<File>> {
        match &self.config {
            Some(path) => File::named(path).map(Some),
            None if self.isolated => Ok(None),
            None => File::found(),
        }
    }
}

/// Chooses the values of the file that hold, since the command line gives neither the option nor one that excludes it.
fn replaced<A: Configurable>(settings: &Settings, given: &ArgMatches) -> Replaced {
    let command = command::<A>(A::TABLE);
    let mut replaced = Replaced { defaults: Vec::new(), origins: BTreeMap::new() };
    for arg in command.get_arguments().filter(|arg| Key::new(A::TABLE, arg).is_some()) {
        let name = key_name(arg);
        let setting = settings.of(A::TABLE, name).filter(|_| !A::OWN.contains(&name));
        let origin = match (setting, rivals(&command, arg).into_iter().find(|rival| is_given(given, rival))) {
            _ if is_given(given, arg) => "command line".to_owned(),
            (None, _) => continue,
            (Some(setting), Some(rival)) => format!("default; {} yields to {}", setting.place, shown(rival)),
            (Some(setting), None) => {
                let mut values = setting.texts.clone();
                if name == "ignore" {
                    values.retain(|value| !is_selected(given, value.to_str()));
                }
                if !values.is_empty() {
                    replaced.defaults.push((arg.get_id().to_string(), values));
                }
                setting.place.clone()
            }
        };
        replaced.origins.insert(name.to_owned(), origin);
    }
    replaced
}

/// Refuses an option of the command line that needs another one, which neither the command line nor the file gives.
fn refuse_needy<A: Configurable>(given: &ArgMatches, matches: &ArgMatches) -> Result<()> {
    let is_given = |option: &str| given.value_source(option) == Some(ValueSource::CommandLine);
    let mut needy = A::NEEDY.iter().filter(|(option, needed)| is_given(option) && matches.get_raw(needed).is_none());
    needy.next().map_or(Ok(()), |(option, needed)| {
        bail!("--{} needs --{needed}, here or in the configuration file", option.replace('_', "-"))
    })
}

fn is_given(given: &ArgMatches, arg: &Arg) -> bool {
    given.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine)
}

/// The option as the command line has it.
fn shown(arg: &Arg) -> String {
    arg.get_long().map_or_else(|| "the inputs".to_owned(), |long| format!("--{long}"))
}

/// Whether the command line selects a rule by its name, which is over all that the file says of that rule.
fn is_selected(given: &ArgMatches, rule: Option<&str>) -> bool {
    // Not every command that takes options from the file has this one.
    let Ok(Some(mut names)) = given.try_get_many::<String>("select") else { return false };
    given.value_source("select") == Some(ValueSource::CommandLine) && names.any(|name| Some(name.as_str()) == rule)
}

/// The options to which this one of the file yields: those that exclude it, and other ways to name inputs.
fn rivals<'a>(command: &'a Command, arg: &Arg) -> Vec<&'a Arg> {
    const INPUTS: [&str; 2] = ["inputs", "files-from"];
    let mut rivals = conflicts(command, arg);
    if INPUTS.contains(&key_name(arg)) {
        rivals.extend(command.get_arguments().filter(|other| *other != arg && INPUTS.contains(&key_name(other))));
    }
    rivals
}

/// What the file says of rules and causes, but for the rules that the command line selects.
fn policy(settings: &Settings, given: &ArgMatches) -> Policy {
    let mut bounds = settings.bounds.clone();
    for bound in &mut bounds.rules {
        bound.is_off &= !is_selected(given, Some(bound.name));
    }
    let says_something = |bound: &Bound| bound.is_off || bound.is_limit();
    bounds.rules.retain(says_something);
    bounds.causes.retain(says_something);
    let off = |rule: &Rule| bounds.rules.iter().any(|bound| bound.is_off && bound.name == rule.name);
    let backend_libs = settings.of(LinksArgs::TABLE, "backend-lib").map_or(&[][..], |setting| &setting.texts);
    let backend_libs = backend_libs.iter().map(|lib| lib.to_string_lossy().into_owned()).collect();
    Policy { off: RuleSet::of(off), bounds, backend_libs, file: None }
}
