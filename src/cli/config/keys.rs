//! Derives a key of the configuration file from an option, and judges its values by the option's own parser.

use std::any::TypeId;
use std::error::Error;
use std::ffi::OsString;

use clap::builder::PossibleValue;
use clap::error::{ContextKind, ErrorKind};
use clap::{Arg, ArgAction, Command, ValueHint};
use serde_json::Value;

use session_audit::gate::Allowance;

use super::file::File;
use super::value::json;

/// Options that are not for the file.
const NO_KEYS: [&str; 4] = ["config", "isolated", "help", "version"];

/// A key: an option of one or several commands.
pub(super) struct Key {
    /// The long name of the option, or the name of the positional argument.
    pub(super) name: String,
    /// The option in every command that takes the key, with the name of the command's table.
    args: Vec<(&'static str, Arg)>,
}

/// What a key holds, once or as a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Flag,
    /// How many times a flag is given.
    Count,
    Integer,
    Percent,
    CountOrPercent,
    /// A text, perhaps one of a few.
    Text,
}

/// The key of an option.
pub(super) fn key_name(arg: &Arg) -> &str {
    arg.get_long().unwrap_or(arg.get_id().as_str())
}

impl Key {
    /// The key of an option, if the file may have it.
    pub(super) fn new(table: &'static str, arg: &Arg) -> Option<Self> {
        let name = key_name(arg);
        (!NO_KEYS.contains(&name)).then(|| Self { name: name.to_owned(), args: vec![(table, arg.clone())] })
    }

    /// The key as one of both commands, if it means the same to them.
    pub(super) fn shared_with(&self, other: &Self) -> Option<Self> {
        let args = [self.args.clone(), other.args.clone()].concat();
        let is_same = self.kind() == other.kind() && self.is_list() == other.is_list();
        is_same.then(|| Self { name: self.name.clone(), args })
    }

    /// The option, as the first command has it.
    fn arg(&self) -> &Arg {
        &self.args[0].1
    }

    /// The help text.
    pub(super) fn help(&self) -> String {
        let arg = self.arg();
        arg.get_long_help().or(arg.get_help()).map(ToString::to_string).unwrap_or_default()
    }

    /// The value that the option has unless it is given.
    pub(super) fn default(&self) -> Option<Value> {
        let default = self.arg().get_default_values().first()?;
        Some(json(self.kind(), &default.to_string_lossy()))
    }

    pub(super) fn is_list(&self) -> bool {
        matches!(self.arg().get_action(), ArgAction::Append)
    }

    pub(super) fn kind(&self) -> Kind {
        let value = self.arg().get_value_parser().type_id();
        let is_one_of = |types: &[TypeId]| types.iter().any(|known| value == *known);
        match self.arg().get_action() {
            ArgAction::SetTrue | ArgAction::SetFalse => Kind::Flag,
            ArgAction::Count => Kind::Count,
            _ if is_one_of(&[TypeId::of::<u64>(), TypeId::of::<usize>(), TypeId::of::<u16>()]) => Kind::Integer,
            _ if is_one_of(&[TypeId::of::<f64>()]) => Kind::Percent,
            _ if is_one_of(&[TypeId::of::<Allowance>()]) => Kind::CountOrPercent,
            _ => Kind::Text,
        }
    }

    /// The least and the largest number that the key may hold, as far as it says less than its type.
    pub(super) fn range(&self) -> (u64, Option<u64>) {
        let judges = |number: &u64| self.judges(&number.to_string());
        // What does not take any number takes none that is larger than this.
        let numbers: Vec<_> = (0..=u64::from(u16::MAX)).collect();
        let least = numbers.iter().position(judges).unwrap_or_default();
        let most = least + numbers[least..].partition_point(judges) - 1;
        (numbers[least], (!judges(&u64::MAX)).then(|| numbers[most]))
    }

    /// The texts that the key may hold, if these are few; where several commands have it, those that all of them know.
    pub(super) fn choices(&self) -> Vec<String> {
        let values = self.arg().get_possible_values();
        let names = values.iter().flat_map(PossibleValue::get_name_and_aliases);
        names.filter(|name| self.judges(name)).map(str::to_owned).collect()
    }

    /// Says why a text is no value of the option, by the option's own parsers; of flags and counts the type says all.
    pub(super) fn judge(&self, text: &str) -> Result<(), String> {
        if matches!(self.kind(), Kind::Flag | Kind::Count) {
            return Ok(());
        }
        let takes = |arg: &Arg| judge(arg, text).is_ok();
        let home = self.args.iter().find(|(_, arg)| takes(arg)).map(|(table, _)| table);
        self.args.iter().try_for_each(|(table, arg)| {
            judge(arg, text).map_err(|why| match home {
                Some(home) => format!("{why} (for {table}; it may be one of [{home}])"),
                None => why,
            })
        })
    }

    /// Whether a text is a value of the option.
    pub(super) fn judges(&self, text: &str) -> bool {
        self.judge(text).is_ok()
    }

    /// A value as the command line would have it: paths are relative to the file's folder.
    pub(super) fn resolve(&self, text: &str, file: &File) -> OsString {
        // Only `--output` may have a format before its path.
        let has_format = self.arg().get_value_names().is_some_and(|names| names[0].starts_with("[FORMAT=]"));
        match self.arg().get_value_hint() {
            _ if has_format => file.resolve_output(text),
            ValueHint::AnyPath => file.resolve_pattern(text).into(),
            ValueHint::FilePath | ValueHint::DirPath => file.resolve(text).into(),
            _ => text.into(),
        }
    }
}

/// Gives the text to the option's value parser, alone: nothing else of the command is asked for or in the way.
fn judge(arg: &Arg, text: &str) -> Result<(), String> {
    let alone = Arg::new("value").long("value").value_parser(arg.get_value_parser().clone());
    let command = Command::new("value").no_binary_name(true).arg(alone);
    command.try_get_matches_from([format!("--value={text}")]).map(drop).map_err(|error| why(&error, text))
}

/// What is wrong with a value, in one line without the name of the option.
fn why(error: &clap::Error, text: &str) -> String {
    let texts = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    if let Some(source) = error.source() {
        return format!("\"{text}\": {source}");
    }
    match (error.kind(), texts(ContextKind::ValidValue), texts(ContextKind::SuggestedValue)) {
        (ErrorKind::InvalidValue, _, _) if text.is_empty() => "it is empty".to_owned(),
        (ErrorKind::InvalidValue, known, near) if near.is_empty() => format!("\"{text}\" is none of {known}"),
        (ErrorKind::InvalidValue, known, near) => format!("\"{text}\" is none of {known}; the nearest is {near}"),
        _ => {
            let message = error.to_string();
            let line = message.lines().next().unwrap_or_default();
            line.strip_prefix("error: ").unwrap_or(line).to_owned()
        }
    }
}
