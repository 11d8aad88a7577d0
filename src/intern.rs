//! Gives small numbers to texts and ids that occur again and again.

use std::hash::{BuildHasher, Hash};
use std::sync::{Mutex, MutexGuard, PoisonError};

use hashbrown::{DefaultHashBuilder, Equivalent, HashMap, HashTable};

use crate::slab::Slab;

/// Locks; a thread that panicked ends the whole program, so nobody sees what it left.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Numbers for items of few kinds, shared by all threads.
#[derive(Debug)]
pub(crate) struct Interner<T>(Mutex<Numbered<T>>);

#[derive(Debug)]
struct Numbered<T> {
    numbers: HashMap<T, u32>,
    items: Vec<T>,
}

/// A thread's own copy of the numbers that it met.
#[derive(Debug)]
pub(crate) struct Known<T>(HashMap<T, u32>);

/// Gives numbers to several items; what all threads share is locked when one is new here, and then once for all.
pub(crate) struct Numbering<'a, T> {
    known: &'a mut Known<T>,
    shared: &'a Interner<T>,
    locked: Option<MutexGuard<'a, Numbered<T>>>,
}

/// What a thread remembers at most; hostile data could make it endless.
const KNOWN: usize = 4096;

impl<T: Eq + Hash + Clone> Interner<T> {
    /// Numbers that begin with these items.
    pub(crate) fn with(items: impl IntoIterator<Item = T>) -> Self {
        let items: Vec<T> = items.into_iter().collect();
        Self(Mutex::new(Numbered { numbers: items.iter().cloned().zip(0..).collect(), items }))
    }

    /// The items, by number.
    pub(crate) fn into_items(self) -> Vec<T> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner).items
    }
}

impl<T: Eq + Hash> Numbered<T> {
    fn number<Q: Hash + Equivalent<T>>(&mut self, item: &Q) -> u32
    where
        T: for<'q> From<&'q Q>,
    {
        if let Some(&number) = self.numbers.get(item) {
            return number;
        }
        let number = u32::try_from(self.items.len()).expect("fewer than 2^32 items fit into memory");
        self.numbers.insert(T::from(item), number);
        self.items.push(T::from(item));
        number
    }
}

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T: Eq + Hash> Known<T> {
    /// The number of an item, asking the others only when it is new here.
    pub(crate) fn number<Q: Hash + Equivalent<T>>(&mut self, item: &Q, shared: &Interner<T>) -> u32
    where
        T: for<'q> From<&'q Q>,
    {
        self.numbering(shared).number(item)
    }

    /// Gives numbers to several items; others wait as soon as one is new here.
    pub(crate) fn numbering<'a>(&'a mut self, shared: &'a Interner<T>) -> Numbering<'a, T> {
        Numbering { known: self, shared, locked: None }
    }
}

impl<T: Eq + Hash> Numbering<'_, T> {
    /// The number of an item.
    pub(crate) fn number<Q: Hash + Equivalent<T>>(&mut self, item: &Q) -> u32
    where
        T: for<'q> From<&'q Q>,
    {
        let known = &mut self.known.0;
        if let Some(&number) = known.get(item) {
            return number;
        }
        if known.len() == KNOWN {
            known.clear();
        }
        let number = self.locked.get_or_insert_with(|| lock(&self.shared.0)).number(item);
        known.insert(T::from(item), number);
        number
    }
}

/// Numbers for very many ids, each given by 128 bits.
#[derive(Debug, Default)]
pub(crate) struct IdTable {
    numbers: HashTable<u32>,
    ids: Slab<u128>,
    hasher: DefaultHashBuilder,
}

impl IdTable {
    /// The number of an id; new ids get the next one.
    pub(crate) fn number(&mut self, id: u128) -> u32 {
        let Self { numbers, ids, hasher } = self;
        let hash = hasher.hash_one(id);
        let entry = numbers.entry(hash, |&number| ids[number] == id, |&number| hasher.hash_one(ids[number]));
        match entry {
            hashbrown::hash_table::Entry::Occupied(entry) => *entry.get(),
            hashbrown::hash_table::Entry::Vacant(entry) => {
                let number = next(ids);
                entry.insert(number);
                ids.push(id)
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }
}

fn next(ids: &Slab<u128>) -> u32 {
    u32::try_from(ids.len()).expect("fewer than 2^32 items fit into memory")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_new_items_are_numbered_under_one_lock() {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        struct Item(u32);
        impl From<&Item> for Item {
            fn from(item: &Item) -> Self {
                *item
            }
        }
        let (shared, mut known) = (Interner::with([Item(7)]), Known::default());
        let mut numbering = known.numbering(&shared);
        assert_eq!((numbering.number(&Item(7)), numbering.locked.is_some()), (0, true));
        // More than a thread remembers, and all of them twice.
        let numbers: Vec<_> = (0..2).flat_map(|_| 100..10_100).map(|item| numbering.number(&Item(item))).collect();
        assert!(numbers.into_iter().eq((0..2).flat_map(|_| 1..10_001)));
        assert!(shared.0.try_lock().is_err(), "it was locked once and is still");
        drop(numbering);
        let mut numbering = known.numbering(&shared);
        assert_eq!((numbering.number(&Item(10_099)), numbering.locked.is_none()), (10_000, true), "known here");
        drop(numbering);
        assert_eq!(shared.into_items().len(), 10_001);
    }
}
