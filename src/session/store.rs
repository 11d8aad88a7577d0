//! Hands events to shards of sessions, which many threads fill.

use std::hash::BuildHasher;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use hashbrown::DefaultHashBuilder;

use super::row::Row;
use super::shard::Shard;
use crate::intern::lock;

const SHARDS: usize = 64;

/// All sessions; shared by all threads.
#[derive(Debug)]
pub(crate) struct Sessions {
    shards: Vec<Mutex<Shard>>,
    count: AtomicU64,
    hasher: DefaultHashBuilder,
}

impl Sessions {
    /// No sessions yet. Only events outside the id's own 24 hours by more than the slack are remembered as such.
    pub(crate) fn new(slack_us: i64) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::new(Shard::new(slack_us))).collect();
        Self { shards, count: AtomicU64::new(0), hasher: DefaultHashBuilder::default() }
    }

    /// The number of sessions so far.
    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// Adds the events of a chunk; every shard is locked once at the most.
    pub(crate) fn add(&self, rows: &mut Vec<Row>) {
        let mut by_shard: Vec<(u64, Row)> =
            rows.drain(..).map(|row| (self.hasher.hash_one(row.key.hashed()), row)).collect();
        by_shard.sort_by_key(|(hash, _)| shard_of(*hash));
        let mut new = 0;
        let mut rows = by_shard.into_iter().peekable();
        while let Some(&(hash, _)) = rows.peek() {
            let shard_number = shard_of(hash);
            let mut shard = lock(&self.shards[shard_number]);
            while let Some((hash, row)) = rows.next_if(|(hash, _)| shard_of(*hash) == shard_number) {
                new += u64::from(shard.add(hash, row, &self.hasher));
            }
        }
        self.count.fetch_add(new, Ordering::Relaxed);
    }

    /// The shards, once everything is read.
    pub(crate) fn into_shards(self) -> Vec<Shard> {
        let shards = self.shards.into_iter().map(|shard| shard.into_inner().expect("no thread panicked"));
        shards.map(Shard::settled).collect()
    }
}

/// The hash table takes the hash's low bits and its very highest; these are others.
fn shard_of(hash: u64) -> usize {
    (hash >> 48) as usize % SHARDS
}
