//! Speaks Snowflake.

use super::{Engine, Properties, UUID, utc};

pub(super) struct Snowflake;

impl Engine for Snowflake {
    /// The name as PostHog makes it.
    fn default_table(&self) -> &'static str {
        "\"events\""
    }

    /// Names without quotes are upper case; those of an export are lower case.
    fn fold(&self, name: &str) -> String {
        name.to_uppercase()
    }

    fn output(&self, name: &str) -> String {
        format!("\"{name}\"")
    }

    fn property(&self, properties: Properties, key: &str) -> String {
        match properties {
            Properties::String => format!("PARSE_JSON(\"properties\"):\"{key}\"::VARCHAR"),
            _ => format!("\"properties\":\"{key}\"::VARCHAR"),
        }
    }

    fn instant(&self, us: i64) -> String {
        format!("'{}'::TIMESTAMP_NTZ", utc(us))
    }

    fn matches(&self, text: &str, pattern: &str) -> String {
        format!("REGEXP_LIKE({text}, '{pattern}')")
    }

    fn is_uuid(&self, text: &str) -> String {
        format!("LENGTH({text}) IN (32, 36) AND {}", self.matches(text, UUID))
    }

    fn hex_number(&self, digits: &str) -> String {
        format!("TO_NUMBER({digits}, 'XXXXXXXXXXXX')")
    }

    fn micros(&self, time: &str) -> String {
        format!("DATE_PART(EPOCH_MICROSECOND, {time})")
    }

    fn time_text(&self, time: &str) -> String {
        format!("TO_CHAR({time}, 'YYYY-MM-DD\"T\"HH24:MI:SS.FF6\"Z\"')")
    }

    fn ms_text(&self, ms: &str) -> String {
        format!("TO_CHAR(TO_TIMESTAMP_NTZ({ms}, 3), 'YYYY-MM-DD\"T\"HH24:MI:SS.FF3\"Z\"')")
    }

    fn list(&self, value: &str) -> String {
        format!("LISTAGG(DISTINCT {value}, '|') WITHIN GROUP (ORDER BY {value})")
    }

    fn join(&self, texts: &[String]) -> String {
        format!("ARRAY_TO_STRING(ARRAY_CONSTRUCT_COMPACT(\n    {}\n), '|')", texts.join(",\n    "))
    }
}
