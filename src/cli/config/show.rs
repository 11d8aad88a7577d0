//! Shows what holds for a command and where it comes from.

use anyhow::{Context, Result};
use clap::{ArgMatches, Args, Subcommand, ValueEnum};
use serde::Serialize;
use serde_json::Value;

use session_audit::escape_controls;

use super::settings::Setting;
use super::tables::{SEVERITIES, Tables, command};
use super::value::json;
use super::{ConfigArgs, Configurable, Held, HeldOption, is_selected, schema};
use crate::cli::{CheckArgs, LinksArgs};

/// How wide values are padded at the most.
const MAX_WIDTH: usize = 50;

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    #[command(subcommand)]
    of: Option<Of>,
    /// Print the JSON Schema of the configuration file instead.
    #[arg(long)]
    schema: bool,
    /// The format.
    #[arg(long, value_enum, default_value_t)]
    format: ShowFormat,
    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Debug, Subcommand)]
enum Of {
    /// Print what holds for check, with these options.
    Check(Box<CheckArgs>),
    /// Print what holds for links, with these options.
    Links(Box<LinksArgs>),
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum ShowFormat {
    /// As a configuration file, with where each value comes from as a comment.
    #[default]
    Text,
    /// A list of keys with their values and where these come from.
    Json,
}

/// An option, or what is said of a rule or cause.
#[derive(Serialize)]
struct Row {
    /// The table in which the file has to have it; none for the top level.
    table: Option<&'static str>,
    key: String,
    value: Option<Value>,
    from: String,
}

impl ShowArgs {
    /// What the command prints; `given` are the arguments of the command for which it does.
    pub(in crate::cli) fn page(self, given: &ArgMatches) -> Result<Vec<u8>> {
        if self.schema {
            return schema::page();
        }
        let rows = match self.of {
            None => rows::<CheckArgs>(&self.config, &command::<CheckArgs>().get_matches_from([CheckArgs::TABLE])),
            Some(Of::Check(mut args)) => rows::<CheckArgs>(args.config().or(&self.config), given),
            Some(Of::Links(mut args)) => rows::<LinksArgs>(args.config().or(&self.config), given),
        }?;
        match self.format {
            ShowFormat::Text => Ok(text(&rows).into_bytes()),
            ShowFormat::Json => {
                let page = serde_json::to_string_pretty(&rows).context("could not write the values")?;
                Ok(page.lines().map(|line| escape_controls(line) + "\n").collect::<String>().into_bytes())
            }
        }
    }
}

/// The top level, then what is said of rules and causes, then the command's own table.
fn rows<A: Configurable>(config: &ConfigArgs, given: &ArgMatches) -> Result<Vec<Row>> {
    let held = Held::new::<A>(config, given)?;
    let tables = Tables::new();
    let options = held.options.iter().map(|option| row::<A>(option, &tables));
    let (mut rows, own): (Vec<_>, Vec<_>) = options.partition(|row| row.table.is_none());
    rows.extend(said::<A>(&held, given));
    rows.extend(own);
    Ok(rows)
}

fn row<A: Configurable>(option: &HeldOption, tables: &Tables) -> Row {
    let key = &option.key;
    let texts: Vec<_> = option.texts.iter().map(|text| text.to_string_lossy()).collect();
    let mut values = texts.iter().map(|text| json(key.kind(), text));
    // A value that only this command knows cannot stand at the top level.
    let top = tables.top.key(&key.name).filter(|top| texts.iter().all(|text| top.judges(text)));
    Row {
        table: if top.is_some() { None } else { Some(A::TABLE) },
        key: key.name.clone(),
        value: if key.is_list() { Some(values.collect()) } else { values.next() },
        from: option.origin.clone(),
    }
}

/// What the file says of rules and causes, as far as it matters to the command: only an audit has limits for them.
fn said<A: Configurable>(held: &Held, given: &ArgMatches) -> Vec<Row> {
    let row = |setting: &Setting| {
        let (of, name) = setting.table.split_once('.')?;
        let rule = Some(name).filter(|_| of == "rules" && setting.key == "severity");
        if rule.is_none() && A::TABLE != CheckArgs::TABLE {
            return None;
        }
        let text = setting.texts.first()?.to_string_lossy();
        let (text, from) = match rule {
            Some(rule) if text == "off" && is_selected(given, rule) => {
                (SEVERITIES[0], format!("default; {} yields to --select", setting.place))
            }
            _ => (&*text, setting.place.clone()),
        };
        let key = format!("{}.{}", setting.table, setting.key);
        Some(Row { table: None, key, value: Some(json(setting.kind, text)), from })
    };
    held.settings.all.iter().filter_map(row).collect()
}

/// The rows as a configuration file: texts and lists look the same in TOML as in JSON.
fn text(rows: &[Row]) -> String {
    let mut lines = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        if let Some(table) = row.table.filter(|_| number == 0 || rows[number - 1].table.is_none()) {
            lines.push((String::new(), None));
            lines.push((format!("[{table}]"), None));
        }
        let line = match &row.value {
            None => format!("# {}", row.key),
            Some(Value::Array(items)) => {
                format!("{} = [{}]", row.key, items.iter().map(Value::to_string).collect::<Vec<_>>().join(", "))
            }
            Some(value) => format!("{} = {value}", row.key),
        };
        lines.push((escape_controls(&line), Some(&row.from)));
    }
    let widths = lines.iter().filter(|(_, from)| from.is_some()).map(|(line, _)| line.chars().count());
    let width = widths.filter(|width| *width <= MAX_WIDTH).max().unwrap_or_default();
    let shown = |(line, from): (String, Option<&String>)| match from {
        Some(from) => format!("{line:width$}  # {from}\n"),
        None => line + "\n",
    };
    lines.into_iter().map(shown).collect()
}
