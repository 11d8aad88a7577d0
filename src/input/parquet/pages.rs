//! Looks at pages before the library decodes them: what it takes for granted may not hold in a broken file.
//!
//! The library tells most of what is broken. It panics, or asks for any amount of memory, where this file says.

use bytes::Bytes;
use parquet::basic::{Encoding, Type};
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::schema::types::ColumnDescriptor;

use super::numbers::Numbers;

/// The pages of a column whose values stand one a row.
pub(super) struct CheckedPages {
    pages: Box<dyn PageReader>,
    values: Type,
    /// The bits that a value has at least.
    value_bits: usize,
    /// The bits that tell whether a value is there; none where all are.
    level_bits: usize,
    rows: usize,
    has_dictionary: bool,
}

/// The bytes of the length before levels, and before texts.
const LENGTH_BYTES: usize = 4;

/// The texts of a page at the most: the library makes room for as many as a page of few bytes says. Writers end a page
/// after tens of thousands.
const MOST_TEXTS: usize = 1 << 24;

impl CheckedPages {
    /// Of a column with so many rows.
    pub(super) fn new(pages: Box<dyn PageReader>, column: &ColumnDescriptor, rows: usize) -> Self {
        let values = column.physical_type();
        let value_bits = match values {
            Type::BOOLEAN => 1,
            Type::INT32 | Type::FLOAT => 32,
            Type::INT64 | Type::DOUBLE => 64,
            Type::INT96 => 96,
            Type::BYTE_ARRAY => 8 * LENGTH_BYTES,
            Type::FIXED_LEN_BYTE_ARRAY => usize::try_from(column.type_length()).unwrap_or_default() * 8,
        };
        let level_bits = (i16::BITS - column.max_def_level().leading_zeros()) as usize;
        Self { pages, values, value_bits, level_bits, rows, has_dictionary: false }
    }

    /// A page as it can be decoded.
    fn checked(&mut self, mut page: Page) -> Result<Page> {
        let is_dictionary = page.is_dictionary_page();
        let start = if is_dictionary { 0 } else { self.levels(&page)? };
        let (count, encoding, values) = (page.num_values() as usize, page.encoding(), &page.buffer()[start..]);
        let plain = if is_dictionary {
            check(count <= 8 * values.len() / self.value_bits.max(1), "a dictionary that does not fit its page")?;
            self.has_dictionary = true;
            self.ended(values)
        } else {
            self.plain(encoding, count, values)?
        };
        if let Some(plain) = plain {
            let (Page::DataPage { buf, encoding, .. }
            | Page::DataPageV2 { buf, encoding, .. }
            | Page::DictionaryPage { buf, encoding, .. }) = &mut page;
            *buf = Bytes::from([&buf[..start], &plain].concat());
            *encoding = if is_dictionary { *encoding } else { Encoding::PLAIN };
        }
        Ok(page)
    }

    /// Where the values of a data page begin, behind levels that can be read.
    fn levels(&self, page: &Page) -> Result<usize> {
        let (buffer, count) = (page.buffer(), page.num_values() as usize);
        check(count <= self.rows, "a page of more values than there are rows")?;
        let (start, end) = match *page {
            Page::DataPageV2 { rep_levels_byte_len, def_levels_byte_len, .. } => {
                let start = rep_levels_byte_len as usize;
                (start, start.checked_add(def_levels_byte_len as usize))
            }
            _ if self.level_bits == 0 => return Ok(0),
            Page::DataPage { def_level_encoding: Encoding::RLE, .. } => {
                let length = buffer.first_chunk().map(|length| u32::from_le_bytes(*length) as usize);
                (LENGTH_BYTES, length.and_then(|length| length.checked_add(LENGTH_BYTES)))
            }
            _ => return broken("levels in an encoding that is not read"),
        };
        let Some((end, levels)) = end.and_then(|end| Some((end, buffer.get(start..end)?))) else {
            return broken("levels that do not fit their page");
        };
        check(self.level_bits == 0 || Numbers(levels).are_runs(self.level_bits, count), "levels that are no numbers")?;
        Ok(end)
    }

    /// The values of a data page in the plain encoding, where they cannot stay as they are.
    fn plain(&self, encoding: Encoding, count: usize, values: &[u8]) -> Result<Option<Vec<u8>>> {
        let mut numbers = Numbers(values);
        let can_be_read = match encoding {
            Encoding::PLAIN => return Ok(self.ended(values)),
            Encoding::BYTE_STREAM_SPLIT if self.values != Type::BYTE_ARRAY => return Ok(Some(self.joined(values))),
            Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY => {
                check(self.has_dictionary, "a page without its dictionary")?;
                values.split_first().is_none_or(|(bits, runs)| Numbers(runs).are_runs((*bits).into(), count))
            }
            Encoding::RLE => values.get(LENGTH_BYTES..).is_none_or(|runs| Numbers(runs).are_runs(1, count)),
            Encoding::DELTA_BINARY_PACKED => match numbers.differences(count, drop) {
                // The library takes it for granted that there is a first one.
                Some(0) => return Ok(Some(Vec::new())),
                count => count.is_some(),
            },
            Encoding::DELTA_LENGTH_BYTE_ARRAY => numbers.lengths(count.min(MOST_TEXTS)).is_some(),
            Encoding::DELTA_BYTE_ARRAY => {
                let prefixes = numbers.differences(count.min(MOST_TEXTS), drop);
                prefixes.is_some() && numbers.lengths(count.min(MOST_TEXTS)) == prefixes
            }
            encoding => return broken(&format!("values in the encoding {encoding}, which is not read")),
        };
        check(can_be_read, "values that do not fit their page").map(|()| None)
    }

    /// Plain texts as far as they are whole, behind them a length that no page has: one that is cut off is told then,
    /// where the library would read behind it. Other plain values can stay as they are.
    fn ended(&self, values: &[u8]) -> Option<Vec<u8>> {
        let is_text = self.values == Type::BYTE_ARRAY;
        is_text.then(|| [&values[..whole_texts(values)], &u32::MAX.to_le_bytes()].concat())
    }

    /// Values of which the first bytes stand together, then the second ones, and so on; the library would read behind
    /// the last one.
    fn joined(&self, values: &[u8]) -> Vec<u8> {
        let count = 8 * values.len() / self.value_bits.max(8);
        let value = |at| values.iter().skip(at).step_by(count.max(1)).take(self.value_bits / 8);
        (0..count).flat_map(value).copied().collect()
    }
}

/// The bytes of the plain texts that are there to their end.
fn whole_texts(values: &[u8]) -> usize {
    let mut rest = values;
    while let Some((length, behind)) = rest.split_first_chunk() {
        let Some(behind) = behind.get(u32::from_le_bytes(*length) as usize..) else { break };
        rest = behind;
    }
    values.len() - rest.len()
}

fn broken<T>(what: &str) -> Result<T> {
    Err(ParquetError::General(what.to_owned()))
}

fn check(holds: bool, what: &str) -> Result<()> {
    if holds { Ok(()) } else { broken(what) }
}

impl Iterator for CheckedPages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for CheckedPages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        self.pages.get_next_page()?.map(|page| self.checked(page)).transpose()
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.pages.skip_next_page()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_whole_that_are_there_to_their_end() {
        let texts = b"\x02\0\0\0ab\0\0\0\0\x01\0\0\0c";
        for (bytes, whole) in [(15, 15), (14, 10), (13, 10), (10, 10), (9, 6), (6, 6), (5, 0), (0, 0)] {
            assert_eq!(whole_texts(&texts[..bytes]), whole, "{bytes} bytes");
        }
    }
}
