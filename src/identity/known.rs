//! Remembers the users whom a thread met lately, so that most events need not ask what all threads know.

use super::{NO_USER, UserNumber};

/// The hashes of an event's distinct id and person id, and whether the distinct id is one that a user was identified by.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ids {
    pub(super) distinct: Option<u128>,
    pub(super) person: Option<u128>,
    pub(super) is_identified: bool,
}

impl Ids {
    /// All of it in 128 bits, by which two pairs are the same no likelier than two ids.
    fn together(self) -> u128 {
        self.distinct.unwrap_or(1) ^ self.person.unwrap_or(2).rotate_left(64) ^ u128::from(self.is_identified) << 70
    }
}

/// Users whom a thread met lately, by the ids of their events. Such an event says nothing new about them, unless it is
/// one of those that name another id.
#[derive(Debug)]
pub(crate) struct KnownUsers(Vec<([u64; 2], UserNumber)>);

impl Default for KnownUsers {
    fn default() -> Self {
        const USERS: usize = 1 << 13;
        let nobody = split(Ids::default().together());
        Self(vec![(nobody, NO_USER); USERS])
    }
}

impl KnownUsers {
    fn place([hash, _]: [u64; 2], places: usize) -> usize {
        usize::try_from(hash % places as u64).unwrap_or_default()
    }

    pub(super) fn number(&self, ids: Ids) -> Option<UserNumber> {
        let ids = split(ids.together());
        let (known, number) = self.0[Self::place(ids, self.0.len())];
        (known == ids).then_some(number)
    }

    pub(super) fn insert(&mut self, ids: Ids, number: UserNumber) {
        let ids = split(ids.together());
        let place = Self::place(ids, self.0.len());
        self.0[place] = (ids, number);
    }
}

/// In halves, which need less room in a table.
#[allow(clippy::cast_possible_truncation, reason = "the other half is there too")]
fn split(hash: u128) -> [u64; 2] {
    [hash as u64, (hash >> 64) as u64]
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
