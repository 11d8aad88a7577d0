//! Knows the engines' languages: what all have in common, and which one is whose.

mod bigquery;
mod clickhouse;
mod duckdb;
mod hogql;
mod postgres;
mod redshift;
mod snowflake;
mod spark;
mod trino;

use anyhow::{Result, bail};

use super::fields::{Fields, Properties, Source};
use super::name::Place;
use super::text::Step;
use crate::event::time::format_us;

/// The text of a UUID, as ClickHouse reads one.
const UUID: &str = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32}";

/// An RFC 3339 time with or without its zone.
const RFC_3339: &str = "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?";
const ZONE: &str = "(Z|[+-][0-9]{2}(:?[0-9]{2})?)";

/// An engine's language (`--dialect`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// ClickHouse.
    ClickHouse,
    /// DuckDB.
    DuckDb,
    /// Spark SQL and Databricks.
    Spark,
    /// BigQuery.
    BigQuery,
    /// Snowflake.
    Snowflake,
    /// PostgreSQL.
    Postgres,
    /// Redshift.
    Redshift,
    /// Trino and Athena.
    Trino,
    /// PostHog's own SQL editor.
    HogQl,
}

impl Dialect {
    /// Every dialect.
    pub const ALL: [Self; 9] = [
        Self::ClickHouse,
        Self::DuckDb,
        Self::Spark,
        Self::BigQuery,
        Self::Snowflake,
        Self::Postgres,
        Self::Redshift,
        Self::Trino,
        Self::HogQl,
    ];

    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ClickHouse => "clickhouse",
            Self::DuckDb => "duckdb",
            Self::Spark => "spark",
            Self::BigQuery => "bigquery",
            Self::Snowflake => "snowflake",
            Self::Postgres => "postgres",
            Self::Redshift => "redshift",
            Self::Trino => "trino",
            Self::HogQl => "hogql",
        }
    }

    /// The engine's name.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::ClickHouse => "ClickHouse",
            Self::DuckDb => "DuckDB",
            Self::Spark => "Spark and Databricks",
            Self::BigQuery => "BigQuery",
            Self::Snowflake => "Snowflake",
            Self::Postgres => "PostgreSQL",
            Self::Redshift => "Redshift",
            Self::Trino => "Trino",
            Self::HogQl => "PostHog's SQL editor (HogQL)",
        }
    }

    pub(super) fn engine(self) -> &'static dyn Engine {
        match self {
            Self::ClickHouse => &clickhouse::ClickHouse,
            Self::DuckDb => &duckdb::DuckDb,
            Self::Spark => &spark::Spark,
            Self::BigQuery => &bigquery::BigQuery,
            Self::Snowflake => &snowflake::Snowflake,
            Self::Postgres => &postgres::Postgres,
            Self::Redshift => &redshift::Redshift,
            Self::Trino => &trino::Trino,
            Self::HogQl => &hogql::HogQl,
        }
    }

    pub(super) fn default_source(self) -> Source {
        if self == Self::HogQl { Source::ClickhouseEvents } else { Source::BatchExport }
    }

    pub(super) fn check_source(self, source: Source) -> Result<()> {
        let is_there = match source {
            Source::BatchExport => self != Self::HogQl,
            Source::Files => matches!(self, Self::ClickHouse | Self::DuckDb | Self::Spark),
            Source::ClickhouseEvents => matches!(self, Self::ClickHouse | Self::HogQl),
        };
        if is_there {
            return Ok(());
        }
        let why = match source {
            Source::BatchExport => "has only PostHog's own table (--source clickhouse-events)",
            Source::Files => "does not read an export's files in place: load them, and name the table",
            Source::ClickhouseEvents => "does not hold PostHog's own table",
        };
        bail!("could not print a query: {} {why}", self.title())
    }

    pub(super) fn default_properties(self, source: Source) -> Properties {
        match (self, source) {
            (Self::DuckDb, Source::BatchExport) | (Self::Postgres, _) => Properties::Json,
            (Self::Snowflake, _) => Properties::Variant,
            (Self::Redshift, _) => Properties::Super,
            _ => Properties::String,
        }
    }

    /// Whether `properties` can be of this type.
    pub(super) fn check_properties(self, properties: Properties) -> Result<()> {
        let is_there = match properties {
            Properties::String => true,
            Properties::Json => matches!(self, Self::DuckDb | Self::BigQuery | Self::Postgres | Self::Trino),
            Properties::Variant => matches!(self, Self::Snowflake | Self::Spark),
            Properties::Super => self == Self::Redshift,
            Properties::Struct => false,
        };
        if !is_there {
            bail!("could not print a query: {} has no properties of type {}", self.title(), properties.name());
        }
        Ok(())
    }
}

/// The words of an engine. What has a default here is standard SQL.
pub(super) trait Engine: Sync {
    /// The table that is taken where none is named.
    fn default_table(&self) -> &'static str {
        "events"
    }

    /// Whether PostHog's exports to it have `team_id`, and then no `person_id`.
    fn exports_teams(&self) -> bool {
        true
    }

    /// What to know of all its queries.
    fn note(&self) -> Option<&'static str> {
        None
    }

    /// Whether the servers of a cluster group only what is grouped in the step that reads the table. Otherwise they send
    /// every event to the one that was asked.
    fn groups_what_it_reads(&self) -> bool {
        false
    }

    /// A name in quotes; there are none inside.
    fn quote(&self, name: &str) -> String {
        format!("\"{name}\"")
    }

    /// A name that was given without quotes, as the engine reads it.
    fn fold(&self, name: &str) -> String {
        name.to_owned()
    }

    /// The name of a column of the result.
    fn output(&self, name: &str) -> String {
        name.to_owned()
    }

    /// What comes behind `FROM`; files are for those that read them.
    fn relation(&self, place: &Place, _fields: &Fields) -> String {
        match place {
            Place::Table(name) | Place::JsonLines(name) | Place::Parquet(name) => name.clone(),
        }
    }

    fn as_text(&self, value: &str) -> String {
        format!("CAST({value} AS VARCHAR)")
    }

    /// The team of events whose source names none.
    fn no_team(&self) -> &'static str {
        "CAST(NULL AS BIGINT)"
    }

    /// The text of a property; nothing for JSON's null.
    fn property(&self, properties: Properties, key: &str) -> String;

    /// The time of an event, in the form that the query goes on with.
    fn time(&self, column: &str, _place: &Place) -> String {
        column.to_owned()
    }

    /// The time of an event, in the form that [`Self::instant`] compares with.
    fn bound(&self, column: &str, _place: &Place) -> String {
        column.to_owned()
    }

    /// A moment in microseconds since 1970.
    fn instant(&self, us: i64) -> String;

    /// Whether a text matches a regular expression as a whole.
    fn matches(&self, text: &str, pattern: &str) -> String;

    /// Whether a text is a UUID.
    fn is_uuid(&self, text: &str) -> String {
        self.matches(text, UUID)
    }

    /// What of an id is only white space, as a pattern; nothing if the engine cannot follow links between ids.
    fn blank_pattern(&self) -> Option<&'static str> {
        None
    }

    /// The steps that give each id the least one that it is linked to.
    fn users(&self) -> Vec<Step> {
        Vec::new()
    }

    /// The number that twelve hex digits are.
    fn hex_number(&self, digits: &str) -> String;

    /// A time in microseconds since 1970.
    fn micros(&self, time: &str) -> String;

    /// A number without its fraction, towards minus infinity.
    fn whole(&self, number: &str) -> String {
        format!("CAST(FLOOR({number}) AS BIGINT)")
    }

    /// A time as RFC 3339 with six digits.
    fn time_text(&self, time: &str) -> String;

    /// Milliseconds since 1970 as RFC 3339 with three digits.
    fn ms_text(&self, ms: &str) -> String;

    /// The values that occur in a group, sorted by bytes, with `|` between them.
    fn list(&self, value: &str) -> String;

    /// These texts with `|` between them, without those that are nothing.
    fn join(&self, texts: &[String]) -> String {
        format!("CONCAT_WS('|',\n    {})", texts.join(",\n    "))
    }

    fn nulls_first(&self, column: &str) -> String {
        format!("{column} NULLS FIRST")
    }

    /// A text to be sorted by its bytes.
    fn by_bytes(&self, text: &str) -> String {
        text.to_owned()
    }

    /// What comes after all.
    fn ending(&self, _place: &Place, _is_summary: bool) -> String {
        String::new()
    }
}

/// A moment as `2026-03-02 10:00:00.000000`, UTC, for literals.
fn utc(us: i64) -> String {
    let text = format_us(us, 6).unwrap_or_default();
    text.replace('T', " ").trim_end_matches('Z').to_owned()
}

/// A text of standard SQL.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A text where a backslash escapes.
fn escaped_literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_a_literal() {
        assert_eq!(literal("it's\\"), "'it''s\\'");
        assert_eq!(escaped_literal("it's\\"), "'it\\'s\\\\'");
        assert_eq!(escaped_literal("\\'; DROP"), "'\\\\\\'; DROP'");
    }

    #[test]
    fn moments_are_written_in_utc() {
        assert_eq!(utc(0), "1970-01-01 00:00:00.000000");
        assert_eq!(utc(1_772_445_600_000_001), "2026-03-02 10:00:00.000001");
    }
}
