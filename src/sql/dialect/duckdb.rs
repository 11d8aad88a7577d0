//! Speaks DuckDB.

use super::{Engine, Fields, Place, Properties, RFC_3339, Step, ZONE, literal};

pub(super) struct DuckDb;

/// The type of a column of files.
fn type_of(column: &str) -> &'static str {
    if column == "team_id" { "BIGINT" } else { "VARCHAR" }
}

impl Engine for DuckDb {
    fn exports_teams(&self) -> bool {
        false
    }

    fn relation(&self, place: &Place, fields: &Fields) -> String {
        match place {
            Place::Table(name) => name.clone(),
            Place::Parquet(path) => format!("read_parquet({})", literal(path)),
            Place::JsonLines(path) => {
                let keys: Vec<_> = fields.keys().iter().map(|key| format!("\"{key}\" VARCHAR")).collect();
                let columns: Vec<_> =
                    fields.columns().iter().map(|name| format!("{}: '{}'", literal(name), type_of(name))).collect();
                format!(
                    "read_json({}, format = 'newline_delimited', columns = {{\n    {},\n    'properties': 'STRUCT({})'\n}})",
                    literal(path),
                    columns.join(",\n    "),
                    keys.join(", ")
                )
            }
        }
    }

    fn property(&self, properties: Properties, key: &str) -> String {
        if properties == Properties::Struct {
            return format!("properties.\"{key}\"");
        }
        // A JSON pointer, in which only these two are escaped; keys have no `~`.
        format!("properties ->> '/{}'", key.replace('/', "~1"))
    }

    /// In microseconds, which are the same for times with and without a zone.
    fn time(&self, column: &str, place: &Place) -> String {
        if !matches!(place, Place::JsonLines(_)) {
            return format!("epoch_us({column})");
        }
        format!(
            "CASE\n    WHEN regexp_full_match({column}, '{RFC_3339}{ZONE}') \n        THEN epoch_us(TRY_CAST({column} AS TIMESTAMPTZ))\n    WHEN regexp_full_match({column}, '{RFC_3339}') \n        THEN epoch_us(TRY_CAST({column} AS TIMESTAMP))\nEND"
        )
    }

    fn bound(&self, column: &str, place: &Place) -> String {
        self.time(column, place)
    }

    fn instant(&self, us: i64) -> String {
        format!("epoch_us(TIMESTAMP '{}')", super::utc(us))
    }

    fn matches(&self, text: &str, pattern: &str) -> String {
        format!("regexp_full_match({text}, '{pattern}')")
    }

    fn blank_pattern(&self) -> Option<&'static str> {
        Some(r"[\s\x0b\x{85}\p{Z}]*")
    }

    fn users(&self) -> Vec<Step> {
        let clauses = "\
FROM links
UNION
SELECT links.other, MIN(users.label)
FROM users
JOIN links ON links.one = users.node
JOIN recurring.users AS known ON known.node = links.other
WHERE users.label < known.label
GROUP BY links.other";
        vec![Step {
            comment: "Users: every id takes the least id that it is linked to, until none changes.".to_owned(),
            name: "users",
            head: Some("users (node, label) USING KEY (node)"),
            columns: vec!["one AS node".to_owned(), "one AS label".to_owned()],
            clauses: vec![clauses.to_owned()],
        }]
    }

    fn hex_number(&self, digits: &str) -> String {
        format!("CAST('0x' || {digits} AS BIGINT)")
    }

    fn micros(&self, time: &str) -> String {
        time.to_owned()
    }

    fn time_text(&self, time: &str) -> String {
        format!("strftime(make_timestamp({time}), '%Y-%m-%dT%H:%M:%S.%fZ')")
    }

    fn ms_text(&self, ms: &str) -> String {
        format!("strftime(make_timestamp({ms} * 1000), '%Y-%m-%dT%H:%M:%S.%gZ')")
    }

    fn list(&self, value: &str) -> String {
        format!("STRING_AGG(DISTINCT {value}, '|' ORDER BY {value})")
    }
}
