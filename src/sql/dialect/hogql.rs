//! Speaks HogQL, the SQL of PostHog's own editor, as far as its functions reach.

use super::{Engine, Properties, utc};

pub(super) struct HogQl;

impl Engine for HogQl {
    fn note(&self) -> Option<&'static str> {
        Some(
            "PostHog's editor shows 50,000 rows at the most, of one project and without events that are older than the plan \
             keeps; a property's text keeps the backslashes of its JSON. Its person_id follows merges of persons, so that a \
             login is one user.",
        )
    }

    fn groups_what_it_reads(&self) -> bool {
        true
    }

    fn quote(&self, name: &str) -> String {
        format!("`{name}`")
    }

    fn as_text(&self, value: &str) -> String {
        format!("toString({value})")
    }

    fn no_team(&self) -> &'static str {
        "NULL"
    }

    fn property(&self, _properties: Properties, key: &str) -> String {
        format!("properties.`{key}`")
    }

    fn instant(&self, us: i64) -> String {
        format!("toDateTime64('{}', 6, 'UTC')", utc(us))
    }

    fn matches(&self, text: &str, pattern: &str) -> String {
        format!("match({text}, '^({pattern})$')")
    }

    fn hex_number(&self, digits: &str) -> String {
        format!("toInt(reinterpretAsUInt64(reverse(unhex({digits}))))")
    }

    fn micros(&self, time: &str) -> String {
        format!("dateDiff('microsecond', toDateTime64('1970-01-01 00:00:00', 6, 'UTC'), {time})")
    }

    fn whole(&self, number: &str) -> String {
        format!("toInt(floor({number}))")
    }

    fn time_text(&self, time: &str) -> String {
        format!("replaceOne(toString({time}, 'UTC'), ' ', 'T') || 'Z'")
    }

    fn ms_text(&self, ms: &str) -> String {
        format!("replaceOne(toString(fromUnixTimestamp64Milli({ms}), 'UTC'), ' ', 'T') || 'Z'")
    }

    fn list(&self, value: &str) -> String {
        format!("arrayStringConcat(arraySort(groupUniqArray({value})), '|')")
    }

    fn join(&self, texts: &[String]) -> String {
        format!("arrayStringConcat([\n    {}\n], '|')", texts.join(",\n    "))
    }

    fn nulls_first(&self, column: &str) -> String {
        column.to_owned()
    }

    fn ending(&self, _place: &super::Place, is_summary: bool) -> String {
        if is_summary { String::new() } else { "LIMIT 50000\n".to_owned() }
    }
}
