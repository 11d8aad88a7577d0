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

/// What a thread remembers at most; hostile data could make it endless.
const KNOWN: usize = 4096;

impl<T: Eq + Hash + Clone> Interner<T> {
    /// Numbers that begin with these items.
    pub(crate) fn with(items: impl IntoIterator<Item = T>) -> Self {
        let items: Vec<T> = items.into_iter().collect();
        Self(Mutex::new(Numbered { numbers: items.iter().cloned().zip(0..).collect(), items }))
    }

    fn number<Q: Hash + Equivalent<T>>(&self, item: &Q) -> u32
    where
        T: for<'q> From<&'q Q>,
    {
        let mut numbered = lock(&self.0);
        if let Some(&number) = numbered.numbers.get(item) {
            return number;
        }
        let number = u32::try_from(numbered.items.len()).expect("fewer than 2^32 items fit into memory");
        numbered.numbers.insert(T::from(item), number);
        numbered.items.push(T::from(item));
        number
    }

    /// The items, by number.
    pub(crate) fn into_items(self) -> Vec<T> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner).items
    }
}

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T: Eq + Hash + Clone> Known<T> {
    /// The number of an item, asking the others only when it is new here.
    pub(crate) fn number<Q: Hash + Equivalent<T>>(&mut self, item: &Q, shared: &Interner<T>) -> u32
    where
        T: for<'q> From<&'q Q>,
    {
        if let Some(&number) = self.0.get(item) {
            return number;
        }
        if self.0.len() == KNOWN {
            self.0.clear();
        }
        let number = shared.number(item);
        self.0.insert(T::from(item), number);
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
