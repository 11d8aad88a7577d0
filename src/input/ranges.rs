//! Divides a regular file into ranges whose records are read side by side, each without knowing the others.
//!
//! The ranges are of equal size. To each belong the records from its first record boundary up to the first one in a
//! later range; a range without a boundary has no records, its bytes belong to an earlier one. Where the first boundary
//! of a range lies follows from the bytes around the range alone, so all threads find the same.

use std::io::{self, Read};

use super::chunk::{Chunk, Chunks};
use super::open::{ByteCount, ReadAt};
use super::structure::first_record_boundary;

/// How far before and behind a range the brackets of a record boundary are looked for; a wider gap is none.
const GAP_BYTES: u64 = 64;
/// What is read at once to look for a record boundary: a usual record or two.
const LOOK_BYTES: u64 = 4 << 10;
/// If none of the first ranges has a record boundary, the file is one document or has very long records, which a stream
/// reads better.
const TRIED_RANGES: u64 = 4;
/// The records of a range are one chunk, unless they go on through ranges without a boundary. Chunks of so many ranges'
/// bytes are fewer than those ranges: two that follow each other always have as many bytes together, or the second is
/// the last.
const CHUNK_RANGES: usize = 4;

/// A file, divided into ranges.
pub struct FileRanges<'c, F> {
    file: F,
    size: u64,
    chunk_bytes: usize,
    bytes_read: &'c ByteCount<'c>,
}

impl<'c, F: ReadAt> FileRanges<'c, F> {
    /// Divides a file into ranges of `size` bytes; what is read of it counts on `count`.
    pub fn new(file: F, size: usize, count: &'c ByteCount<'c>) -> Self {
        Self { file, size: size as u64, chunk_bytes: CHUNK_RANGES * size, bytes_read: count }
    }

    /// How many ranges there are.
    ///
    /// # Panics
    ///
    /// Never: [`Self::serve`] has refused what has more.
    #[must_use]
    pub fn count(&self) -> u32 {
        u32::try_from(self.count_all()).expect("larger files are streams")
    }

    /// Whether there are several ranges, and record boundaries in the first ones.
    ///
    /// # Errors
    ///
    /// What the file says.
    pub fn serve(&self) -> io::Result<bool> {
        let ranges = self.count_all();
        if u32::try_from(ranges).is_err() {
            return Ok(false);
        }
        for range in 1..ranges.min(1 + TRIED_RANGES) {
            if self.start(range)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The file as it was given.
    pub fn into_file(self) -> F {
        self.file
    }

    /// Reads the records of a range, if it has any.
    ///
    /// # Errors
    ///
    /// What the file says.
    pub fn reader(&self, range: u32) -> io::Result<Option<RangeReader<'_, 'c, F>>> {
        let Some(at) = self.start(u64::from(range))? else { return Ok(None) };
        let bytes = Bytes { ranges: self, at, end: None, next_range: u64::from(range) + 1, has_failed: false };
        Ok(Some(RangeReader { chunks: Chunks::new(bytes, self.chunk_bytes), range }))
    }

    fn count_all(&self) -> u64 {
        self.file.length().div_ceil(self.size)
    }

    /// Where the first record begins that begins in the range, if one does; the file's first range begins with one.
    fn start(&self, range: u64) -> io::Result<Option<u64>> {
        if range == 0 {
            return Ok(Some(0));
        }
        let begin = range * self.size;
        let end = begin + self.size;
        let window_start = begin.saturating_sub(GAP_BYTES);
        let window_end = (end + GAP_BYTES).min(self.file.length());
        let (mut window, mut look) = (Vec::new(), LOOK_BYTES);
        loop {
            let look_end = (begin + look).min(window_end);
            self.file.extend_window(&mut window, window_start, look_end)?;
            let before = usize::try_from(begin - window_start).expect("a gap is small");
            match first_record_boundary(&window, before) {
                Some(at) => return Ok(Some(window_start + at as u64).filter(|at| *at < end)),
                None if look_end == window_end => return Ok(None),
                None => look *= 2,
            }
        }
    }
}

/// Reads the records of a range in chunks.
pub struct RangeReader<'r, 'c, F> {
    chunks: Chunks<Bytes<'r, 'c, F>>,
    range: u32,
}

impl<F: ReadAt> RangeReader<'_, '_, F> {
    /// The next chunk, as [`Chunks::next_chunk`] gives it. Its number is the range's, or that of a later range without a
    /// boundary, so that numbers rise through the file as the chunks do.
    ///
    /// # Errors
    ///
    /// As [`Chunks::next_chunk`].
    pub fn next_chunk(&mut self, buffer: Vec<u8>) -> io::Result<Option<Chunk>> {
        let Some(mut chunk) = self.chunks.next_chunk(buffer)? else { return Ok(None) };
        let bytes = self.chunks.reader();
        chunk.number += self.range;
        chunk.is_last &= bytes.has_failed || bytes.at == bytes.length();
        Ok(Some(chunk))
    }

    /// Whether there is no chunk to come.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.chunks.has_ended()
    }
}

/// The bytes of the records of a range.
struct Bytes<'r, 'c, F> {
    ranges: &'r FileRanges<'c, F>,
    at: u64,
    /// Where they end, once that is known.
    end: Option<u64>,
    /// The next range that may end them.
    next_range: u64,
    has_failed: bool,
}

impl<F: ReadAt> Bytes<'_, '_, F> {
    fn length(&self) -> u64 {
        self.ranges.file.length()
    }

    /// How far they go at least: to their end, or to the next range.
    fn known_end(&mut self) -> io::Result<u64> {
        loop {
            let next_range = self.next_range * self.ranges.size;
            match self.end {
                Some(end) => return Ok(end),
                None if next_range >= self.length() => self.end = Some(self.length()),
                None if self.at < next_range => return Ok(next_range),
                None => {
                    self.end = self.ranges.start(self.next_range)?;
                    self.next_range += 1;
                }
            }
        }
    }
}

impl<F: ReadAt> Read for Bytes<'_, '_, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.known_end().and_then(|end| self.ranges.file.read_before(end, buffer, self.at));
        self.has_failed = read.is_err();
        let read = read?;
        self.at += read as u64;
        self.ranges.bytes_read.add(read);
        Ok(read)
    }
}
