//! Counts events without a session id by name and library, and what they carry instead.

use std::sync::Mutex;

use hashbrown::{Equivalent, HashMap};

use crate::event::Event;
use crate::intern::lock;
use crate::session::cut;

/// What events without a session id have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Group {
    /// The event's name, as far as it is kept.
    pub(crate) name: Option<Box<str>>,
    /// The number of their origin.
    pub(crate) origin: u32,
    /// A property that looks like a session id.
    pub(crate) look_alike: Option<&'static str>,
}

/// The events without a session id, by their groups; shared by all threads.
#[derive(Debug, Default)]
pub(crate) struct Sessionless(Mutex<HashMap<Group, u64>>);

/// Those of a chunk.
#[derive(Debug, Default)]
pub(crate) struct Batch(HashMap<Group, u64>);

#[derive(Hash)]
struct GroupRef<'a> {
    name: Option<&'a str>,
    origin: u32,
    look_alike: Option<&'static str>,
}

impl Equivalent<Group> for GroupRef<'_> {
    fn equivalent(&self, group: &Group) -> bool {
        self.name == group.name.as_deref() && (self.origin, self.look_alike) == (group.origin, group.look_alike)
    }
}

impl From<&GroupRef<'_>> for Group {
    fn from(group: &GroupRef<'_>) -> Self {
        Self { name: group.name.map(Box::from), origin: group.origin, look_alike: group.look_alike }
    }
}

impl Batch {
    pub(crate) fn add(&mut self, event: &Event<'_>, origin: u32) {
        let name = event.name.as_deref().map(cut);
        let group = GroupRef { name, origin, look_alike: event.look_alike };
        match self.0.get_mut(&group) {
            Some(events) => *events += 1,
            None => _ = self.0.insert(Group::from(&group), 1),
        }
    }
}

impl Sessionless {
    /// Adds the events of a chunk.
    pub(crate) fn add(&self, batch: &mut Batch) {
        if batch.0.is_empty() {
            return;
        }
        let mut groups = lock(&self.0);
        for (group, events) in batch.0.drain() {
            *groups.entry(group).or_default() += events;
        }
    }

    /// The groups and their events, once everything is read.
    pub(crate) fn into_groups(self) -> HashMap<Group, u64> {
        self.0.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
