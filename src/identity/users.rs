//! Takes from events what they say about users.

use std::sync::{Mutex, PoisonError};

use super::generic::is_generic;
use super::graph::Graph;
use super::known::Ids;
use super::{Identity, KnownUsers, Resolved, UserNumber};
use crate::event::Event;
use crate::hash::{IdHasher, Kind};
use crate::intern::lock;

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
    pub(super) ids: Ids,
    pub(super) user: Option<u128>,
    /// Whether this user is anybody.
    pub(super) is_generic: bool,
    pub(super) links: [Option<(u128, u128)>; 2],
    pub(super) text: Option<Box<str>>,
}

/// The users of the whole input while it is read; shared by all threads.
#[derive(Debug)]
pub(crate) struct Users {
    identity: Identity,
    keep_texts: bool,
    hasher: IdHasher,
    graph: Mutex<Graph>,
}

impl Users {
    /// No users yet; with `keep_texts`, the ids' texts are kept for reports that show them.
    pub(crate) fn new(identity: Identity, keep_texts: bool) -> Self {
        let graph = Mutex::new(Graph::new(identity == Identity::Graph));
        Self { identity, keep_texts, hasher: IdHasher::new(), graph }
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
        self.graph.into_inner().unwrap_or_else(PoisonError::into_inner).resolve()
    }
}

/// Whether the event's distinct id is one that a user was identified by: it names another one that it takes over, or it
/// is not the device's own, which libraries begin with.
fn is_identified(event: &Event<'_>) -> bool {
    event.merged_id.is_some() || event.device_id.is_some() && event.device_id != event.distinct_id
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
        let [first, second, _] = add(&[("d1", "", "d1"), ("d2", "", "d2"), ("ann", "d2", "")])[..] else {
            panic!("three events have three users")
        };
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
