//! Carries what one event says of its session into the store.

use uuid::Uuid;

use super::{Note, Seen};
use crate::event::Arrival;
use crate::event::id::embedded_us;
use crate::library::Sides;

/// A session's key in 128 bits: the UUID, or a hash of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct RowKey {
    pub(crate) bits: [u64; 2],
    pub(crate) team: u32,
    pub(crate) is_text: bool,
}

impl RowKey {
    pub(crate) fn uuid(id: Uuid, team: u32) -> Self {
        let (high, low) = id.as_u64_pair();
        Self { bits: [high, low], team, is_text: false }
    }

    /// The time in microseconds since 1970 that it embeds, if it is a UUID of version 7.
    pub(crate) fn embedded_us(&self) -> Option<i64> {
        let id = Uuid::from_u64_pair(self.bits[0], self.bits[1]);
        embedded_us(id).filter(|_| !self.is_text)
    }

    /// What it is found by.
    pub(super) fn hashed(&self) -> ([u64; 2], u32) {
        (self.bits, self.team)
    }

    pub(crate) fn text(hash: u128, team: u32) -> Self {
        let (high, low) = Uuid::from_u128(hash).as_u64_pair();
        Self { bits: [high, low], team, is_text: true }
    }
}

/// One event of a session on its way into the store.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) key: RowKey,
    pub(crate) time_us: Option<i64>,
    pub(crate) seen: Seen,
    /// The number of its origin, and the side that this is on.
    pub(crate) origin: u32,
    pub(crate) side: Sides,
    /// The number of its look, of no origin.
    pub(crate) own_look: u32,
    /// What is kept of the key's text, of text keys.
    pub(crate) text: Option<Box<str>>,
    /// What tells its device from others ([`NO_DEVICE`] for none); two devices can be the same in it, but hardly are.
    pub(crate) device: u32,
    /// When it arrived, where that is asked.
    pub(crate) arrival: Option<Box<Arrival>>,
    /// What is noted of it beside.
    pub(crate) note: Note,
}

/// The device of events that name none.
pub(crate) const NO_DEVICE: u32 = 0;

/// In place of a session's device: its events name several.
pub(crate) const SEVERAL_DEVICES: u32 = 1;

impl Row {
    /// An event without a time that shows nothing else.
    pub(crate) fn new(key: RowKey, seen: Seen) -> Self {
        let (origin, side, own_look, device) = (0, Sides::default(), 0, NO_DEVICE);
        let (text, arrival, note) = (None, None, Note::NONE);
        Self { key, time_us: None, seen, origin, side, own_look, text, device, arrival, note }
    }
}
