//! Takes options from a configuration file where the command line does not give them.

mod file;
mod keys;
mod schema;
mod settings;
mod show;
mod tables;
mod value;

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, ValueHint};

use session_audit::bounds::{Bound, Bounds};
use session_audit::rules::Rule;

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
    #[arg(skip)]
    pub(super) policy: Policy,
}

/// A command that also takes options from a configuration file.
pub(super) trait Configurable: Args {
    /// The table that it takes them from, beside the top level.
    const TABLE: &'static str;
    /// Keys that mean something else to this command.
    const OWN: &'static [&'static str] = &[];
    /// Options that mean nothing without another one, which the file may give.
    const NEEDY: &'static [(&'static str, &'static str)] = &[];

    /// Which file, and what it says beside options.
    fn config(&mut self) -> &mut ConfigArgs;
}

/// What a file says beside options.
#[derive(Debug, Clone, Default)]
pub(super) struct Policy {
    /// What holds for single rules and causes.
    pub(super) bounds: Bounds,
    /// Libraries of servers beside those of PostHog, by the table of links.
    pub(super) backend_libs: Vec<String>,
    /// The file itself.
    pub(super) file: Option<PathBuf>,
}

/// All that holds for a command.
struct Held {
    file: Option<PathBuf>,
    settings: Settings,
    options: Vec<HeldOption>,
}

/// An option with what holds for it.
struct HeldOption {
    key: Key,
    /// As the command line would have them.
    texts: Vec<OsString>,
    /// Whether the command line gives them.
    is_given: bool,
    /// Where they come from.
    origin: String,
}

/// The arguments of a command, which were `given` on the command line, with what the configuration file says.
pub(super) fn configured<A: Configurable>(mut args: Box<A>, given: &ArgMatches) -> Result<Box<A>> {
    let held = Held::new::<A>(args.config(), given)?;
    args.update_from_arg_matches(&not_given::<A>(&held.options))?;
    args.config().policy = held.policy(given);
    Ok(args)
}

/// What holds beside the command line, as if it had been parsed.
fn not_given<A: Configurable>(options: &[HeldOption]) -> ArgMatches {
    let texts = |arg: &Arg| {
        let option = options.iter().find(|option| option.key.name == key_name(arg) && !option.is_given);
        option.map_or(&[][..], |option| &option.texts)
    };
    let command = A::augment_args_for_update(Command::new(A::TABLE)).mut_args(|arg| {
        let arg = match arg.get_action() {
            // These would have a value in any case, and take the place of what is given.
            ArgAction::SetTrue | ArgAction::Count => arg.action(ArgAction::Set),
            _ => arg,
        };
        let texts = texts(&arg);
        arg.default_values(texts)
    });
    command.get_matches_from([A::TABLE])
}

impl ConfigArgs {
    /// These, or the others if neither option is given.
    fn or<'a>(&'a self, others: &'a Self) -> &'a Self {
        if self.config.is_none() && !self.isolated { others } else { self }
    }

    /// Whether the file switches a rule off.
    pub(super) fn is_off(&self, rule: &Rule) -> bool {
        self.policy.bounds.rules.iter().any(|bound| bound.is_off && bound.name == rule.name)
    }

    fn file(&self) -> Result<Option<File>> {
        match &self.config {
            Some(path) => File::named(path).map(Some),
            None if self.isolated => Ok(None),
            None => File::found(),
        }
    }
}

impl Held {
    /// Reads the configuration file, and goes by it where the command line does not say anything else.
    fn new<A: Configurable>(config: &ConfigArgs, given: &ArgMatches) -> Result<Self> {
        let file = config.file()?;
        let settings = file.as_ref().map(Settings::read).transpose()?.unwrap_or_default();
        let command = command::<A>();
        let options = command.get_arguments().filter_map(|arg| HeldOption::new::<A>(&command, arg, &settings, given));
        let held = Self { options: options.collect(), settings, file: file.map(|file| file.path) };
        held.refuse_needy::<A>()?;
        Ok(held)
    }

    /// Refuses an option of the command line that needs another one, which neither the command line nor the file gives.
    fn refuse_needy<A: Configurable>(&self) -> Result<()> {
        let option = |name: &str| self.options.iter().find(|option| option.key.name == name);
        let is_given = |name: &str| option(name).is_some_and(|option| option.is_given);
        let is_missing = |name: &str| option(name).is_none_or(|option| option.texts.is_empty());
        match A::NEEDY.iter().find(|(name, needed)| is_given(name) && is_missing(needed)) {
            Some((name, needed)) => bail!("--{name} needs --{needed}, here or in the configuration file"),
            None => Ok(()),
        }
    }

    /// What the file says beside options, but for the rules that the command line selects.
    fn policy(self, given: &ArgMatches) -> Policy {
        let backend_libs = self.settings.of(LinksArgs::TABLE, "backend-lib").map_or(&[][..], |setting| &setting.texts);
        let backend_libs = backend_libs.iter().map(|lib| lib.to_string_lossy().into_owned()).collect();
        let mut bounds = self.settings.bounds;
        for bound in &mut bounds.rules {
            bound.is_off &= !is_selected(given, bound.name);
        }
        let says_something = |bound: &Bound| bound.is_off || bound.is_limit();
        bounds.rules.retain(says_something);
        bounds.causes.retain(says_something);
        Policy { bounds, backend_libs, file: self.file }
    }
}

impl HeldOption {
    /// The value of the command line, else that of the file unless the command line gives an option that excludes it, else
    /// the default.
    fn new<A: Configurable>(command: &Command, arg: &Arg, settings: &Settings, given: &ArgMatches) -> Option<Self> {
        let key = Key::new(A::TABLE, arg)?;
        let is_given = is_given(given, arg);
        let setting = settings.of(A::TABLE, &key.name).filter(|_| !A::OWN.contains(&key.name.as_str()));
        let rival = rivals(command, arg).into_iter().find(|rival| self::is_given(given, rival));
        let mut texts: Vec<_> =
            given.get_raw(arg.get_id().as_str()).into_iter().flatten().map(OsStr::to_owned).collect();
        let origin = match (setting, rival) {
            _ if is_given => "command line".to_owned(),
            (Some(setting), Some(rival)) => format!("default; {} yields to {}", setting.place, shown(rival)),
            (Some(setting), None) => {
                texts.clone_from(&setting.texts);
                if key.name == "ignore" {
                    texts.retain(|text| !text.to_str().is_some_and(|rule| is_selected(given, rule)));
                }
                setting.place.clone()
            }
            (None, _) if texts.is_empty() => "not given".to_owned(),
            (None, _) => "default".to_owned(),
        };
        Some(Self { key, texts, is_given, origin })
    }
}

fn is_given(given: &ArgMatches, arg: &Arg) -> bool {
    given.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine)
}

/// The option as the command line has it.
fn shown(arg: &Arg) -> String {
    arg.get_long().map_or_else(|| "the inputs".to_owned(), |long| format!("--{long}"))
}

/// Whether the command line selects a rule by its name, which is over all that the file says of that rule.
fn is_selected(given: &ArgMatches, rule: &str) -> bool {
    // Not every command that takes options from the file has this one.
    let Ok(Some(mut names)) = given.try_get_many::<String>("select") else { return false };
    given.value_source("select") == Some(ValueSource::CommandLine) && names.any(|name| name == rule)
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
