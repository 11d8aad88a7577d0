//! Speaks BigQuery.

use super::super::engine::{Engine, Facts};
use super::super::fields::Properties;
use super::super::text;
use super::utc;

pub(super) struct BigQuery;

static FACTS: Facts = Facts {
    name: "bigquery",
    title: "BigQuery",
    properties: &[Properties::String, Properties::Json],
    ..Facts::OF_MOST
};

impl Engine for BigQuery {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }

    fn quote(&self, name: &str) -> String {
        format!("`{name}`")
    }

    fn as_text(&self, value: &str) -> String {
        format!("CAST({value} AS STRING)")
    }

    fn no_team(&self) -> &'static str {
        "CAST(NULL AS INT64)"
    }

    /// The same for STRING and JSON.
    fn property(&self, _properties: Properties, key: &str) -> String {
        format!("JSON_VALUE(properties, '$.\"{key}\"')")
    }

    fn instant(&self, us: i64) -> String {
        format!("TIMESTAMP '{}+00'", utc(us))
    }

    fn matches(&self, text: &str, pattern: &str) -> String {
        format!("REGEXP_CONTAINS({text}, r'^({pattern})$')")
    }

    fn hex_number(&self, digits: &str) -> String {
        format!("CAST('0x' || {digits} AS INT64)")
    }

    fn micros(&self, time: &str) -> String {
        format!("UNIX_MICROS({time})")
    }

    /// `/` makes doubles.
    fn whole_ms(&self, us: &str) -> String {
        format!("DIV({us} - {}, 1000)", self.modulo(us, "1000"))
    }

    fn us_text(&self, us: &str) -> String {
        format!("FORMAT_TIMESTAMP('%Y-%m-%dT%H:%M:%E6SZ', TIMESTAMP_MICROS({us}))")
    }

    fn ms_text(&self, ms: &str) -> String {
        format!("FORMAT_TIMESTAMP('%Y-%m-%dT%H:%M:%E3SZ', TIMESTAMP_MILLIS({ms}))")
    }

    fn list(&self, value: &str) -> String {
        format!("STRING_AGG(DISTINCT {value}, '|' ORDER BY {value})")
    }

    fn join(&self, texts: &[String]) -> String {
        text::call("ARRAY_TO_STRING([", texts, "], '|')")
    }
}
