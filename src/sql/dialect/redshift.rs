//! Speaks Redshift.

use super::super::Query;
use super::super::engine::{Engine, Facts, Lists, UUID};
use super::super::fields::Properties;
use super::utc;

pub(super) struct Redshift;

static FACTS: Facts = Facts {
    name: "redshift",
    title: "Redshift",
    properties: &[Properties::String, Properties::Super],
    // LISTAGG makes no more than 65,535 bytes; 200 characters, … and | are 804 at the most.
    lists: Lists::Numbered(80),
    ..Facts::OF_MOST
};

impl Engine for Redshift {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }

    fn notes(&self, query: &Query) -> Vec<&'static str> {
        let mut notes = vec![
            "Redshift does not count blanks at the end of texts when it compares them: ids that differ only in those are one, \
             and a text of blanks counts as empty.",
        ];
        if query.reads_capitals_from(Properties::Super) {
            notes.push(
                "A key with capitals is found in a SUPER only after SET enable_case_sensitive_identifier TO true; without it, \
                 no event has one.",
            );
        }
        notes
    }

    /// Names are lower case, in quotes too.
    fn fold(&self, name: &str) -> String {
        name.to_lowercase()
    }

    /// The columns of a table without an alias could be taken for tables where a key follows.
    fn table(&self, quoted: &str, _properties: Properties) -> String {
        format!("{quoted} AS exported")
    }

    /// VARCHAR alone is 256 bytes.
    fn as_text(&self, value: &str) -> String {
        format!("CAST({value} AS VARCHAR(65535))")
    }

    fn property(&self, properties: Properties, key: &str) -> String {
        match properties {
            Properties::Super => format!("exported.properties.\"{key}\"::VARCHAR(65535)"),
            _ => format!("JSON_EXTRACT_PATH_TEXT(properties, '{key}', TRUE)"),
        }
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
        format!("DATEDIFF(microsecond, TIMESTAMP '1970-01-01 00:00:00', {time} AT TIME ZONE 'UTC')")
    }

    fn us_text(&self, us: &str) -> String {
        let rest = self.modulo(us, "1000000");
        format!(
            "TO_CHAR(TIMESTAMP 'epoch' + ({us} - {rest}) / 1000000 * INTERVAL '1 second', \
             'YYYY-MM-DD\"T\"HH24:MI:SS')\n    || '.' || LPAD(CAST({rest} AS VARCHAR), 6, '0') || 'Z'"
        )
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
        format!("LTRIM(\n    {},\n    '|'\n)", texts.join("\n    || "))
    }
}
