//! Finds planted causes again, every one of them, in any order of files and on any number of threads, and holds the table of
//! causes against its cases.

// The generator serves several programs, none of which uses all of it.
#[allow(dead_code, reason = "this test needs only the bytes and the causes")]
#[path = "../examples/make_export/generate.rs"]
mod generate;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use generate::{Plan, Shares};
use session_audit::causes;

/// Sessions by cause, as the tool counts them.
fn found(export: &[u8], threads: &str) -> BTreeMap<String, u64> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_session-audit"))
        .args(["check", "--format", "json", "--threads", threads])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut input = child.stdin.take().expect("a pipe");
    let export = export.to_vec();
    let feeder = std::thread::spawn(move || input.write_all(&export));
    let output = child.wait_with_output().expect("the program ends");
    feeder.join().expect("the feeder does not panic").expect("the program reads everything");
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let mut causes = BTreeMap::new();
    for cluster in report["causes"].as_array().expect("a list") {
        let cause = cluster["cause"].as_str().expect("a text").to_owned();
        *causes.entry(cause).or_default() += cluster["sessions"].as_u64().expect("a number");
    }
    causes
}

#[test]
fn planted_causes_are_found_again() {
    for (seed, strings, small) in [(1, false, true), (2, true, true), (3, false, false)] {
        let broken: Shares = "0".parse().expect("a share of broken sessions");
        let plan = Plan {
            events: 500 * seed,
            sessions: 40,
            seed,
            broken,
            strings,
            small,
            causes: 30 * seed,
            ..Plan::default()
        };
        let mut export = Vec::new();
        let made = plan.write(&mut export).expect("memory takes it");
        let planted: BTreeMap<_, _> = made.causes().map(|(cause, sessions)| (cause.to_owned(), sessions)).collect();
        for threads in ["1", "3"] {
            assert_eq!(found(&export, threads), planted, "{plan:?}");
        }
    }
}

/// What a command prints of three files, with so many threads and in an order.
fn printed(folder: &Path, command: &[&str], threads: &str, order: [&str; 3]) -> Vec<u8> {
    let output = Command::new(env!("CARGO_BIN_EXE_session-audit"))
        .current_dir(folder)
        .args(command)
        .args(["--threads", threads])
        .args(order)
        .output()
        .expect("the program runs");
    assert!(!output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn reports_are_the_same_for_any_threads_and_any_order_of_files() {
    let broken: Shares = "0.4".parse().expect("a share of broken sessions");
    let plan = Plan { events: 3000, sessions: 40, seed: 4, broken, small: true, causes: 3, ..Plan::default() };
    let mut export = Vec::new();
    plan.write(&mut export).expect("memory takes it");
    let folder = tempfile::tempdir().expect("a folder");
    let lines: Vec<_> = export.split_inclusive(|byte| *byte == b'\n').collect();
    for (name, part) in ["a.jsonl", "b.jsonl", "c.jsonl"].into_iter().zip(lines.chunks(lines.len().div_ceil(3))) {
        fs::write(folder.path().join(name), part.concat()).expect("a new file");
    }
    let orders =
        [["a.jsonl", "b.jsonl", "c.jsonl"], ["c.jsonl", "a.jsonl", "b.jsonl"], ["b.jsonl", "c.jsonl", "a.jsonl"]];
    let csv = printed(folder.path(), &["check", "--format", "csv"], "1", orders[0]);
    let csv = String::from_utf8(csv).expect("UTF-8");
    let id = csv.lines().skip(1).max_by_key(|row| row.split(',').nth(6).and_then(|events| events.parse::<u64>().ok()));
    let id = id.and_then(|row| row.split(',').next()).expect("a reported session");
    for command in [
        &["check", "-v"][..],
        &["check", "--format", "json"],
        &["check", "--format", "causes"],
        &["links"],
        &["links", "--format", "json"],
        &["explain", id, "--limit", "6", "--show-users"],
    ] {
        let first = printed(folder.path(), command, "1", orders[0]);
        for (threads, order) in ["2", "7", "3"].into_iter().zip(orders) {
            assert!(printed(folder.path(), command, threads, order) == first, "{command:?} {threads} {order:?}");
        }
    }
}

#[test]
fn every_known_cause_is_planted_and_has_a_case_with_a_near_miss() {
    let plan = Plan { events: 1, causes: 1, ..Plan::default() };
    let made = plan.write(&mut Vec::new()).expect("memory takes it");
    let planted: Vec<_> = made.causes().map(|(cause, _)| cause).collect();
    let cases: Vec<_> = fs::read_dir("testdata/causes")
        .expect("the cases")
        .map(|entry| entry.expect("a case").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "trycmd"))
        .map(|path| fs::read_to_string(path).expect("a case is text"))
        .collect();
    for cause in causes::all().filter(|cause| cause.name != "unknown") {
        assert!(planted.contains(&cause.name), "{} is not planted", cause.name);
        let shows = |case: &&String| case.contains(&format!("= cause: {}: ", cause.name));
        assert!(cases.iter().any(|case| shows(&case) && is_missed(case)), "{} has no case", cause.name);
    }
}

/// Whether a case has a session that shows no known cause, or another one.
fn is_missed(case: &str) -> bool {
    let causes = case.lines().filter_map(|line| line.trim().strip_prefix("= cause: "));
    let mut names: Vec<_> = causes.map(|cause| cause.split(':').next().unwrap_or_default()).collect();
    names.dedup();
    names.len() > 1
}
