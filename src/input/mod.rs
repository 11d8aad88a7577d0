//! Finds the files to read, opens them, cuts them into chunks of whole records, and hands these to all threads.

pub mod chunk;
mod decompress;
mod discover;
mod failures;
pub mod frames;
#[cfg(feature = "parquet")]
mod groups;
pub mod gzip;
mod in_order;
pub mod members;
pub mod open;
#[cfg(feature = "parquet")]
pub mod parquet;
pub mod ranges;
mod recognise;
mod scheduler;
mod stream;
pub mod structure;

use std::cmp::Ordering;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

pub use decompress::{Compression, Decompress, Plain, decompressed};
pub use discover::{Discovery, EXPORT_EXTENSIONS, discover};
pub(crate) use failures::{interrupted, skipped_columns};
pub use in_order::OrderedPlain;
pub use recognise::{Basis, Recognised};
pub use scheduler::{InputFailure, InputOutcome, Reading, read_all};

/// One input of the audit; inputs are ordered as reports order events: by path, standard input last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file, named as the user named it or as it was found.
    File(PathBuf),
    /// Standard input.
    Stdin,
}

impl Ord for Source {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::File(path), Self::File(other)) => compare_paths(path, other),
            (Self::File(_), Self::Stdin) => Ordering::Less,
            (Self::Stdin, Self::File(_)) => Ordering::Greater,
            (Self::Stdin, Self::Stdin) => Ordering::Equal,
        }
    }
}

impl PartialOrd for Source {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Orders paths by their bytes, as people sort names; [`Path`] itself orders them by components.
fn compare_paths(path: &Path, other: &Path) -> Ordering {
    path.as_os_str().as_encoded_bytes().cmp(other.as_os_str().as_encoded_bytes())
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Stdin => f.write_str("-"),
        }
    }
}

impl Source {
    /// Its path; of standard input, the one that leads to what it is.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        match self {
            Self::File(path) => path.clone(),
            Self::Stdin => PathBuf::from("/dev/stdin"),
        }
    }

    /// The size of a regular file in bytes.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        match self {
            Self::File(path) => path.metadata().ok().filter(std::fs::Metadata::is_file).map(|metadata| metadata.len()),
            Self::Stdin => None,
        }
    }
}

/// How much a column is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Not at all.
    No,
    /// It has something to say, and can be left out.
    Useful,
    /// Nothing can be said without it.
    Deciding,
}

/// The place of an event: inputs in their order, chunks in the order of the input, lines from 0 in the chunk. Places
/// compare as events follow each other, whichever thread read them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct Position {
    /// The input's place in the order of inputs.
    pub input: u32,
    /// The chunk's place in the input.
    pub chunk: u32,
    /// The record's first line in the chunk.
    pub line: u32,
    /// The event's place among those of this line.
    pub nth: u32,
}

/// Locks; a thread that panicked ends the whole program, so nobody sees what it left.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
