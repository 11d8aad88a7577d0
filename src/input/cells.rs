//! Cuts a regular file into stretches of whole records that are read side by side, each without knowing the others.
//!
//! The file is divided into cells of equal size. The records that begin at the first seam in a cell, up to the first
//! seam in a later cell, are its *stretch*; a cell without a seam has none, its bytes belong to an earlier one. Where a
//! cell's first seam lies follows from the bytes around the cell alone, so all threads find the same.

use std::io::{self, Read};

use super::chunk::{Chunk, Chunks};
use super::open::{ByteCount, ReadAt};
use super::structure::first_seam;

/// How far before and behind a cell a seam's brackets are looked for; a wider gap is no seam.
const GAP_BYTES: u64 = 64;
/// What is read at once to look for a seam: a usual record or two.
const LOOK_BYTES: u64 = 4 << 10;
/// If none of the first cells has a seam, the file is one document or has very long records: a stream reads it better.
const TRIED_CELLS: u64 = 4;
/// A stretch is one chunk unless it goes on through cells without a seam. Chunks of so many cells' bytes are fewer than
/// the cells of the stretch: two that follow each other always have as many bytes together, or the second is the last.
const CHUNK_CELLS: usize = 4;

/// The cells of a file.
pub struct Cells<'c, F> {
    file: F,
    size: u64,
    chunk_bytes: usize,
    count: &'c ByteCount<'c>,
}

impl<'c, F: ReadAt> Cells<'c, F> {
    /// Divides a file into cells of `size` bytes; what is read of it counts on `count`.
    pub fn new(file: F, size: usize, count: &'c ByteCount<'c>) -> Self {
        Self { file, size: size as u64, chunk_bytes: CHUNK_CELLS * size, count }
    }

    /// How many cells there are.
    ///
    /// # Panics
    ///
    /// Never: [`Self::serve`] has refused what has more.
    #[must_use]
    pub fn cells(&self) -> u32 {
        u32::try_from(self.cell_count()).expect("larger files are streams")
    }

    /// Whether there are several cells, and seams among the first.
    ///
    /// # Errors
    ///
    /// What the file says.
    pub fn serve(&self) -> io::Result<bool> {
        let cells = self.cell_count();
        if u32::try_from(cells).is_err() {
            return Ok(false);
        }
        for cell in 1..cells.min(1 + TRIED_CELLS) {
            if self.start(cell)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The file as it was given.
    pub fn into_file(self) -> F {
        self.file
    }

    /// The chunks of a cell's stretch, if it has one.
    ///
    /// # Errors
    ///
    /// What the file says.
    pub fn stretch(&self, cell: u32) -> io::Result<Option<Stretch<'_, 'c, F>>> {
        let Some(at) = self.start(u64::from(cell))? else { return Ok(None) };
        let bytes = Bytes { cells: self, at, end: None, next_cell: u64::from(cell) + 1, has_failed: false };
        Ok(Some(Stretch { chunks: Chunks::new(bytes, self.chunk_bytes), cell }))
    }

    fn cell_count(&self) -> u64 {
        self.file.length().div_ceil(self.size)
    }

    /// Where the first record begins that begins in the cell; the file's first cell begins with one.
    fn start(&self, cell: u64) -> io::Result<Option<u64>> {
        if cell == 0 {
            return Ok(Some(0));
        }
        let begin = cell * self.size;
        let end = begin + self.size;
        let window_start = begin.saturating_sub(GAP_BYTES);
        let window_end = (end + GAP_BYTES).min(self.file.length());
        let (mut window, mut look) = (Vec::new(), LOOK_BYTES);
        loop {
            let look_end = (begin + look).min(window_end);
            self.file.extend_window(&mut window, window_start, look_end)?;
            let before = usize::try_from(begin - window_start).expect("a gap is small");
            match first_seam(&window, before) {
                Some(at) => return Ok(Some(window_start + at as u64).filter(|at| *at < end)),
                None if look_end == window_end => return Ok(None),
                None => look *= 2,
            }
        }
    }
}

/// The records of a cell.
pub struct Stretch<'s, 'c, F> {
    chunks: Chunks<Bytes<'s, 'c, F>>,
    cell: u32,
}

impl<F: ReadAt> Stretch<'_, '_, F> {
    /// The next chunk, as [`Chunks::next_chunk`] gives it. Its number is the cell's, or that of a later cell without a
    /// seam, so that numbers rise through the file as the chunks do.
    ///
    /// # Errors
    ///
    /// As [`Chunks::next_chunk`].
    pub fn next_chunk(&mut self, buffer: Vec<u8>) -> io::Result<Option<Chunk>> {
        let Some(mut chunk) = self.chunks.next_chunk(buffer)? else { return Ok(None) };
        let bytes = self.chunks.reader();
        chunk.number += self.cell;
        chunk.is_last &= bytes.has_failed || bytes.at == bytes.length();
        Ok(Some(chunk))
    }

    /// Whether there is no chunk to come.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.chunks.has_ended()
    }
}

/// The bytes of a stretch.
struct Bytes<'s, 'c, F> {
    cells: &'s Cells<'c, F>,
    at: u64,
    /// Where the stretch ends, once that is known.
    end: Option<u64>,
    /// The next cell that may end it.
    next_cell: u64,
    has_failed: bool,
}

impl<F: ReadAt> Bytes<'_, '_, F> {
    fn length(&self) -> u64 {
        self.cells.file.length()
    }

    /// How far the stretch goes at least: to its end, or to the next cell.
    fn known_end(&mut self) -> io::Result<u64> {
        loop {
            let next_cell = self.next_cell * self.cells.size;
            match self.end {
                Some(end) => return Ok(end),
                None if next_cell >= self.length() => self.end = Some(self.length()),
                None if self.at < next_cell => return Ok(next_cell),
                None => {
                    self.end = self.cells.start(self.next_cell)?;
                    self.next_cell += 1;
                }
            }
        }
    }
}

impl<F: ReadAt> Read for Bytes<'_, '_, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.known_end().and_then(|end| self.cells.file.read_before(end, buffer, self.at));
        self.has_failed = read.is_err();
        let read = read?;
        self.at += read as u64;
        self.cells.count.add(read);
        Ok(read)
    }
}
