//! Speaks Trino, and so Athena.

use super::super::Query;
use super::super::engine::{Engine, Facts, Feature, UUID};
use super::super::fields::Properties;
use super::utc;

pub(super) struct Trino;

static FACTS: Facts = Facts {
    name: "trino",
    title: "Trino",
    properties: &[Properties::String, Properties::Json],
    features: &[Feature::ExportsPersons],
    ..Facts::OF_MOST
};

impl Engine for Trino {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }

    fn notes(&self, query: &Query) -> Vec<&'static str> {
        let mut notes = vec![
            "Hive's tables give times in milliseconds unless hive.timestamp-precision says more; rules hold to the microsecond.",
        ];
        if query.has_bounds() {
            notes.push(
                "A column of times without a zone is compared in the session's zone: SET TIME ZONE 'UTC' first, or the slice is \
                 another.",
            );
        }
        notes
    }

    /// Names are lower case.
    fn fold(&self, name: &str) -> String {
        name.to_lowercase()
    }

    /// The same for VARCHAR and JSON.
    fn property(&self, _properties: Properties, key: &str) -> String {
        format!("JSON_EXTRACT_SCALAR(properties, '$[\"{key}\"]')")
    }

    fn instant(&self, us: i64) -> String {
        format!("TIMESTAMP '{} UTC'", utc(us))
    }

    fn matches(&self, text: &str, pattern: &str) -> String {
        format!("REGEXP_LIKE({text}, '^({pattern})$')")
    }

    fn is_uuid(&self, text: &str) -> String {
        format!("LENGTH({text}) IN (32, 36) AND {}", self.matches(text, UUID))
    }

    fn hex_number(&self, digits: &str) -> String {
        format!("FROM_BASE({digits}, 16)")
    }

    /// Seconds and their fraction apart: `TO_UNIXTIME` makes a double, which is too short for both. It takes a time
    /// without a zone for UTC, and zones differ in whole seconds.
    fn micros(&self, time: &str) -> String {
        format!(
            "CAST(TO_UNIXTIME(DATE_TRUNC('second', {time})) AS BIGINT) * 1000000\n    + \
             CAST(SUBSTRING(SPLIT_PART(CAST(CAST({time} AS TIMESTAMP(9)) AS VARCHAR), '.', 2), 1, 6) AS BIGINT)"
        )
    }

    fn us_text(&self, us: &str) -> String {
        format!(
            "REPLACE(CAST(DATE_ADD('millisecond', {}, TIMESTAMP '1970-01-01 00:00:00.000') AS VARCHAR), ' ', 'T')\n    || \
             LPAD(CAST({} AS VARCHAR), 3, '0') || 'Z'",
            self.whole_ms(us),
            self.modulo(us, "1000")
        )
    }

    fn ms_text(&self, ms: &str) -> String {
        format!(
            "REPLACE(CAST(DATE_ADD('millisecond', {ms}, TIMESTAMP '1970-01-01 00:00:00.000') AS VARCHAR), ' ', 'T') || 'Z'"
        )
    }

    fn list(&self, value: &str) -> String {
        format!("ARRAY_JOIN(ARRAY_SORT(ARRAY_AGG(DISTINCT {value}) FILTER (WHERE {value} IS NOT NULL)), '|')")
    }
}
