//! Speaks Snowflake.

use super::super::engine::{Engine, Facts, Lists, UUID};
use super::super::fields::Properties;
use super::super::text;
use super::utc;

pub(super) struct Snowflake;

static FACTS: Facts = Facts {
    name: "snowflake",
    title: "Snowflake",
    properties: &[Properties::Variant, Properties::String],
    // The name as PostHog makes it.
    default_table: "\"events\"",
    // LISTAGG makes no more than 16 MiB.
    lists: Lists::Cut,
    ..Facts::OF_MOST
};

impl Engine for Snowflake {
    fn facts(&self) -> &'static Facts {
        &FACTS
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
            // A text that is no JSON has no properties.
            Properties::String => format!("TRY_PARSE_JSON(\"properties\"):\"{key}\"::VARCHAR"),
            _ => format!("\"properties\":\"{key}\"::VARCHAR"),
        }
    }

    fn instant(&self, us: i64) -> String {
        format!("'{}'::TIMESTAMP_NTZ", utc(us))
    }

    /// The whole text is matched in any case; the parentheses keep alternatives together.
    fn matches(&self, text: &str, pattern: &str) -> String {
        format!("REGEXP_LIKE({text}, '({pattern})')")
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

    /// `/` makes six decimals, here zeros.
    fn whole_ms(&self, us: &str) -> String {
        format!("CAST(({us} - {}) / 1000 AS BIGINT)", self.modulo(us, "1000"))
    }

    fn us_text(&self, us: &str) -> String {
        format!("TO_CHAR(TO_TIMESTAMP_NTZ({us}, 6), 'YYYY-MM-DD\"T\"HH24:MI:SS.FF6\"Z\"')")
    }

    fn ms_text(&self, ms: &str) -> String {
        format!("TO_CHAR(TO_TIMESTAMP_NTZ({ms}, 3), 'YYYY-MM-DD\"T\"HH24:MI:SS.FF3\"Z\"')")
    }

    fn list(&self, value: &str) -> String {
        format!("LISTAGG(DISTINCT {value}, '|') WITHIN GROUP (ORDER BY {value})")
    }

    fn join(&self, texts: &[String]) -> String {
        text::call("ARRAY_TO_STRING(ARRAY_CONSTRUCT_COMPACT(", texts, "), '|')")
    }
}
