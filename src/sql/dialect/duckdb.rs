//! Speaks DuckDB.

use super::super::engine::{Engine, Facts, Feature, RFC_3339, ZONE};
use super::super::fields::{Fields, Properties, Source};
use super::super::name::{Files, Shape};
use super::super::text::{self, Step};
use super::literal;

pub(super) struct DuckDb;

static FACTS: Facts = Facts {
    name: "duckdb",
    title: "DuckDB",
    sources: &[Source::BatchExport, Source::Files],
    properties: &[Properties::Json, Properties::String],
    features: &[Feature::ExportsPersons, Feature::FollowsLinks],
    ..Facts::OF_MOST
};

/// The type of a column of files.
fn type_of(is_number: bool) -> &'static str {
    if is_number { "BIGINT" } else { "VARCHAR" }
}

impl Engine for DuckDb {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }

    fn files(&self, files: &Files, fields: &Fields) -> Option<String> {
        let path = literal(&files.path);
        if files.is_parquet {
            return Some(format!("read_parquet({path})"));
        }
        let keys = fields.keys().into_iter().map(|(key, is_number)| format!("\"{key}\" {}", type_of(is_number)));
        let keys = keys.collect::<Vec<_>>().join(", ");
        let columns = fields.columns().into_iter();
        let columns = columns.map(|(name, is_number)| format!("{}: '{}'", literal(name), type_of(is_number)));
        let columns = columns.collect::<Vec<_>>().join(",\n    ");
        Some(format!(
            "read_json({path}, format = 'newline_delimited', columns = {{\n    {columns},\n    'properties': \
             'STRUCT({keys})'\n}})"
        ))
    }

    fn property(&self, properties: Properties, key: &str) -> String {
        // A text that is no JSON has no properties.
        let json = if properties == Properties::String { "TRY_CAST(properties AS JSON)" } else { "properties" };
        // A JSON pointer, in which only these two are escaped; keys have no `~`.
        format!("{json} ->> '/{}'", key.replace('/', "~1"))
    }

    /// In microseconds, which are the same for times with and without a zone.
    fn time(&self, column: &str, shape: Shape) -> String {
        if shape != Shape::JsonLines {
            return format!("epoch_us({column})");
        }
        let cast = |zone: &str, to: &str| {
            let is_time = self.matches(column, &format!("{RFC_3339}{zone}"));
            (is_time, format!("epoch_us(TRY_CAST({column} AS {to}))"))
        };
        text::case(&[cast(ZONE, "TIMESTAMPTZ"), cast("", "TIMESTAMP")], None)
    }

    fn bound(&self, column: &str, shape: Shape) -> String {
        self.time(column, shape)
    }

    fn instant(&self, us: i64) -> String {
        format!("epoch_us(TIMESTAMP '{}')", super::utc(us))
    }

    fn matches(&self, text: &str, pattern: &str) -> String {
        format!("regexp_full_match({text}, '{pattern}')")
    }

    fn blank_pattern(&self) -> &'static str {
        r"[\s\x0b\x{85}\p{Z}]*"
    }

    fn users(&self) -> Vec<Step> {
        let clauses = "\
FROM links
UNION
SELECT
    links.other,
    MIN(users.label)
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

    /// `/` makes doubles.
    fn whole_ms(&self, us: &str) -> String {
        format!("({us} - {}) // 1000", self.modulo(us, "1000"))
    }

    fn us_text(&self, us: &str) -> String {
        format!("strftime(make_timestamp({us}), '%Y-%m-%dT%H:%M:%S.%fZ')")
    }

    fn ms_text(&self, ms: &str) -> String {
        format!("strftime(make_timestamp({ms} * 1000), '%Y-%m-%dT%H:%M:%S.%gZ')")
    }

    fn list(&self, value: &str) -> String {
        format!("STRING_AGG(DISTINCT {value}, '|' ORDER BY {value})")
    }
}
