//! Finds the files that the user means: named files, directories, patterns and lists.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use walkdir::WalkDir;

use super::recognise::READS_PARQUET;
use super::{Source, compare_paths};

/// What is looked for in a directory, each also compressed.
pub const EXPORT_EXTENSIONS: [&str; 3] = ["jsonl", "ndjson", "json"];
const COMPRESSED_EXTENSIONS: [&str; 3] = ["gz", "br", "zst"];
/// What the columns of Parquet are compressed with, by which files are named.
const INSIDE_EXTENSIONS: [&str; 5] = ["gz", "br", "zst", "lz4", "sz"];
/// The list of parts that a batch export writes beside them.
const MANIFEST_SUFFIX: &str = "_manifest.json";

/// What was found.
#[derive(Debug, Default)]
pub struct Discovery {
    /// The inputs in their order, each once.
    pub sources: Vec<Source>,
    /// What could not be found or listed.
    pub failures: Vec<anyhow::Error>,
}

/// Finds the inputs that the arguments name: `-` is standard input, a directory is searched through, a pattern is
/// matched unless a file has that very name. A file that is named twice, by whatever names, is read once.
#[must_use]
pub fn discover(arguments: &[PathBuf]) -> Discovery {
    let mut files = BTreeMap::new();
    let mut found = Discovery::default();
    let mut stdin = false;
    for argument in arguments {
        if argument.as_os_str() == "-" {
            stdin = true;
            continue;
        }
        match named(argument) {
            Ok((paths, failures)) => {
                found.failures.extend(failures);
                for path in paths {
                    keep_first_name(&mut files, path);
                }
            }
            Err(failure) => found.failures.push(failure),
        }
    }
    found.sources = files.into_values().map(Source::File).collect();
    found.sources.extend(stdin.then_some(Source::Stdin));
    found.sources.sort();
    found.failures.sort_by_cached_key(|failure| format!("{failure:#}"));
    found.failures.dedup_by_key(|failure| format!("{failure:#}"));
    found
}

/// Of several names of one file, the one that sorts first stays, whatever order they came in.
fn keep_first_name(files: &mut BTreeMap<PathBuf, PathBuf>, path: PathBuf) {
    let real = path.canonicalize().unwrap_or_else(|_| path.clone());
    let name = files.entry(real).or_insert_with(|| path.clone());
    if compare_paths(&path, name).is_lt() {
        *name = path;
    }
}

type Named = (Vec<PathBuf>, Vec<anyhow::Error>);

fn named(argument: &Path) -> Result<Named> {
    if argument.is_dir() {
        let (paths, mut failures) = search(argument);
        if paths.is_empty() && failures.is_empty() {
            failures.push(no_export_in(argument));
        }
        return Ok((paths, failures));
    }
    let pattern = argument.to_str().filter(|text| text.contains(['*', '?', '[']));
    match pattern {
        Some(pattern) if !argument.exists() => matches_of(pattern),
        _ => Ok((vec![argument.to_owned()], Vec::new())),
    }
}

fn no_export_in(directory: &Path) -> anyhow::Error {
    let parquet = WalkDir::new(directory).into_iter().flatten().any(|entry| is_parquet(entry.path()));
    let hint = match parquet {
        true if !READS_PARQUET => "; there is Parquet, which is not read",
        _ if READS_PARQUET => "; and *.parquet",
        _ => "",
    };
    anyhow!(
        "found no export in {} (looked for {}, each also with .{}{hint})",
        directory.display(),
        EXPORT_EXTENSIONS.map(|extension| format!("*.{extension}")).join(" "),
        COMPRESSED_EXTENSIONS.join(" or .")
    )
}

fn search(directory: &Path) -> Named {
    let (mut paths, mut failures) = (Vec::new(), Vec::new());
    for entry in WalkDir::new(directory).follow_links(true) {
        match entry {
            // Anything but a file, such as a pipe, may never end; who means it names it.
            Ok(entry) if entry.file_type().is_file() && is_export(entry.path()) => paths.push(entry.into_path()),
            Ok(_) => {}
            Err(error) if is_harmless(&error) => {}
            Err(error) => failures.push(anyhow!("could not list {}: {error}", directory.display())),
        }
    }
    (paths, failures)
}

/// A link back to a folder above, whose files are found anyway, or a dangling link that nobody would read.
fn is_harmless(error: &walkdir::Error) -> bool {
    let is_dangling = error.io_error().is_some_and(|error| error.kind() == ErrorKind::NotFound);
    error.loop_ancestor().is_some() || is_dangling && error.path().is_some_and(|path| !is_export(path))
}

/// Whether a file in a directory is taken for an export by its name.
fn is_export(path: &Path) -> bool {
    if READS_PARQUET && is_parquet(path) {
        return true;
    }
    let plain = plain_name(path);
    !plain.ends_with(MANIFEST_SUFFIX)
        && EXPORT_EXTENSIONS.iter().any(|extension| plain.ends_with(&format!(".{extension}")))
}

/// Whether a file is Parquet by its name, which may end in what its columns are compressed with.
fn is_parquet(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let plain = INSIDE_EXTENSIONS.iter().find_map(|extension| name.strip_suffix(&format!(".{extension}")));
    plain.unwrap_or(&name).ends_with(".parquet")
}

/// A file's name in lower case, without the extension of a compression.
fn plain_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let plain = COMPRESSED_EXTENSIONS.iter().find_map(|extension| name.strip_suffix(&format!(".{extension}")));
    plain.unwrap_or(&name).to_owned()
}

/// What a pattern matches: files whatever their names but for manifests, and directories searched through.
fn matches_of(pattern: &str) -> Result<Named> {
    let (mut paths, mut failures) = (Vec::new(), Vec::new());
    for path in glob::glob(pattern).with_context(|| format!("could not read the pattern {pattern}"))? {
        match path {
            Ok(path) if path.is_dir() => {
                let (found, failed) = search(&path);
                paths.extend(found);
                failures.extend(failed);
            }
            Ok(path) if plain_name(&path).ends_with(MANIFEST_SUFFIX) => {}
            Ok(path) => paths.push(path),
            Err(error) => failures.push(anyhow!("could not list {}: {}", error.path().display(), error.error())),
        }
    }
    if paths.is_empty() && failures.is_empty() {
        failures.push(anyhow!("no file matches {pattern}"));
    }
    Ok((paths, failures))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_give_exports_and_no_manifests() {
        for (name, taken) in [
            ("a.jsonl", true),
            ("a.ndjson.zst", true),
            ("A.JSON.GZ", true),
            ("2025-03-14T00:00:00+00:00-2025-03-14T01:00:00+00:00-1.jsonl.br", true),
            ("2025-03-14T00:00:00+00:00_manifest.json", false),
            ("a_manifest.json.gz", false),
            ("a.parquet", READS_PARQUET),
            ("A.Parquet.LZ4", READS_PARQUET),
            ("a.parquet.sz", READS_PARQUET),
            ("a.parquet.txt", false),
            ("a.parquet.jsonl", true),
            ("a.parquet.jsonl.gz", true),
            ("a.jsonl.bz2", false),
            ("jsonl", false),
        ] {
            assert_eq!(is_export(Path::new(name)), taken, "{name}");
        }
    }
}
