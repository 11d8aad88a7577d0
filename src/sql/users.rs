//! Tells users apart in a query, and follows the links between their ids where the engine can.

use super::Query;
use super::text::{self, Step};
use crate::identity::{GENERIC_IN_ANY_CASE, GENERIC_IN_THIS_CASE, Identity};

impl Query {
    /// The columns of the events that say whose they are. Distinct ids and person ids have names of their own.
    pub(super) fn user_columns(&self) -> Vec<String> {
        let (engine, fields) = (self.engine(), &self.fields);
        let distinct = self.any_of(&fields.distinct_id, true);
        let person = fields.has_person().then(|| match &*fields.person_id {
            [super::fields::Column::Own(name)] => format!("NULLIF({}, '')", engine.as_text(&engine.quote(name))),
            places => self.any_of(places, true),
        });
        match (self.identity, person) {
            (Identity::Graph, person) => vec![
                format!("{distinct} AS distinct_id"),
                format!("{} AS person_id", person.unwrap_or_else(|| engine.as_text("NULL"))),
                self.merges(),
                self.merged_id(),
            ],
            (Identity::Person, Some(person)) => {
                vec![format!("COALESCE('p:' || {person}, 'd:' || {distinct}) AS user_id")]
            }
            (Identity::Person | Identity::Distinct, _) => vec![format!("{distinct} AS user_id")],
        }
    }

    /// Whether an event is evidence of its user even without a session id.
    fn merges(&self) -> String {
        let event = self.any_of(&self.fields.event, true);
        format!("{event} IN ('$identify', '$create_alias', '$merge_dangerously') AS merges")
    }

    /// The other distinct id that an event names.
    fn merged_id(&self) -> String {
        let fields = &self.fields;
        let (event, anonymous, alias) = (
            self.any_of(&fields.event, true),
            self.any_of(&fields.anon_distinct_id, true),
            self.any_of(&fields.alias, true),
        );
        format!(
            "CASE {event}\n    WHEN '$identify' THEN {anonymous}\n    WHEN '$create_alias' THEN {alias}\n    \
             WHEN '$merge_dangerously' THEN {alias}\nEND AS merged_id"
        )
    }

    /// An id with its kind and team, as links know it.
    fn node(&self, kind: char, id: &str) -> String {
        if self.fields.team_id.is_empty() {
            return format!("'{kind}:' || {id}");
        }
        format!("COALESCE({}, '') || ':{kind}:' || {id}", self.engine().as_text("team_id"))
    }

    /// The user of a row of `ids`.
    pub(super) fn user_of_ids(&self) -> String {
        if self.identity != Identity::Graph {
            return "user_id".to_owned();
        }
        let (distinct, person) = (self.node('d', "distinct_id"), self.node('p', "person_id"));
        format!(
            "CASE WHEN person_id IS NOT NULL AND generic_id IS NOT NULL \n    THEN {person}\n    \
             ELSE COALESCE({distinct}, {person})\nEND AS user_id"
        )
    }

    /// The events that ids are made of.
    pub(super) fn rows_of_events(&self) -> String {
        let rows = "FROM session_events";
        if self.identity == Identity::Graph {
            return format!("{rows}\nLEFT JOIN generic_ids ON generic_id = distinct_id");
        }
        rows.to_owned()
    }

    /// What stands for the user of a row that sessions are made of.
    pub(super) fn user_of_sessions(&self) -> &'static str {
        if self.identity == Identity::Graph { "COALESCE(users.label, user_id)" } else { "user_id" }
    }

    /// The rows that sessions are made of.
    pub(super) fn rows_of_ids(&self) -> String {
        let ids = if self.has_session_key { "app_sessions" } else { "ids" };
        if self.identity == Identity::Graph {
            return format!("FROM {ids}\nLEFT JOIN users ON users.node = user_id");
        }
        format!("FROM {ids}")
    }

    /// The steps that find out which ids are one user.
    pub(super) fn links(&self) -> Vec<Step> {
        match self.engine().blank_pattern() {
            Some(blank) if self.identity == Identity::Graph => {
                let mut steps = vec![generic_ids(&self.engine().matches("id", blank)), self.pairs(), links()];
                steps.extend(self.engine().users());
                steps
            }
            _ => Vec::new(),
        }
    }

    /// Pairs of ids of one user.
    fn pairs(&self) -> Step {
        let [distinct, person, merged] =
            [('d', "distinct_id"), ('p', "person_id"), ('d', "merged_id")].map(|(kind, id)| self.node(kind, id));
        let named = |id: &str| format!("{id} NOT IN (SELECT generic_id FROM generic_ids)");
        let clauses = vec![
            "FROM session_events".to_owned(),
            format!(
                "WHERE (id IS NOT NULL OR merges)\n    AND {}\n    AND {}",
                named("distinct_id"),
                named("person_id")
            ),
            format!("UNION\nSELECT\n    {distinct},\n    {merged}\nFROM session_events"),
            format!("WHERE {}\n    AND {}", named("distinct_id"), named("merged_id")),
        ];
        let comment = "Links: the distinct id and the person id of an event with a session id, and what $identify, \
                       $create_alias and $merge_dangerously merge.";
        let columns = vec![format!("{distinct} AS one"), format!("{person} AS other")];
        Step { comment: comment.to_owned(), name: "pairs", columns, clauses, ..Step::default() }
    }
}

/// The ids that link nobody.
fn generic_ids(is_blank: &str) -> Step {
    let list = |ids: &[&str]| {
        let ids: Vec<_> = ids.iter().map(|id| format!("'{id}'")).collect();
        format!("(\n{}    )", text::indented(&text::wrapped(&ids.join(", "))))
    };
    let bare = "CASE WHEN id LIKE '\"%\"' OR id LIKE '''%''' THEN SUBSTRING(id, 2, LENGTH(id) - 2) ELSE id END";
    let clauses = vec![
        format!(
            "FROM (\n    SELECT\n        id,\n        {bare} AS bare\n    FROM (\n        SELECT DISTINCT UNNEST(ARRAY[distinct_id, \
             person_id, merged_id]) AS id\n        FROM session_events\n    ) AS named\n) AS unquoted"
        ),
        format!("WHERE {is_blank}"),
        format!("    OR LOWER(bare) IN {}", list(&GENERIC_IN_ANY_CASE)),
        format!("    OR bare IN {}", list(&GENERIC_IN_THIS_CASE)),
    ];
    let comment = "Ids that everybody may have link nobody: PostHog refuses to merge by them.".to_owned();
    Step { comment, name: "generic_ids", columns: vec!["id AS generic_id".to_owned()], clauses, ..Step::default() }
}

fn links() -> Step {
    let clauses = vec!["FROM pairs".to_owned(), "UNION\nSELECT\n    other,\n    one\nFROM pairs".to_owned()];
    let columns = vec!["one".to_owned(), "other".to_owned()];
    Step { comment: "The same in both directions.".to_owned(), name: "links", columns, clauses, ..Step::default() }
}
