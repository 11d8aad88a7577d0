//! Speaks Spark SQL, which is Databricks' too.

use super::super::Query;
use super::super::engine::{Engine, Facts, RFC_3339, UUID, ZONE};
use super::super::fields::{Fields, Properties, Source};
use super::super::name::{Files, Shape};
use super::super::text;
use super::{escaped_literal, utc};

pub(super) struct Spark;

static FACTS: Facts = Facts {
    name: "spark",
    title: "Spark (also Databricks)",
    sources: &[Source::BatchExport, Source::Files],
    properties: &[Properties::String, Properties::Variant],
    ..Facts::OF_MOST
};

/// A path as a table, in backticks that are doubled inside.
fn quoted(path: &str) -> String {
    format!("`{}`", path.replace('`', "``"))
}

/// Columns or fields with their types.
fn schema(names: Vec<(&str, bool)>, between: &str) -> String {
    let kind = |is_number: bool| if is_number { "BIGINT" } else { "STRING" };
    let columns = names.into_iter().map(|(name, is_number)| format!("`{name}`{between} {}", kind(is_number)));
    columns.collect::<Vec<_>>().join(", ")
}

impl Engine for Spark {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }

    fn notes(&self, query: &Query) -> Vec<&'static str> {
        let mut notes = vec!["In a notebook of Databricks a $ begins a widget: run the query in the SQL editor."];
        if query.guesses_type_of_properties() {
            notes.push(
                "Properties are read as STRING. Tables that PostHog's newer exports to Databricks fill have VARIANT: for those, \
                 add --properties variant.",
            );
        }
        notes
    }

    fn quote(&self, name: &str) -> String {
        format!("`{name}`")
    }

    fn files(&self, files: &Files, fields: &Fields) -> Option<String> {
        let path = quoted(&files.path);
        if files.is_parquet {
            return Some(format!("parquet.{path}"));
        }
        let schema = format!("{}, properties STRUCT<{}>", schema(fields.columns(), ""), schema(fields.keys(), ":"));
        Some(format!(
            "(\n    SELECT event.* FROM (\n        SELECT from_json(value, {}) AS event\n        FROM text.{path}\n    )\n)",
            escaped_literal(&schema),
        ))
    }

    /// The JSON is read once, which takes a third of the time that asking for each key takes.
    fn lateral(&self, fields: &Fields) -> Option<String> {
        let keys: Vec<_> = fields.keys().into_iter().map(|(key, _)| key).collect();
        let is_text = fields.properties == Properties::String && !keys.is_empty();
        let literals: Vec<_> = keys.iter().map(|key| escaped_literal(key)).collect();
        let names: Vec<_> = keys.iter().map(|key| self.quote(key)).collect();
        is_text.then(|| {
            format!("LATERAL VIEW json_tuple(properties, {}) found AS {}", literals.join(", "), names.join(", "))
        })
    }

    fn as_text(&self, value: &str) -> String {
        format!("CAST({value} AS STRING)")
    }

    fn property(&self, properties: Properties, key: &str) -> String {
        match properties {
            Properties::Variant => format!(r"try_variant_get(properties, '$[\'{key}\']', 'string')"),
            _ => format!("found.{}", self.quote(key)),
        }
    }

    /// In microseconds, which do not depend on the session's time zone.
    fn time(&self, column: &str, shape: Shape) -> String {
        if shape != Shape::JsonLines {
            return format!("unix_micros({column})");
        }
        let cast = |zone: &str, time: String| {
            let is_time = self.matches(column, &format!("{RFC_3339}{zone}"));
            (is_time, format!("unix_micros(TRY_CAST({time} AS TIMESTAMP))"))
        };
        text::case(&[cast(ZONE, column.to_owned()), cast("", format!("{column} || 'Z'"))], None)
    }

    fn bound(&self, column: &str, shape: Shape) -> String {
        match shape {
            Shape::JsonLines => format!("timestamp_micros({})", self.time(column, shape)),
            Shape::Table | Shape::Parquet => column.to_owned(),
        }
    }

    fn instant(&self, us: i64) -> String {
        format!("TIMESTAMP '{}Z'", utc(us))
    }

    fn matches(&self, text: &str, pattern: &str) -> String {
        format!("{text} RLIKE '^({pattern})$'")
    }

    /// Where lengths are asked, too, since `$` also matches before a line break at the end.
    fn is_uuid(&self, text: &str) -> String {
        format!("LENGTH({text}) IN (32, 36) AND {}", self.matches(text, UUID))
    }

    fn hex_number(&self, digits: &str) -> String {
        format!("CAST(conv({digits}, 16, 10) AS BIGINT)")
    }

    fn micros(&self, time: &str) -> String {
        time.to_owned()
    }

    fn modulo(&self, number: &str, divisor: &str) -> String {
        format!("pmod({number}, {divisor})")
    }

    fn whole_ms(&self, us: &str) -> String {
        format!("({us} - {}) DIV 1000", self.modulo(us, "1000"))
    }

    fn us_text(&self, us: &str) -> String {
        self.text_of(us, 1_000_000, 6)
    }

    fn ms_text(&self, ms: &str) -> String {
        self.text_of(ms, 1000, 3)
    }

    fn list(&self, value: &str) -> String {
        format!("array_join(array_sort(collect_set({value})), '|')")
    }
}

impl Spark {
    /// A number of parts of a second since 1970 as a text; of days and seconds, since before Spark 4 a number of seconds is
    /// no longer than 32 bits in times, and in no zone.
    fn text_of(&self, number: &str, per_second: i64, digits: u8) -> String {
        let per_day = (per_second * 86_400).to_string();
        let of_day = self.modulo(number, &per_day);
        let fraction = self.modulo(number, &per_second.to_string());
        format!(
            "replace(CAST(TIMESTAMP_NTZ '1970-01-01 00:00:00' + make_dt_interval(\n    CAST(({number} - {of_day}) DIV {per_day} \
             AS INT), 0, 0, {of_day} DIV {per_second}\n) AS STRING), ' ', 'T') || '.' || LPAD({fraction}, {digits}, '0') || 'Z'"
        )
    }
}
