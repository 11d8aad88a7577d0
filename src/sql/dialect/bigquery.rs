//! Speaks BigQuery.

use super::{Engine, Properties, utc};

pub(super) struct BigQuery;

impl Engine for BigQuery {
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

    fn whole(&self, number: &str) -> String {
        format!("CAST(FLOOR({number}) AS INT64)")
    }

    fn time_text(&self, time: &str) -> String {
        format!("FORMAT_TIMESTAMP('%Y-%m-%dT%H:%M:%E6SZ', {time})")
    }

    fn ms_text(&self, ms: &str) -> String {
        format!("FORMAT_TIMESTAMP('%Y-%m-%dT%H:%M:%E3SZ', TIMESTAMP_MILLIS({ms}))")
    }

    fn list(&self, value: &str) -> String {
        format!("STRING_AGG(DISTINCT {value}, '|' ORDER BY {value})")
    }

    fn join(&self, texts: &[String]) -> String {
        format!("ARRAY_TO_STRING([\n    {}\n], '|')", texts.join(",\n    "))
    }
}
