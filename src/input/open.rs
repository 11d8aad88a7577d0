//! Opens inputs: regular files are read by position, from many threads at once, everything else as a stream.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Source;
use crate::progress::Progress;

/// An input that is open.
pub enum Opened {
    /// A regular file that says how long it is.
    File(FileAt),
    /// Standard input, a pipe, a device, or a file such as those in `/proc` that says it is empty and may not be.
    Stream(Box<dyn Read + Send>),
}

impl Source {
    /// Opens the source.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn open(&self) -> io::Result<Opened> {
        let file = match self {
            Self::File(path) if path.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
            Self::File(path) => File::open(path)?,
            Self::Stdin => return Ok(Opened::Stream(Box::new(io::stdin()))),
        };
        let metadata = file.metadata()?;
        Ok(match metadata.len() {
            length @ 1.. if metadata.is_file() && cfg!(any(unix, windows)) => Opened::File(FileAt { file, length }),
            _ => Opened::Stream(Box::new(file)),
        })
    }
}

impl Opened {
    /// The first bytes, `most` of them if there are as many.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn head(&mut self, most: usize) -> io::Result<Vec<u8>> {
        let mut head = Vec::with_capacity(most);
        match self {
            Self::File(file) => file.extend_window(&mut head, 0, file.length().min(most as u64))?,
            Self::Stream(stream) => drop(stream.take(most as u64).read_to_end(&mut head)?),
        }
        Ok(head)
    }

    /// All bytes, the first of which were read already.
    #[must_use]
    pub fn behind_head(self, head: Vec<u8>) -> Box<dyn Read + Send> {
        let read = head.len() as u64;
        let head = Cursor::new(head);
        match self {
            Self::File(file) => Box::new(head.chain(InOrder::from(file, read))),
            Self::Stream(stream) => Box::new(head.chain(stream)),
        }
    }
}

/// A regular file, as long as it was when it was opened: what is written to its end afterwards is not read, so that
/// all threads agree on where it ends.
#[derive(Debug)]
pub struct FileAt {
    file: File,
    length: u64,
}

/// Bytes of a known number that are read by position.
pub trait ReadAt: Sync {
    /// How many bytes there are, or were when they were first looked at.
    fn length(&self) -> u64;

    /// Reads from `offset` on, as [`Read::read`] does.
    ///
    /// # Errors
    ///
    /// What the system says.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Reads at least a byte, if there is one before `end`.
    ///
    /// # Errors
    ///
    /// What the system says; an unexpected end where there are no longer as many bytes as there were.
    fn read_before(&self, end: u64, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let wanted = usize::try_from(end.saturating_sub(offset)).map_or(buffer.len(), |left| left.min(buffer.len()));
        loop {
            match self.read_at(&mut buffer[..wanted], offset) {
                Ok(0) if wanted > 0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => return read,
            }
        }
    }

    /// Appends the bytes up to `end` to those that `window` already holds from `start` on.
    ///
    /// # Errors
    ///
    /// As [`Self::read_before`].
    fn extend_window(&self, window: &mut Vec<u8>, start: u64, end: u64) -> io::Result<()> {
        let mut held = window.len();
        let wanted = usize::try_from(end.saturating_sub(start)).expect("a window fits the memory");
        window.resize(wanted.max(held), 0);
        while held < wanted {
            match self.read_before(end, &mut window[held..], start + held as u64) {
                Ok(read) => held += read,
                Err(error) => {
                    window.truncate(held);
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}

impl ReadAt for FileAt {
    fn length(&self) -> u64 {
        self.length
    }

    #[cfg(unix)]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(&self.file, buffer, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(&self.file, buffer, offset)
    }

    #[cfg(not(any(unix, windows)))]
    fn read_at(&self, _: &mut [u8], _: u64) -> io::Result<usize> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl<F: ReadAt + Send> ReadAt for Arc<F> {
    fn length(&self) -> u64 {
        self.as_ref().length()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.as_ref().read_at(buffer, offset)
    }
}

/// Reads from the start to the end.
pub struct InOrder<F> {
    file: F,
    at: u64,
}

impl<F: ReadAt> InOrder<F> {
    /// Begins at an offset.
    pub fn from(file: F, at: u64) -> Self {
        Self { file, at }
    }
}

impl<F: ReadAt> Read for InOrder<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_before(self.file.length(), buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// Counts the bytes that are read of one input, as compressed as they are.
#[derive(Debug)]
pub struct ByteCount<'p> {
    bytes: AtomicU64,
    progress: &'p Progress,
}

impl<'p> ByteCount<'p> {
    /// No bytes yet; all that come count on `progress` too.
    #[must_use]
    pub fn new(progress: &'p Progress) -> Self {
        Self { bytes: AtomicU64::new(0), progress }
    }

    /// The bytes so far.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn add(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.progress.add_bytes(bytes as u64);
    }
}

/// A reader whose bytes are counted.
pub struct Counted<'c, R> {
    reader: R,
    count: &'c ByteCount<'c>,
}

impl<'c, R: Read> Counted<'c, R> {
    /// Counts what is read on `count`.
    pub fn new(reader: R, count: &'c ByteCount<'c>) -> Self {
        Self { reader, count }
    }
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.count.add(read);
        Ok(read)
    }
}
