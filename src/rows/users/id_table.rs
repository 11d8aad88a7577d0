//! Numbers very many ids, each given by 128 bits, for many workers at once.

use std::hash::BuildHasher;
use std::sync::Mutex;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

use crate::input::lock;

/// The bits of a number that say which shard it is of.
const SHARD_BITS: u32 = 6;
const SHARDS: usize = 1 << SHARD_BITS;

/// All ids. They are in shards, so that workers hardly ever wait for each other.
#[derive(Debug)]
pub(super) struct IdTable {
    shards: Vec<Mutex<Shard>>,
    /// Ids are found by a hash of their bits, which anybody may have chosen.
    hasher: DefaultHashBuilder,
}

/// The ids with the same lowest bits of their hash.
#[derive(Debug, Default)]
struct Shard {
    ids: HashTable<Id>,
    marks: Vec<Marks>,
}

#[derive(Debug)]
struct Id {
    bits: [u64; 2],
    number: u32,
    /// The number of the id that it was linked to last.
    linked: u32,
}

/// What an id is numbered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Numbered {
    pub(super) number: u32,
    linked: u32,
}

impl Numbered {
    /// Whether a link to the id of this number says something new.
    pub(super) fn is_unlinked(self, other: u32) -> bool {
        self.number != other && self.linked != other
    }
}

/// What is known of an id.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Marks(u8);

impl Marks {
    /// A user was identified by it, or by one that it is linked to.
    pub(super) const IDENTIFIED: Self = Self(1);
    /// It is a user's that may be anybody.
    pub(super) const GENERIC: Self = Self(2);

    pub(super) fn when(self, is_so: bool) -> Self {
        if is_so { self } else { Self::default() }
    }

    pub(super) fn add(&mut self, others: Self) {
        self.0 |= others.0;
    }

    pub(super) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// In place of a number: not linked to any id yet.
const UNLINKED: u32 = u32::MAX;

impl IdTable {
    pub(super) fn new() -> Self {
        let shards = std::iter::repeat_with(Mutex::default).take(SHARDS).collect();
        Self { shards, hasher: DefaultHashBuilder::default() }
    }

    /// The number of an id, and that of the id that it was linked to last. A new one gets the number that it is to
    /// share with another, or else one of its own.
    pub(super) fn number(&self, id: u128, number: Option<u32>) -> Numbered {
        let hash = self.hasher.hash_one(id);
        let shard = shard_of(hash);
        let mut locked = lock(&self.shards[shard]);
        let known = locked.id(id, hash, shard, number, &self.hasher);
        Numbered { number: known.number, linked: known.linked }
    }

    /// Notes that an id is linked to the id of a number.
    pub(super) fn link(&self, id: u128, other: u32) {
        let hash = self.hasher.hash_one(id);
        let shard = shard_of(hash);
        lock(&self.shards[shard]).id(id, hash, shard, None, &self.hasher).linked = other;
    }

    /// Adds to what is known of the id of a number.
    pub(super) fn mark(&self, number: u32, marks: Marks) {
        let (shard, local) = place(number);
        lock(&self.shards[shard]).marks[local].add(marks);
    }

    /// What is known of all ids, by shard.
    pub(super) fn into_marks(self) -> Vec<Vec<Marks>> {
        self.shards.into_iter().map(|shard| std::mem::take(&mut lock(&shard).marks)).collect()
    }
}

impl Shard {
    fn id(&mut self, id: u128, hash: u64, shard: usize, number: Option<u32>, hasher: &DefaultHashBuilder) -> &mut Id {
        let bits = halves(id);
        let entry = self.ids.entry(
            hash,
            |known| known.bits == bits,
            |known| hasher.hash_one(u128::from(known.bits[0]) << 64 | u128::from(known.bits[1])),
        );
        match entry {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let number = number.unwrap_or_else(|| {
                    let local = u32::try_from(self.marks.len()).expect("ids fit into memory");
                    self.marks.push(Marks::default());
                    assert!(local < u32::MAX >> SHARD_BITS, "fewer than 2^32 ids fit into memory");
                    local << SHARD_BITS | u32::try_from(shard).unwrap_or_default()
                });
                entry.insert(Id { bits, number, linked: UNLINKED }).into_mut()
            }
        }
    }
}

#[allow(clippy::cast_possible_truncation, reason = "the other half is there, too")]
fn halves(id: u128) -> [u64; 2] {
    [(id >> 64) as u64, id as u64]
}

/// By bits that the table of a shard does not use: it takes the lowest and the very highest ones.
fn shard_of(hash: u64) -> usize {
    usize::try_from(hash >> 40).unwrap_or_default() % SHARDS
}

/// The shard of a number, and its place there.
pub(super) fn place(number: u32) -> (usize, usize) {
    (number as usize % SHARDS, number as usize >> SHARD_BITS)
}

/// The number at a place of a shard.
pub(super) fn number_at(shard: usize, local: usize) -> u32 {
    u32::try_from(local << SHARD_BITS | shard).unwrap_or(UNLINKED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_numbers_of_their_own_or_share_one() {
        let table = IdTable::new();
        let number = |id, other| table.number(id, other).number;
        let numbers: std::collections::BTreeSet<_> = (0..10_000).map(|id| number(id, None)).collect();
        assert_eq!(numbers.len(), 10_000);
        assert_eq!(number(10_000, Some(7)), 7);
        assert_eq!(number(10_000, None), 7);
        assert_ne!(number(3, Some(7)), 7, "it is known already");
    }

    #[test]
    fn a_link_is_new_once() {
        let table = IdTable::new();
        let (one, other) = (table.number(1, None), table.number(2, None).number);
        assert!(one.is_unlinked(other) && !one.is_unlinked(one.number));
        table.link(1, other);
        assert!(!table.number(1, None).is_unlinked(other));
    }

    #[test]
    fn numbers_lead_to_their_place_and_back() {
        for number in [0, 1, 63, 64, 65, 1 << 20, u32::MAX - 64] {
            let (shard, local) = place(number);
            assert_eq!(number_at(shard, local), number);
        }
    }
}
