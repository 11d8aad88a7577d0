//! Reads Parquet exports, and finds the same sessions as in the JSON Lines of the same export.
#![cfg(feature = "parquet")]

use std::process::Command;

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
