//! Finds out which distinct ids and persons are one user, over the whole input.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::event::Event;
use crate::hash::{IdHasher, Kind};
use crate::intern::{IdTable, lock};

/// What counts as one user (`--identity`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Identity {
    /// Distinct ids and persons that any event links.
    #[default]
    Graph,
    /// A person id; the distinct id where there is none.
    Person,
    /// A distinct id.
    Distinct,
}

/// The number of an event's user among all; [`NO_USER`] for none.
pub type UserNumber = u32;

/// The user of an event without a distinct id and a person id.
pub const NO_USER: UserNumber = u32::MAX;

/// What one event says about users.
#[derive(Debug, Clone, Default)]
pub(crate) struct Evidence {
    user: Option<u128>,
    links: [Option<(u128, u128)>; 2],
    text: Option<Box<str>>,
}

/// The users of the whole input while it is read; shared by all threads.
#[derive(Debug)]
pub(crate) struct Users {
    identity: Identity,
    keep_texts: bool,
    hasher: IdHasher,
    graph: Mutex<Graph>,
}

#[derive(Debug, Default)]
struct Graph {
    ids: IdTable,
    /// A forest: each id's parent, a root its own.
    parents: Vec<u32>,
    texts: HashMap<u32, Box<str>>,
}

/// Who is who, once everything is read.
#[derive(Debug, Default)]
pub struct Resolved {
    components: Vec<u32>,
    texts: HashMap<u32, Box<str>>,
}

impl Users {
    /// No users yet; with `keep_texts`, the ids' texts are kept for reports that show them.
    pub(crate) fn new(identity: Identity, keep_texts: bool) -> Self {
        Self { identity, keep_texts, hasher: IdHasher::new(), graph: Mutex::default() }
    }

    /// What an event says about users; teams are apart.
    pub(crate) fn evidence(&self, event: &Event<'_>, team: u32) -> Evidence {
        let (distinct, person) = (event.distinct_id.as_deref(), event.person_id.as_deref());
        let chosen = match self.identity {
            Identity::Distinct => distinct.map(|id| (Kind::DistinctId, id)),
            Identity::Person => person.map(|id| (Kind::Person, id)).or(distinct.map(|id| (Kind::DistinctId, id))),
            Identity::Graph => self::graph_node(distinct, person),
        };
        let links = match self.identity {
            Identity::Graph => [
                self.link(team, distinct, person.map(|id| (Kind::Person, id))),
                self.link(team, distinct, event.merged_id.as_deref().map(|id| (Kind::DistinctId, id))),
            ],
            Identity::Person | Identity::Distinct => [None, None],
        };
        let text = chosen.filter(|_| self.keep_texts).map(|(_, id)| Box::from(id));
        Evidence { user: chosen.map(|(kind, id)| self.hasher.hash(team, kind, id)), links, text }
    }

    /// An edge between a distinct id and another id, unless one of them is generic.
    fn link(&self, team: u32, distinct: Option<&str>, other: Option<(Kind, &str)>) -> Option<(u128, u128)> {
        let (distinct, (kind, other)) = (distinct?, other?);
        (!is_generic(distinct) && !is_generic(other))
            .then(|| (self.hasher.hash(team, Kind::DistinctId, distinct), self.hasher.hash(team, kind, other)))
    }

    /// Adds what the events of a chunk say, and gives each event's user.
    pub(crate) fn add(&self, evidence: &mut Vec<Evidence>, users: &mut Vec<UserNumber>) {
        users.clear();
        let mut graph = lock(&self.graph);
        for evidence in evidence.drain(..) {
            let user = evidence.user.map_or(NO_USER, |user| graph.number(user));
            users.push(user);
            for (one, other) in evidence.links.into_iter().flatten() {
                let (one, other) = (graph.number(one), graph.number(other));
                graph.union(one, other);
            }
            if let Some(text) = evidence.text {
                graph.texts.entry(user).or_insert(text);
            }
        }
    }

    /// Settles who is who.
    pub(crate) fn resolve(self) -> Resolved {
        let mut graph = self.graph.into_inner().unwrap_or_else(PoisonError::into_inner);
        for id in (0..).take(graph.parents.len()) {
            graph.parents[id as usize] = graph.root(id);
        }
        Resolved { components: graph.parents, texts: graph.texts }
    }
}

/// In the graph an event's two ids are linked and either will do; where they are not, the one that is not generic says
/// who it is.
fn graph_node<'a>(distinct: Option<&'a str>, person: Option<&'a str>) -> Option<(Kind, &'a str)> {
    let distinct_node = distinct.map(|id| (Kind::DistinctId, id));
    let person_node = person.map(|id| (Kind::Person, id));
    match distinct {
        Some(id) if person_node.is_none() || !is_generic(id) => distinct_node,
        _ => person_node,
    }
}

impl Graph {
    fn number(&mut self, id: u128) -> u32 {
        let number = self.ids.number(id);
        if self.ids.len() > self.parents.len() {
            self.parents.push(number);
        }
        number
    }

    fn root(&mut self, mut id: u32) -> u32 {
        while self.parents[id as usize] != id {
            let grandparent = self.parents[self.parents[id as usize] as usize];
            self.parents[id as usize] = grandparent;
            id = grandparent;
        }
        id
    }

    /// Hangs the younger root below the older one.
    fn union(&mut self, one: u32, other: u32) {
        let (one, other) = (self.root(one), self.root(other));
        self.parents[one.max(other) as usize] = one.min(other);
    }
}

impl Resolved {
    /// The user that an event's user number belongs to.
    #[must_use]
    pub fn user(&self, number: UserNumber) -> Option<u32> {
        self.components.get(number as usize).copied()
    }

    /// The distinct id (or person id) behind a user number, if texts were kept.
    #[must_use]
    pub fn text(&self, number: UserNumber) -> Option<&str> {
        self.texts.get(&number).map(AsRef::as_ref)
    }
}

/// Whether PostHog refuses to merge by this id, because it stems from a mistake and is everybody's
/// (`isDistinctIdIllegal` in PostHog's `person-utils.ts`).
fn is_generic(id: &str) -> bool {
    const ANY_CASE: [&str; 10] = [
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
    const THIS_CASE: [&str; 6] = ["[object Object]", "NaN", "None", "none", "null", "0"];
    const LONGEST: usize = "not_authenticated".len();
    if id.len() > LONGEST + 2 {
        return id.trim().is_empty();
    }
    let quoted = |quote| id.strip_prefix(quote).and_then(|id| id.strip_suffix(quote));
    let bare = quoted('"').or_else(|| quoted('\'')).unwrap_or(id);
    id.trim().is_empty() || ANY_CASE.iter().any(|known| known.eq_ignore_ascii_case(bare)) || THIS_CASE.contains(&bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(distinct: &str, person: &str, merged: &str) -> Event<'static> {
        let id = |text: &str| (!text.is_empty()).then(|| text.to_owned().into());
        Event { distinct_id: id(distinct), person_id: id(person), merged_id: id(merged), ..Event::default() }
    }

    fn count(identity: Identity, events: &[(&str, &str, &str)]) -> usize {
        let users = Users::new(identity, false);
        let mut evidence: Vec<_> = events.iter().map(|&(d, p, m)| users.evidence(&event(d, p, m), 0)).collect();
        let mut numbers = Vec::new();
        users.add(&mut evidence, &mut numbers);
        let resolved = users.resolve();
        numbers.iter().filter_map(|&number| resolved.user(number)).collect::<std::collections::BTreeSet<_>>().len()
    }

    #[test]
    fn generic_ids() {
        for id in [
            "anonymous",
            "GUEST",
            "'Id'",
            "\"undefined\"",
            "uNdEfInEd",
            "NaN",
            "'None'",
            "none",
            "null",
            "0",
            "\"[object Object]\"",
            "",
            " ",
            "\u{a0}\t",
        ] {
            assert!(is_generic(id), "{id:?}");
        }
        for id in [
            "nan",
            "NULL",
            "NONE",
            "00",
            "anonymous1",
            " anonymous",
            "'anonymous\"",
            "''anonymous''",
            "[Object object]",
            "user",
            "'",
        ] {
            assert!(!is_generic(id), "{id:?}");
        }
    }

    #[test]
    fn a_login_is_one_user_and_two_logins_are_two() {
        let login = [("anon", "p1", ""), ("ann", "p2", "anon"), ("ann", "p2", "")];
        assert_eq!(count(Identity::Graph, &login), 1);
        assert_eq!(count(Identity::Person, &login), 2);
        assert_eq!(count(Identity::Distinct, &login), 2);
        assert_eq!(count(Identity::Graph, &[("ann", "p1", ""), ("bob", "p2", "")]), 2);
    }

    #[test]
    fn generic_ids_link_nobody() {
        assert_eq!(count(Identity::Graph, &[("ann", "p1", "anonymous"), ("bob", "p2", "anonymous")]), 2);
        assert_eq!(count(Identity::Graph, &[("null", "p1", ""), ("null", "p2", "")]), 2, "the person says who it is");
        assert_eq!(count(Identity::Graph, &[("null", "p1", ""), ("ann", "p1", "")]), 1);
        assert_eq!(count(Identity::Graph, &[("null", "", ""), ("null", "", "")]), 1);
    }

    #[test]
    fn distinct_ids_and_persons_have_names_of_their_own() {
        assert_eq!(count(Identity::Graph, &[("x", "", ""), ("", "x", "")]), 2);
        assert_eq!(count(Identity::Distinct, &[("", "x", "")]), 0);
    }

    #[test]
    fn teams_are_apart() {
        let users = Users::new(Identity::Graph, false);
        let mut evidence = vec![users.evidence(&event("ann", "", ""), 0), users.evidence(&event("ann", "", ""), 1)];
        let mut numbers = Vec::new();
        users.add(&mut evidence, &mut numbers);
        assert_ne!(numbers[0], numbers[1]);
    }
}
