//! Finds which distinct ids and person ids are one user (section 6).

use super::event::Event;
use super::options::Identity;
use std::collections::BTreeMap;

const GENERIC_ANY_CASE: [&str; 10] = [
    "anonymous",
    "guest",
    "distinctid",
    "distinct_id",
    "id",
    "not_authenticated",
    "email",
    "undefined",
    "true",
    "false",
];
const GENERIC_THIS_CASE: [&str; 6] = ["[object Object]", "NaN", "None", "none", "null", "0"];

/// What the two sorts of ids are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    Distinct,
    Person,
}

/// An id in its team and of its sort; a user is named by one of its ids.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Node {
    team: Option<String>,
    sort: Sort,
    id: String,
}

/// The users of a whole input.
pub(crate) struct Users {
    identity: Identity,
    /// Every linked node, and the node that its user is named by.
    names: BTreeMap<Node, Node>,
}

impl Users {
    /// Links the ids of all events.
    pub(crate) fn of(events: &[Event], identity: Identity) -> Self {
        let mut users = Self { identity, names: BTreeMap::new() };
        for event in events.iter().filter(|event| event.is_evidence()) {
            users.link(distinct(event), person(event));
            users.link(distinct(event), linked(event));
        }
        users
    }

    /// Joins the users of two nodes, unless one of them is missing or generic.
    fn link(&mut self, one: Option<Node>, other: Option<Node>) {
        let (Some(one), Some(other)) = (one, other) else {
            return;
        };
        if is_generic(&one.id) || is_generic(&other.id) {
            return;
        }
        let (kept, dropped) = (self.name(&one), self.name(&other));
        self.names.insert(one, kept.clone());
        self.names.insert(other, dropped.clone());
        for name in self.names.values_mut().filter(|name| **name == dropped) {
            name.clone_from(&kept);
        }
    }

    fn name(&self, node: &Node) -> Node {
        self.names.get(node).unwrap_or(node).clone()
    }

    /// The user of an event.
    pub(crate) fn user(&self, event: &Event) -> Option<Node> {
        let (distinct, person) = (distinct(event), person(event));
        match self.identity {
            Identity::Distinct => distinct,
            Identity::Person => person.or(distinct),
            Identity::Graph => {
                let node = match distinct {
                    Some(node) if !is_generic(&node.id) => Some(node),
                    weak => person.or(weak),
                };
                node.map(|node| self.name(&node))
            }
        }
    }
}

fn distinct(event: &Event) -> Option<Node> {
    node(event, Sort::Distinct, event.distinct_id.as_ref())
}

fn person(event: &Event) -> Option<Node> {
    node(event, Sort::Person, event.person_id.as_ref())
}

fn linked(event: &Event) -> Option<Node> {
    node(event, Sort::Distinct, event.linked_id.as_ref())
}

fn node(event: &Event, sort: Sort, id: Option<&String>) -> Option<Node> {
    let team = event.team.clone();
    id.map(|id| Node { team, sort, id: id.clone() })
}

/// Whether an id is one that `PostHog` never merges.
fn is_generic(id: &str) -> bool {
    let unquoted = ['\'', '"'].iter().find_map(|&quote| id.strip_prefix(quote)?.strip_suffix(quote));
    let is_word =
        |text: &str| GENERIC_ANY_CASE.contains(&text.to_lowercase().as_str()) || GENERIC_THIS_CASE.contains(&text);
    id.trim().is_empty() || is_word(id) || unquoted.is_some_and(is_word)
}

#[cfg(test)]
mod tests {
    use super::{Event, Identity, Users, is_generic};

    #[test]
    fn generic_ids_are_known() {
        let generic = [
            " ",
            "\t\n",
            "\u{a0}\u{3000}",
            "anonymous",
            "GUEST",
            "'Guest'",
            "\"distinct_id\"",
            "distinctId",
            "ID",
            "'id'",
            "Not_Authenticated",
            "Email",
            "UNDEFINED",
            "True",
            "\"FALSE\"",
            "[object Object]",
            "NaN",
            "'None'",
            "none",
            "null",
            "\"null\"",
            "0",
            "'0'",
        ];
        for id in generic {
            assert!(is_generic(id), "{id:?}");
        }
    }

    #[test]
    fn other_ids_are_not_generic() {
        let own = [
            " guest",
            "guest ",
            "'guest\"",
            "guest'",
            "''guest''",
            "''",
            "'",
            "[object object]",
            "nan",
            "NAN",
            "NONE",
            "Null",
            "NULL",
            "00",
            "1",
            "anonymous1",
            "distinct id",
            "u1",
            "\u{200b}",
            "-",
        ];
        for id in own {
            assert!(!is_generic(id), "{id:?}");
        }
    }

    /// An event of a session: name, distinct id, person id, linked id; empty is absent.
    fn event([name, distinct, person, linked]: [&str; 4]) -> Event {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Event {
            name: text(name),
            distinct_id: text(distinct),
            person_id: text(person),
            linked_id: text(linked),
            session_id: text("s"),
            ..Event::default()
        }
    }

    fn count(identity: Identity, events: &[[&str; 4]]) -> usize {
        let events: Vec<Event> = events.iter().copied().map(event).collect();
        let users = Users::of(&events, identity);
        let mut found: Vec<_> = events.iter().filter_map(|event| users.user(event)).collect();
        found.sort();
        found.dedup();
        found.len()
    }

    #[test]
    fn links_make_one_user() {
        let graph = |events: &[[&str; 4]]| count(Identity::Graph, events);
        assert_eq!(graph(&[["e", "a", "p", ""], ["e", "b", "p", ""]]), 1);
        assert_eq!(graph(&[["e", "a", "", ""], ["$identify", "b", "", "a"]]), 1);
        assert_eq!(graph(&[["e", "a", "b", ""], ["e", "b", "", ""]]), 2);
        assert_eq!(graph(&[["e", "a", "null", ""], ["e", "b", "null", ""]]), 2);
        assert_eq!(graph(&[["e", "guest", "p", ""], ["e", "a", "p", ""]]), 1);
        assert_eq!(graph(&[["e", "guest", "p", ""], ["e", "guest", "q", ""], ["e", "guest", "", ""]]), 3);
        assert_eq!(graph(&[["e", "", "", ""]]), 0);
    }

    #[test]
    fn the_simple_identities_count_ids() {
        let events = [["e", "a", "p", ""], ["e", "b", "p", ""], ["e", "", "q", ""], ["e", "p", "", ""]];
        assert_eq!(count(Identity::Person, &events), 3);
        assert_eq!(count(Identity::Distinct, &events), 3);
        assert_eq!(count(Identity::Graph, &events), 3);
    }
}
