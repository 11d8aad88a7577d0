//! Finds out which distinct ids and persons are one user, over the whole input.

mod known;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::event::Event;
use crate::hash::{IdHasher, Kind};
use crate::intern::{IdTable, lock};
use crate::slab::Slab;
use known::Ids;
pub(crate) use known::KnownUsers;

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

impl Identity {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Graph, Self::Person, Self::Distinct];

    /// The name on the command line and in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Graph => "graph",
            Self::Person => "person",
            Self::Distinct => "distinct",
        }
    }
}

/// A number of an event's user; [`NO_USER`] for none. A user can have several: see [`Resolved::user`].
pub type UserNumber = u32;

/// The user of an event without a distinct id and a person id.
pub const NO_USER: UserNumber = u32::MAX;

/// What one event says about users.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "it lives from the event to the end of its chunk, in a buffer")]
pub(crate) enum Evidence {
    /// Nothing new of this user.
    Known(UserNumber),
    /// What all threads have to know.
    New(NewEvidence),
}

#[derive(Debug, Clone, Default)]
pub(crate) struct NewEvidence {
    ids: Ids,
    user: Option<u128>,
    /// Whether this user is anybody.
    is_generic: bool,
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
    parents: Slab<u32>,
    marks: Slab<Marks>,
    texts: HashMap<u32, Box<str>>,
    /// Whether ids that are linked are one user.
    links_count: bool,
}

/// What is known of an id.
#[derive(Debug, Clone, Copy, Default)]
struct Marks(u8);

impl Marks {
    /// A user was identified by it, or by one that it is linked to.
    const IDENTIFIED: Self = Self(1);
    /// It is a user's that may be anybody.
    const GENERIC: Self = Self(2);

    fn add(&mut self, others: Self) {
        self.0 |= others.0;
    }

    fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// Who is who, once everything is read.
#[derive(Debug, Default)]
pub struct Resolved {
    components: Slab<u32>,
    marks: Slab<Marks>,
    texts: HashMap<u32, Box<str>>,
    links_count: bool,
}

impl Users {
    /// No users yet; with `keep_texts`, the ids' texts are kept for reports that show them.
    pub(crate) fn new(identity: Identity, keep_texts: bool) -> Self {
        let graph = Graph { links_count: identity == Identity::Graph, ..Graph::default() };
        Self { identity, keep_texts, hasher: IdHasher::new(), graph: Mutex::new(graph) }
    }

    /// What an event says about users; teams are apart.
    pub(crate) fn evidence(&self, event: &Event<'_>, team: u32, known: &KnownUsers) -> Evidence {
        let (distinct, person) = (event.distinct_id.as_deref(), event.person_id.as_deref());
        let hash = |kind, id: Option<&str>| id.map(|id| self.hasher.hash(team, kind, id));
        let ids = Ids {
            distinct: hash(Kind::DistinctId, distinct),
            person: hash(Kind::Person, person),
            is_identified: is_identified(event),
        };
        if let Some(number) = known.number(ids).filter(|_| event.merged_id.is_none()) {
            return Evidence::Known(number);
        }
        let (user, text) = match self.identity {
            Identity::Distinct => (ids.distinct, distinct),
            Identity::Person => (ids.person.or(ids.distinct), person.or(distinct)),
            // An event's two ids are linked and either will do; where they are not, the one that is not generic says who
            // it is.
            Identity::Graph if person.is_some() && distinct.is_some_and(is_generic) => (ids.person, person),
            Identity::Graph => (ids.distinct.or(ids.person), distinct.or(person)),
        };
        let merged = event.merged_id.as_deref();
        let may_link = distinct.is_some_and(|id| !is_generic(id));
        let is_generic_user = !may_link && user.is_some() && user == ids.distinct;
        let link = |id: Option<&str>, hash: Option<u128>| {
            let is_link = may_link && id.is_some_and(|id| !is_generic(id));
            ids.distinct.zip(hash).filter(|_| is_link)
        };
        let links = [link(person, ids.person), link(merged, hash(Kind::DistinctId, merged))];
        let text = text.filter(|_| self.keep_texts).map(Box::from);
        Evidence::New(NewEvidence { ids, user, is_generic: is_generic_user, links, text })
    }

    /// Adds what the events of a chunk say, and gives each event's user.
    pub(crate) fn add(&self, evidence: &mut Vec<Evidence>, known: &mut KnownUsers, users: &mut Vec<UserNumber>) {
        users.clear();
        let mut graph = lock(&self.graph);
        users.extend(evidence.drain(..).map(|evidence| match evidence {
            Evidence::Known(number) => number,
            Evidence::New(new) => {
                let ids = new.ids;
                let number = graph.add(new);
                known.insert(ids, number);
                number
            }
        }));
    }

    /// Settles who is who.
    pub(crate) fn resolve(self) -> Resolved {
        let mut graph = self.graph.into_inner().unwrap_or_else(PoisonError::into_inner);
        for id in (0..).take(graph.parents.len()) {
            let root = graph.root(id);
            graph.parents[id] = root;
            let marks = graph.marks[id];
            graph.marks[root].add(marks);
        }
        let Graph { parents, marks, texts, links_count, .. } = graph;
        Resolved { components: parents, marks, texts, links_count }
    }
}

impl Graph {
    /// Adds what an event says, and gives its user.
    fn add(&mut self, evidence: NewEvidence) -> UserNumber {
        let user = evidence.user.map_or(NO_USER, |user| self.number(user));
        for (mark, is_so) in [(Marks::IDENTIFIED, evidence.ids.is_identified), (Marks::GENERIC, evidence.is_generic)] {
            if is_so && user != NO_USER {
                self.marks[user].add(mark);
            }
        }
        for (one, other) in evidence.links.into_iter().flatten() {
            let (one, other) = (self.number(one), self.number(other));
            self.union(one, other);
        }
        if let Some(text) = evidence.text {
            self.texts.entry(user).or_insert(text);
            return user;
        }
        // The oldest id that this one is linked to as far as is known, so that a user has one number nearly always.
        if user == NO_USER || !self.links_count { user } else { self.root(user) }
    }

    fn number(&mut self, id: u128) -> u32 {
        let number = self.ids.number(id);
        if self.ids.len() > self.parents.len() {
            self.parents.push(number);
            self.marks.push(Marks::default());
        }
        number
    }

    fn root(&mut self, mut id: u32) -> u32 {
        while self.parents[id] != id {
            let grandparent = self.parents[self.parents[id]];
            self.parents[id] = grandparent;
            id = grandparent;
        }
        id
    }

    /// Hangs the younger root below the older one.
    fn union(&mut self, one: u32, other: u32) {
        let (one, other) = (self.root(one), self.root(other));
        self.parents[one.max(other)] = one.min(other);
    }
}

impl Resolved {
    /// The user that an event's user number belongs to.
    #[must_use]
    pub fn user(&self, number: UserNumber) -> Option<u32> {
        self.person(number).map(|person| if self.links_count { person } else { number })
    }

    /// The user that an event's user number belongs to by all that links ids, whatever is to count as one user.
    #[must_use]
    pub fn person(&self, number: UserNumber) -> Option<u32> {
        self.components.get(number).copied()
    }

    /// How many user numbers there are.
    #[must_use]
    pub fn ids(&self) -> usize {
        self.components.len()
    }

    /// Whether an event shows that this user, as [`Resolved::person`] gives it, was identified.
    #[must_use]
    pub fn is_identified(&self, person: u32) -> bool {
        self.marks.get(person).is_some_and(|marks| marks.has(Marks::IDENTIFIED))
    }

    /// Whether this user, as [`Resolved::user`] gives it, has an id that may be anybody's.
    #[must_use]
    pub fn is_generic(&self, user: u32) -> bool {
        self.marks.get(user).is_some_and(|marks| marks.has(Marks::GENERIC))
    }

    /// The distinct id (or person id) behind a user number, if texts were kept.
    #[must_use]
    pub fn text(&self, number: UserNumber) -> Option<&str> {
        self.texts.get(&number).map(AsRef::as_ref)
    }
}

/// Whether the event's distinct id is one that a user was identified by: it names another one that it takes over, or it
/// is not the device's own, which libraries begin with.
fn is_identified(event: &Event<'_>) -> bool {
    event.merged_id.is_some() || event.device_id.is_some() && event.device_id != event.distinct_id
}

/// Ids that are everybody's, in any case.
pub(crate) const GENERIC_IN_ANY_CASE: [&str; 10] = [
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
/// Ids that are everybody's as they stand.
pub(crate) const GENERIC_IN_THIS_CASE: [&str; 6] = ["[object Object]", "NaN", "None", "none", "null", "0"];

/// Whether PostHog refuses to merge by this id, because it stems from a mistake and is everybody's
/// (`isDistinctIdIllegal` in PostHog's `person-utils.ts`).
fn is_generic(id: &str) -> bool {
    const LONGEST: usize = "not_authenticated".len();
    if id.len() > LONGEST + 2 {
        return id.trim().is_empty();
    }
    let quoted = |quote| id.strip_prefix(quote).and_then(|id| id.strip_suffix(quote));
    let bare = quoted('"').or_else(|| quoted('\'')).unwrap_or(id);
    id.trim().is_empty()
        || GENERIC_IN_ANY_CASE.iter().any(|known| known.eq_ignore_ascii_case(bare))
        || GENERIC_IN_THIS_CASE.contains(&bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(distinct: &str, person: &str, merged: &str) -> Event<'static> {
        let id = |text: &str| (!text.is_empty()).then(|| text.to_owned().into());
        Event { distinct_id: id(distinct), person_id: id(person), merged_id: id(merged), ..Event::default() }
    }

    fn count(identity: Identity, events: &[(&str, &str, &str)]) -> usize {
        let (users, mut known) = (Users::new(identity, false), KnownUsers::default());
        let mut evidence: Vec<_> = events.iter().map(|&(d, p, m)| users.evidence(&event(d, p, m), 0, &known)).collect();
        let mut numbers = Vec::new();
        users.add(&mut evidence, &mut known, &mut numbers);
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
    fn users_are_identified_by_ids_that_are_not_their_devices() {
        let (users, mut known, mut numbers) = (Users::new(Identity::Graph, false), KnownUsers::default(), Vec::new());
        let mut add = |events: &[(&str, &str, &str)]| {
            let evidence = events.iter().map(|&(distinct, merged, device)| {
                let device_id = (!device.is_empty()).then(|| device.to_owned().into());
                users.evidence(&Event { device_id, ..event(distinct, "", merged) }, 0, &known)
            });
            let mut evidence: Vec<_> = evidence.collect();
            users.add(&mut evidence, &mut known, &mut numbers);
            numbers.clone()
        };
        let [first, second, ..] = add(&[("d1", "", "d1"), ("d2", "", "d2"), ("ann", "d2", "")])[..] else { return };
        let third = add(&[("bob", "", "d3")])[0];
        // The same ids as before, but now not those of the device.
        let fourth = add(&[("d4", "", "d4"), ("d4", "", "d5")])[0];
        let resolved = users.resolve();
        let is_identified = |number| resolved.user(number).is_some_and(|user| resolved.is_identified(user));
        assert_eq!([first, second, third, fourth].map(is_identified), [false, true, true, true]);
    }

    #[test]
    fn links_are_known_whatever_counts_as_a_user() {
        for identity in [Identity::Graph, Identity::Person, Identity::Distinct] {
            let (users, mut known, mut numbers) = (Users::new(identity, false), KnownUsers::default(), Vec::new());
            let events = [("anon", "p1", ""), ("ann", "p2", "anon"), ("bob", "p3", ""), ("guest", "", "")];
            let mut evidence: Vec<_> =
                events.iter().map(|&(d, p, m)| users.evidence(&event(d, p, m), 0, &known)).collect();
            users.add(&mut evidence, &mut known, &mut numbers);
            let resolved = users.resolve();
            let persons: Vec<_> = numbers.iter().filter_map(|&number| resolved.person(number)).collect();
            assert_eq!((persons.len(), persons[0] == persons[1], persons[0] == persons[2]), (4, true, false));
            let generic: Vec<_> = numbers.iter().filter_map(|&number| resolved.user(number)).collect();
            let generic: Vec<_> = generic.into_iter().map(|user| resolved.is_generic(user)).collect();
            assert_eq!(generic, [false, false, false, true]);
        }
    }

    #[test]
    fn teams_are_apart() {
        let (users, mut known) = (Users::new(Identity::Graph, false), KnownUsers::default());
        let mut evidence = [0, 1].map(|team| users.evidence(&event("ann", "", ""), team, &known)).to_vec();
        let mut numbers = Vec::new();
        users.add(&mut evidence, &mut known, &mut numbers);
        assert_ne!(numbers[0], numbers[1]);
    }
}
