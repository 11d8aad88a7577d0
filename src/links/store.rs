//! Keeps what links need to know of every session, and no event.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use hashbrown::HashMap;

use super::part::{Part, Parts, Recording};
use crate::event::Event;
use crate::identity::UserNumber;
use crate::input::Position;
use crate::intern::{Known, lock};
use crate::session::RowKey;

const SHARDS: usize = 64;

/// The backend events of one session that are alike: their row, their user, and whether they are outside the id's day.
pub(super) type Alike = (u32, UserNumber, bool);

/// So many events, and the first of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sum {
    pub(super) events: u64,
    pub(super) first: Position,
}

/// What is kept of a session.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// The users of its client events.
    pub(super) clients: Vec<UserNumber>,
    pub(super) recording: Recording,
    /// Its backend events.
    pub(super) backend: BTreeMap<Alike, Sum>,
}

/// Backend events without a session id, by their row and by what they carry instead.
pub(super) type Lost = HashMap<(u32, Option<&'static str>), Sum>;

/// What links need to know of all events; shared by all threads.
#[derive(Debug)]
pub(crate) struct LinkStore {
    parts: Parts,
    shards: Vec<Mutex<HashMap<RowKey, Kept>>>,
    lost: Mutex<Lost>,
}

/// What was read of a chunk.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    names: Known<super::part::Name>,
    linked: Vec<Linked>,
    lost: Lost,
}

/// An event with a session id.
#[derive(Debug)]
struct Linked {
    /// The place of its row among those of the chunk, by which its user is known later.
    place: usize,
    key: RowKey,
    part: Part,
    recording: Recording,
    is_outside: bool,
    at: Position,
}

impl Sum {
    fn one(at: Position) -> Self {
        Self { events: 1, first: at }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.events += other.events;
        self.first = self.first.min(other.first);
    }
}

impl LinkStore {
    /// Nothing yet; libraries of these names are servers', too.
    pub(crate) fn new(backend_libs: &[String]) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { parts: Parts::new(backend_libs), shards, lost: Mutex::default() }
    }

    /// Notes an event without a session id.
    pub(crate) fn note_lost(&self, event: &Event<'_>, at: Position, batch: &mut Batch) {
        if let Part::Backend(row) = self.parts.part(event, &mut batch.names) {
            let lost = batch.lost.entry((row, event.look_alike)).or_insert(Sum { events: 0, first: at });
            lost.add(Sum::one(at));
        }
    }

    /// Notes an event with a session id, whose row is at this place among those of the chunk.
    pub(crate) fn note(
        &self,
        event: &Event<'_>,
        (place, key, at): (usize, RowKey, Position),
        is_outside: bool,
        batch: &mut Batch,
    ) {
        let (part, recording) = (self.parts.part(event, &mut batch.names), Recording::of(event));
        if part != Part::Other || recording != Recording::Unknown {
            batch.linked.push(Linked { place, key, part, recording, is_outside, at });
        }
    }

    /// Adds what was noted of a chunk, with the users of its rows.
    pub(crate) fn add(&self, batch: &mut Batch, user: impl Fn(usize) -> UserNumber) {
        batch.linked.sort_by_key(|linked| shard_of(&linked.key));
        for linked in batch.linked.chunk_by(|one, other| shard_of(&one.key) == shard_of(&other.key)) {
            let mut shard = lock(&self.shards[shard_of(&linked[0].key)]);
            for linked in linked {
                shard.entry(linked.key).or_default().add(linked, user(linked.place));
            }
        }
        batch.linked.clear();
        if !batch.lost.is_empty() {
            let mut lost = lock(&self.lost);
            for (kind, sum) in batch.lost.drain() {
                lost.entry(kind).and_modify(|known| known.add(sum)).or_insert(sum);
            }
        }
    }

    /// The names of the rows, the sessions, and the events without one, once everything is read.
    pub(super) fn into_parts(self) -> (Vec<super::part::Name>, impl Iterator<Item = (RowKey, Kept)>, Lost) {
        let shards = self.shards.into_iter();
        let sessions = shards.flat_map(|shard| shard.into_inner().unwrap_or_else(PoisonError::into_inner));
        (self.parts.into_names(), sessions, self.lost.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Kept {
    fn add(&mut self, linked: &Linked, user: UserNumber) {
        self.recording = self.recording.max(linked.recording);
        match linked.part {
            Part::Client if !self.clients.contains(&user) => self.clients.push(user),
            Part::Client | Part::Other => {}
            Part::Backend(row) => {
                let sum = Sum::one(linked.at);
                let alike = (row, user, linked.is_outside);
                self.backend.entry(alike).and_modify(|known| known.add(sum)).or_insert(sum);
            }
        }
    }
}

/// The low bits of a UUID are random, and all of a text's hash is.
fn shard_of(key: &RowKey) -> usize {
    usize::try_from(key.bits[1] % SHARDS as u64).unwrap_or_default()
}
