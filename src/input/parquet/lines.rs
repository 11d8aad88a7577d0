//! Reads the rows of all row groups in their order, for who reads an input by one thread.

use std::io::{self, Read};

use super::{Columns, Parquet, Rows};
use crate::input::open::ByteCount;

/// A file's rows as lines.
pub struct Lines<'c> {
    parquet: Box<Parquet>,
    columns: Columns,
    count: &'c ByteCount<'c>,
    rows: Option<Rows>,
    next_group: u32,
    chunk: Vec<u8>,
    read: usize,
}

impl<'c> Lines<'c> {
    /// With these columns; what is read counts on `count`.
    pub fn new(parquet: Box<Parquet>, columns: Columns, count: &'c ByteCount<'c>) -> Self {
        Self { parquet, columns, count, rows: None, next_group: 0, chunk: Vec::new(), read: 0 }
    }

    /// How many row groups were begun.
    #[must_use]
    pub fn groups(&self) -> u32 {
        self.next_group
    }

    /// The columns that are not read, as [`Columns::skipped`] names them.
    #[must_use]
    pub fn skipped(&self) -> &[String] {
        self.columns.skipped()
    }

    /// Goes on to the next rows; false at the end.
    fn go_on(&mut self) -> io::Result<bool> {
        self.chunk.clear();
        self.read = 0;
        if let Some(rows) = &mut self.rows {
            match rows.next_chunk(std::mem::take(&mut self.chunk))? {
                Some(chunk) => self.chunk = chunk.into_buffer(),
                None => self.rows = None,
            }
        } else if self.next_group < self.parquet.groups() {
            self.rows = Some(self.parquet.rows(self.next_group, &self.columns)?);
            self.count.add(usize::try_from(self.parquet.share(self.next_group)).unwrap_or(usize::MAX));
            self.next_group += 1;
        } else {
            return Ok(false);
        }
        Ok(true)
    }
}

impl Read for Lines<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.read == self.chunk.len() {
            if !self.go_on()? {
                return Ok(0);
            }
        }
        let read = (&self.chunk[self.read..]).read(buffer)?;
        self.read += read;
        Ok(read)
    }
}
