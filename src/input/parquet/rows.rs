//! Reads the rows of a row group as chunks of lines.

use std::io;

use parquet::column::reader::{ColumnReader, get_column_reader};
use parquet::file::reader::RowGroupReader;

use super::column::{Column, column};
use super::columns::Columns;
use super::pages::CheckedPages;
use super::{ROWS_AT_ONCE, broken, said};
use crate::input::chunk::{CHUNK_BYTES, Chunk};

/// The rows of a row group, in their order.
pub struct Rows {
    columns: Vec<NamedColumn>,
    end: Vec<u8>,
    group: u32,
    /// The number of the next chunk.
    number: u32,
    left: u64,
    failure: Option<io::Error>,
}

struct NamedColumn {
    name: String,
    before: Vec<u8>,
    values: Box<dyn Column>,
}

/// A reader of a column. The library takes it for granted that places in the file are no negative numbers.
fn open(reader: &dyn RowGroupReader, index: usize) -> Result<ColumnReader, String> {
    let column = reader.metadata().column(index);
    let start = column.dictionary_page_offset().unwrap_or(column.data_page_offset());
    if start < 0 || column.compressed_size() < 0 {
        return Err("stands nowhere in the file".to_owned());
    }
    let pages = reader.get_column_page_reader(index).map_err(|error| said(&error))?;
    let description = column.column_descr_ptr();
    let rows = usize::try_from(reader.metadata().num_rows()).unwrap_or_default();
    let pages = CheckedPages::new(pages, &description, rows);
    Ok(get_column_reader(description, Box::new(pages)))
}

impl Rows {
    /// What is broken is told in its turn.
    pub(super) fn new(reader: &dyn RowGroupReader, group: u32, number: u32, columns: &Columns) -> Self {
        let description = reader.metadata();
        let named = columns.leaves.iter().map(|leaf| {
            let (name, before) = (leaf.name.clone(), leaf.before.clone());
            let filled = description.column(leaf.index).column_descr().max_def_level();
            let values = open(reader, leaf.index);
            let values = values.map_err(|trouble| broken(group, &format!("column {name}: {trouble}")))?;
            Ok(NamedColumn { name, before, values: column(values, leaf.form, filled) })
        });
        let left = u64::try_from(description.num_rows()).unwrap_or_default();
        let (named, failure) = match named.collect::<io::Result<_>>() {
            Ok(named) => (named, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        Self { columns: named, end: columns.end.clone(), group, number, left, failure }
    }

    /// Whether there is no chunk to come, but perhaps an error.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.left == 0
    }

    /// The next chunk, in a buffer that may have been used before; `None` behind the last one.
    ///
    /// # Errors
    ///
    /// What is broken, after a last chunk with what was read before.
    pub fn next_chunk(&mut self, mut buffer: Vec<u8>) -> io::Result<Option<Chunk>> {
        if self.has_ended() {
            return self.failure.take().map_or(Ok(None), Err);
        }
        let number = self.number;
        buffer.clear();
        while self.left > 0 && buffer.len() < CHUNK_BYTES {
            let rows = self.left.min(ROWS_AT_ONCE);
            if self.failure.is_none() {
                self.failure = self.read(rows).err();
            }
            self.write(rows, &mut buffer);
            self.left -= rows;
            self.number += 1;
        }
        Ok(Some(Chunk::of_lines(buffer, number)))
    }

    fn read(&mut self, rows: u64) -> io::Result<()> {
        for NamedColumn { name, values, .. } in &mut self.columns {
            let wanted = usize::try_from(rows).unwrap_or(usize::MAX);
            let trouble = match values.read(wanted) {
                Ok(read) if read == wanted => continue,
                Ok(_) => "ends early".to_owned(),
                Err(error) => said(&error),
            };
            return Err(broken(self.group, &format!("column {name}: {trouble}")));
        }
        Ok(())
    }

    /// Writes rows that were read; blank lines, which are no records, for those that cannot be, so that every row of
    /// the file has its own number.
    fn write(&mut self, rows: u64, lines: &mut Vec<u8>) {
        for _ in 0..rows {
            if self.failure.is_some() {
                lines.push(b'\n');
                continue;
            }
            for column in &mut self.columns {
                lines.extend(&column.before);
                column.values.write_next(lines);
            }
            lines.extend(&self.end);
        }
    }
}
