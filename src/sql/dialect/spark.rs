//! Speaks Spark SQL, which is Databricks' too.

use super::{Engine, Fields, Place, Properties, RFC_3339, UUID, ZONE, escaped_literal, utc};

pub(super) struct Spark;

/// The moment from which times are counted, in no zone.
const EPOCH: &str = "TIMESTAMP_NTZ '1970-01-01 00:00:00'";

impl Engine for Spark {
    fn quote(&self, name: &str) -> String {
        format!("`{name}`")
    }

    fn relation(&self, place: &Place, fields: &Fields) -> String {
        // A path stands in backticks, which are doubled inside.
        let quoted = |path: &str| format!("`{}`", path.replace('`', "``"));
        match place {
            Place::Table(name) => name.clone(),
            Place::Parquet(path) => format!("parquet.{}", quoted(path)),
            Place::JsonLines(path) => {
                let kind = |name: &str| if name == "team_id" { "BIGINT" } else { "STRING" };
                let of = |names: Vec<&str>, between: &str| {
                    names.iter().map(|name| format!("`{name}`{between} {}", kind(name))).collect::<Vec<_>>().join(", ")
                };
                let schema = format!("{}, properties STRUCT<{}>", of(fields.columns(), ""), of(fields.keys(), ":"));
                format!(
                    "(\n    SELECT event.* FROM (\n        SELECT from_json(value, {}) AS event\n        FROM text.{}\n    )\n)",
                    escaped_literal(&schema),
                    quoted(path)
                )
            }
        }
    }

    fn as_text(&self, value: &str) -> String {
        format!("CAST({value} AS STRING)")
    }

    fn property(&self, properties: Properties, key: &str) -> String {
        match properties {
            Properties::Struct => format!("properties.`{key}`"),
            Properties::Variant => format!("try_variant_get(properties, \"$['{key}']\", 'string')"),
            _ => format!("get_json_object(properties, \"$['{key}']\")"),
        }
    }

    /// In microseconds, which do not depend on the session's time zone.
    fn time(&self, column: &str, place: &Place) -> String {
        if !matches!(place, Place::JsonLines(_)) {
            return format!("unix_micros({column})");
        }
        format!(
            "CASE\n    WHEN {} THEN unix_micros(TRY_CAST({column} AS TIMESTAMP))\n    WHEN {} THEN \
             unix_micros(TRY_CAST({column} || 'Z' AS TIMESTAMP))\nEND",
            self.matches(column, &format!("{RFC_3339}{ZONE}")),
            self.matches(column, RFC_3339)
        )
    }

    fn bound(&self, column: &str, place: &Place) -> String {
        match place {
            Place::JsonLines(_) => format!("timestamp_micros({})", self.time(column, place)),
            Place::Table(_) | Place::Parquet(_) => column.to_owned(),
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

    fn time_text(&self, time: &str) -> String {
        format!(
            "replace(CAST(timestampadd(SECOND, CAST(FLOOR({time} / 1e6) AS BIGINT), {EPOCH}) AS STRING), ' ', 'T')\n    \
             || '.' || LPAD(pmod({time}, 1000000), 6, '0') || 'Z'"
        )
    }

    fn ms_text(&self, ms: &str) -> String {
        format!(
            "replace(CAST(timestampadd(SECOND, {ms} DIV 1000, {EPOCH}) AS STRING), ' ', 'T')\n    || '.' || LPAD({ms} % \
             1000, 3, '0') || 'Z'"
        )
    }

    fn list(&self, value: &str) -> String {
        format!("array_join(array_sort(collect_set({value})), '|')")
    }
}
