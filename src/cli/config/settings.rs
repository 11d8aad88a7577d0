//! Reads all that a configuration file says; every mistake in it is an error with its place.

use std::ffi::OsString;

use anyhow::Result;
use clap::Arg;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use session_audit::bounds::{Bound, Bounds};
use session_audit::causes;
use session_audit::gate::parse_percent;
use session_audit::rules::RULES;

use super::file::File;
use super::keys::{Key, Kind, key_name};
use super::tables::{Table, Tables, conflicts, hint};
use super::value::{text, unlike};

/// What a configuration file says.
#[derive(Default)]
pub(super) struct Settings {
    /// In the order of the file.
    pub(super) all: Vec<Setting>,
    /// What these say of single rules and causes.
    pub(super) bounds: Bounds,
}

/// The value of a key.
pub(super) struct Setting {
    /// The table, such as `check` or `rules.not-a-uuid`; empty at the top level.
    pub(super) table: String,
    pub(super) key: String,
    pub(super) kind: Kind,
    /// As the command line would have them.
    pub(super) texts: Vec<OsString>,
    at: usize,
    /// `session-audit.toml:3`.
    pub(super) place: String,
}

/// A key with its value.
type Entry<'a, 'f> = (&'a Spanned<DeString<'f>>, &'a Spanned<DeValue<'f>>);

/// Reads a file from its top to its end.
struct Reader<'a> {
    file: &'a File,
    tables: &'a Tables,
    settings: Settings,
}

impl Settings {
    /// Reads a file.
    pub(super) fn read(file: &File) -> Result<Self> {
        let document = DeTable::parse(&file.text)
            .map_err(|error| file.wrong(error.span().unwrap_or_default(), error.message()))?;
        let mut reader = Reader { file, tables: &Tables::new(), settings: Self::default() };
        for entry in entries(document.get_ref()) {
            reader.add(entry)?;
        }
        reader.refuse_conflicts()?;
        Ok(reader.settings)
    }

    /// What holds for an option of a command: the command's own table wins over the top level.
    pub(super) fn of(&self, command: &str, key: &str) -> Option<&Setting> {
        let in_table = |table: &str| self.all.iter().find(|setting| setting.table == table && setting.key == key);
        in_table(command).or_else(|| in_table(""))
    }
}

impl Reader<'_> {
    /// Adds an option of all commands, or the table of a command, of rules or of causes.
    fn add(&mut self, (key, value): Entry<'_, '_>) -> Result<()> {
        let name = key.get_ref().as_ref();
        let command = self.tables.commands.iter().find(|table| table.name == name);
        match (name, command) {
            ("rules", _) => {
                let names: Vec<_> = RULES.iter().map(|rule| rule.name).collect();
                self.settings.bounds.rules = self.bounds(name, &self.tables.rule, &names, value)?;
            }
            ("causes", _) => {
                let names: Vec<_> = causes::all().map(|cause| cause.name).collect();
                self.settings.bounds.causes = self.bounds(name, &self.tables.cause, &names, value)?;
            }
            (_, Some(table)) => {
                for entry in self.entries_of(name, value)? {
                    self.settings.all.push(self.option(name, table, entry)?);
                }
            }
            (_, None) => self.settings.all.push(self.option("", &self.tables.top, (key, value))?),
        }
        Ok(())
    }

    /// Adds the tables of rules, or those of causes; `names` are all of them.
    fn bounds(
        &mut self,
        of: &str,
        table: &Table,
        names: &[&'static str],
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Vec<Bound>> {
        let mut bounds = Vec::new();
        for (key, value) in self.entries_of(of, value)? {
            let Some(name) = names.iter().find(|name| *name == key.get_ref()) else {
                let hint = hint(key.get_ref(), names.iter().copied());
                let why = format!("there is no {} \"{}\"{hint}", table.name, key.get_ref());
                return Err(self.file.wrong(key.span(), &why));
            };
            let path = format!("{of}.{name}");
            let mut bound = Bound { name, ..Bound::default() };
            for entry in self.entries_of(&path, value)? {
                let setting = self.option(&path, table, entry)?;
                let wrong = |why| self.file.wrong(entry.1.span(), &format!("{path}.{}: {why}", setting.key));
                limit(&mut bound, &setting).map_err(wrong)?;
                self.settings.all.push(setting);
            }
            bounds.push(bound);
        }
        bounds.sort_by_key(|bound| names.iter().position(|name| *name == bound.name));
        Ok(bounds)
    }

    /// The value of a key in a table that is reached by `path`.
    fn option(&self, path: &str, table: &Table, (key, value): Entry<'_, '_>) -> Result<Setting> {
        let Some(known) = table.key(key.get_ref()) else {
            return Err(self.file.wrong(key.span(), &self.tables.unknown(key.get_ref(), path, table)));
        };
        Ok(Setting {
            table: path.to_owned(),
            key: known.name.clone(),
            kind: known.kind(),
            texts: self.texts(path, known, value)?,
            at: key.span().start,
            place: self.file.place(key.span().start),
        })
    }

    /// The texts of a value, each judged by the option's own parser.
    fn texts(&self, path: &str, key: &Key, value: &Spanned<DeValue<'_>>) -> Result<Vec<OsString>> {
        let wrong = |item: &Spanned<DeValue<'_>>, why: String| {
            let dot = if path.is_empty() { "" } else { "." };
            self.file.wrong(item.span(), &format!("{path}{dot}{}: {why}", key.name))
        };
        let items = match value.get_ref() {
            DeValue::Array(items) if key.is_list() => items.iter().as_slice(),
            other if key.is_list() => return Err(wrong(value, unlike("a list in brackets", other))),
            _ => std::slice::from_ref(value),
        };
        let read = |item: &Spanned<DeValue<'_>>| {
            let text = text(key.kind(), item.get_ref()).map_err(|why| wrong(item, why))?;
            key.judge(&text).map_err(|why| wrong(item, why))?;
            Ok(key.resolve(&text, self.file))
        };
        items.iter().map(read).collect()
    }

    /// The entries of a table that a value has to be.
    fn entries_of<'a, 'f>(&self, path: &str, value: &'a Spanned<DeValue<'f>>) -> Result<Vec<Entry<'a, 'f>>> {
        match value.get_ref() {
            DeValue::Table(table) => Ok(entries(table)),
            other => Err(self.file.wrong(value.span(), &format!("{path}: {}", unlike("a table", other)))),
        }
    }

    /// Of two options of the file that exclude each other, the later one is wrong.
    fn refuse_conflicts(&self) -> Result<()> {
        for table in &self.tables.commands {
            let active = |arg: &Arg| self.settings.of(table.name, key_name(arg)).filter(|setting| setting.is_active());
            for arg in table.command.get_arguments() {
                let Some(setting) = active(arg) else { continue };
                let rivals = conflicts(&table.command, arg).into_iter().filter_map(active);
                if let Some(rival) = rivals.filter(|rival| rival.at < setting.at).min_by_key(|rival| rival.at) {
                    let why = format!("{}: it excludes {} ({})", setting.key, rival.key, rival.place);
                    return Err(self.file.wrong(setting.at..setting.at, &why));
                }
            }
        }
        Ok(())
    }
}

impl Setting {
    /// Whether it does what an option does that is given: a flag may also be said not to be.
    fn is_active(&self) -> bool {
        self.texts.iter().any(|text| text != "false" && text != "0")
    }
}

/// Takes a setting into what holds for its rule or cause.
fn limit(bound: &mut Bound, setting: &Setting) -> Result<(), String> {
    let text = setting.texts[0].to_string_lossy();
    match setting.key.as_str() {
        "severity" => bound.is_off = text == "off",
        "max" => bound.max = text.parse().ok(),
        _ => bound.max_percent = Some(parse_percent(&text)?),
    }
    Ok(())
}

/// The entries of a table in the order of the file.
fn entries<'a, 'f>(table: &'a DeTable<'f>) -> Vec<Entry<'a, 'f>> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}
