//! Cuts a stream of bytes into chunks of whole records, so that chunks can be read side by side.

use std::io::{self, Read};

use super::structure::{Cut, Cutter, last_record_boundary};

/// The bytes that a chunk has, give or take a record: large enough that a lock a chunk costs nothing, small enough for
/// a core's cache.
pub const CHUNK_BYTES: usize = 512 << 10;

/// Half of what a new buffer holds; most files of a folder may be small.
const FIRST_BYTES: usize = 32 << 10;

/// Whole records of one input.
#[derive(Debug, Default)]
pub struct Chunk {
    /// The records, and behind them what the buffer held before.
    buffer: Vec<u8>,
    length: usize,
    /// The chunk's place in its input, from 0.
    pub number: u32,
    /// Whether the first record is an element of an array that began in an earlier chunk.
    pub in_array: bool,
    /// Whether the next chunk begins inside that array, or another one.
    pub ends_in_array: bool,
    /// Whether the input ends here.
    pub is_last: bool,
}

/// Cuts what a reader gives.
#[derive(Debug)]
pub struct Chunks<R> {
    reader: R,
    size: usize,
    rest: Vec<u8>,
    number: u32,
    in_array: bool,
    ended: bool,
    failure: Option<io::Error>,
}

impl<R: Read> Chunks<R> {
    /// Chunks of about `size` bytes: that many are read before a place to cut at is looked for.
    pub fn new(reader: R, size: usize) -> Self {
        Self { reader, size, rest: Vec::new(), number: 0, in_array: false, ended: false, failure: None }
    }

    /// What the chunks are read from.
    pub fn reader(&self) -> &R {
        &self.reader
    }

    /// The same, to be changed.
    pub fn reader_mut(&mut self) -> &mut R {
        &mut self.reader
    }

    /// Whether there is no chunk to come, but perhaps an error.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// The next chunk, in a buffer that may have been used before; `None` behind the last one.
    ///
    /// # Errors
    ///
    /// What the reader says, after a last chunk with what was read before the error.
    pub fn next_chunk(&mut self, buffer: Vec<u8>) -> io::Result<Option<Chunk>> {
        if self.ended {
            return self.failure.take().map_or(Ok(None), Err);
        }
        let mut chunk = Chunk { buffer, number: self.number, in_array: self.in_array, ..Chunk::default() };
        chunk.append(&self.rest);
        self.rest.clear();
        if let Some(cut) = self.fill(&mut chunk) {
            self.rest.extend_from_slice(&chunk.bytes()[cut.at..]);
            chunk.length = cut.at;
            self.in_array = cut.in_array;
        } else {
            (self.in_array, self.ended) = (false, true);
        }
        (chunk.ends_in_array, chunk.is_last) = (self.in_array, self.ended);
        self.number += 1;
        Ok(Some(chunk))
    }

    /// Reads until there is a place to cut at; `None` when there is no more to read.
    fn fill(&mut self, chunk: &mut Chunk) -> Option<Cut> {
        let mut cutter = Cutter::new(self.in_array);
        let mut wanted = self.size;
        loop {
            self.failure = chunk.read_to(wanted, &mut self.reader).err();
            if chunk.length < wanted {
                return None;
            }
            let bytes = chunk.bytes();
            let boundary = last_record_boundary(bytes).map(|at| Cut { at, in_array: false });
            if let Some(cut) = boundary.or_else(|| cutter.last_cut(bytes)) {
                return Some(cut);
            }
            wanted = bytes.len() * 2;
        }
    }
}

impl Chunk {
    /// Whole lines, a record each.
    #[cfg(feature = "parquet")]
    pub(super) fn of_lines(buffer: Vec<u8>, number: u32) -> Self {
        Self { length: buffer.len(), buffer, number, ..Self::default() }
    }

    /// The records.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[..self.length]
    }

    /// The buffer, to be used again.
    #[must_use]
    pub fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }

    fn append(&mut self, bytes: &[u8]) {
        self.grow(self.length + bytes.len());
        self.buffer[self.length..][..bytes.len()].copy_from_slice(bytes);
        self.length += bytes.len();
    }

    /// Reads until there are `wanted` bytes, or as many as there are.
    fn read_to(&mut self, wanted: usize, reader: &mut impl Read) -> io::Result<()> {
        while self.length < wanted {
            // A used buffer has room for more, but what is asked of a reader must not depend on that.
            let room = wanted.min(self.length.max(FIRST_BYTES) * 2);
            self.grow(room);
            match reader.read(&mut self.buffer[self.length..room]) {
                Ok(0) => break,
                Ok(read) => self.length += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// A buffer that was used before is large enough, and not set again.
    fn grow(&mut self, length: usize) {
        if self.buffer.len() < length {
            self.buffer.resize(length, 0);
        }
    }
}
