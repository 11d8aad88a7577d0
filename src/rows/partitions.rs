//! Brings records with the same key together: appended side by side, taken partition by partition.
//!
//! Every worker appends to blocks of its own, one open block for each partition, so that nothing
//! is locked and nothing looked up while events are read. A full block stays in memory while the
//! budget lasts; then it goes to the worker's temporary file. When all is read, the blocks of one
//! partition are taken together, of all workers; records with equal keys are in the same one.
//!
//! ```text
//! worker 1   [p0: ▓▓░ p1: ▓░░ ... p255: ▓▓▓]   full blocks: memory, then file
//! worker 2   [p0: ▓░░ p1: ▓▓░ ... p255: ░░░]   full blocks: memory, then file
//!                 └──────── take(0) ────────> all records of partition 0
//! ```

use std::mem;
use std::sync::{Arc, Mutex};

use anyhow::Result;
use bytemuck::Pod;

use super::spill::{Budget, SpillFile};
use crate::input::lock;

/// How many partitions there are. Each is sorted by itself, so that with ten million events one is
/// a few megabytes.
pub(crate) const PARTITIONS: usize = 256;

/// The bytes of a block, if the budget is not tiny.
const BLOCK_BYTES: usize = 32 << 10;

/// The records of a block, even if the budget has no room for them: where each block is takes memory, too.
const LEAST_RECORDS: usize = 4;

/// Records that were appended by all workers, by partition.
#[derive(Debug)]
pub(crate) struct Partitions<T> {
    parts: Vec<Mutex<Part<T>>>,
    budget: Arc<Budget>,
}

/// The blocks of one partition.
#[derive(Debug)]
struct Part<T> {
    blocks: Vec<Vec<T>>,
    /// The bytes of the budget that these take.
    taken: usize,
    spilled: Vec<SpilledBlock>,
}

/// A block in a temporary file.
#[derive(Debug)]
struct SpilledBlock {
    file: Arc<SpillFile>,
    offset: u64,
    records: usize,
}

/// Appends records for one worker.
#[derive(Debug)]
pub(crate) struct Appender<T> {
    open: Vec<Vec<T>>,
    full: Vec<(u8, Vec<T>)>,
    spilled: Vec<(u8, u64)>,
    file: SpillFile,
    /// How many records a block has.
    capacity: usize,
    budget: Arc<Budget>,
}

impl<T: Pod> Appender<T> {
    /// An appender within a budget, of which the open blocks of `workers` workers take a quarter at
    /// the most.
    pub(crate) fn new(budget: &Arc<Budget>, workers: usize) -> Self {
        let share = budget.share(4 * (workers * PARTITIONS) as u64);
        let capacity = (share.min(BLOCK_BYTES) / size_of::<T>()).max(LEAST_RECORDS);
        let open = (0..PARTITIONS).map(|_| Vec::new()).collect();
        let budget = Arc::clone(budget);
        Self { open, full: Vec::new(), spilled: Vec::new(), file: SpillFile::default(), capacity, budget }
    }

    /// Appends a record to the partition of a hash, of which its highest bits decide.
    #[inline]
    pub(crate) fn push(&mut self, hash: u64, record: T) {
        let [partition, ..] = hash.to_be_bytes();
        let block = &mut self.open[usize::from(partition)];
        if block.capacity() == 0 {
            block.reserve_exact(self.capacity);
            self.budget.take(self.capacity * size_of::<T>());
        }
        block.push(record);
        if block.len() == self.capacity {
            self.close(partition);
        }
    }

    /// Puts a full block aside: into memory if the budget has room for another one, else into the file.
    #[cold]
    fn close(&mut self, partition: u8) {
        let block = &mut self.open[usize::from(partition)];
        if self.budget.has(self.capacity * size_of::<T>()) {
            self.full.push((partition, mem::take(block)));
        } else {
            let offset = self.file.append(bytemuck::cast_slice(block), &self.budget);
            self.spilled.push((partition, offset));
            block.clear();
        }
    }
}

impl<T: Pod> Partitions<T> {
    /// Puts together what all workers appended within a budget.
    pub(crate) fn new(appenders: impl IntoIterator<Item = Appender<T>>, budget: &Arc<Budget>) -> Self {
        let mut parts: Vec<_> = (0..PARTITIONS).map(|_| Part::default()).collect();
        for appender in appenders {
            let file = Arc::new(appender.file);
            for (partition, block) in appender.full {
                let part = &mut parts[usize::from(partition)];
                part.taken += appender.capacity * size_of::<T>();
                part.blocks.push(block);
            }
            for (partition, offset) in appender.spilled {
                let block = SpilledBlock { file: Arc::clone(&file), offset, records: appender.capacity };
                parts[usize::from(partition)].spilled.push(block);
            }
            for (part, open) in parts.iter_mut().zip(appender.open) {
                if open.capacity() > 0 {
                    part.taken += appender.capacity * size_of::<T>();
                    part.blocks.push(open);
                }
            }
        }
        Self { parts: parts.into_iter().map(Mutex::new).collect(), budget: Arc::clone(budget) }
    }

    /// Takes all records of a partition, in no order.
    ///
    /// # Errors
    ///
    /// What keeps a temporary file from being read.
    pub(crate) fn take(&self, partition: usize) -> Result<Blocks<T>> {
        let Part { mut blocks, taken, spilled } = mem::take(&mut *lock(&self.parts[partition]));
        for block in spilled {
            let mut records = vec![T::zeroed(); block.records];
            let read = block.file.read(bytemuck::cast_slice_mut(&mut records), block.offset);
            read.map_err(|error| self.budget.explained(error))?;
            blocks.push(records);
        }
        Ok(Blocks { records: blocks, taken, budget: Arc::clone(&self.budget) })
    }
}

impl<T> Default for Part<T> {
    fn default() -> Self {
        Self { blocks: Vec::new(), taken: 0, spilled: Vec::new() }
    }
}

/// The records of one partition; their memory goes back to the budget with them.
#[derive(Debug)]
pub(crate) struct Blocks<T> {
    records: Vec<Vec<T>>,
    taken: usize,
    budget: Arc<Budget>,
}

impl<T> Blocks<T> {
    /// The records, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.records.iter().flatten()
    }

    /// The records, to be changed.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.records.iter_mut().flatten()
    }

    /// How many records there are.
    pub(crate) fn len(&self) -> usize {
        self.records.iter().map(Vec::len).sum()
    }
}

impl<T> Drop for Blocks<T> {
    fn drop(&mut self) {
        self.budget.give_back(self.taken);
    }
}

#[cfg(test)]
mod tests {
    use super::super::spill::MemoryLimit;
    use super::*;

    /// Appends numbers by several workers within a limit, and takes them partition by partition.
    fn through(limit: u64, workers: usize, count: u64) -> (Vec<Vec<u64>>, bool) {
        let budget =
            Arc::new(Budget::new(&MemoryLimit { bytes: limit, folder: None }).expect("the system has a folder"));
        let mut appenders: Vec<_> = (0..workers).map(|_| Appender::new(&budget, workers)).collect();
        for number in 0..count {
            let worker = usize::try_from(number).unwrap_or_default() % workers;
            appenders[worker].push(number.wrapping_mul(0x9e37_79b9_7f4a_7c15), number);
        }
        let has_spilled = appenders.iter().any(|appender| !appender.spilled.is_empty());
        let partitions = Partitions::new(appenders, &budget);
        let take = |partition| {
            let blocks = partitions.take(partition).expect("what was written can be read");
            let mut numbers: Vec<_> = blocks.iter().copied().collect();
            assert_eq!(numbers.len(), blocks.len());
            numbers.sort_unstable();
            numbers
        };
        let all = (0..PARTITIONS).map(take).collect();
        assert!(budget.has(usize::try_from(limit).unwrap_or_default()), "all was given back");
        (all, has_spilled)
    }

    #[test]
    fn spilled_or_not_the_same_records_come_together() {
        let (expected, has_spilled) = through(1 << 30, 1, 100_000);
        assert!(!has_spilled);
        assert_eq!(expected.iter().map(Vec::len).sum::<usize>(), 100_000);
        for limit in [0, 1, 8 * 1024, 100_000, 400_000] {
            for workers in [1, 3] {
                let (found, has_spilled) = through(limit, workers, 100_000);
                assert!(has_spilled, "{limit}");
                assert!(found == expected, "{limit}, {workers}");
            }
        }
    }
}
