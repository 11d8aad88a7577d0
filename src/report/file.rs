//! Writes a report to a file so that nobody ever sees half of one.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use tempfile::{Builder, NamedTempFile};

/// Files being written, to be taken away when the run is interrupted.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A file to write a report to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// As the user named it.
    name: PathBuf,
    /// Behind links.
    path: PathBuf,
    /// Whether it is written in place, since it is no regular file: a pipe, a terminal.
    in_place: bool,
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
        // What stands for an open file is that file, wherever it leads.
        let is_open_file = ["/dev", "/proc"].iter().any(|folder| name.starts_with(folder));
        let in_place = is_open_file || metadata.is_some_and(|metadata| !metadata.is_file());
        if inputs.iter().any(is_input) && !is_open_file {
            bail!("{}: it is also an input", could_not());
        }
        let target = Self { name: name.to_owned(), path: if in_place { name.to_owned() } else { path }, in_place };
        if !in_place {
            target.temporary().with_context(could_not)?;
        }
        Ok(target)
    }

    /// Whether both are the same file.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let place =
            |target: &Self| (folder(&target.path).canonicalize().ok(), target.path.file_name().map(ToOwned::to_owned));
        place(self) == place(other)
    }

    /// Writes the file as a whole: beside its place first, then over the old one.
    ///
    /// # Errors
    ///
    /// What the system or `write` says; the old file stands.
    pub fn write(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
        let written =
            if self.in_place { quiet_if_closed(self.write_in_place(write)) } else { self.write_beside(write) };
        written.with_context(|| format!("could not write {}", self.name.display()))
    }

    fn write_in_place(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let mut out = BufWriter::new(fs::OpenOptions::new().write(true).open(&self.path)?);
        write(&mut out)?;
        out.flush()
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

/// A reader that has seen enough, such as `head`, is no error.
///
/// # Errors
///
/// All others.
pub fn quiet_if_closed(written: io::Result<()>) -> io::Result<()> {
    written.or_else(|error| if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
}

fn folder(path: &Path) -> &Path {
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
