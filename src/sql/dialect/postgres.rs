//! Speaks PostgreSQL.

use super::super::engine::{Engine, Facts, Feature};
use super::super::fields::Properties;
use super::super::text::Step;
use super::utc;

pub(super) struct Postgres;

static FACTS: Facts = Facts {
    name: "postgres",
    title: "PostgreSQL",
    properties: &[Properties::Json, Properties::String],
    features: &[Feature::ExportsTeams, Feature::FollowsLinks],
    ..Facts::OF_MOST
};

/// The escapes of a JSON text that PostgreSQL does not take: NUL, and a half of a surrogate pair without the other.
const UNREADABLE: &str = r"\\u0000|\\u[dD][89abAB]..(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..)\\u[dD][c-fC-F]..";

impl Engine for Postgres {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }

    /// Names without quotes are lower case.
    fn fold(&self, name: &str) -> String {
        name.to_lowercase()
    }

    /// One such escape anywhere in a text would end the query.
    fn table(&self, quoted: &str, properties: Properties) -> String {
        if properties != Properties::String {
            return quoted.to_owned();
        }
        format!(
            "(\n    SELECT\n        *,\n        REGEXP_REPLACE(properties, '{UNREADABLE}', '\\ufffd', 'g')::JSON AS \
             readable_properties\n    FROM {quoted}\n) AS readable"
        )
    }

    fn as_text(&self, value: &str) -> String {
        format!("CAST({value} AS TEXT)")
    }

    fn property(&self, properties: Properties, key: &str) -> String {
        let json = if properties == Properties::String { "readable_properties" } else { "properties" };
        format!("{json} ->> '{key}'")
    }

    fn instant(&self, us: i64) -> String {
        format!("TIMESTAMPTZ '{}Z'", utc(us))
    }

    fn matches(&self, text: &str, pattern: &str) -> String {
        format!("{text} ~ '^({pattern})$'")
    }

    fn blank_pattern(&self) -> &'static str {
        r"[\s\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*"
    }

    fn users(&self) -> Vec<Step> {
        let clauses = "\
FROM links
UNION
SELECT links.other, reached.label
FROM reached
JOIN links ON links.one = reached.node
WHERE reached.label < links.other";
        let reached = Step {
            comment: "Every id with the lesser ids from which links lead to it.".to_owned(),
            name: "reached",
            columns: vec!["one AS node".to_owned(), "one AS label".to_owned()],
            clauses: vec![clauses.to_owned()],
            ..Step::default()
        };
        let users = Step {
            comment: "Users: every id takes the least one.".to_owned(),
            name: "users",
            columns: vec!["node".to_owned(), "MIN(label) AS label".to_owned()],
            clauses: vec!["FROM reached\nGROUP BY node".to_owned()],
            ..Step::default()
        };
        vec![reached, users]
    }

    fn hex_number(&self, digits: &str) -> String {
        format!("('x' || LPAD({digits}, 16, '0'))::BIT(64)::BIGINT")
    }

    fn micros(&self, time: &str) -> String {
        format!("(EXTRACT(EPOCH FROM {time}) * 1000000)::BIGINT")
    }

    fn us_text(&self, us: &str) -> String {
        format!(
            "TO_CHAR(TIMESTAMP 'epoch' + {us} / 1000000 * INTERVAL '1 second'\n    + {us} % 1000000 * INTERVAL '1 \
             microsecond', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
        )
    }

    fn ms_text(&self, ms: &str) -> String {
        format!(
            "TO_CHAR(TIMESTAMP 'epoch' + {ms} / 1000 * INTERVAL '1 second'\n    + {ms} % 1000 * INTERVAL '1 millisecond', \
             'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
        )
    }

    fn list(&self, value: &str) -> String {
        format!("STRING_AGG(DISTINCT {value} COLLATE \"C\", '|' ORDER BY {value} COLLATE \"C\")")
    }

    fn by_bytes(&self, text: &str) -> String {
        format!("{text} COLLATE \"C\"")
    }
}
