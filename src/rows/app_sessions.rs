//! Brings the uses of the application's own sessions together: values of `--session-key`, by value.

use anyhow::Result;
use bytemuck::{Pod, Zeroable};
use hashbrown::HashSet;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::partitions::{PARTITIONS, Partitions};
use super::row::RowKey;

/// That an event of a session has a value of the `--session-key` property.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct AppSessionUse {
    /// 128 bits of the value and its team.
    value: [u64; 2],
    key: [u64; 2],
    team: u32,
    is_text: u32,
}

impl AppSessionUse {
    pub(super) fn new(value: [u64; 2], key: RowKey) -> Self {
        Self { value, key: key.bits, team: key.team, is_text: u32::from(key.is_text) }
    }

    fn key(&self) -> RowKey {
        RowKey { bits: self.key, team: self.team, is_text: self.is_text != 0 }
    }
}

/// The sessions one of whose values also occurs under another session id of their team.
///
/// # Errors
///
/// What keeps a temporary file from being read.
pub(crate) fn straying(uses: &Partitions<AppSessionUse>) -> Result<HashSet<RowKey>> {
    let parts: Result<Vec<_>> = (0..PARTITIONS)
        .into_par_iter()
        .map(|partition| {
            let blocks = uses.take(partition)?;
            let mut sorted: Vec<_> = blocks.iter().collect();
            sorted.sort_unstable();
            sorted.dedup();
            let of_value = sorted.chunk_by(|one, other| one.value == other.value);
            let shared = of_value.filter(|sessions| sessions.len() > 1).flatten();
            Ok(shared.map(|one| one.key()).collect::<Vec<_>>())
        })
        .collect();
    Ok(parts?.into_iter().flatten().collect())
}
