//! Speaks Trino, and so Athena.

use super::{Engine, Properties, UUID, utc};

pub(super) struct Trino;

impl Engine for Trino {
    fn exports_teams(&self) -> bool {
        false
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

    fn micros(&self, time: &str) -> String {
        format!("CAST(ROUND(TO_UNIXTIME({time}) * 1e6) AS BIGINT)")
    }

    fn time_text(&self, time: &str) -> String {
        format!("REPLACE(CAST(CAST({time} AT TIME ZONE 'UTC' AS TIMESTAMP(6)) AS VARCHAR), ' ', 'T') || 'Z'")
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
