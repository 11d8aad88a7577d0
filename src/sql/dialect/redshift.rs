//! Speaks Redshift.

use super::{Engine, Fields, Place, Properties, UUID, utc};

pub(super) struct Redshift;

impl Engine for Redshift {
    /// Names are lower case, in quotes too.
    fn fold(&self, name: &str) -> String {
        name.to_lowercase()
    }

    /// The columns of a table without an alias could be taken for tables where a key follows.
    fn relation(&self, place: &Place, _fields: &Fields) -> String {
        match place {
            Place::Table(name) | Place::JsonLines(name) | Place::Parquet(name) => format!("{name} AS event"),
        }
    }

    fn property(&self, properties: Properties, key: &str) -> String {
        match properties {
            Properties::String => format!("JSON_EXTRACT_PATH_TEXT(properties, '{key}', TRUE)"),
            _ => format!("event.properties.\"{key}\"::VARCHAR(65535)"),
        }
    }

    fn time(&self, column: &str, _place: &Place) -> String {
        format!("{column} AT TIME ZONE 'UTC'")
    }

    fn instant(&self, us: i64) -> String {
        format!("'{}+00'::TIMESTAMPTZ", utc(us))
    }

    fn matches(&self, text: &str, pattern: &str) -> String {
        format!("{text} ~ '^({pattern})$'")
    }

    fn is_uuid(&self, text: &str) -> String {
        format!("LENGTH({text}) IN (32, 36) AND {}", self.matches(text, UUID))
    }

    fn hex_number(&self, digits: &str) -> String {
        format!("STRTOL({digits}, 16)")
    }

    fn micros(&self, time: &str) -> String {
        format!("DATEDIFF(microsecond, TIMESTAMP '1970-01-01 00:00:00', {time})")
    }

    fn time_text(&self, time: &str) -> String {
        format!("TO_CHAR({time}, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
    }

    fn ms_text(&self, ms: &str) -> String {
        format!(
            "TO_CHAR(TIMESTAMP 'epoch' + {ms} / 1000 * INTERVAL '1 second', 'YYYY-MM-DD\"T\"HH24:MI:SS')\n    || '.' || \
             LPAD(CAST(MOD({ms}, 1000) AS VARCHAR), 3, '0') || 'Z'"
        )
    }

    fn list(&self, value: &str) -> String {
        format!("LISTAGG(DISTINCT {value}, '|') WITHIN GROUP (ORDER BY {value})")
    }

    /// Redshift's `CONCAT` takes two texts only.
    fn join(&self, texts: &[String]) -> String {
        let texts: Vec<_> = texts.iter().map(|text| format!("COALESCE('|' || {text}, '')")).collect();
        format!("LTRIM(\n    {}, '|')", texts.join("\n    || "))
    }
}
