//! Results that are saved as json and read back look the same in every format.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use session_audit::audit::Report;
use session_audit::baseline::{self, Baseline, Kind};
use session_audit::bounds::{Bound, Bounds};
use session_audit::gate::{FailOn, Gate, Limits};
use session_audit::input::Decompress;
use session_audit::progress::Progress;
use session_audit::report::{Detail, Format, Named, Style, read, write};
use session_audit::rules::RuleSet;
use session_audit::{Contract, Identity, MemoryLimit, Options, check, discover};

fn options() -> Options {
    Options {
        decompress: Decompress::default(),
        fields: Vec::new(),
        session_key: Some("checkout_id".to_owned()),
        identity: Identity::default(),
        tolerance_us: 1_500,
        contract: Contract::Observed,
        rules: RuleSet::ALL,
        threads: 2,
        show_users: true,
        links: Some(Vec::new()),
        memory: MemoryLimit::default(),
    }
}

fn limits() -> Limits {
    Limits {
        max_malformed: "1.5%".parse().expect("an allowance"),
        max_dropped_percent: Some(2.5),
        fail_on: FailOn::AtRisk,
        ..Limits::default()
    }
}

/// The report of inputs, held against limits and perhaps a baseline.
fn report(inputs: &[PathBuf], limits: Limits, known: Option<&Path>) -> Report {
    let outcome = check(&options(), &discover(inputs), &Progress::none()).expect("threads start");
    let mut report = outcome.report;
    let rates = outcome.rates.clone();
    let read = |path| Baseline::read(path, &options()).expect("a baseline");
    let held = known.map(|path| read(path).hold(&mut report, rates, &options(), &limits));
    report.set_gate(Gate::new(limits, &report, held));
    report
}

fn json(report: &Report) -> String {
    let mut json = Vec::new();
    write(report, Format::Json, Style::default(), None, &mut json).expect("memory can be written");
    String::from_utf8(json).expect("json is UTF-8")
}

/// What a report is in a format, in both amounts of detail.
fn written(report: &Report, format: Format) -> Vec<u8> {
    let mut out = Vec::new();
    for detail in [Detail::Usual, Detail::Verbose] {
        let style = Style { limit: 7, detail, ..Style::default() };
        write(report, format, style, None, &mut out).expect("memory can be written");
    }
    out
}

fn assert_same_again(inputs: &[PathBuf], limits: Limits, known: Option<&Path>) -> usize {
    let report = report(inputs, limits, known);
    let json = json(&report);
    let saved = read(&json).expect("what was written can be read");
    for format in Format::ALL {
        let (fresh, again) = (written(&report, *format), written(&saved, *format));
        assert_eq!(String::from_utf8(again), String::from_utf8(fresh), "{} of {inputs:?}", format.name());
    }
    report.sessions.len()
}

/// The folders with the inputs of the command-line cases.
fn folders() -> Vec<PathBuf> {
    let entries = |folder: &Path| {
        let entries = folder.read_dir().expect("a folder").map(|entry| entry.expect("an entry").path());
        entries.filter(|path| path.is_dir()).collect::<Vec<_>>()
    };
    entries(Path::new("testdata")).iter().flat_map(|folder| entries(folder)).collect()
}

#[test]
fn what_is_read_back_looks_the_same_in_every_format() {
    let folders = folders();
    assert!(folders.len() > 50);
    let reported: usize = folders.into_iter().map(|folder| assert_same_again(&[folder], limits(), None)).sum();
    assert!(reported > 100, "{reported}");
    let inputs = ["testdata/demo".into(), "testdata/links/example.jsonl".into()];
    assert!(assert_same_again(&inputs, limits(), None) > 50);
}

/// A baseline of a part of the demo.
fn written_baseline(kind: Kind) -> tempfile::NamedTempFile {
    let part = discover(&["testdata/demo/events-1.jsonl".into()]);
    let outcome = check(&options(), &part, &Progress::none()).expect("threads start");
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    baseline::write(kind, &outcome.report, &outcome.rates, &options(), &mut file).expect("a file can be written");
    file
}

/// Names in another order than that of the alphabet.
fn bounds() -> [Bounds; 3] {
    let limit = |name, max, max_percent| Bound { name, is_off: false, max, max_percent };
    let off = |name| Bound { name, is_off: true, ..Bound::default() };
    [
        Bounds::default(),
        Bounds {
            rules: vec![limit("not-version-7", None, Some(0.5)), limit("past-24-hours", Some(3), None)],
            causes: vec![limit("uuid-v4", Some(3), None), limit("unknown", None, Some(99.0))],
        },
        Bounds { rules: vec![], causes: vec![off("missing-value-text"), off("uuid-v4"), off("stale-id")] },
    ]
}

#[test]
fn limits_of_rules_and_causes_and_baselines_are_read_back() {
    let known = Kind::ALL.map(written_baseline);
    for bounds in bounds() {
        for max_dropped in [Some(1000), None] {
            for known in known.iter().map(|file| Some(file.path())).chain([None]) {
                let limits = Limits { max_dropped, bounds: bounds.clone(), ..limits() };
                assert!(assert_same_again(&["testdata/demo".into()], limits, known) > 50);
            }
        }
    }
}

#[test]
fn numbers_that_cannot_be_are_refused() {
    let known = written_baseline(Kind::Rates);
    let report = report(&["testdata/demo".into()], limits(), Some(known.path()));
    let json: Value = serde_json::from_str(&json(&report)).expect("JSON");
    for (place, number, why) in [
        ("/summary/dropped", json!(1_000_000_000), "are more than"),
        ("/summary/dropped", json!(-1), "invalid value"),
        ("/summary/sessions", json!(u64::MAX), "too large"),
        ("/inputs/0/bytes", json!(u64::MAX), "too large"),
        ("/tolerance_ms", json!(1e300), "too large"),
        ("/tolerance_ms", json!(1e15), "tolerance_ms 1000000000000000 is not possible"),
        ("/tolerance_ms", json!(-0.5), "tolerance_ms -0.5 is not possible"),
        ("/gate/limits/max_dropped_percent", json!(-1.5), "max_dropped_percent -1.5 is no percentage"),
        ("/gate/baseline/margin", json!(1e15), "margin 1000000000000000 is no percentage"),
        ("/gate/baseline/margin", json!(-1), "margin -1 is no percentage"),
        ("/gate/baseline/exceeded/0/broken", json!(100_000), "are no rate"),
        ("/gate/baseline/exceeded/0/baseline_sessions", json!(1_u64 << 49), "are no rate"),
    ] {
        let mut changed = json.clone();
        *changed.pointer_mut(place).unwrap_or_else(|| panic!("{place} in {json}")) = number;
        let error = format!("{:#}", read(&changed.to_string()).expect_err(why));
        assert!(error.contains(why), "{place}: {error}");
    }
}

/// Events without and with a session id, each of a library and a name of its own: more than json lists.
#[test]
fn lists_that_data_makes_endless_are_cut_alike() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("events.jsonl");
    let id = r#""$session_id":"019cadc6-9a80-7c1e-9a4b-5d0e6f7a8b9c","#;
    let line = |number: u32| {
        let (id, version) = if number < 1003 { (id, "") } else { ("", r#","$lib_version":"7","session_id":"ses_1""#) };
        let lib = format!(r#""$lib":"lib-{number}"{version}"#);
        format!(r#"{{"event":"e-{number}","timestamp":"2026-03-01T00:00:00Z","properties":{{{id}{lib}}}}}"#)
    };
    let lines: Vec<_> = (0..2005).map(line).collect();
    std::fs::write(&file, lines.join("\n")).expect("a file can be written");
    assert_eq!(assert_same_again(std::slice::from_ref(&file), Limits::default(), None), 1);

    let report = report(&[file], limits(), None);
    let json: serde_json::Value = serde_json::from_str(&json(&report)).expect("json");
    let (libraries, lost) = (&json["libraries"], &json["without_session_id"]);
    assert_eq!(libraries.as_array().map(Vec::len), Some(1001));
    assert_eq!((&libraries[999]["lib"], &libraries[999]["others"]), (&"lib-996".into(), &serde_json::Value::Null));
    let others = serde_json::json!({"lib": "(3 other versions)", "lib_version": null, "sessions": 3, "dropped": 0,
        "dropped_percent": 0.0, "others": 3});
    assert_eq!(libraries[1000], others);
    let others = serde_json::json!({"event": "(2 other kinds)", "lib": null, "events": 2,
        "look_alikes": {"session_id": 2}, "others": 2});
    assert_eq!((lost.as_array().map(Vec::len), &lost[1000]), (Some(1001), &others));
    assert_eq!(json["summary"]["by_lib"].as_object().map(serde_json::Map::len), Some(1003));
    let text = String::from_utf8(written(&report, Format::Text)).expect("UTF-8");
    assert!(text.contains("and 973 more: -o result.json") && text.contains("1,002 with session_id"), "{text}");
}

#[test]
fn what_is_no_result_is_refused() {
    let report = report(&["testdata/demo".into()], limits(), None);
    let json = json(&report);
    for (from, to, why) in [
        ("\"schema_version\": 1", "\"schema_version\": 2", "schema_version 2"),
        ("\"name\": \"session-audit\"", "\"name\": \"other\"", "no result"),
        ("\"sessions\": [", "\"other\": [", "no sessions"),
        ("\"rule\": \"not-version-7\"", "\"rule\": \"not-version-8\"", "\"not-version-8\" is unknown"),
        ("\"cause\": \"uuid-v4\"", "\"cause\": \"uuid-v9\"", "\"uuid-v9\" is unknown"),
        ("\"effect\": \"excluded\"", "\"effect\": \"gone\"", "\"gone\" is unknown"),
        ("\"from_ms\": 1000,", "\"from_ms\": 1001,", "no class"),
        ("\"complete\"", "\"finished\"", "missing field `complete`"),
        ("\"complete\":", "complete:", "not JSON"),
    ] {
        assert!(json.contains(from), "{from}");
        let error = format!("{:#}", read(&json.replacen(from, to, 1)).expect_err(why));
        assert!(error.contains(why), "{error}");
    }
    read(&format!("\u{feff}{json}")).expect("editors put that before a text");
    let mut lines = Vec::new();
    write(&report, Format::Jsonl, Style::default(), None, &mut lines).expect("memory can be written");
    let error = read(&String::from_utf8_lossy(&lines)).expect_err("jsonl is no json").to_string();
    assert!(error.contains("it is jsonl"), "{error}");
    for json in ["", "{", "[]", "7", "{}", "null", "{\"schema_version\":1}", &json[..json.len() / 2]] {
        assert!(read(json).is_err(), "{json}");
    }
}

#[test]
fn whoever_wrote_the_json_its_texts_are_harmless() {
    let json = json(&report(&["testdata/demo".into()], limits(), None));
    let hostile = r"\u001b[31m\n::error::pwned\u202e\u0000";
    for text in ["\"web\"", "\"posthog-node\"", "\"undefined\"", "testdata/demo/events-1.jsonl"] {
        assert!(json.contains(text), "{text}");
        let text = text.trim_matches('"');
        let saved = read(&json.replace(text, hostile)).expect("texts may be anything");
        for format in Format::ALL {
            let out = String::from_utf8(written(&saved, *format)).expect("UTF-8");
            let is_harmful = |c: char| c != '\n' && c.is_control() || c == '\u{202e}';
            assert!(!out.contains(is_harmful), "{text} in {}", format.name());
            let is_command = |line: &str| line.trim_start().starts_with("::error::pwned");
            assert!(!out.lines().any(is_command), "{text} in {}", format.name());
        }
    }
}
