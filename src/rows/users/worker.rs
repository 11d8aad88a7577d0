//! Takes from events what they say about users.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use bytemuck::{Pod, Zeroable};

use super::generic::is_generic;
use super::id_table::{IdTable, Lookup, Numbered};
use super::known_users::{Ids, KnownUsers};
use super::links::Forest;
use super::marks::Marks;
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
    /// The events whose users are to be numbered together.
    pending: Vec<Pending>,
    links: Appender<Link>,
}

/// What an event says about users, until it is numbered.
#[derive(Debug)]
struct Pending {
    /// What the caller knows the event by.
    event: usize,
    ids: Ids,
    /// The other distinct id that it names, if it links.
    merged: Option<u128>,
    /// Whether the distinct id and the person id are one user's.
    links_person: bool,
    /// Whether the event is the person's rather than the distinct id's.
    is_of_person: bool,
    marks: Marks,
    text: Option<Box<str>>,
}

/// Two ids of one user, by their numbers.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct Link(u32, u32);

impl UserWorker {
    pub(crate) fn new(budget: &Arc<Budget>, workers: usize) -> Self {
        Self { known: KnownUsers::default(), pending: Vec::new(), links: Appender::new(budget, workers) }
    }

    /// How many events there are whose users are to be numbered.
    pub(crate) fn pending(&self) -> usize {
        self.pending.len()
    }
}

impl Users {
    /// No users yet; with `keep_texts`, the ids' texts are kept for reports that show them.
    pub(crate) fn new(identity: Identity, keep_texts: bool) -> Self {
        Self { identity, texts: keep_texts.then(Mutex::default), ids: IdTable::new() }
    }

    /// The number of an event's user, if this worker knows it; else [`Self::settle`] gives it, by the number that the
    /// event has here. Teams are apart.
    pub(crate) fn number(
        &self,
        event: (usize, &Event<'_>),
        team: u32,
        hasher: &IdHasher,
        worker: &mut UserWorker,
    ) -> Option<UserNumber> {
        let (number, event) = event;
        let hash = |kind, id: Option<&str>| id.map(|id| hasher.hash(team, kind, id));
        let ids = Ids {
            distinct: hash(Kind::DistinctId, event.distinct_id.as_deref()),
            person: hash(Kind::Person, event.person_id.as_deref()),
            is_identified: is_identified(event),
        };
        // Such an event says nothing new of its user, unless it names another id.
        let known = worker.known.number(ids).filter(|_| event.merged_id.is_none());
        if known.is_none() {
            let merged = hash(Kind::DistinctId, event.merged_id.as_deref());
            worker.pending.push(self.pending(number, event, ids, merged));
        }
        known
    }

    /// What an event says about users.
    fn pending(&self, number: usize, event: &Event<'_>, ids: Ids, merged: Option<u128>) -> Pending {
        let distinct = event.distinct_id.as_deref();
        let person = event.person_id.as_deref();
        let may_link = |id: Option<&str>| id.is_some_and(|id| !is_generic(id));
        let is_generic_distinct = distinct.is_some() && !may_link(distinct);
        let is_of_person = match self.identity {
            Identity::Distinct => false,
            Identity::Person => person.is_some(),
            // An event's two ids are linked and either will do; where they are not, the one that is not generic says who
            // it is.
            Identity::Graph => person.is_some() && (distinct.is_none() || is_generic_distinct),
        };
        let mut marks = Marks::IDENTIFIED.when(ids.is_identified);
        marks.add(Marks::GENERIC.when(is_generic_distinct && !is_of_person));
        let text = if is_of_person { person } else { distinct };
        Pending {
            event: number,
            ids,
            merged: merged.filter(|_| may_link(distinct) && may_link(event.merged_id.as_deref())),
            links_person: may_link(distinct) && may_link(person),
            is_of_person,
            marks,
            text: text.filter(|_| self.texts.is_some()).map(Box::from),
        }
    }

    /// Numbers the users of the events that the worker did not know, and hands on each event with its user.
    pub(crate) fn settle(&self, worker: &mut UserWorker, mut numbered: impl FnMut(usize, UserNumber)) {
        let pending = std::mem::take(&mut worker.pending);
        let distinct = self.number_some(&pending, |event, _| {
            let id =
                event.ids.distinct.filter(|_| event.links_person || event.merged.is_some() || !event.is_of_person)?;
            Some(Lookup { id, shared: None, marks: event.marks.when(!event.is_of_person) })
        });
        // A person that is met for the first time shares the number of its distinct id, so that most users are one number;
        // not where each id by itself is shown, or counts as a user.
        let may_share = self.identity != Identity::Person && self.texts.is_none();
        let persons = self.number_some(&pending, |event, place| {
            let id = event.ids.person.filter(|_| event.links_person || event.is_of_person)?;
            let shared = distinct[place].map(|distinct| distinct.number).filter(|_| may_share && event.links_person);
            Some(Lookup { id, shared, marks: event.marks.when(event.is_of_person) })
        });
        let merged = self.number_some(&pending, |event, _| {
            Some(Lookup { id: event.merged?, shared: None, marks: Marks::default() })
        });
        for (place, event) in pending.iter().enumerate() {
            let person = persons[place].filter(|_| event.links_person);
            for other in [person, merged[place]].into_iter().flatten() {
                self.link((event.ids.distinct, distinct[place]), other.number, worker);
            }
            let user = if event.is_of_person { persons[place] } else { distinct[place] };
            let user = user.map_or(NO_USER, |user| user.number);
            if let Some((texts, text)) = self.texts.as_ref().zip(event.text.as_deref()) {
                lock(texts).entry(user).or_insert_with(|| text.into());
            }
            worker.known.insert(event.ids, user);
            numbered(event.event, user);
        }
        worker.pending = pending;
        worker.pending.clear();
    }

    /// Numbers an id of each event that has one to number.
    fn number_some(
        &self,
        pending: &[Pending],
        lookup: impl Fn(&Pending, usize) -> Option<Lookup>,
    ) -> Vec<Option<Numbered>> {
        let lookups: Vec<_> = pending.iter().enumerate().map(|(place, event)| lookup(event, place)).collect();
        let wanted: Vec<_> = lookups.iter().flatten().copied().collect();
        let mut numbered = self.ids.number(&wanted).into_iter();
        lookups.iter().map(|lookup| lookup.and_then(|_| numbered.next())).collect()
    }

    /// Notes that a distinct id and the id of a number are one user's.
    fn link(&self, one: (Option<u128>, Option<Numbered>), other: u32, worker: &mut UserWorker) {
        let (Some(id), Some(numbered)) = one else { return };
        if numbered.is_unlinked(other) {
            self.ids.link(id, other);
            // Links are only gone through: any partition will do.
            worker.links.push(u64::from(other).reverse_bits(), Link(numbered.number, other));
        }
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
        let budget = Arc::new(Budget::new(&MemoryLimit::default()).expect("the system has a folder"));
        let users = Users::new(identity, keep_texts);
        let mut worker = UserWorker::new(&budget, 1);
        let hasher = IdHasher::new();
        let mut numbers = Vec::new();
        for batch in events.chunks(2) {
            let first = numbers.len();
            let known = batch.iter().enumerate().map(|event| users.number(event, 0, &hasher, &mut worker));
            numbers.extend(known.collect::<Vec<_>>().into_iter().map(|known| known.unwrap_or(NO_USER)));
            users.settle(&mut worker, |event, user| numbers[first + event] = user);
        }
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
        let budget = Arc::new(Budget::new(&MemoryLimit::default()).expect("the system has a folder"));
        let users = Users::new(Identity::Graph, false);
        let mut worker = UserWorker::new(&budget, 1);
        let hasher = IdHasher::new();
        for (number, team) in [(0, 0), (1, 1)] {
            let event = event("ann", "", "");
            assert_eq!(users.number((number, &event), team, &hasher, &mut worker), None);
        }
        let mut numbers = [NO_USER; 2];
        users.settle(&mut worker, |event, user| numbers[event] = user);
        assert_ne!(numbers[0], numbers[1]);
    }
}
