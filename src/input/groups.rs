//! Hands the row groups of a Parquet file to all threads.

use std::io;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Result;

use super::Need;
use super::parquet::{Columns, Parquet, Rows};

/// The row groups of a file.
pub(super) struct Groups {
    parquet: Parquet,
    columns: Columns,
    next: AtomicU32,
}

impl Groups {
    /// With the columns that `need` asks for, each told by its path.
    pub(super) fn new(parquet: Parquet, need: impl Fn(&[String]) -> Need) -> Result<Self> {
        let columns = parquet.columns(need)?;
        Ok(Self { parquet, columns, next: AtomicU32::new(0) })
    }

    /// The columns that are not read, as [`Columns::skipped`] names them.
    pub(super) fn skipped(&self) -> &[String] {
        self.columns.skipped()
    }

    /// The next row group that no thread has taken.
    pub(super) fn take(&self) -> Option<u32> {
        let taken = |next| (next < self.parquet.groups()).then_some(next + 1);
        self.next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken).ok()
    }

    /// The rows of a row group.
    pub(super) fn rows(&self, group: u32) -> io::Result<Rows> {
        self.parquet.rows(group, &self.columns)
    }

    /// The bytes that count as read with it.
    pub(super) fn share(&self, group: u32) -> usize {
        usize::try_from(self.parquet.share(group)).unwrap_or(usize::MAX)
    }
}
