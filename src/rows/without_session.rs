//! Counts events without a session id by name and library, and what they carry instead.

use hashbrown::HashMap;

use super::Tables;
use super::row::Flags;
use crate::input::Position;

/// What events without a session id have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct EventGroup {
    /// The number of the event's name.
    pub(crate) name: u32,
    /// The number of the library and its version.
    pub(crate) library: u32,
    /// What else is known of the events.
    pub(crate) flags: Flags,
    /// A property that looks like a session id.
    pub(crate) look_alike: Option<&'static str>,
}

/// So many events, and the first of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sum {
    pub(crate) events: u64,
    pub(crate) first: Position,
}

/// The events without a session id, by their groups.
#[derive(Debug, Default)]
pub(crate) struct WithoutSession(HashMap<EventGroup, Sum>);

impl Sum {
    pub(crate) fn one(at: Position) -> Self {
        Self { events: 1, first: at }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.events += other.events;
        self.first = self.first.min(other.first);
    }
}

impl WithoutSession {
    pub(super) fn add(&mut self, group: EventGroup, at: Position) {
        self.add_sum(group, Sum::one(at));
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (group, sum) in other.0 {
            self.add_sum(group, sum);
        }
    }

    fn add_sum(&mut self, group: EventGroup, sum: Sum) {
        self.0.entry(group).and_modify(|known| known.add(sum)).or_insert(sum);
    }

    /// The same, with one number for all names and one for all libraries that there was no room for.
    pub(super) fn renumbered(self, tables: &Tables) -> Self {
        if !tables.have_folded() {
            return self;
        }
        let mut renumbered = Self::default();
        for (mut group, sum) in self.0 {
            tables.renumber(&mut group.name, &mut group.library);
            renumbered.add_sum(group, sum);
        }
        renumbered
    }

    /// All groups, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (EventGroup, Sum)> {
        self.0.iter().map(|(group, sum)| (*group, *sum))
    }
}
