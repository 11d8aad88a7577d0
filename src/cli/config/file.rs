//! Finds the configuration file and reads it.

use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Error, Result, anyhow, ensure};
use glob::Pattern;

use session_audit::escape_controls;

use crate::cli::values::split_format;

/// What the file is called.
pub(super) const FILE_NAME: &str = "session-audit.toml";

/// A configuration file.
pub(super) struct File {
    /// As it was named or found.
    pub(super) path: PathBuf,
    /// What it says.
    pub(super) text: String,
}

impl File {
    /// Reads the file of that name.
    pub(super) fn named(path: &Path) -> Result<Self> {
        let shown = shown(path);
        let could_not = || format!("could not read the configuration {shown}");
        // Anything but a file, such as a pipe, may never end.
        let is_special = fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir());
        ensure!(!is_special, "{}: it is no regular file", could_not());
        let bytes = fs::read(path).with_context(could_not)?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            anyhow!("{shown}:{}: the configuration is not UTF-8", line_of(error.as_bytes(), at))
        })?;
        Ok(Self { path: path.to_owned(), text })
    }

    /// Reads the first `session-audit.toml` from the working directory up to the root, if there is one; a directory of that
    /// name is none, and what is there but cannot be read is an error.
    pub(super) fn found() -> Result<Option<Self>> {
        let here = env::current_dir().context("could not find out the working directory; --isolated does without")?;
        let mut folder = PathBuf::new();
        for _ in here.ancestors() {
            let path = folder.join(FILE_NAME);
            // A dangling link is there, too: who made it wants it read.
            let is_missing = fs::symlink_metadata(&path).is_err_and(|error| error.kind() == ErrorKind::NotFound);
            if !is_missing && !path.is_dir() {
                return Self::named(&path).map(Some);
            }
            folder.push("..");
        }
        Ok(None)
    }

    /// The place of a byte: `session-audit.toml:3`.
    pub(super) fn place(&self, at: usize) -> String {
        format!("{}:{}", shown(&self.path), line_of(self.text.as_bytes(), at))
    }

    /// What is wrong at a place of the file.
    pub(super) fn wrong(&self, span: Range<usize>, why: &str) -> Error {
        anyhow!("{}: {}", self.place(span.start), escape_controls(why))
    }

    /// A path in the file, which is relative to the file's folder; `-` is standard input.
    pub(super) fn resolve(&self, path: &str) -> PathBuf {
        self.folder(path).map_or_else(|| PathBuf::from(path), |folder| folder.join(path))
    }

    /// The same for what may be a pattern: of that, the name of the file's folder is no part.
    pub(super) fn resolve_pattern(&self, pattern: &str) -> PathBuf {
        let path = self.resolve(pattern);
        match self.folder(pattern).and_then(Path::to_str) {
            Some(folder) if !path.exists() => Path::new(&Pattern::escape(folder)).join(pattern),
            _ => path,
        }
    }

    /// The same for what may have a format before it: the name of the file's folder is none.
    pub(super) fn resolve_output(&self, text: &str) -> OsString {
        if let Some((format, path)) = split_format(text) {
            return [OsStr::new(format), self.resolve(path).as_os_str()].join(OsStr::new("="));
        }
        let path = self.resolve(text);
        match path.to_str().and_then(split_format) {
            Some(_) => Path::new(".").join(path).into(),
            None => path.into(),
        }
    }

    fn folder(&self, path: &str) -> Option<&Path> {
        self.path.parent().filter(|_| path != "-")
    }
}

fn shown(path: &Path) -> String {
    escape_controls(&path.display().to_string())
}

/// The line of a byte, from 1.
fn line_of(bytes: &[u8], at: usize) -> usize {
    1 + bytes.iter().take(at).filter(|byte| **byte == b'\n').count()
}
