//! Keeps a session in 88 bytes, and aside what only a few need.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::kinds::Kinds;
use super::noted::UserSet;
use super::profile::Profile;
use super::row::{NO_DEVICE, Row, RowKey, SEVERAL_DEVICES};
use super::{Late, Outside, Seen};
use crate::library::Sides;

/// What is kept of every session.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(super) bits: [u64; 2],
    /// Greater than `last_us` while no event has a time.
    pub(crate) first_us: i64,
    pub(crate) last_us: i64,
    /// One of the kinds of events seen; the others are aside.
    pub(crate) seen: Seen,
    /// Modulo 2^32; what is above is aside.
    pub(super) events: u32,
    /// The number of its profile.
    pub(super) profile: u32,
    /// What its events name: [`NO_DEVICE`], [`SEVERAL_DEVICES`], or one.
    pub(crate) device: u32,
    /// In which hours of the id's 24 there are events, the first hour in the lowest bit; then the flags of its events; and
    /// the marks.
    pub(super) hours: u32,
}

/// In front of the hours there are flags.
pub(super) const HOURS: u32 = 24;

/// Set in a session's hours if something of it is kept aside.
pub(super) const HAS_ASIDE: u32 = 1 << 31;

/// Set in a session's hours if it has events of several kinds.
pub(super) const HAS_KINDS: u32 = 1 << 30;

/// What is kept only of sessions that are not as simple as most.
#[derive(Debug, Default)]
pub(crate) struct Aside {
    /// What is kept of the key's text.
    pub(crate) text: Option<Box<str>>,
    /// The events before the id's own time (and the tolerance).
    pub(crate) early: Option<Box<Outside>>,
    /// The events 24 hours or more behind the id's own time (and the tolerance).
    pub(crate) late: Option<Box<Late>>,
    /// The first event of every other kind.
    pub(crate) others: Kinds,
    /// The users of client events, where there are others.
    pub(crate) clients: UserSet,
    /// The sides of the events of the one kind that is kept with the session; while there is no other one, those in
    /// its profile are of it, too.
    pub(crate) sides: Sides,
    /// The origins that its profile has no room for.
    pub(crate) origins: BTreeSet<u32>,
    pub(super) events_2_to_32: u32,
}

impl Kept {
    pub(super) fn new(row: &Row, profile: u32) -> Self {
        let (bits, seen) = (row.key.bits, row.seen.clone());
        Self { bits, first_us: i64::MAX, last_us: i64::MIN, seen, events: 0, profile, device: NO_DEVICE, hours: 0 }
    }

    pub(super) fn note_device(&mut self, device: u32) {
        self.device = match self.device {
            _ if device == NO_DEVICE => return,
            NO_DEVICE => device,
            known if known == device => return,
            _ => SEVERAL_DEVICES,
        };
    }

    /// In which hours of the id's 24 there are events, the first hour in the lowest bit.
    pub(crate) fn hours(&self) -> u32 {
        self.hours & ((1 << HOURS) - 1)
    }

    /// What its events were noted with.
    pub(crate) fn flags(&self) -> u8 {
        self.hours.to_be_bytes()[0] & !(HAS_ASIDE | HAS_KINDS).to_be_bytes()[0]
    }

    pub(crate) fn row_key(&self, profile: &Profile) -> RowKey {
        RowKey { bits: self.bits, team: profile.team, is_text: profile.is_text }
    }

    /// The key, of a session whose key is a UUID.
    pub(crate) fn uuid(&self) -> Uuid {
        Uuid::from_u64_pair(self.bits[0], self.bits[1])
    }

    pub(crate) fn events(&self, aside: Option<&Aside>) -> u64 {
        u64::from(self.events) | u64::from(aside.map_or(0, |aside| aside.events_2_to_32)) << 32
    }
}

impl Aside {
    /// Whether all events are of the kind of the one that is not aside.
    pub(crate) fn is_uniform(&self) -> bool {
        self.others.iter().next().is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_healthy_session_is_small() {
        assert_eq!(size_of::<Kept>(), 88);
        assert_eq!(size_of::<Option<Box<Aside>>>(), 8);
    }
}
