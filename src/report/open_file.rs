//! Finds the files that are open already behind the names that the system has for them, and writes to them where they are.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::file::folder;

/// More links than the system follows.
const MAX_LINKS: usize = 64;

/// A file that whoever started the program has opened for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OpenFile {
    Stdout,
    Stderr,
    /// Any other, by its number.
    Numbered(u32),
}

impl OpenFile {
    /// The open file that a name stands for, perhaps over links: `/dev/stdout`, `/dev/stderr`, `/dev/fd/N` and
    /// `/proc/self/fd/N` do, and nothing else.
    pub(super) fn named(name: &Path) -> Option<Self> {
        let mut name = name.to_owned();
        for _ in 0..if cfg!(unix) { MAX_LINKS } else { 0 } {
            let folder = folder(&name).canonicalize().ok()?;
            if let Some(file) = name.file_name()?.to_str().and_then(|file| Self::inside(&folder, file)) {
                return Some(file);
            }
            let link = fs::read_link(&name).ok()?;
            name = folder.join(link);
        }
        None
    }

    fn inside(folder: &Path, file: &str) -> Option<Self> {
        let is = |named: &&str| Path::new(named).canonicalize().is_ok_and(|named| named == folder);
        let is_devices = is(&"/dev");
        let number = match file {
            "stdout" if is_devices => 1,
            "stderr" if is_devices => 2,
            number if ["/dev/fd", "/proc/self/fd"].iter().any(is) => number.parse().ok()?,
            _ => return None,
        };
        Some(match number {
            1 => Self::Stdout,
            2 => Self::Stderr,
            number => Self::Numbered(number),
        })
    }

    /// The file, to go on where others have stopped who write to it, too.
    #[cfg(unix)]
    pub(super) fn duplicate(self) -> io::Result<File> {
        use std::os::fd::AsFd;

        match self {
            Self::Stdout => io::stdout().as_fd().try_clone_to_owned().map(File::from),
            Self::Stderr => io::stderr().as_fd().try_clone_to_owned().map(File::from),
            // Opened anew, it has a place of its own: its end, where nothing is overwritten.
            Self::Numbered(number) => File::options().append(true).open(format!("/dev/fd/{number}")),
        }
    }

    #[cfg(not(unix))]
    pub(super) fn duplicate(self) -> io::Result<File> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
