//! Remembers the users whom a worker met lately, so that most events need not ask what all workers know.

use super::{NO_USER, UserNumber};

/// The 128 bits of an event's distinct id and person id, and whether the distinct id is one that a user was identified
/// by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Ids {
    pub(super) distinct: Option<u128>,
    pub(super) person: Option<u128>,
    pub(super) is_identified: bool,
}

/// Users whom a worker met lately, by the ids of their events. Such an event says nothing new about them, unless it is
/// one of those that name another id.
#[derive(Debug)]
pub(super) struct KnownUsers(Vec<Known>);

/// Halves of 128 bits need less room in a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Known {
    distinct: [u64; 2],
    person: [u64; 2],
    number: UserNumber,
    /// Which of the two there are, and whether the user was identified.
    shape: u8,
}

/// How many users are remembered; a power of two.
const USERS: usize = 1 << 12;

impl Default for KnownUsers {
    fn default() -> Self {
        Self(vec![Known::new(Ids::default(), NO_USER); USERS])
    }
}

impl Known {
    fn new(ids: Ids, number: UserNumber) -> Self {
        let shape =
            u8::from(ids.distinct.is_some()) | u8::from(ids.person.is_some()) << 1 | u8::from(ids.is_identified) << 2;
        Self { distinct: halves(ids.distinct), person: halves(ids.person), number, shape }
    }

    /// Where it is remembered.
    fn place(&self) -> usize {
        let mixed = (self.distinct[1] ^ self.person[1].rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        usize::try_from(mixed >> 40).unwrap_or_default() % USERS
    }
}

impl KnownUsers {
    #[inline]
    pub(super) fn number(&self, ids: Ids) -> Option<UserNumber> {
        let asked = Known::new(ids, NO_USER);
        let known = self.0[asked.place()];
        (Known { number: NO_USER, ..known } == asked).then_some(known.number)
    }

    pub(super) fn insert(&mut self, ids: Ids, number: UserNumber) {
        let known = Known::new(ids, number);
        self.0[known.place()] = known;
    }
}

#[allow(clippy::cast_possible_truncation, reason = "the other half is there, too")]
fn halves(id: Option<u128>) -> [u64; 2] {
    let id = id.unwrap_or_default();
    [(id >> 64) as u64, id as u64]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_ids_are_known() {
        let mut known = KnownUsers::default();
        let ids = |distinct, person| Ids { distinct, person, is_identified: false };
        assert_eq!(known.number(ids(None, None)), Some(NO_USER));
        let (one, other) = (0xfeed << 70 | 0xbeef, 0xbead << 80 | 7);
        known.insert(ids(Some(one), Some(other)), 3);
        assert_eq!(known.number(ids(Some(one), Some(other))), Some(3));
        for others in
            [ids(Some(other), Some(one)), ids(Some(one), None), ids(None, Some(other)), ids(Some(one), Some(one))]
        {
            assert_eq!(known.number(others), None);
        }
        assert_eq!(known.number(Ids { is_identified: true, ..ids(Some(one), Some(other)) }), None);
    }
}
