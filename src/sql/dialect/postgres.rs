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

    /// A recursion can only add rows here: each id with every lesser one that leads to it, which is half of n² for n ids that
    /// one greater id links. So what is near is made one before, twice, after which that id is the least.
    fn users(&self) -> Vec<Step> {
        let mut steps = [("links", "nearest", "near_links"), ("near_links", "nearest_again", "far_links")]
            .into_iter()
            .flat_map(|(links, nearest, left)| collapsed(links, nearest, left))
            .collect::<Vec<_>>();
        steps.extend([reached(), users()]);
        steps
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

/// Steps that take each id for the least that it is linked to, and leave the links that are then between different ones.
fn collapsed(links: &str, nearest: &'static str, left: &'static str) -> [Step; 2] {
    let least = Step {
        comment: "Every id with the least of those that it is linked to, and of itself.".to_owned(),
        name: nearest,
        columns: vec!["one AS node".to_owned(), "LEAST(one, MIN(other)) AS label".to_owned()],
        clauses: vec![format!("FROM {links}"), "GROUP BY one".to_owned()],
        ..Step::default()
    };
    let rest = Step {
        comment: "The links that are left between those.".to_owned(),
        name: left,
        columns: vec!["here.label AS one".to_owned(), "there.label AS other".to_owned()],
        clauses: vec![
            format!("FROM {links}"),
            format!("JOIN {nearest} AS here ON here.node = {links}.one"),
            format!("JOIN {nearest} AS there ON there.node = {links}.other"),
            "WHERE here.label <> there.label".to_owned(),
            "GROUP BY here.label, there.label".to_owned(),
        ],
        ..Step::default()
    };
    [least, rest]
}

fn reached() -> Step {
    let clauses = "\
FROM far_links
UNION
SELECT
    far_links.other,
    reached.label
FROM reached
JOIN far_links ON far_links.one = reached.node
WHERE reached.label < far_links.other";
    Step {
        comment: "Of what is left, every id with the lesser ids from which links lead to it.".to_owned(),
        name: "reached",
        columns: vec!["one AS node".to_owned(), "one AS label".to_owned()],
        clauses: vec![clauses.to_owned()],
        ..Step::default()
    }
}

fn users() -> Step {
    let clauses = "\
FROM nearest
LEFT JOIN nearest_again ON nearest_again.node = nearest.label
LEFT JOIN reached ON reached.node = COALESCE(nearest_again.label, nearest.label)
GROUP BY nearest.node, nearest_again.label, nearest.label";
    Step {
        comment: "Users: every id takes the least one.".to_owned(),
        name: "users",
        columns: vec![
            "nearest.node".to_owned(),
            "COALESCE(MIN(reached.label), nearest_again.label, nearest.label) AS label".to_owned(),
        ],
        clauses: vec![clauses.to_owned()],
        ..Step::default()
    }
}
