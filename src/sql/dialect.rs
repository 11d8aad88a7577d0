//! Knows which engine speaks which language.

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

use super::engine::Engine;
use super::fields::Source;
use crate::event::time::format_us;

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
        self.engine().facts().name
    }

    /// The engine's name.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.engine().facts().title
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

    /// The source that is asked for, or what the engine is there for.
    pub(super) fn source(self, asked: Option<Source>) -> Result<Source> {
        let known = self.engine().facts().sources;
        let why = match asked {
            None => return Ok(known[0]),
            Some(asked) if known.contains(&asked) => return Ok(asked),
            Some(Source::BatchExport) => "has only PostHog's own table (--source clickhouse-events)",
            Some(Source::Files) => "does not read an export's files in place: load them, and name the table",
            Some(Source::ClickhouseEvents) => "does not hold PostHog's own table",
        };
        bail!("could not print a query: {} {why}", self.title())
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
