//! Speaks ClickHouse.

use super::super::engine::{Engine, Facts, Feature, RFC_3339, ZONE};
use super::super::fields::{Fields, Properties, Source};
use super::super::name::{Files, Shape};
use super::super::text;
use super::{escaped_literal, utc};

pub(super) struct ClickHouse;

static FACTS: Facts = Facts {
    name: "clickhouse",
    title: "ClickHouse",
    sources: &[Source::BatchExport, Source::Files, Source::ClickhouseEvents],
    features: &[Feature::ExportsTeams, Feature::GroupsWhatItReads],
    ..Facts::OF_MOST
};

/// The table function that reads files from there.
fn function(path: &str) -> &'static str {
    let host = path.split_once("://").map_or("", |(_, rest)| rest.split('/').next().unwrap_or_default());
    let is_web = path.starts_with("https://") || path.starts_with("http://");
    let is_bucket = path.starts_with("s3://") || path.starts_with("gs://");
    let keeps_buckets = host.ends_with(".amazonaws.com") || host.ends_with("storage.googleapis.com");
    match (is_bucket || is_web && keeps_buckets, is_web) {
        (true, _) => "s3",
        (false, true) => "url",
        (false, false) => "file",
    }
}

impl Engine for ClickHouse {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }

    fn quote(&self, name: &str) -> String {
        format!("`{name}`")
    }

    fn files(&self, files: &Files, fields: &Fields) -> Option<String> {
        let (function, path) = (function(&files.path), escaped_literal(&files.path));
        if files.is_parquet {
            return Some(format!("{function}({path}, Parquet)"));
        }
        let of = |names: Vec<(&str, bool)>, between: &str| {
            let kind = |is_number: bool| if is_number { "Int64" } else { "String" };
            let columns = names.iter().map(|(name, is_number)| format!("`{name}` Nullable({})", kind(*is_number)));
            columns.collect::<Vec<_>>().join(between)
        };
        let (columns, keys) = (of(fields.columns(), ",\n    "), of(fields.keys(), ", "));
        Some(format!("{function}({path}, JSONEachRow, '\n    {columns},\n    properties Tuple({keys})\n')"))
    }

    fn as_text(&self, value: &str) -> String {
        format!("toString({value})")
    }

    fn no_team(&self) -> &'static str {
        "CAST(NULL AS Nullable(Int64))"
    }

    fn property(&self, _properties: Properties, key: &str) -> String {
        format!("JSONExtract(properties, '{key}', 'Nullable(String)')")
    }

    fn time(&self, column: &str, shape: Shape) -> String {
        match shape {
            Shape::Table => column.to_owned(),
            Shape::Parquet => format!("toDateTime64({column}, 6, 'UTC')"),
            Shape::JsonLines => {
                let time = format!("parseDateTime64BestEffortOrNull({column}, 6, 'UTC')");
                text::case(&[(self.matches(column, &format!("{RFC_3339}{ZONE}?")), time)], None)
            }
        }
    }

    fn bound(&self, column: &str, shape: Shape) -> String {
        self.time(column, shape)
    }

    fn instant(&self, us: i64) -> String {
        format!("toDateTime64('{}', 6, 'UTC')", utc(us))
    }

    fn matches(&self, text: &str, pattern: &str) -> String {
        format!("match({text}, '^({pattern})$')")
    }

    fn hex_number(&self, digits: &str) -> String {
        format!("toInt64(reinterpretAsUInt64(reverse(unhex({digits}))))")
    }

    fn micros(&self, time: &str) -> String {
        format!("toUnixTimestamp64Micro({time})")
    }

    fn modulo(&self, number: &str, divisor: &str) -> String {
        format!("positiveModulo({number}, {divisor})")
    }

    fn whole_ms(&self, us: &str) -> String {
        format!("intDiv({us} - {}, 1000)", self.modulo(us, "1000"))
    }

    fn us_text(&self, us: &str) -> String {
        format!("replaceOne(toString(fromUnixTimestamp64Micro({us}, 'UTC')), ' ', 'T') || 'Z'")
    }

    fn ms_text(&self, ms: &str) -> String {
        format!("replaceOne(toString(fromUnixTimestamp64Milli({ms}, 'UTC')), ' ', 'T') || 'Z'")
    }

    fn list(&self, value: &str) -> String {
        format!("arrayStringConcat(arraySort(groupUniqArray({value})), '|')")
    }

    fn join(&self, texts: &[String]) -> String {
        text::call("arrayStringConcat([", texts, "], '|')")
    }

    fn ending(&self, shape: Shape, _is_summary: bool) -> &'static str {
        match shape {
            Shape::JsonLines => {
                "SETTINGS\n    input_format_skip_unknown_fields = 1,\n    \
                 input_format_json_ignore_unknown_keys_in_named_tuple = 1\n"
            }
            Shape::Table | Shape::Parquet => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::function;

    #[test]
    fn files_are_read_from_where_they_are() {
        for (path, expected) in [
            ("exports/*.jsonl", "file"),
            ("s3://bucket/events/*.parquet", "s3"),
            ("gs://bucket/events/*.parquet", "s3"),
            ("https://bucket.s3.eu-west-1.amazonaws.com/events/*.jsonl.gz", "s3"),
            ("https://storage.googleapis.com/bucket/events.parquet", "s3"),
            ("https://example.com/events.parquet?from=.amazonaws.com", "url"),
            ("http://localhost:8000/events.jsonl", "url"),
        ] {
            assert_eq!(function(path), expected, "{path}");
        }
    }
}
