//! Remembers the first event of each kind in a session that has more than one.

use hashbrown::HashMap;

use super::Seen;
use crate::identity::UserNumber;
use crate::library::Sides;

/// The first event of each kind.
#[derive(Debug, Default)]
pub(crate) struct Kinds {
    /// Among them, behind the first `distinct` ones, may be later events of a kind.
    seen: Vec<Seen>,
    distinct: usize,
}

/// By the number of a look, the number of the same of no origin, and the side of its origin.
#[derive(Debug, Default)]
pub(super) struct OwnLooks(HashMap<u32, (u32, Sides)>);

impl OwnLooks {
    /// Learns of a look before events that have it are compared.
    pub(super) fn learn(&mut self, look: u32, own: u32, side: Sides) {
        self.0.insert(look, (own, side));
    }

    /// The user, what is shown beside, and the side: of events that are the same in it, only the first is remembered.
    fn kind(&self, seen: &Seen) -> (UserNumber, Option<(u32, Sides)>) {
        (seen.user, self.0.get(&seen.look).copied())
    }

    fn are_one_kind(&self, one: &Seen, other: &Seen) -> bool {
        one.user == other.user && (one.look == other.look || self.kind(one) == self.kind(other))
    }

    /// Whether two events are the same to the rules, which do not ask for the side.
    pub(super) fn are_alike(&self, one: &Seen, other: &Seen) -> bool {
        let own = |seen: &Seen| self.0.get(&seen.look).map(|(own, _)| *own);
        one.user == other.user && (one.look == other.look || own(one) == own(other))
    }
}

impl Kinds {
    /// Remembers an event if it may be the first of its kind. A session can have very many kinds (an id that all users
    /// share), so later events of a kind are only dropped now and then, when that pays.
    pub(super) fn note(&mut self, seen: Seen, looks: &OwnLooks) {
        const FEW: usize = 8;
        if self.seen.len() <= FEW
            && let Some(known) = self.seen.iter_mut().find(|known| looks.are_one_kind(known, &seen))
        {
            if seen.at < known.at {
                *known = seen;
            }
            return;
        }
        if self.seen.is_empty() {
            // Most have no more than this one.
            self.seen.reserve_exact(1);
        }
        self.seen.push(seen);
        if self.seen.len() > FEW && self.seen.len() >= 2 * self.distinct {
            self.settle(looks);
        }
    }

    pub(super) fn settle(&mut self, looks: &OwnLooks) {
        self.seen.sort_unstable_by_key(|seen| (looks.kind(seen), seen.at));
        self.seen.dedup_by(|later, first| looks.are_one_kind(later, first));
        self.distinct = self.seen.len();
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Seen> {
        self.seen.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_keep_the_first_event_of_each_in_little_memory() {
        let (mut kinds, looks) = (Kinds::default(), OwnLooks::default());
        for line in (0..10_000).rev() {
            kinds.note(Seen::at_line(line, line % 100), &looks);
        }
        assert!(kinds.seen.len() <= 200, "{}", kinds.seen.len());
        kinds.settle(&looks);
        let lines: Vec<_> = kinds.iter().map(|seen| (seen.user, seen.at.line)).collect();
        assert_eq!(lines, (0..100).map(|user| (user, user)).collect::<Vec<_>>());
    }
}
