//! Counts some events of each session beside what the rules need, and remembers whose client events it has.

use hashbrown::HashMap;

use crate::event::id::Side;
use crate::identity::UserNumber;
use crate::input::Position;

/// What is noted of an event beside what the rules need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Note {
    /// The number of the group in which it is counted, or [`NO_GROUP`].
    pub(crate) group: u32,
    /// What its session gets: [`CLIENT`], and others that mean nothing here; six bits.
    pub(crate) flags: u8,
}

/// The group of events that are not counted.
pub(crate) const NO_GROUP: u32 = u32::MAX;

/// The flag of events of a browser or mobile application: their users are remembered.
pub(crate) const CLIENT: u8 = 1;

impl Note {
    /// Nothing.
    pub(crate) const NONE: Self = Self { group: NO_GROUP, flags: 0 };

    pub(super) fn is_client(self) -> bool {
        self.flags & CLIENT != 0
    }
}

/// Counted events of one session that are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Alike {
    /// The number of the session in its shard.
    pub(crate) session: u32,
    pub(crate) group: u32,
    pub(crate) user: UserNumber,
    /// Of events outside the id's 24 hours (and the tolerance), on which side they are.
    pub(crate) outside: Option<Side>,
}

/// So many events, and the first of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sum {
    pub(crate) events: u64,
    pub(crate) first: Position,
}

impl Sum {
    pub(crate) fn one(at: Position) -> Self {
        Self { events: 1, first: at }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.events += other.events;
        self.first = self.first.min(other.first);
    }
}

/// The counted events of some sessions.
#[derive(Debug, Default)]
pub(super) struct Counted(HashMap<Alike, Sum>);

impl Counted {
    pub(super) fn add(&mut self, alike: Alike, at: Position) {
        self.0.entry(alike).and_modify(|known| known.add(Sum::one(at))).or_insert(Sum::one(at));
    }

    /// By session.
    pub(super) fn sorted(&self) -> Vec<(Alike, Sum)> {
        let mut all: Vec<_> = self.0.iter().map(|(alike, sum)| (*alike, *sum)).collect();
        all.sort_unstable_by_key(|(alike, _)| *alike);
        all
    }
}

/// Users, in little more room than one place each.
#[derive(Debug, Default)]
pub(crate) struct UserSet(Vec<UserNumber>);

impl UserSet {
    /// Remembers a user. There can be very many (an id that all users share), so those who are there twice are only
    /// looked for among a few, and when room runs out.
    pub(super) fn note(&mut self, user: UserNumber) {
        const FEW: usize = 8;
        if self.0.len() <= FEW && self.0.contains(&user) {
            return;
        }
        if self.0.len() > FEW && self.0.len() == self.0.capacity() {
            self.0.sort_unstable();
            self.0.dedup();
            if self.0.len() > self.0.capacity() / 2 {
                self.0.reserve(self.0.len());
            }
        }
        self.0.push(user);
    }

    /// Each user once or several times.
    pub(super) fn iter(&self) -> impl Iterator<Item = UserNumber> {
        self.0.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_who_come_again_and_again_take_little_memory() {
        let mut users = UserSet::default();
        for number in 0..100_000 {
            users.note(number % 1023);
        }
        assert!(users.0.capacity() <= 4096, "{}", users.0.capacity());
        let all: std::collections::BTreeSet<_> = users.iter().collect();
        assert_eq!(all.len(), 1023);
    }

    #[test]
    fn few_users_are_there_once() {
        let mut users = UserSet::default();
        for number in [3, 1, 3, 1, 2, 3] {
            users.note(number);
        }
        assert_eq!(users.iter().collect::<Vec<_>>(), [3, 1, 2]);
    }
}
