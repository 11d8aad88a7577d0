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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parquet::data_type::{ByteArray, ByteArrayType};
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    use crate::input::parquet::Parquet;
    use crate::input::{Need, Source};

    /// Rows of this size make a chunk of every 64, and one of the last ones.
    const ROW_BYTES: usize = 10_000;

    /// A file of row groups of so many rows, each a text with its number in the file.
    fn parquet(groups: &[usize]) -> Parquet {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let schema = parse_message_type("message schema { required binary event (UTF8); }").expect("a schema");
        let mut writer = SerializedFileWriter::new(&file, Arc::new(schema), Arc::default()).expect("a writer");
        let mut numbers = 0..;
        for rows in groups {
            let text = |number| ByteArray::from(format!("{number:<ROW_BYTES$}").into_bytes());
            let texts: Vec<_> = numbers.by_ref().take(*rows).map(text).collect();
            let mut group = writer.next_row_group().expect("a row group");
            let mut column = group.next_column().expect("columns").expect("a column");
            column.typed::<ByteArrayType>().write_batch(&texts, None, None).expect("values");
            column.close().and_then(|()| group.close()).expect("a whole row group");
        }
        writer.close().expect("a whole file");
        Parquet::open(Source::File(file.path().to_owned()).open().expect("an input")).expect("Parquet")
    }

    #[test]
    fn chunks_are_numbered_by_the_rows_before_them_and_have_every_row_once() {
        let parquet = parquet(&[150, 1, 64, 65]);
        let columns = parquet.columns(|_| Need::Useful).expect("columns");
        let (mut places, mut lines) = (Vec::new(), Vec::new());
        for group in 0..parquet.groups() {
            let mut rows = parquet.rows(group, &columns).expect("rows");
            while let Some(chunk) = rows.next_chunk(b"used before".to_vec()).expect("a chunk") {
                let text = String::from_utf8(chunk.bytes().to_vec()).expect("UTF-8");
                places.push((group, chunk.number, text.lines().count()));
                lines.extend(text.lines().map(|line| line.replace(' ', "")));
            }
            assert!(rows.has_ended() && rows.next_chunk(Vec::new()).expect("the end").is_none());
        }
        let expected = [(0, 0, 64), (0, 1, 64), (0, 2, 22), (1, 3, 1), (2, 4, 64), (3, 5, 64), (3, 6, 1)];
        assert_eq!(places, expected);
        assert_eq!(lines, (0..280).map(|number| format!("{{\"event\":\"{number}\"}}")).collect::<Vec<_>>());
    }
}
