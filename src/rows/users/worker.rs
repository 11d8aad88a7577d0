//! Takes from events what they say about users.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use bytemuck::{Pod, Zeroable};

use super::generic::is_generic;
use super::id_table::{IdTable, Marks};
use super::known_users::{Ids, KnownUsers};
use super::links::Forest;
use super::{Identity, NO_USER, ResolvedUsers, UserNumber};
use crate::event::Event;
use crate::input::lock;
use crate::rows::hash::{IdHasher, Kind};
use crate::rows::partitions::{Appender, PARTITIONS, Partitions};
use crate::rows::spill::Budget;

/// The users of the whole input while it is read; shared by all workers.
#[derive(Debug)]
pub(crate) struct Users {
    identity: Identity,
    /// The texts of user numbers, where reports show them.
    texts: Option<Mutex<HashMap<u32, Box<str>>>>,
    ids: IdTable,
}

/// What a worker needs to number users.
#[derive(Debug)]
pub(crate) struct UserWorker {
    known: KnownUsers,
    links: Appender<Link>,
}

/// Two ids of one user, by their numbers.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct Link(u32, u32);

impl UserWorker {
    pub(crate) fn new(budget: &Arc<Budget>, workers: usize) -> Self {
        Self { known: KnownUsers::default(), links: Appender::new(budget, workers) }
    }
}

impl Users {
    /// No users yet; with `keep_texts`, the ids' texts are kept for reports that show them.
    pub(crate) fn new(identity: Identity, keep_texts: bool) -> Self {
        Self { identity, texts: keep_texts.then(Mutex::default), ids: IdTable::new() }
    }

    /// The number of an event's user, once what the event says about users is noted; teams are apart.
    pub(crate) fn number(
        &self,
        event: &Event<'_>,
        team: u32,
        hasher: &IdHasher,
        worker: &mut UserWorker,
    ) -> UserNumber {
        let hash = |kind, id: Option<&str>| id.map(|id| hasher.hash(team, kind, id));
        let ids = Ids {
            distinct: hash(Kind::DistinctId, event.distinct_id.as_deref()),
            person: hash(Kind::Person, event.person_id.as_deref()),
            is_identified: is_identified(event),
        };
        // Such an event says nothing new of its user, unless it names another id.
        if let Some(number) = worker.known.number(ids).filter(|_| event.merged_id.is_none()) {
            return number;
        }
        let merged = hash(Kind::DistinctId, event.merged_id.as_deref());
        let number = self.add(event, ids, merged, worker);
        worker.known.insert(ids, number);
        number
    }

    /// Notes what an event says about users, and numbers its own.
    fn add(&self, event: &Event<'_>, ids: Ids, merged: Option<u128>, worker: &mut UserWorker) -> UserNumber {
        let distinct = event.distinct_id.as_deref();
        let person = event.person_id.as_deref();
        let may_link = distinct.is_some_and(|id| !is_generic(id));
        let linked = |id: Option<&str>, hash: Option<u128>| hash.filter(|_| id.is_some_and(|id| !is_generic(id)));
        let own = ids.distinct.filter(|_| may_link).map(|id| (id, self.ids.number(id, None)));
        if let Some((id, numbered)) = own {
            // A person that is met for the first time shares the number of its distinct id, so that most users are one
            // number; not where each id by itself is shown, or counts as a user.
            let may_share = self.identity != Identity::Person && self.texts.is_none();
            let shared = may_share.then_some(numbered.number);
            for (other, shared) in
                [(linked(person, ids.person), shared), (linked(event.merged_id.as_deref(), merged), None)]
            {
                let Some(other) = other else { continue };
                let other = self.ids.number(other, shared).number;
                if numbered.is_unlinked(other) {
                    self.ids.link(id, other);
                    // Links are only gone through: any partition will do.
                    worker.links.push(u64::from(other).reverse_bits(), Link(numbered.number, other));
                }
            }
        }
        let (user, text) = match self.identity {
            Identity::Distinct => (ids.distinct, distinct),
            Identity::Person => (ids.person.or(ids.distinct), person.or(distinct)),
            // An event's two ids are linked and either will do; where they are not, the one that is not generic says who
            // it is.
            Identity::Graph if person.is_some() && distinct.is_some() && !may_link => (ids.person, person),
            Identity::Graph => (ids.distinct.or(ids.person), distinct.or(person)),
        };
        let Some(user) = user else { return NO_USER };
        let number = match own {
            Some((id, numbered)) if id == user => numbered.number,
            _ => self.ids.number(user, None).number,
        };
        let is_generic_user = !may_link && Some(user) == ids.distinct;
        if ids.is_identified || is_generic_user {
            let mut marks = Marks::IDENTIFIED.when(ids.is_identified);
            marks.add(Marks::GENERIC.when(is_generic_user));
            self.ids.mark(number, marks);
        }
        if let Some((texts, text)) = self.texts.as_ref().zip(text) {
            lock(texts).entry(number).or_insert_with(|| text.into());
        }
        number
    }

    /// Settles who is who.
    ///
    /// # Errors
    ///
    /// What keeps a temporary file from being read.
    pub(crate) fn resolve(self, workers: Vec<UserWorker>, budget: &Arc<Budget>) -> Result<ResolvedUsers> {
        let links = Partitions::new(workers.into_iter().map(|worker| worker.links), budget);
        let marks = self.ids.into_marks();
        let mut forest = Forest::new(&marks);
        for partition in 0..PARTITIONS {
            for Link(one, other) in links.take(partition)?.iter() {
                forest.join(*one, *other);
            }
        }
        let texts = self.texts.map(|texts| texts.into_inner().unwrap_or_else(PoisonError::into_inner));
        Ok(ResolvedUsers::new(forest, marks, texts.unwrap_or_default(), self.identity == Identity::Graph))
    }
}

/// Whether the event's distinct id is one that a user was identified by: it names another one that it takes over, or it
/// is not the device's own, which libraries begin with.
fn is_identified(event: &Event<'_>) -> bool {
    event.merged_id.is_some() || event.device_id.is_some() && event.device_id != event.distinct_id
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::rows::spill::MemoryLimit;

    fn event(distinct: &str, person: &str, merged: &str) -> Event<'static> {
        let id = |text: &str| (!text.is_empty()).then(|| text.to_owned().into());
        Event { distinct_id: id(distinct), person_id: id(person), merged_id: id(merged), ..Event::default() }
    }

    /// The numbers of events by one worker, and who is who; with texts and without, which must not matter.
    fn numbered(identity: Identity, keep_texts: bool, events: &[Event<'_>]) -> (Vec<UserNumber>, ResolvedUsers) {
        let budget = Arc::new(Budget::new(&MemoryLimit::default()));
        let users = Users::new(identity, keep_texts);
        let mut worker = UserWorker::new(&budget, 1);
        let hasher = IdHasher::new();
        let numbers = events.iter().map(|event| users.number(event, 0, &hasher, &mut worker)).collect();
        let resolved = users.resolve(vec![worker], &budget).expect("memory can be read");
        (numbers, resolved)
    }

    fn count(identity: Identity, events: &[(&str, &str, &str)]) -> usize {
        let forth: Vec<_> = events.iter().map(|&(d, p, m)| event(d, p, m)).collect();
        let back: Vec<_> = forth.iter().rev().cloned().collect();
        let counts = [(false, &forth), (true, &forth), (false, &back)].map(|(keep_texts, events)| {
            let (numbers, resolved) = numbered(identity, keep_texts, events);
            numbers.iter().filter_map(|&number| resolved.user(number)).collect::<BTreeSet<_>>().len()
        });
        assert_eq!(counts, [counts[0]; 3], "{events:?}");
        counts[0]
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
        let of_device = |distinct: &str, merged: &str, device: &str| {
            let device_id = Some(device.to_owned().into()).filter(|_| !device.is_empty());
            Event { device_id, ..event(distinct, "", merged) }
        };
        let events = [
            of_device("d1", "", "d1"),
            of_device("d2", "", "d2"),
            of_device("ann", "d2", ""),
            of_device("bob", "", "d3"),
            // The same id twice, and the second time it is not that of the device.
            of_device("d4", "", "d4"),
            of_device("d4", "", "d5"),
        ];
        let (numbers, resolved) = numbered(Identity::Graph, false, &events);
        let is_identified = |number: &u32| resolved.user(*number).is_some_and(|user| resolved.is_identified(user));
        let identified: Vec<_> = numbers.iter().map(is_identified).collect();
        assert_eq!(identified, [false, true, true, true, true, true]);
    }

    #[test]
    fn links_are_known_whatever_counts_as_a_user() {
        let events = [("anon", "p1", ""), ("ann", "p2", "anon"), ("bob", "p3", ""), ("guest", "", "")];
        let events = events.map(|(d, p, m)| event(d, p, m));
        for identity in Identity::ALL {
            let (numbers, resolved) = numbered(identity, false, &events);
            let persons: Vec<_> = numbers.iter().filter_map(|&number| resolved.person(number)).collect();
            assert_eq!((persons.len(), persons[0] == persons[1], persons[0] == persons[2]), (4, true, false));
            let generic: Vec<_> = numbers.iter().filter_map(|&number| resolved.user(number)).collect();
            let generic: Vec<_> = generic.into_iter().map(|user| resolved.is_generic(user)).collect();
            assert_eq!(generic, [false, false, false, true]);
        }
    }

    #[test]
    fn teams_are_apart() {
        let budget = Arc::new(Budget::new(&MemoryLimit::default()));
        let users = Users::new(Identity::Graph, false);
        let mut worker = UserWorker::new(&budget, 1);
        let hasher = IdHasher::new();
        let [one, other] = [0, 1].map(|team| users.number(&event("ann", "", ""), team, &hasher, &mut worker));
        assert_ne!(one, other);
    }
}
