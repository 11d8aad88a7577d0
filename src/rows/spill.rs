//! Keeps what is read of events within a budget of memory, and writes the rest to temporary files.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Error, Result};

use crate::input::lock;

/// How much memory may be used for what is kept of events, and where the rest goes.
#[derive(Debug, Clone)]
pub struct MemoryLimit {
    /// The budget in bytes (`--memory-limit`).
    pub bytes: u64,
    /// The folder for temporary files (`--temp-dir`); the system's when absent.
    pub folder: Option<PathBuf>,
}

impl Default for MemoryLimit {
    fn default() -> Self {
        Self { bytes: 1 << 30, folder: None }
    }
}

/// The memory that is left of a limit, and the first error of a temporary file; shared by all
/// threads.
#[derive(Debug)]
pub(crate) struct Budget {
    limit: u64,
    used: AtomicU64,
    folder: PathBuf,
    failure: Mutex<Option<io::Error>>,
}

impl Budget {
    /// # Errors
    ///
    /// A folder that the user names and that is none: better told before everything is read than after it.
    pub(crate) fn new(limit: &MemoryLimit) -> Result<Self> {
        let folder = limit.folder.clone().unwrap_or_else(std::env::temp_dir);
        let budget = Self { limit: limit.bytes, used: AtomicU64::new(0), folder, failure: Mutex::default() };
        if limit.folder.is_some() {
            let metadata = fs::metadata(&budget.folder);
            let folder = metadata
                .and_then(|found| if found.is_dir() { Ok(()) } else { Err(io::ErrorKind::NotADirectory.into()) });
            folder.map_err(|error| budget.explained(error))?;
        }
        Ok(budget)
    }

    /// How many bytes one of `parts` equal parts of the budget has.
    pub(super) fn share(&self, parts: u64) -> usize {
        usize::try_from(self.limit / parts).unwrap_or(usize::MAX)
    }

    /// Takes bytes that cannot be done without, whether they are left or not.
    pub(super) fn take(&self, bytes: usize) {
        self.used.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Whether so many bytes are left.
    pub(super) fn has(&self, bytes: usize) -> bool {
        self.used.load(Ordering::Relaxed).saturating_add(bytes as u64) <= self.limit
    }

    /// Gives bytes back.
    pub(super) fn give_back(&self, bytes: usize) {
        self.used.fetch_sub(bytes as u64, Ordering::Relaxed);
    }

    /// Notes that a temporary file could not be written or read: the run has no answer then.
    pub(super) fn fail(&self, error: io::Error) {
        lock(&self.failure).get_or_insert(error);
    }

    /// Whether a temporary file could not be written or read.
    pub(super) fn has_failed(&self) -> bool {
        lock(&self.failure).is_some()
    }

    /// # Errors
    ///
    /// What kept a temporary file from being written or read, if anything did.
    pub(crate) fn check(&self) -> Result<()> {
        lock(&self.failure).take().map_or(Ok(()), |error| Err(self.explained(error)))
    }

    /// What was not possible for an error of a temporary file.
    pub(super) fn explained(&self, error: io::Error) -> Error {
        let folder = self.folder.display();
        let what = format!("could not keep events in temporary files in {folder} (--temp-dir, --memory-limit)");
        Error::new(error).context(what)
    }
}

/// A temporary file of one worker, made when it is first written to.
///
/// It has no name in its folder from the start, so that nothing is left of it however the run ends.
#[derive(Debug, Default)]
pub(super) struct SpillFile {
    file: Option<File>,
    length: u64,
}

impl SpillFile {
    /// Appends bytes, and gives the offset at which they begin. After a failure, which the budget
    /// remembers, nothing is written any more.
    pub(super) fn append(&mut self, bytes: &[u8], budget: &Budget) -> u64 {
        let offset = self.length;
        if let Err(error) = self.write(bytes, &budget.folder) {
            budget.fail(error);
        }
        offset
    }

    fn write(&mut self, bytes: &[u8], folder: &Path) -> io::Result<()> {
        let file = match &self.file {
            Some(file) => file,
            None => self.file.insert(tempfile::tempfile_in(folder)?),
        };
        write_at(file, bytes, self.length)?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Fills a buffer from an offset on.
    pub(super) fn read(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        match &self.file {
            Some(file) => read_at(file, buffer, offset),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
}

#[cfg(windows)]
fn write_at(file: &File, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = std::os::windows::fs::FileExt::seek_write(file, bytes, offset)?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        bytes = &bytes[written..];
        offset += written as u64;
    }
    Ok(())
}

#[cfg(windows)]
fn read_at(file: &File, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        let read = std::os::windows::fs::FileExt::seek_read(file, buffer, offset)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        buffer = &mut buffer[read..];
        offset += read as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_knows_what_is_left_of_it() {
        let budget = Budget::new(&MemoryLimit { bytes: 10, folder: None }).expect("the system has a folder");
        budget.take(6);
        assert!(budget.has(4) && !budget.has(5));
        budget.take(5);
        assert!(!budget.has(0), "more was taken than there is");
        budget.give_back(6);
        assert!(budget.has(5) && !budget.has(6));
    }

    #[test]
    fn a_failure_is_told_once() {
        let budget = Budget::new(&MemoryLimit { bytes: 0, folder: None }).expect("the system has a folder");
        budget.fail(io::ErrorKind::StorageFull.into());
        budget.fail(io::ErrorKind::NotFound.into());
        let error = budget.check().expect_err("it failed");
        assert!(format!("{error:#}").ends_with(": no storage space"), "{error:#}");
        assert!(budget.check().is_ok());
    }
}
