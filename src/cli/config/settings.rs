//! Reads all that a configuration file says; every mistake in it is an error with its place.

use std::ffi::OsString;

use anyhow::{Result, anyhow};
use clap::Arg;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use session_audit::bounds::{Bound, Bounds};
use session_audit::rules::RULES;
use session_audit::{causes, escape_controls};

use super::bounds::{Said, bounds};
use super::file::File;
use super::keys::key_name;
use super::tables::{Table, Tables, conflicts};
use super::value::{Wrong, texts, unlike};

/// What a configuration file says.
#[derive(Default)]
pub(super) struct Settings {
    /// Of options.
    options: Vec<Setting>,
    /// Of single rules and causes.
    pub(super) bounds: Bounds,
    /// The same as it is written there, in that order, each with its place.
    pub(super) said: Vec<(String, Said)>,
}

/// The value of an option.
pub(super) struct Setting {
    /// The table; empty at the top level.
    table: &'static str,
    pub(super) key: String,
    /// As the command line would have them.
    pub(super) texts: Vec<OsString>,
    at: usize,
    /// `session-audit.toml:3`.
    pub(super) place: String,
}

impl Settings {
    /// Reads a file.
    pub(super) fn read(file: &File) -> Result<Self> {
        let wrong = |wrong: Wrong| anyhow!("{}: {}", file.place(wrong.at), escape_controls(&wrong.why));
        let document = DeTable::parse(&file.text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            wrong(Wrong { at, why: error.message().to_owned() })
        })?;
        let tables = Tables::new();
        let mut settings = Self::default();
        settings.add_document(document.get_ref(), &tables, file).map_err(wrong)?;
        settings.refuse_conflicts(&tables).map_err(wrong)?;
        Ok(settings)
    }

    /// What holds for an option of a command: the command's own table wins over the top level.
    pub(super) fn of(&self, command: &str, key: &str) -> Option<&Setting> {
        let in_table = |table: &str| self.options.iter().find(|option| option.table == table && option.key == key);
        in_table(command).or_else(|| in_table(""))
    }

    fn add_document(&mut self, document: &DeTable<'_>, tables: &Tables, file: &File) -> Result<(), Wrong> {
        for (key, value) in entries(document) {
            let name = key.get_ref().as_ref();
            let command = tables.commands.iter().find(|table| table.name == name);
            match (name, command) {
                ("rules", _) => {
                    let names: Vec<_> = RULES.iter().map(|rule| rule.name).collect();
                    self.bounds.rules = self.bounds(name, &names, value, file)?;
                }
                ("causes", _) => {
                    let names: Vec<_> = causes::all().map(|cause| cause.name).collect();
                    self.bounds.causes = self.bounds(name, &names, value, file)?;
                }
                (_, Some(command)) => {
                    for (key, value) in entries(table_of(name, value)?) {
                        self.add(key, value, command, tables, file)?;
                    }
                }
                (_, None) => self.add(key, value, &tables.top, tables, file)?,
            }
        }
        Ok(())
    }

    fn add(
        &mut self,
        key: &Spanned<DeString<'_>>,
        value: &Spanned<DeValue<'_>>,
        table: &Table,
        tables: &Tables,
        file: &File,
    ) -> Result<(), Wrong> {
        let Some(known) = table.key(key.get_ref()) else {
            return Err(Wrong::new(key.span(), tables.unknown(key.get_ref(), table)));
        };
        let texts = texts(known, value)
            .map_err(|wrong| Wrong { why: format!("{}: {}", table.path(&known.name), wrong.why), ..wrong })?;
        self.options.push(Setting {
            table: table.name,
            key: known.name.clone(),
            texts: texts.iter().map(|text| known.resolve(text, file)).collect(),
            at: key.span().start,
            place: file.place(key.span().start),
        });
        Ok(())
    }

    fn bounds(
        &mut self,
        of: &str,
        names: &[&'static str],
        value: &Spanned<DeValue<'_>>,
        file: &File,
    ) -> Result<Vec<Bound>, Wrong> {
        let (bounds, said) = bounds(of, names, value)?;
        self.said.extend(said.into_iter().map(|said| (file.place(said.at), said)));
        Ok(bounds)
    }

    /// Of two options of the file that exclude each other, the later one is wrong.
    fn refuse_conflicts(&self, tables: &Tables) -> Result<(), Wrong> {
        for table in &tables.commands {
            let active = |arg: &Arg| self.of(table.name, key_name(arg)).filter(|setting| setting.is_active());
            for arg in table.command.get_arguments() {
                let Some(setting) = active(arg) else { continue };
                let rivals = conflicts(&table.command, arg).into_iter().filter_map(active);
                if let Some(rival) = rivals.filter(|rival| rival.at < setting.at).min_by_key(|rival| rival.at) {
                    let why = format!("{}: it excludes {} ({})", setting.key, rival.key, rival.place);
                    return Err(Wrong { at: setting.at, why });
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

/// The entries of a table in the order of the file.
pub(super) fn entries<'a, 'f>(table: &'a DeTable<'f>) -> Vec<(&'a Spanned<DeString<'f>>, &'a Spanned<DeValue<'f>>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

/// The table that a value is, where it has to be one.
pub(super) fn table_of<'a, 'f>(name: &str, value: &'a Spanned<DeValue<'f>>) -> Result<&'a DeTable<'f>, Wrong> {
    let table = value.get_ref().as_table();
    table.ok_or_else(|| Wrong::new(value.span(), format!("{name}: {}", unlike("a table", value.get_ref()))))
}
