//! Gives numbers to texts that occur again and again: event names, libraries, teams.

use std::hash::{BuildHasher, Hash};
use std::sync::{Mutex, MutexGuard, PoisonError};

use hashbrown::{DefaultHashBuilder, Equivalent, HashMap, HashTable};
use siphasher::sip::SipHasher13;
use std::hash::BuildHasherDefault;

use crate::input::lock;

/// Numbers for items, shared by all workers.
///
/// Anybody can make up texts without end, so a bounded table keeps no more than its bound: those
/// whose hashes are the smallest, whatever the order in which they come, so that the result is the
/// same in every run. All others have the number [`FOLDED`].
#[derive(Debug)]
pub(crate) struct TextTable<T>(Mutex<Numbered<T>>);

/// The number of an item that the table has no room for.
pub(crate) const FOLDED: u32 = u32::MAX;

#[derive(Debug)]
struct Numbered<T> {
    /// The numbers of the items that are kept.
    numbers: HashTable<u32>,
    /// By number, an item and its hash; `None` of one that made room for others.
    items: Vec<Option<(T, u64)>>,
    /// How many items are kept at the end; up to twice as many until then.
    bound: usize,
    /// Items with this hash or a greater one have no room.
    end: u64,
}

/// Hashes in the same way in every run.
type SameHash = BuildHasherDefault<SipHasher13>;

/// A worker's own copy of the numbers that it met lately.
#[derive(Debug)]
pub(crate) struct KnownTexts<T>(HashMap<T, u32, DefaultHashBuilder>);

/// How many items a worker remembers.
const KNOWN: usize = 4096;

impl<T: Eq + Hash> TextTable<T> {
    /// A table without a bound.
    pub(crate) fn unbounded() -> Self {
        Self::bounded(usize::MAX / 2)
    }

    /// A table that keeps so many items.
    pub(crate) fn bounded(bound: usize) -> Self {
        let numbers = HashTable::new();
        Self(Mutex::new(Numbered { numbers, items: Vec::new(), bound, end: u64::MAX }))
    }

    /// The items by number, `None` for those without room.
    pub(crate) fn into_items(self) -> Vec<Option<T>> {
        let mut numbered = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        if numbered.numbers.len() > numbered.bound {
            numbered.make_room();
        }
        numbered.items.into_iter().map(|item| item.map(|(item, _)| item)).collect()
    }
}

impl<T: Eq + Hash> Numbered<T> {
    fn number<Q: Hash + Equivalent<T>>(&mut self, item: &Q) -> u32
    where
        T: for<'q> From<&'q Q>,
    {
        let hash = SameHash::default().hash_one(item);
        if hash >= self.end {
            return FOLDED;
        }
        let items = &self.items;
        let is_it = |number: &u32| items[*number as usize].as_ref().is_some_and(|(known, _)| item.equivalent(known));
        if let Some(number) = self.numbers.find(hash, is_it) {
            return *number;
        }
        let number = u32::try_from(self.items.len()).expect("fewer than 2^32 items fit into memory");
        self.items.push(Some((T::from(item), hash)));
        let items = &self.items;
        let hash_of = |number: &u32| items[*number as usize].as_ref().map_or(0, |(_, hash)| *hash);
        self.numbers.insert_unique(hash, number, hash_of);
        if self.numbers.len() > self.bound.saturating_mul(2) {
            self.make_room();
        }
        number
    }

    /// Keeps the items with the smallest hashes.
    fn make_room(&mut self) {
        let mut hashes: Vec<_> = self.items.iter().flatten().map(|(_, hash)| *hash).collect();
        hashes.sort_unstable();
        self.end = hashes[self.bound];
        let (items, end) = (&mut self.items, self.end);
        self.numbers.retain(|number| {
            let item = &mut items[*number as usize];
            let stays = item.as_ref().is_some_and(|(_, hash)| *hash < end);
            if !stays {
                *item = None;
            }
            stays
        });
    }
}

impl<T> Default for KnownTexts<T> {
    fn default() -> Self {
        Self(HashMap::default())
    }
}

impl<T: Eq + Hash> KnownTexts<T> {
    /// The number of an item; the shared table is asked only when it is new to this worker.
    #[inline]
    pub(crate) fn number<Q: Hash + Equivalent<T>>(&mut self, item: &Q, shared: &TextTable<T>) -> u32
    where
        T: for<'q> From<&'q Q>,
    {
        match self.0.get(item) {
            Some(number) => *number,
            None => self.ask(item, shared),
        }
    }

    #[cold]
    fn ask<Q: Hash + Equivalent<T>>(&mut self, item: &Q, shared: &TextTable<T>) -> u32
    where
        T: for<'q> From<&'q Q>,
    {
        if self.0.len() == KNOWN {
            self.0.clear();
        }
        let number = shared.locked().number(item);
        self.0.insert(T::from(item), number);
        number
    }
}

impl<T> TextTable<T> {
    fn locked(&self) -> MutexGuard<'_, Numbered<T>> {
        lock(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text to look up.
    #[derive(Hash)]
    struct Name<'a>(&'a str);

    impl Equivalent<Box<str>> for Name<'_> {
        fn equivalent(&self, text: &Box<str>) -> bool {
            self.0 == &**text
        }
    }

    impl From<&Name<'_>> for Box<str> {
        fn from(name: &Name<'_>) -> Self {
            name.0.into()
        }
    }

    /// The texts that a table of this bound keeps, and the numbers of all, by two workers.
    fn kept(bound: usize, numbers: impl Iterator<Item = u32>) -> (Vec<Box<str>>, usize, usize) {
        let table = TextTable::<Box<str>>::bounded(bound);
        let mut workers = [KnownTexts::default(), KnownTexts::default()];
        let mut given = Vec::new();
        for number in numbers {
            let text = number.to_string();
            let worker = &mut workers[number as usize % 2];
            given.push((worker.number(&Name(&text), &table), text));
        }
        let most = lock(&table.0).items.len();
        let items = table.into_items();
        for (number, text) in &given {
            if let Some(item) = items.get(*number as usize).and_then(Option::as_deref) {
                assert_eq!(item, text);
            }
        }
        let mut kept: Vec<_> = items.into_iter().flatten().collect();
        kept.sort_unstable();
        (kept, given.len(), most)
    }

    #[test]
    fn a_bounded_table_keeps_the_same_texts_in_any_order() {
        let (forth, ..) = kept(100, 0..50_000);
        let (back, _, most) = kept(100, (0..50_000).rev());
        assert_eq!((forth.len(), forth == back), (100, true));
        // What made room leaves an empty place; there are few, since ever fewer texts get one.
        assert!(most < 100 * 20, "{most}");
    }

    #[test]
    fn below_its_bound_a_table_keeps_all() {
        let (all, ..) = kept(5000, (0..2).flat_map(|_| 0..5000));
        assert_eq!(all.len(), 5000);
    }
}
