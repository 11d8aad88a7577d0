//! Reads Parquet files by row groups: their rows become the lines of a batch export, with the needed columns only.
//!
//! Everything that holds for records then holds for rows by the same code, and the line of a record is its row.

mod column;
mod columns;
mod lines;
mod numbers;
mod pages;
mod rows;

use std::io::{self, BufReader};
use std::sync::Arc;

use anyhow::{Result, bail};
use bytes::Bytes;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::reader::{ChunkReader, FileReader, Length, SerializedFileReader};

use super::Need;
use super::open::{FileAt, InOrder, Opened, ReadAt};
use super::recognise::HEAD_BYTES;
use crate::safe::data_text;
pub use columns::Columns;
pub use lines::Lines;
pub use rows::Rows;

/// Rows that are read of all columns at once. Chunks end only behind so many or a multiple, and count them: the number
/// of a chunk follows from the rows before it, whichever thread reads them.
const ROWS_AT_ONCE: u64 = 64;
/// The most of those that a file may have: four billion rows. What claims more is broken.
const MOST_READS: u64 = 1 << 26;
/// What is read at once to find the header of a page.
const HEADER_BYTES: usize = 512;

/// A Parquet file that is open.
pub struct Parquet {
    reader: SerializedFileReader<Positioned>,
    length: u64,
    /// The number of the first chunk of every row group.
    first_chunks: Vec<u32>,
}

impl Parquet {
    /// Opens a file by the description at its end.
    ///
    /// # Errors
    ///
    /// What is no file, as it has to be read from its end; what is broken there.
    pub fn open(opened: Opened) -> Result<Self> {
        let Opened::File(file) = opened else { bail!("is Parquet, which is read from its end: give it as a file") };
        let length = file.length();
        let reader = SerializedFileReader::new(Positioned(Arc::new(file)))
            .or_else(|error| bail!("is Parquet whose end cannot be read ({})", said(&error)))?;
        let Some(first_chunks) = first_chunks(&reader) else { bail!("is Parquet that claims impossible rows") };
        Ok(Self { reader, length, first_chunks })
    }

    /// How many row groups there are.
    #[must_use]
    pub fn groups(&self) -> u32 {
        u32::try_from(self.reader.num_row_groups()).unwrap_or(u32::MAX)
    }

    /// The columns that are needed, each told by its path.
    ///
    /// # Errors
    ///
    /// Deciding columns of a type that is not read, and no column at all.
    pub fn columns(&self, need: impl Fn(&[String]) -> Need) -> Result<Columns> {
        Columns::new(self.reader.metadata().file_metadata().schema_descr(), need)
    }

    /// The rows of a row group.
    ///
    /// # Errors
    ///
    /// What the file says, and what is broken.
    pub fn rows(&self, group: u32, columns: &Columns) -> io::Result<Rows> {
        let index = group as usize;
        let reader = self.reader.get_row_group(index).map_err(|error| broken(group, &said(&error)))?;
        Ok(Rows::new(reader.as_ref(), group, self.first_chunks[index], columns))
    }

    /// The part of the file's bytes that counts as read with a row group. Those of all row groups and what it is
    /// recognised by are the whole file, whichever columns are read.
    #[must_use]
    pub fn share(&self, group: u32) -> u64 {
        let bytes = self.length.saturating_sub(HEAD_BYTES as u64);
        let until = |group: u32| u128::from(bytes) * u128::from(group) / u128::from(self.groups().max(1));
        u64::try_from(until(group + 1) - until(group)).unwrap_or_default()
    }
}

/// The number of the first chunk of every row group, unless there are negative or far too many rows.
fn first_chunks(reader: &SerializedFileReader<Positioned>) -> Option<Vec<u32>> {
    let mut reads = 0_u64;
    let groups = reader.metadata().row_groups().iter();
    let first_chunks = groups.map(|group| {
        let first_chunk = u32::try_from(reads).ok()?;
        let rows = u64::try_from(group.num_rows()).ok()?;
        reads = reads.checked_add(rows.div_ceil(ROWS_AT_ONCE)).filter(|reads| *reads <= MOST_READS)?;
        Some(first_chunk)
    });
    first_chunks.collect()
}

/// That a row group, counted from 1, is broken.
fn broken(group: u32, what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("row group {}: {what}", group + 1))
}

/// What the library says, some of which is data.
fn said(error: &ParquetError) -> String {
    let text = match error {
        ParquetError::General(text) | ParquetError::NYI(text) | ParquetError::EOF(text) => text.clone(),
        error => error.to_string(),
    };
    data_text(text.trim_end_matches('.'))
}

/// A file for the library, which wants to read from many places at once.
struct Positioned(Arc<FileAt>);

impl Length for Positioned {
    fn len(&self) -> u64 {
        self.0.length()
    }
}

impl ChunkReader for Positioned {
    type T = BufReader<InOrder<Arc<FileAt>>>;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        Ok(BufReader::with_capacity(HEADER_BYTES, InOrder::from(Arc::clone(&self.0), start)))
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        let end = start.checked_add(length as u64).filter(|end| *end <= self.0.length());
        let Some(end) = end else { return Err(ParquetError::EOF("a place behind the end of the file".to_owned())) };
        let mut bytes = Vec::new();
        self.0.extend_window(&mut bytes, start, end)?;
        Ok(bytes.into())
    }
}
