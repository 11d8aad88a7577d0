//! Reads Parquet exports, and finds the same sessions as in the JSON Lines of the same export.
#![cfg(feature = "parquet")]

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::process::Command;

use session_audit::input::parquet::Parquet;
use session_audit::input::{Need, Source};

const EXPORT: &str = "testdata/parquet/export/export";

/// What is reported of a file, by its name but for the extension.
fn report(extension: &str, arguments: &[&str]) -> String {
    let file = format!("{EXPORT}.{extension}");
    let output =
        Command::new(env!("CARGO_BIN_EXE_session-audit")).args(arguments).arg(&file).output().expect("the tool runs");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8").replace(&format!("{file},"), "FILE,")
}

#[test]
fn every_compression_has_the_sessions_of_the_json_lines() {
    for arguments in [["check", "--format", "csv"], ["links", "--format", "csv"]] {
        let expected = report("jsonl", &arguments);
        assert!(expected.lines().count() > 5, "{expected}");
        for extension in ["parquet", "parquet.gz", "parquet.br", "parquet.zst", "parquet.lz4", "parquet.sz"] {
            assert_eq!(report(extension, &arguments), expected, "{extension}");
        }
    }
}

#[test]
fn any_number_of_threads_reports_the_same() {
    let report_with = |threads| report("parquet.zst", &["check", "--format", "jsonl", "--threads", threads]);
    let expected = report_with("1");
    for threads in ["2", "3", "8"] {
        assert_eq!(report_with(threads), expected, "{threads} threads");
    }
}

/// Small files of every encoding and type, and how many chunks are read of each row group.
const TYPES: &str = "testdata/parquet/types.in";
const MOST_CHUNKS: usize = 2;

/// Reads all columns of a file, as far as that goes.
fn read_all(file: &Path) {
    let opened = Source::File(file.to_owned()).open().expect("an input");
    let Ok(parquet) = Parquet::open(opened) else { return };
    let Ok(columns) = parquet.columns(|_| Need::Useful) else { return };
    for group in 0..parquet.groups() {
        let Ok(mut rows) = parquet.rows(group, &columns) else { continue };
        // A row group may claim any number of rows.
        for _ in 0..MOST_CHUNKS {
            if !matches!(rows.next_chunk(Vec::new()), Ok(Some(_))) {
                break;
            }
        }
    }
}

#[test]
fn files_with_a_broken_byte_are_read_without_a_panic() {
    let mut random = fastrand::Rng::with_seed(7);
    let mut files: Vec<_> = fs::read_dir(TYPES).expect("files").map(|file| file.expect("a file").path()).collect();
    files.sort();
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "parquet")) {
        let whole = fs::read(file).expect("a whole file");
        let mut broken = tempfile::NamedTempFile::new().expect("a file");
        broken.write_all(&whole).expect("a copy");
        let mut set = |at: usize, byte: u8| {
            let place = broken.seek(SeekFrom::Start(at as u64));
            place.and_then(|_| broken.write_all(&[byte])).expect("another byte");
            read_all(broken.path());
        };
        let mut at = random.usize(4..8);
        while at < whole.len() {
            set(at, random.u8(..));
            set(at, whole[at]);
            at += random.usize(1..8);
        }
    }
}
