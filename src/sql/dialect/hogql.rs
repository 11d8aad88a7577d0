//! Speaks HogQL, the SQL of PostHog's own editor, as far as its functions reach.

use super::super::Query;
use super::super::engine::{Engine, Facts, Feature};
use super::super::fields::{Properties, Source};
use super::super::name::Shape;
use super::super::text;
use super::utc;

pub(super) struct HogQl;

static FACTS: Facts = Facts {
    name: "hogql",
    title: "PostHog's SQL editor (HogQL)",
    sources: &[Source::ClickhouseEvents],
    features: &[Feature::SessionColumn, Feature::MergesPersons, Feature::GroupsWhatItReads],
    ..Facts::OF_MOST
};

impl Engine for HogQl {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }

    fn notes(&self, _query: &Query) -> Vec<&'static str> {
        vec![
            "PostHog's editor shows 50,000 rows at the most, of one project and without events that are older than the plan \
             keeps; a property's text keeps the backslashes of its JSON. Its person_id follows merges of persons, so that a \
             login is one user.",
        ]
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

    /// As the editor makes its own columns of properties; `properties.key` would be a number or a time where PostHog takes
    /// the property for one.
    fn property(&self, _properties: Properties, key: &str) -> String {
        format!("replaceRegexpAll(NULLIF(JSONExtractRaw(properties, '{key}'), 'null'), '^\"|\"$', '')")
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

    fn modulo(&self, number: &str, divisor: &str) -> String {
        format!("positiveModulo({number}, {divisor})")
    }

    fn whole_ms(&self, us: &str) -> String {
        format!("intDiv({us} - {}, 1000)", self.modulo(us, "1000"))
    }

    /// HogQL makes times of milliseconds only.
    fn us_text(&self, us: &str) -> String {
        let ms = self.whole_ms(us);
        format!(
            "replaceOne(toString(fromUnixTimestamp64Milli({ms}), 'UTC'), ' ', 'T')\n    || leftPad(toString({}), 3, '0') || \
             'Z'",
            self.modulo(us, "1000")
        )
    }

    fn ms_text(&self, ms: &str) -> String {
        format!("replaceOne(toString(fromUnixTimestamp64Milli({ms}), 'UTC'), ' ', 'T') || 'Z'")
    }

    fn list(&self, value: &str) -> String {
        format!("arrayStringConcat(arraySort(groupUniqArray({value})), '|')")
    }

    fn join(&self, texts: &[String]) -> String {
        text::call("arrayStringConcat([", texts, "], '|')")
    }

    fn nulls_first(&self, column: &str) -> String {
        column.to_owned()
    }

    fn ending(&self, _shape: Shape, is_summary: bool) -> &'static str {
        if is_summary { "" } else { "LIMIT 50000\n" }
    }
}
