//! Puts the rows of a partition into the order in which they are gone through.

use super::partitions::Blocks;
use super::row::Row;

/// What mostly decides the order, so that rows are seldom looked at while they are sorted.
struct Entry<'r> {
    key: u64,
    time_us: i64,
    row: &'r Row,
}

/// The rows session by session; those of a session by time, without a time last, and by position
/// where their times are equal.
pub(crate) fn by_session(blocks: &Blocks<Row>) -> Vec<&Row> {
    let mut entries = Vec::with_capacity(blocks.len());
    entries.extend(blocks.iter().map(|row| Entry { key: row.key[0], time_us: row.time_us, row }));
    entries.sort_unstable_by_key(|entry| (entry.key, entry.time_us));
    // Keys that begin alike, and equal times, are few.
    for alike in entries.chunk_by_mut(|one, other| one.key == other.key) {
        alike.sort_unstable_by_key(|entry| (entry.row.key(), entry.time_us, entry.row.at));
    }
    entries.into_iter().map(|entry| entry.row).collect()
}
