//! Tells users apart in a query, and follows the links between their ids where the engine can.

use super::Query;
use super::fields::Field;
use super::text::{self, Step, case, named};
use crate::rows::{GENERIC_IN_ANY_CASE, GENERIC_IN_THIS_CASE, Identity};

impl Query {
    /// The columns of the events that say whose they are. Distinct ids and person ids have names of their own.
    pub(super) fn user_columns(&self) -> Vec<String> {
        let distinct = self.text_of(Field::DistinctId);
        let person = self.fields.has(Field::PersonId).then(|| self.text_of(Field::PersonId));
        match (self.identity, person) {
            (Identity::Graph, person) => {
                let mut columns = Vec::from_iter(self.team());
                columns.push(format!("{distinct} AS distinct_id"));
                columns.extend(person.into_iter().flat_map(|person| [format!("{person} AS person_id"), self.merges()]));
                columns.push(self.merged_id());
                columns
            }
            (Identity::Person, Some(person)) => {
                vec![format!("COALESCE('p:' || {person}, 'd:' || {distinct}) AS user_id")]
            }
            (Identity::Person | Identity::Distinct, _) => vec![format!("{distinct} AS user_id")],
        }
    }

    /// Whether an event is evidence of its user even without a session id.
    fn merges(&self) -> String {
        let event = self.text_of(Field::Event);
        format!("{event} IN ('$identify', '$create_alias', '$merge_dangerously') AS merges")
    }

    /// The other distinct id that an event names.
    fn merged_id(&self) -> String {
        let event = self.text_of(Field::Event);
        let (anonymous, alias) = (self.text_of(Field::AnonDistinctId), self.text_of(Field::Alias));
        let branches = [
            (format!("{event} = '$identify'"), anonymous),
            (format!("{event} IN ('$create_alias', '$merge_dangerously')"), alias),
        ];
        format!("{} AS merged_id", case(&branches, None))
    }

    /// The team as a part of ids, where there are teams.
    fn team(&self) -> Option<String> {
        let team = || self.engine().as_text(&self.raw(Field::TeamId));
        self.fields.has(Field::TeamId).then(|| format!("COALESCE({}, '') AS team", team()))
    }

    /// An id with its kind and team, as links know it.
    fn node(&self, kind: char, id: &str) -> String {
        let team = if self.fields.has(Field::TeamId) { "team || ':" } else { "'" };
        format!("{team}{kind}:' || {id}")
    }

    /// The user of a row of `ids`.
    pub(super) fn user_of_ids(&self) -> String {
        let (distinct, person) = (self.node('d', "distinct_id"), self.node('p', "person_id"));
        let user = match self.identity {
            Identity::Graph if self.fields.has(Field::PersonId) => {
                let is_the_person = "person_id IS NOT NULL AND generic_id IS NOT NULL".to_owned();
                let either = text::call("COALESCE(", &[distinct, person.clone()], ")");
                case(&[(is_the_person, person)], Some(&either))
            }
            Identity::Graph => distinct,
            Identity::Person | Identity::Distinct => "user_id".to_owned(),
        };
        named(&user, "user_id")
    }

    /// The events that ids are made of.
    pub(super) fn rows_of_events(&self) -> String {
        let rows = "FROM session_events";
        if self.identity == Identity::Graph && self.fields.has(Field::PersonId) {
            return format!("{rows}\nLEFT JOIN generic_ids ON generic_id = distinct_id");
        }
        rows.to_owned()
    }

    /// What stands for the user of a row that sessions are made of.
    pub(super) fn user_of_sessions(&self) -> &'static str {
        if self.identity == Identity::Graph { "COALESCE(users.label, user_id)" } else { "user_id" }
    }

    /// The steps that find out which ids are one user.
    pub(super) fn links(&self) -> Vec<Step> {
        if self.identity != Identity::Graph {
            return Vec::new();
        }
        let mut steps = vec![self.generic_ids(), self.pairs(), links()];
        steps.extend(self.engine().users());
        steps
    }

    /// The ids that link nobody.
    fn generic_ids(&self) -> Step {
        let list = |ids: &[&str]| {
            let ids: Vec<_> = ids.iter().map(|id| format!("'{id}'")).collect();
            format!("({})", text::wrapped(&ids.join(", ")))
        };
        let person = if self.fields.has(Field::PersonId) { "person_id, " } else { "" };
        let bare = "CASE WHEN id LIKE '\"%\"' OR id LIKE '''%''' THEN SUBSTRING(id, 2, LENGTH(id) - 2) ELSE id END";
        let tests = [
            self.engine().matches("id", self.engine().blank_pattern()),
            format!("OR LOWER({}) IN {}", self.engine().by_bytes("bare"), list(&GENERIC_IN_ANY_CASE)),
            format!("OR bare IN {}", list(&GENERIC_IN_THIS_CASE)),
        ];
        let clauses = vec![
            format!(
                "FROM (\n    SELECT\n        id,\n        {bare} AS bare\n    FROM (\n        SELECT DISTINCT \
                 UNNEST(ARRAY[distinct_id, {person}merged_id]) AS id\n        FROM session_events\n    ) AS named\n) AS \
                 unquoted"
            ),
            format!("WHERE {}", text::nested(&tests.join("\n"))),
        ];
        let comment = "Ids that everybody may have link nobody: PostHog refuses to merge by them.".to_owned();
        Step { comment, name: "generic_ids", columns: vec!["id AS generic_id".to_owned()], clauses, ..Step::default() }
    }

    /// Pairs of ids of one user.
    fn pairs(&self) -> Step {
        let [distinct, person, merged] =
            [('d', "distinct_id"), ('p', "person_id"), ('d', "merged_id")].map(|(kind, id)| self.node(kind, id));
        let links = |id: &str| format!("{id} NOT IN (SELECT generic_id FROM generic_ids)");
        let mut comment = "Links: what $identify, $create_alias and $merge_dangerously merge.";
        let mut clauses = vec![
            "FROM session_events".to_owned(),
            format!("WHERE {}\n    AND {}", links("distinct_id"), links("merged_id")),
        ];
        if self.fields.has(Field::PersonId) {
            comment = "Links: what $identify, $create_alias and $merge_dangerously merge, and the distinct id and the \
                       person id of an event with a session id.";
            clauses.push(format!("UNION\nSELECT\n    {distinct},\n    {person}\nFROM session_events"));
            let is_evidence = "WHERE (id IS NOT NULL OR merges)";
            clauses.push(format!("{is_evidence}\n    AND {}\n    AND {}", links("distinct_id"), links("person_id")));
        }
        let columns = vec![format!("{distinct} AS one"), format!("{merged} AS other")];
        Step { comment: comment.to_owned(), name: "pairs", columns, clauses, ..Step::default() }
    }
}

fn links() -> Step {
    let clauses = vec!["FROM pairs".to_owned(), "UNION\nSELECT\n    other,\n    one\nFROM pairs".to_owned()];
    let columns = vec!["one".to_owned(), "other".to_owned()];
    Step { comment: "The same in both directions.".to_owned(), name: "links", columns, clauses, ..Step::default() }
}
