//! Tells for every event what links need of it; what is counted of sessions, the sessions keep.

use std::sync::{Mutex, PoisonError};

use hashbrown::HashMap;

use super::part::{Group, Name, Parts, recording};
use crate::event::Event;
use crate::input::Position;
use crate::intern::{Known, lock};
use crate::session::{CLIENT, NO_GROUP, Note, Sum};

/// Backend events without a session id, by their group and by what they carry instead.
pub(super) type Lost = HashMap<(Group, Option<&'static str>), Sum>;

/// What links need to know of all events; shared by all threads.
#[derive(Debug)]
pub(crate) struct LinkStore {
    parts: Parts,
    lost: Mutex<Lost>,
}

/// What was read of a chunk.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    names: Known<Name>,
    lost: Lost,
}

impl LinkStore {
    /// Nothing yet; libraries of these names are servers', too.
    pub(crate) fn new(backend_libs: &[String]) -> Self {
        Self { parts: Parts::new(backend_libs), lost: Mutex::default() }
    }

    /// Notes an event without a session id.
    pub(crate) fn note_lost(&self, event: &Event<'_>, at: Position, batch: &mut Batch) {
        if let Some(group) = self.parts.part(event, &mut batch.names).group() {
            let one = Sum::one(at);
            batch.lost.entry((group, event.look_alike)).and_modify(|known| known.add(one)).or_insert(one);
        }
    }

    /// What its session has to keep of an event.
    pub(crate) fn note(&self, event: &Event<'_>, batch: &mut Batch) -> Note {
        let part = self.parts.part(event, &mut batch.names);
        let client = if part.is_client { CLIENT } else { 0 };
        Note { group: part.group().map_or(NO_GROUP, |group| group.0), flags: client | recording(event) }
    }

    /// Adds what was noted of a chunk.
    pub(crate) fn add(&self, batch: &mut Batch) {
        if batch.lost.is_empty() {
            return;
        }
        let mut lost = lock(&self.lost);
        for (kind, sum) in batch.lost.drain() {
            lost.entry(kind).and_modify(|known| known.add(sum)).or_insert(sum);
        }
    }

    /// The names of the rows, and the events without a session, once everything is read.
    pub(super) fn into_parts(self) -> (Vec<Name>, Lost) {
        (self.parts.into_names(), self.lost.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}
