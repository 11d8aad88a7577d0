//! Cuts a stream of bytes into chunks of whole records, so that chunks can be read side by side.

use std::io::{self, Read};

use super::structure::{Boundary, Cutter, last_seam};

/// The bytes that a chunk has at least, unless the stream ends: large enough that a lock a chunk costs nothing, small
/// enough for a core's cache.
pub const CHUNK_BYTES: usize = 512 << 10;

/// Whole records of one input.
#[derive(Debug, Default)]
pub struct Chunk {
    /// The records.
    pub bytes: Vec<u8>,
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
    /// Chunks of at least `size` bytes.
    pub fn new(reader: R, size: usize) -> Self {
        Self { reader, size, rest: Vec::new(), number: 0, in_array: false, ended: false, failure: None }
    }

    /// The next chunk, in a buffer that may have been used before; `None` behind the last one.
    ///
    /// # Errors
    ///
    /// What the reader says, after a last chunk with what was read before the error.
    pub fn next_chunk(&mut self, mut bytes: Vec<u8>) -> io::Result<Option<Chunk>> {
        if self.ended {
            return self.failure.take().map_or(Ok(None), Err);
        }
        bytes.clear();
        bytes.append(&mut self.rest);
        let boundary = self.fill(&mut bytes);
        let in_array = self.in_array;
        if let Some(boundary) = boundary {
            self.rest.extend_from_slice(&bytes[boundary.at..]);
            bytes.truncate(boundary.at);
            self.in_array = boundary.in_array;
        } else {
            (self.in_array, self.ended) = (false, true);
        }
        let chunk = Chunk { bytes, number: self.number, in_array, ends_in_array: self.in_array, is_last: self.ended };
        self.number += 1;
        Ok(Some(chunk))
    }

    /// Reads until there is a boundary to cut at; `None` when there is no more to read.
    fn fill(&mut self, bytes: &mut Vec<u8>) -> Option<Boundary> {
        let mut cutter = Cutter::new(self.in_array);
        let mut wanted = self.size;
        loop {
            if let Err(error) = self.read_to(wanted, bytes) {
                self.failure = Some(error);
                return None;
            }
            if bytes.len() < wanted {
                return None;
            }
            let seam = last_seam(bytes).map(|at| Boundary { at, in_array: false });
            if let Some(boundary) = seam.or_else(|| cutter.last_boundary(bytes)) {
                return Some(boundary);
            }
            wanted = bytes.len() * 2;
        }
    }

    /// Reads until there are `wanted` bytes, or as many as there are. The vector's spare bytes are read into as they are:
    /// they were set once, when the buffer was new.
    fn read_to(&mut self, wanted: usize, bytes: &mut Vec<u8>) -> io::Result<()> {
        let mut length = bytes.len();
        bytes.resize(wanted.max(length), 0);
        let mut read = Ok(());
        while length < wanted {
            match self.reader.read(&mut bytes[length..]) {
                Ok(0) => break,
                Ok(more) => length += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    read = Err(error);
                    break;
                }
            }
        }
        bytes.truncate(length);
        read
    }
}
