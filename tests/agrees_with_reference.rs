//! Compares the program with the plain reference on random hostile exports.

mod reference;

use fastrand::Rng;
use reference::options::Options;
use reference::random::{Case, case, long_case};
use reference::{Audit, Source, audit, links};
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const CASES: u64 = 150;
const LONG_CASES: u64 = 4;

/// What one run of the program gave.
struct Run {
    status: Option<i32>,
    csv: String,
    json: String,
    jsonl: String,
    errors: String,
}

#[test]
fn random_exports_are_judged_alike() {
    for seed in 0..CASES * times() {
        compare(&format!("case({seed})"), &case(seed), seed);
    }
}

#[test]
fn long_files_are_judged_alike() {
    for seed in 0..LONG_CASES * times() {
        compare(&format!("long_case({seed})"), &long_case(seed), seed);
    }
}

/// How many times as many cases as usual `REFERENCE_TIMES` asks for.
fn times() -> u64 {
    std::env::var("REFERENCE_TIMES").map_or(1, |text| text.parse().expect("REFERENCE_TIMES is a number"))
}

/// Runs the program twice, with other threads and another order of inputs, and compares all that it says.
fn compare(name: &str, case: &Case, seed: u64) {
    let mut folder = tempfile::tempdir().expect("a temporary folder");
    folder.disable_cleanup(true);
    for source in &case.sources {
        write(folder.path(), source);
    }
    let expected = audit(&case.sources, &case.options);
    let mut rng = Rng::with_seed(seed);
    let first = run(folder.path(), case, &mut rng);
    let about =
        format!("{name}\nfiles kept in {}\n{:?}\nstderr: {}", folder.path().display(), case.options, first.errors);
    check(&about, &first, &expected);
    let second = run(folder.path(), case, &mut rng);
    let is_same = [first.csv == second.csv, first.json == second.json, first.jsonl == second.jsonl];
    assert_eq!(is_same, [true; 3], "csv, json, jsonl of a second run of {about}");
    assert_eq!(first.status, second.status, "status of a second run of {about}");
    let followed = follow(folder.path(), case, &mut rng);
    let expected = links(&case.sources, &case.options);
    assert!(followed == expected, "links of {about}\n{}", first_difference(&followed, &expected));
    folder.disable_cleanup(false);
}

/// The rows of `links` for the same inputs and options.
fn follow(folder: &Path, case: &Case, rng: &mut Rng) -> String {
    let options = Options { max_dropped: None, max_dropped_percent: None, ..case.options.clone() };
    let output = start(folder, case, &["links", "--format", "csv"], &options, rng);
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn write(folder: &Path, source: &Source) {
    // Standard input is kept beside the files, for those who look for what went wrong.
    let path = folder.join(if source.name == "-" { "stdin.kept" } else { &source.name });
    fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a new folder");
    fs::write(path, &source.text).expect("a new file");
}

/// Runs the program in a folder, with some number of threads, its inputs in some order, and some of its events in
/// temporary files.
fn start(folder: &Path, case: &Case, command: &[&str], options: &Options, rng: &mut Rng) -> Output {
    let mut names: Vec<&str> = case.sources.iter().map(|source| source.name.as_str()).collect();
    rng.shuffle(&mut names);
    let mut child = Command::new(env!("CARGO_BIN_EXE_session-audit"))
        .current_dir(folder)
        .args(command)
        .args(["--threads", ["1", "2", "8"][rng.usize(..3)]])
        .args(["--memory-limit", ["0", "10KiB", "1GiB"][rng.usize(..3)]])
        .args(options.arguments())
        .args(names)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let piped = case.sources.iter().find(|source| source.name == "-").map(|source| source.text.clone());
    let mut input = child.stdin.take().expect("a pipe");
    let feeder = std::thread::spawn(move || input.write_all(piped.unwrap_or_default().as_bytes()));
    let output = child.wait_with_output().expect("the program ends");
    let _ = feeder.join().expect("the feeder does not panic");
    output
}

fn run(folder: &Path, case: &Case, rng: &mut Rng) -> Run {
    let command = ["check", "--format", "csv", "-o", "json=r.json.out", "-o", "jsonl=r.jsonl.out"];
    let output = start(folder, case, &command, &case.options, rng);
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
    Run {
        status: output.status.code(),
        csv: String::from_utf8(output.stdout).expect("UTF-8"),
        json: read("r.json.out"),
        jsonl: read("r.jsonl.out"),
        errors: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The rows as the rules alone make them, without the causes that the reference does not know.
fn without_causes(csv: &str) -> String {
    let mut rows = csv::ReaderBuilder::new().has_headers(false).from_reader(csv.as_bytes());
    let mut plain = csv::Writer::from_writer(Vec::new());
    for (number, row) in rows.records().enumerate() {
        let row = row.expect("a row");
        let column = |(place, field)| if number > 0 && place == 14 { "" } else { field };
        plain.write_record(row.iter().enumerate().map(column)).expect("memory takes it");
    }
    String::from_utf8(plain.into_inner().expect("memory takes it")).expect("UTF-8")
}

fn check(about: &str, run: &Run, expected: &Audit) {
    let csv = without_causes(&run.csv);
    assert!(csv == expected.csv, "csv of {about}\n{}", first_difference(&csv, &expected.csv));
    let report: Value = serde_json::from_str(&run.json).unwrap_or_else(|error| panic!("json of {about}: {error}"));
    check_summary(about, &report["summary"], &expected.summary);
    let sessions = report["sessions"].as_array().unwrap_or_else(|| panic!("no sessions in {about}"));
    check_sessions(about, sessions, expected);
    check_lines(about, &run.jsonl, &report);
    assert_eq!(run.status, Some(expected.status), "status of {about}");
    assert_eq!(report["gate"]["exit_code"], json!(expected.status), "exit_code of {about}");
}

/// Every count that the reference has; an effect that is left out counts as zero.
fn check_summary(about: &str, found: &Value, expected: &Value) {
    for (name, count) in expected.as_object().expect("an object") {
        if name == "by_effect" {
            let counts = count.as_object().expect("an object");
            let is_same = |(effect, count): (&String, &Value)| found[name].get(effect).unwrap_or(&json!(0)) == count;
            assert!(counts.iter().all(is_same), "{} instead of {count} of {about}", found[name]);
        } else {
            assert_eq!(&found[name], count, "summary.{name} of {about}");
        }
    }
}

/// The sessions of the JSON report, by what the reference says of each, and by the rows of the CSV.
fn check_sessions(about: &str, found: &[Value], expected: &Audit) {
    let facts: Vec<Value> = found.iter().map(facts).collect();
    let place = facts.iter().zip(&expected.sessions).position(|(found, expected)| found != expected);
    if let Some(place) = place {
        panic!("sessions[{place}] of {about}\n found {}\n expected {}", facts[place], expected.sessions[place]);
    }
    assert_eq!(facts.len(), expected.sessions.len(), "sessions of {about}");
    let mut rows = csv::Reader::from_reader(expected.csv.as_bytes());
    for (row, session) in rows.records().zip(&facts) {
        let row = row.expect("the reference writes CSV");
        let rules: Vec<&str> = reasons(session).collect();
        let pair = (session["session_id"].as_str().unwrap_or_default(), rules.join("|"));
        assert_eq!(pair, (&row[0], row[5].to_owned()), "csv and json of {about}");
    }
}

fn reasons(session: &Value) -> impl Iterator<Item = &str> {
    session["reasons"].as_array().into_iter().flatten().filter_map(|reason| reason["rule"].as_str())
}

/// What the reference also knows of a session in the JSON report.
fn facts(session: &Value) -> Value {
    let reason = |reason: &Value| {
        let text = |name: &str| reason[name].as_str().is_some_and(|text| !text.is_empty());
        assert!(text("message") && text("help"), "no message or help in {reason}");
        json!({"rule": reason["rule"], "effect": reason["effect"], "event": reason["event"]})
    };
    let reasons: Vec<Value> = session["reasons"].as_array().into_iter().flatten().map(reason).collect();
    let names = ["session_id", "team_id", "verdict", "effect", "reason", "events", "users"];
    let mut facts: Value = names.iter().map(|name| ((*name).to_owned(), session[name].clone())).collect();
    facts["reasons"] = json!(reasons);
    facts
}

/// The lines are the parts of the one document.
fn check_lines(about: &str, jsonl: &str, report: &Value) {
    let line = |line: &str| -> Value {
        serde_json::from_str(line).unwrap_or_else(|error| panic!("jsonl of {about}: {error}"))
    };
    let lines: Vec<Value> = jsonl.lines().map(line).collect();
    let [run, sessions @ .., summary] = lines.as_slice() else {
        panic!("{} lines of jsonl of {about}", lines.len());
    };
    assert_eq!((&run["type"], &summary["type"]), (&json!("run"), &json!("summary")), "{about}");
    assert!(sessions.iter().all(|session| session["type"] == "session"), "{about}");
    let parts = report["sessions"].as_array().into_iter().flatten().map(facts);
    assert!(sessions.iter().map(facts).eq(parts), "json and jsonl of {about}");
}

/// The first line that differs, for a reader.
fn first_difference(found: &str, expected: &str) -> String {
    let (mut found, mut expected) = (found.lines(), expected.lines());
    for number in 1.. {
        let pair = (found.next(), expected.next());
        if pair.0 != pair.1 || pair == (None, None) {
            return format!("line {number}\n found    {:?}\n expected {:?}", pair.0, pair.1);
        }
    }
    String::new()
}
