//! Writes a report to a file so that nobody ever sees half of one.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use tempfile::{Builder, NamedTempFile};

use super::open_file::OpenFile;

/// Files being written, to be taken away when the run is interrupted.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A file to write a report to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// As the user named it.
    name: PathBuf,
    /// Behind links.
    path: PathBuf,
    way: Way,
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// As a whole: beside its place, then over what is there.
    Beside,
    /// Where it is, since it is no regular file: a pipe, a terminal.
    InPlace,
    /// Where it is, since others write to it, too.
    Open(OpenFile),
}

impl Target {
    /// Checks, before anything is read, that a report can be written there.
    ///
    /// # Errors
    ///
    /// A missing folder or one that cannot be written to, a directory, one of the inputs.
    pub fn new(name: &Path, inputs: &[PathBuf]) -> Result<Self> {
        let could_not = || format!("could not write {}", name.display());
        if name.as_os_str().is_empty() || name == Path::new("-") {
            bail!(
                "could not write '{}': a file is expected; --format says what goes to standard output",
                name.display()
            );
        }
        let path = name.canonicalize().unwrap_or_else(|_| name.to_owned());
        let metadata = fs::metadata(&path).ok();
        if metadata.as_ref().is_some_and(fs::Metadata::is_dir) {
            bail!("{}: it is a directory", could_not());
        }
        if !folder(&path).is_dir() {
            bail!("{}: there is no folder {}", could_not(), folder(&path).display());
        }
        let is_input = |input: &PathBuf| input.canonicalize().is_ok_and(|input| input == path);
        // A terminal gives and takes without harm.
        if inputs.iter().any(is_input) && !metadata.as_ref().is_some_and(is_device) {
            bail!("{}: it is also an input", could_not());
        }
        let way = match (OpenFile::named(name), metadata) {
            (Some(_), None) => bail!("{}: no such file is open", could_not()),
            (Some(file), Some(_)) => Way::Open(file),
            (None, Some(metadata)) if !metadata.is_file() => Way::InPlace,
            (None, _) => Way::Beside,
        };
        let target = Self { name: name.to_owned(), path, way };
        if way == Way::Beside {
            target.temporary().with_context(could_not)?;
        }
        Ok(target)
    }

    /// Whether one of the two would replace what was written to the other.
    #[must_use]
    pub fn is_rival(&self, other: &Self) -> bool {
        let place =
            |target: &Self| (folder(&target.path).canonicalize().ok(), target.path.file_name().map(ToOwned::to_owned));
        [self.way, other.way].contains(&Way::Beside) && place(self) == place(other)
    }

    /// Writes the file as a whole: beside its place first, then over the old one.
    ///
    /// # Errors
    ///
    /// What the system or `write` says; the old file stands.
    pub fn write(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
        let written = match self.way {
            Way::Beside => self.write_beside(write),
            Way::InPlace => write_to(File::options().write(true).open(&self.path), write),
            Way::Open(file) => write_to(file.duplicate(), write),
        };
        written.with_context(|| format!("could not write {}", self.name.display()))
    }

    fn write_beside(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let file = self.temporary()?;
        let unfinished = Unfinished::new(file.path());
        let mut out = BufWriter::with_capacity(64 << 10, file);
        write(&mut out)?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        if let Ok(old) = fs::metadata(&self.path) {
            file.as_file().set_permissions(old.permissions())?;
        }
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        drop(unfinished);
        Ok(())
    }

    fn temporary(&self) -> io::Result<NamedTempFile> {
        let mut builder = Builder::new();
        builder.prefix(".session-audit-").suffix(".tmp");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        builder.tempfile_in(folder(&self.path))
    }
}

/// Whether a file is a report or a baseline of this program, by its first bytes.
#[must_use]
pub fn is_report(path: &Path) -> bool {
    /// What has the program's name near its start: json, jsonl, sarif, baselines.
    const START: u64 = 4096;
    const NAME: &str = concat!('"', env!("CARGO_PKG_NAME"), '"');
    let mut start = Vec::new();
    // Anything but a file, such as a pipe, may never end.
    let is_file = path.metadata().is_ok_and(|metadata| metadata.is_file());
    let is_read = is_file && File::open(path).is_ok_and(|file| file.take(START).read_to_end(&mut start).is_ok());
    is_read && String::from_utf8_lossy(&start).contains(NAME)
}

/// A reader that has seen enough, such as `head`, is no error.
///
/// # Errors
///
/// All others.
pub fn quiet_if_closed(written: io::Result<()>) -> io::Result<()> {
    written.or_else(|error| if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
}

/// Writes to what is no regular file, or is open for others, too.
fn write_to(file: io::Result<File>, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::new(file?);
    quiet_if_closed(write(&mut out).and_then(|()| out.flush()))
}

/// Whether it is a device such as a terminal.
fn is_device(metadata: &fs::Metadata) -> bool {
    #[cfg(unix)]
    return std::os::unix::fs::FileTypeExt::is_char_device(&metadata.file_type());
    #[cfg(not(unix))]
    return !metadata.is_file();
}

pub(super) fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Remembers a file until it is finished or given up.
struct Unfinished(PathBuf);

impl Unfinished {
    fn new(path: &Path) -> Self {
        UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner).push(path.to_owned());
        Self(path.to_owned())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner).retain(|path| *path != self.0);
    }
}

/// Takes away what an interrupted run would leave behind.
pub fn remove_unfinished() {
    for path in UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
        // It may be gone already; there is nobody to tell.
        let _ = fs::remove_file(path);
    }
}
