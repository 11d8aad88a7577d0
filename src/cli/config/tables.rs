//! Gathers the keys that each table of the configuration file may hold, from the options of the commands.

use clap::{Arg, Command, value_parser};

use session_audit::likeness::nearest;

use super::Configurable;
use super::keys::Key;
use crate::cli::{CheckArgs, LinksArgs};

/// How much a rule or cause matters.
pub(super) const SEVERITIES: [&str; 2] = ["error", "off"];

/// The tables of the file.
pub(super) struct Tables {
    /// The top level: what all commands have.
    pub(super) top: Table,
    /// One table a command.
    pub(super) commands: [Table; 2],
    /// The table of any rule.
    pub(super) rule: Table,
    /// The table of any cause.
    pub(super) cause: Table,
}

/// The options that one table of the file may hold.
pub(super) struct Table {
    /// The name of the command, or what the table is about; empty at the top level.
    pub(super) name: &'static str,
    /// The command, as far as there is one.
    pub(super) command: Command,
    /// The keys in the order of the command's help.
    pub(super) keys: Vec<Key>,
}

/// The command with its options, ready to be asked.
pub(super) fn command<A: Configurable>() -> Command {
    let mut command = A::augment_args(Command::new(A::TABLE));
    command.build();
    command
}

/// The options that exclude this one.
pub(super) fn conflicts<'a>(command: &'a Command, one: &Arg) -> Vec<&'a Arg> {
    let excludes = |other: &&Arg| {
        command.get_arg_conflicts_with(one).contains(other) || command.get_arg_conflicts_with(other).contains(&one)
    };
    command.get_arguments().filter(excludes).collect()
}

/// `; the nearest is ...`, if there is a name that is like this one.
pub(super) fn hint<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    nearest(name, known).map_or(String::new(), |near| format!("; the nearest is {near}"))
}

/// What the file may say of a rule or cause, as a command that had it as options would; `about` are their help texts.
fn bound(name: &'static str, about: [&'static str; 3]) -> Command {
    Command::new(name).args([
        Arg::new("severity").value_parser(SEVERITIES).help(about[0]),
        Arg::new("max").value_parser(value_parser!(u64)).help(about[1]),
        Arg::new("max-percent").value_parser(value_parser!(f64)).help(about[2]),
    ])
}

impl Tables {
    pub(super) fn new() -> Self {
        let check = Table::new(CheckArgs::TABLE, command::<CheckArgs>());
        let links = Table::new(LinksArgs::TABLE, command::<LinksArgs>());
        let keys = check.keys.iter().filter_map(|key| key.shared_with(links.key(&key.name)?)).collect();
        let about_rule = [
            "Whether the rule holds; off is as --ignore.",
            "How many sessions may break the rule, whatever else they break.",
            "How many sessions may break the rule, in percent of all sessions.",
        ];
        let about_cause = [
            "Whether sessions of this cause count against --max-dropped and --max-dropped-percent; they are reported anyway.",
            "How many reported sessions may have this cause.",
            "How many reported sessions may have this cause, in percent of all sessions.",
        ];
        Self {
            top: Table { name: "", command: Command::new(""), keys },
            commands: [check, links],
            rule: Table::new("rule", bound("rule", about_rule)),
            cause: Table::new("cause", bound("cause", about_cause)),
        }
    }

    /// Says that a table, which is reached by `path`, has no such key, and where it belongs or what it may be meant for.
    pub(super) fn unknown(&self, name: &str, path: &str, table: &Table) -> String {
        let of = if path.is_empty() { String::new() } else { format!(" in [{path}]") };
        let what = format!("unknown key \"{name}\"{of}");
        let is_bound = path.contains('.');
        if let Some(home) = self.commands.iter().find(|home| home.key(name).is_some() && !is_bound) {
            return format!("{what}; it is one of [{}]", home.name);
        }
        let tables = ["rules", "causes"].into_iter().chain(self.commands.iter().map(|table| table.name));
        let tables = tables.filter(|_| path.is_empty());
        format!("{what}{}", hint(name, table.keys.iter().map(|key| key.name.as_str()).chain(tables)))
    }
}

impl Table {
    fn new(name: &'static str, command: Command) -> Self {
        let keys = command.get_arguments().filter_map(|arg| Key::new(name, arg)).collect();
        Self { name, command, keys }
    }

    /// The key of that name.
    pub(super) fn key(&self, name: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueHint;

    use super::super::keys::Kind;
    use super::*;

    #[test]
    fn options_that_name_files_say_so() {
        for Table { command, .. } in Tables::new().commands {
            for arg in command.get_arguments() {
                let names = arg.get_value_names().unwrap_or_default();
                let is_path = names.iter().any(|name| ["FILE", "PATH", "INPUT"].iter().any(|end| name.ends_with(end)));
                let has_hint = matches!(arg.get_value_hint(), ValueHint::AnyPath | ValueHint::FilePath);
                // NAME=PATH is a path inside a record.
                assert!(is_path == has_hint || arg.get_id() == "field", "{arg}: only so the file's folder counts");
            }
        }
    }

    #[test]
    fn every_kind_of_value_is_known() {
        let tables = Tables::new();
        let kind = |name: &str| tables.commands.iter().find_map(|table| table.key(name)).map(Key::kind);
        for (name, wanted) in [
            ("verbose", Kind::Flag),
            ("quiet", Kind::Count),
            ("limit", Kind::Integer),
            ("threads", Kind::Integer),
            ("min-linked", Kind::Percent),
            ("max-malformed", Kind::CountOrPercent),
            ("tolerance", Kind::Text),
            ("inputs", Kind::Text),
        ] {
            assert_eq!(kind(name), Some(wanted), "{name}");
        }
    }
}
