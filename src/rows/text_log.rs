//! Keeps texts that may all be different, such as session ids that are no UUIDs, within the budget.

use std::borrow::Cow;
use std::io;
use std::sync::Arc;

use anyhow::Result;

use super::spill::{Budget, SpillFile};

/// The bytes of a segment, which stays in memory or goes to the temporary file as a whole.
const SEGMENT_BYTES: usize = 64 << 10;

/// The bytes in front of a text that say how long it is.
const LENGTH_BYTES: usize = 4;

/// The bits of a [`TextRef`] that are the offset in the worker's texts; those above are the worker.
const OFFSET_BITS: u32 = 48;

/// Where a text is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TextRef(pub(crate) u64);

/// Appends texts for one worker.
#[derive(Debug)]
pub(crate) struct TextAppender {
    worker: u64,
    open: Vec<u8>,
    full: Vec<Segment>,
    file: SpillFile,
    budget: Arc<Budget>,
}

#[derive(Debug)]
enum Segment {
    Memory(Vec<u8>),
    /// The offset in the temporary file.
    Spilled(u64),
}

/// The texts of all workers.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    workers: Vec<TextAppender>,
}

impl TextAppender {
    /// An appender for the worker of a number, within a budget.
    pub(crate) fn new(worker: usize, budget: &Arc<Budget>) -> Self {
        Self {
            worker: worker as u64,
            open: Vec::new(),
            full: Vec::new(),
            file: SpillFile::default(),
            budget: Arc::clone(budget),
        }
    }

    /// Keeps a text of less than a segment.
    pub(crate) fn push(&mut self, text: &str) -> TextRef {
        if self.open.len() + LENGTH_BYTES + text.len() > SEGMENT_BYTES {
            self.close();
        }
        let offset = self.full.len() * SEGMENT_BYTES + self.open.len();
        let length = u32::try_from(text.len()).expect("a text fits into a segment");
        self.open.extend_from_slice(&length.to_le_bytes());
        self.open.extend_from_slice(text.as_bytes());
        TextRef(self.worker << OFFSET_BITS | offset as u64)
    }

    fn close(&mut self) {
        let mut bytes = std::mem::take(&mut self.open);
        let segment = if self.budget.has(bytes.len()) {
            self.budget.take(bytes.len());
            Segment::Memory(bytes)
        } else {
            let offset = self.file.append(&bytes, &self.budget);
            bytes.clear();
            self.open = bytes;
            Segment::Spilled(offset)
        };
        self.full.push(segment);
    }

    fn read(&self, offset: usize) -> io::Result<Vec<u8>> {
        let at = offset % SEGMENT_BYTES;
        match self.full.get(offset / SEGMENT_BYTES) {
            None => Ok(text_at(&self.open, at).to_vec()),
            Some(Segment::Memory(bytes)) => Ok(text_at(bytes, at).to_vec()),
            Some(Segment::Spilled(start)) => {
                let start = start + at as u64;
                let mut length = [0; LENGTH_BYTES];
                self.file.read(&mut length, start)?;
                let mut text = vec![0; u32::from_le_bytes(length) as usize];
                self.file.read(&mut text, start + LENGTH_BYTES as u64)?;
                Ok(text)
            }
        }
    }
}

fn text_at(segment: &[u8], at: usize) -> &[u8] {
    let (length, rest) = segment[at..].split_first_chunk().expect("a text has a length");
    &rest[..u32::from_le_bytes(*length) as usize]
}

impl Texts {
    /// Puts together what all workers appended; these are numbered from 0.
    pub(crate) fn new(appenders: impl IntoIterator<Item = TextAppender>) -> Self {
        let mut workers: Vec<_> = appenders.into_iter().collect();
        workers.sort_by_key(|appender| appender.worker);
        Self { workers }
    }

    /// The text that is kept at a place.
    ///
    /// # Errors
    ///
    /// What keeps a temporary file from being read.
    pub(crate) fn read(&self, at: TextRef) -> Result<String> {
        let worker = usize::try_from(at.0 >> OFFSET_BITS).unwrap_or_default();
        let offset = usize::try_from(at.0 & ((1 << OFFSET_BITS) - 1)).unwrap_or_default();
        let appender = &self.workers[worker];
        let bytes = appender.read(offset).map_err(|error| appender.budget.explained(error))?;
        Ok(match String::from_utf8_lossy(&bytes) {
            Cow::Borrowed(text) => text.to_owned(),
            Cow::Owned(text) => text,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::spill::MemoryLimit;
    use super::*;

    #[test]
    fn texts_read_back_from_memory_and_from_files() {
        for bytes in [0, SEGMENT_BYTES as u64 * 2, 1 << 30] {
            let budget = Arc::new(Budget::new(&MemoryLimit { bytes, folder: None }).expect("the system has a folder"));
            let mut appenders: Vec<_> = (0..2).map(|worker| TextAppender::new(worker, &budget)).collect();
            let text = |number: usize| format!("{number} {}", "é".repeat(number % 500));
            let refs: Vec<_> = (0..5000).map(|number| appenders[number % 2].push(&text(number))).collect();
            appenders.reverse();
            let texts = Texts::new(appenders);
            for (number, at) in refs.into_iter().enumerate() {
                assert_eq!(texts.read(at).expect("it was kept"), text(number));
            }
        }
    }
}
