//! Declares the command line of `sql`, and says what follows from it.

use anyhow::Result;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use session_audit::event::FieldPath;
use session_audit::sql::{Dialect, Properties, Query, Request, Source};

use super::common::RuleArgs;
use super::config::{ConfigArgs, Configurable};
use super::values::{FieldParser, moment};

/// The help of an option that has another default than for `check`.
const IDENTITY: &str = "What counts as one user [default: graph where the engine can follow links, else person]";

#[derive(Debug, Args)]
#[command(mut_arg("identity", |arg| arg.help(IDENTITY)))]
pub(crate) struct SqlArgs {
    /// The engine's language; spark is Databricks' too, hogql is PostHog's SQL editor.
    #[arg(long, value_name = "DIALECT", help_heading = "Query", value_parser = dialect_parser())]
    dialect: Dialect,
    #[command(flatten)]
    source: SourceArgs,
    /// Count sessions by rule instead of listing them.
    #[arg(long, help_heading = "Query")]
    summary: bool,
    #[command(flatten)]
    rules: RuleArgs,
    #[command(flatten)]
    config: ConfigArgs,
}

impl Configurable for SqlArgs {
    const TABLE: &'static str = "check";

    fn config(&mut self) -> &mut ConfigArgs {
        &mut self.config
    }
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Events")]
struct SourceArgs {
    /// Where the events are: a table that PostHog's batch export fills, files of one, or PostHog's own table [default:
    /// batch-export; clickhouse-events for hogql].
    #[arg(long, value_name = "SOURCE", value_parser = source_parser())]
    source: Option<Source>,
    /// The table, as in project.schema.events, parts in quotes where they need some; or the path or pattern of the files
    /// [default: events].
    #[arg(long, value_name = "TABLE|PATH")]
    table: Option<String>,
    /// The type of the column properties [default: that of PostHog's exports].
    #[arg(long, value_name = "TYPE", value_parser = properties_parser())]
    properties: Option<Properties>,
    /// Read a field from another column, such as person_id=person_id or session_id=properties.sid (repeatable).
    #[arg(long, value_name = "NAME=PATH", value_parser = FieldParser)]
    field: Vec<FieldPath>,
    /// Only events from this time on, such as 2026-03-02 or 2026-03-02T10:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    from: Option<i64>,
    /// Only events before this time.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    to: Option<i64>,
}

impl SqlArgs {
    /// The query.
    pub(crate) fn query(&self) -> Result<Query> {
        let source = &self.source;
        Query::new(Request {
            dialect: self.dialect,
            source: source.source,
            table: source.table.clone(),
            properties: source.properties,
            fields: source.field.clone(),
            from_us: source.from,
            to_us: source.to,
            is_summary: self.summary,
            session_key: self.rules.session_key.clone(),
            identity: self.rules.asked_identity(),
            tolerance_us: self.rules.tolerance,
            contract: self.rules.contract(),
            rules: self.rules.rules(&self.config),
        })
    }
}

fn dialect_parser() -> impl TypedValueParser<Value = Dialect> {
    one_of(&Dialect::ALL, Dialect::name)
}

fn source_parser() -> impl TypedValueParser<Value = Source> {
    one_of(&Source::ALL, Source::name)
}

fn properties_parser() -> impl TypedValueParser<Value = Properties> {
    one_of(&Properties::ALL, Properties::name)
}

/// Reads one of these by its name.
fn one_of<T: Copy + Send + Sync>(all: &'static [T], name: fn(T) -> &'static str) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(all.iter().map(move |one| name(*one)))
        .try_map(move |text| all.iter().copied().find(|one| name(*one) == text).ok_or("it is not known"))
}
