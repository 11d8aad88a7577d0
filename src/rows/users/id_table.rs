//! Numbers very many ids, each given by 128 bits, for many workers at once.

use std::hash::BuildHasher;
use std::hint::black_box;
use std::sync::Mutex;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

use super::marks::{Marked, Marks};
use crate::input::lock;

/// The bits of a number that say which shard it is of.
const SHARD_BITS: u32 = 5;
const SHARDS: usize = 1 << SHARD_BITS;

/// All ids. They are in shards, so that workers hardly ever wait for each other.
#[derive(Debug)]
pub(super) struct IdTable {
    shards: Vec<Mutex<Shard>>,
    /// Ids are found by a hash of their bits, which anybody may have chosen.
    hasher: DefaultHashBuilder,
}

/// The ids with some bits of their hash in common.
#[derive(Debug, Default)]
struct Shard {
    ids: HashTable<Id>,
    /// How many numbers were given out.
    numbers: u32,
}

#[derive(Debug)]
struct Id {
    bits: [u64; 2],
    /// Its number, and what is known of it.
    number: Marked,
    /// The number of the id that it was linked to last.
    linked: u32,
}

/// In place of a number: not linked to any id yet.
const UNLINKED: u32 = u32::MAX;

/// An id that is to be numbered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lookup {
    pub(super) id: u128,
    /// The number that it gets if it is new, instead of one of its own.
    pub(super) shared: Option<u32>,
    /// What is known of it now.
    pub(super) marks: Marks,
}

/// What an id is numbered with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
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

impl IdTable {
    pub(super) fn new() -> Self {
        let shards = std::iter::repeat_with(Mutex::default).take(SHARDS).collect();
        Self { shards, hasher: DefaultHashBuilder::default() }
    }

    /// Numbers ids, in their order.
    ///
    /// The table is far larger than the processor's caches, so nearly every look-up waits for memory. To wait for many at
    /// a time, the ids of a shard are looked for once in a row, and only then added.
    pub(super) fn number(&self, lookups: &[Lookup]) -> Vec<Numbered> {
        let mut hashed: Vec<_> = (0..)
            .zip(lookups)
            .map(|(place, lookup): (usize, _)| {
                let hash = self.hasher.hash_one(lookup.id);
                (shard_of(hash), hash, place)
            })
            .collect();
        hashed.sort_unstable_by_key(|(shard, ..)| *shard);
        let mut numbered = vec![Numbered::default(); lookups.len()];
        for group in hashed.chunk_by(|(one, ..), (other, ..)| one == other) {
            let mut shard = lock(&self.shards[group[0].0]);
            let known = group.iter().filter(|(_, hash, place)| shard.has(lookups[*place].id, *hash));
            black_box(known.count());
            for (number, hash, place) in group {
                numbered[*place] = shard.number(&lookups[*place], *hash, *number, &self.hasher);
            }
        }
        numbered
    }

    /// Notes that an id, which has a number, is linked to the id of another one.
    pub(super) fn link(&self, id: u128, other: u32) {
        let hash = self.hasher.hash_one(id);
        let bits = halves(id);
        let mut shard = lock(&self.shards[shard_of(hash)]);
        if let Some(known) = shard.ids.find_mut(hash, |known| known.bits == bits) {
            known.linked = other;
        }
    }

    /// Every number with what is known of it, by shard.
    pub(super) fn into_marks(self) -> Vec<Vec<Marks>> {
        let shards: Vec<_> = self.shards.into_iter().map(|shard| std::mem::take(&mut *lock(&shard))).collect();
        let mut marks: Vec<_> = shards.iter().map(|shard| vec![Marks::default(); shard.numbers as usize]).collect();
        for id in shards.into_iter().flat_map(|shard| shard.ids) {
            let (shard, local) = place(id.number.id());
            marks[shard][local].add(id.number.marks());
        }
        marks
    }
}

impl Shard {
    fn has(&self, id: u128, hash: u64) -> bool {
        let bits = halves(id);
        self.ids.find(hash, |known| known.bits == bits).is_some()
    }

    fn number(&mut self, lookup: &Lookup, hash: u64, shard: usize, hasher: &DefaultHashBuilder) -> Numbered {
        let bits = halves(lookup.id);
        let hash_of = |known: &Id| hasher.hash_one(u128::from(known.bits[0]) << 64 | u128::from(known.bits[1]));
        let known = match self.ids.entry(hash, |known| known.bits == bits, hash_of) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let number = lookup.shared.unwrap_or_else(|| {
                    self.numbers += 1;
                    number_at(shard, self.numbers as usize - 1)
                });
                let number = Marked::new(number, Marks::default());
                entry.insert(Id { bits, number, linked: UNLINKED }).into_mut()
            }
        };
        known.number.add(lookup.marks);
        Numbered { number: known.number.id(), linked: known.linked }
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
    let number = u32::try_from(local << SHARD_BITS | shard).ok();
    number.filter(|number| *number <= Marked::MOST).expect("a billion ids do not fit into memory")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(table: &IdTable, id: u128, shared: Option<u32>) -> Numbered {
        table.number(&[Lookup { id, shared, marks: Marks::default() }])[0]
    }

    #[test]
    fn ids_have_numbers_of_their_own_or_share_one() {
        let table = IdTable::new();
        let lookup = |id| Lookup { id, shared: None, marks: Marks::default() };
        let lookups: Vec<_> = (0..10_000).chain(0..10_000).map(lookup).collect();
        let numbered = table.number(&lookups);
        assert_eq!(numbered[..10_000], numbered[10_000..]);
        let numbers: std::collections::BTreeSet<_> = numbered.iter().map(|numbered| numbered.number).collect();
        assert_eq!(numbers.len(), 10_000);
        assert_eq!(number(&table, 10_000, Some(7)).number, 7);
        assert_eq!(number(&table, 10_000, None).number, 7);
        assert_ne!(number(&table, 3, Some(7)).number, 7, "it is known already");
    }

    #[test]
    fn a_link_is_new_once() {
        let table = IdTable::new();
        let one = number(&table, 1, None);
        let other = number(&table, 2, None).number;
        assert!(one.is_unlinked(other) && !one.is_unlinked(one.number));
        table.link(1, other);
        assert!(!number(&table, 1, None).is_unlinked(other));
    }

    #[test]
    fn marks_are_those_of_all_ids_of_a_number() {
        let table = IdTable::new();
        let one = number(&table, 1, None).number;
        table.number(&[
            Lookup { id: 2, shared: Some(one), marks: Marks::GENERIC },
            Lookup { id: 1, shared: None, marks: Marks::IDENTIFIED },
        ]);
        let marks = table.into_marks();
        let (shard, local) = place(one);
        assert!(marks[shard][local].has(Marks::GENERIC) && marks[shard][local].has(Marks::IDENTIFIED));
        assert_eq!(marks.iter().map(Vec::len).sum::<usize>(), 1);
    }

    #[test]
    fn numbers_lead_to_their_place_and_back() {
        for number in [0, 1, 63, 64, 65, 1 << 20, Marked::MOST] {
            let (shard, local) = place(number);
            assert_eq!(number_at(shard, local), number);
        }
    }
}
