//! Speaks ClickHouse.

use super::{Engine, Fields, Place, Properties, RFC_3339, ZONE, escaped_literal, utc};

pub(super) struct ClickHouse;

impl Engine for ClickHouse {
    fn groups_what_it_reads(&self) -> bool {
        true
    }

    fn quote(&self, name: &str) -> String {
        format!("`{name}`")
    }

    fn relation(&self, place: &Place, fields: &Fields) -> String {
        match place {
            Place::Table(name) => name.clone(),
            Place::Parquet(path) => format!("file({}, Parquet)", escaped_literal(path)),
            Place::JsonLines(path) => {
                let of = |names: Vec<&str>, between: &str| {
                    let kind = |name: &str| if name == "team_id" { "Int64" } else { "String" };
                    let columns = names.iter().map(|name| format!("`{name}` Nullable({})", kind(name)));
                    columns.collect::<Vec<_>>().join(between)
                };
                format!(
                    "file({}, JSONEachRow, '\n    {},\n    properties Tuple({})\n')",
                    escaped_literal(path),
                    of(fields.columns(), ",\n    "),
                    of(fields.keys(), ", ")
                )
            }
        }
    }

    fn as_text(&self, value: &str) -> String {
        format!("toString({value})")
    }

    fn no_team(&self) -> &'static str {
        "CAST(NULL AS Nullable(Int64))"
    }

    fn property(&self, properties: Properties, key: &str) -> String {
        if properties == Properties::Struct {
            return format!("properties.`{key}`");
        }
        format!("JSONExtract(properties, '{key}', 'Nullable(String)')")
    }

    fn time(&self, column: &str, place: &Place) -> String {
        match place {
            Place::Table(_) => column.to_owned(),
            Place::Parquet(_) => format!("toDateTime64({column}, 6, 'UTC')"),
            Place::JsonLines(_) => format!(
                "if(match({column}, '^{RFC_3339}{ZONE}?$'), parseDateTime64BestEffortOrNull({column}, 6, 'UTC'), NULL)"
            ),
        }
    }

    fn bound(&self, column: &str, place: &Place) -> String {
        self.time(column, place)
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

    fn whole(&self, number: &str) -> String {
        format!("toInt64(floor({number}))")
    }

    fn time_text(&self, time: &str) -> String {
        format!("formatDateTime({time}, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC')")
    }

    fn ms_text(&self, ms: &str) -> String {
        format!("replaceOne(toString(fromUnixTimestamp64Milli({ms}, 'UTC')), ' ', 'T') || 'Z'")
    }

    fn list(&self, value: &str) -> String {
        format!("arrayStringConcat(arraySort(groupUniqArray({value})), '|')")
    }

    fn join(&self, texts: &[String]) -> String {
        format!("arrayStringConcat([\n    {}\n], '|')", texts.join(",\n    "))
    }

    fn ending(&self, place: &Place, _is_summary: bool) -> String {
        match place {
            Place::JsonLines(_) => "SETTINGS\n    input_format_skip_unknown_fields = 1,\n    \
                                    input_format_json_ignore_unknown_keys_in_named_tuple = 1\n"
                .to_owned(),
            Place::Table(_) | Place::Parquet(_) => String::new(),
        }
    }
}
