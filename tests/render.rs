//! Results that are saved as json and read back look the same in every format.

use std::path::{Path, PathBuf};

use session_audit::gate::{FailOn, Gate, Limits};
use session_audit::identity::Identity;
use session_audit::input::Decompress;
use session_audit::progress::Progress;
use session_audit::report::{Detail, Format, Named, Report, Saved, Style};
use session_audit::rules::RuleSet;
use session_audit::{Contract, Options, check, discover};

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
        follow: None,
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

/// What a report is in a format, in both amounts of detail.
fn written(report: Report<'_>, format: Format) -> Vec<u8> {
    let mut out = Vec::new();
    for detail in [Detail::Usual, Detail::Verbose] {
        let style = Style { limit: 7, detail, ..Style::default() };
        report.write(format, style, &mut out).expect("memory can be written");
    }
    out
}

fn assert_same_again(inputs: &[PathBuf]) -> usize {
    let outcome = check(&options(), discover(inputs), &Progress::none()).expect("threads start");
    let gate = Gate::new(limits(), &outcome.audit, None);
    let audit = &outcome.audit;
    let report =
        Report { overview: &audit.overview, findings: audit, gate: &gate, links: outcome.links.as_ref(), base: None };
    let mut json = Vec::new();
    report.write(Format::Json, Style::default(), &mut json).expect("memory can be written");
    let json = String::from_utf8(json).expect("json is UTF-8");
    let saved = Saved::read(&json).expect("what was written can be read");
    for format in Format::ALL {
        let (fresh, again) = (written(report, *format), written(saved.report(), *format));
        assert_eq!(String::from_utf8(again), String::from_utf8(fresh), "{} of {inputs:?}", format.name());
    }
    report.findings.count()
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
    let reported: usize = folders.into_iter().map(|folder| assert_same_again(&[folder])).sum();
    assert!(reported > 100, "{reported}");
    assert!(assert_same_again(&["testdata/demo".into(), "testdata/links/example.jsonl".into()]) > 50);
}

#[test]
fn what_is_no_result_is_refused() {
    let mut json = Vec::new();
    let outcome = check(&options(), discover(&["testdata/demo".into()]), &Progress::none()).expect("threads start");
    let gate = Gate::new(limits(), &outcome.audit, None);
    let audit = &outcome.audit;
    let report = Report { overview: &audit.overview, findings: audit, gate: &gate, links: None, base: None };
    report.write(Format::Json, Style::default(), &mut json).expect("memory can be written");
    let json = String::from_utf8(json).expect("json is UTF-8");
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
        let error = format!("{:#}", Saved::read(&json.replacen(from, to, 1)).expect_err(why));
        assert!(error.contains(why), "{error}");
    }
    for json in ["", "{", "[]", "7", "{}", "null", "{\"schema_version\":1}", &json[..json.len() / 2]] {
        assert!(Saved::read(json).is_err(), "{json}");
    }
}

#[test]
fn whoever_wrote_the_json_its_texts_are_harmless() {
    let outcome = check(&options(), discover(&["testdata/demo".into()]), &Progress::none()).expect("threads start");
    let gate = Gate::new(limits(), &outcome.audit, None);
    let audit = &outcome.audit;
    let links = outcome.links.as_ref();
    let report = Report { overview: &audit.overview, findings: audit, gate: &gate, links, base: None };
    let mut json = Vec::new();
    report.write(Format::Json, Style::default(), &mut json).expect("memory can be written");
    let json = String::from_utf8(json).expect("json is UTF-8");
    let hostile = r"\u001b[31m\n::error::pwned\u202e\u0000";
    for text in ["\"web\"", "\"posthog-node\"", "\"undefined\"", "testdata/demo/events-1.jsonl"] {
        assert!(json.contains(text), "{text}");
        let text = text.trim_matches('"');
        let saved = Saved::read(&json.replace(text, hostile)).expect("texts may be anything");
        for format in Format::ALL {
            let out = String::from_utf8(written(saved.report(), *format)).expect("UTF-8");
            let is_harmful = |c: char| c != '\n' && c.is_control() || c == '\u{202e}';
            assert!(!out.contains(is_harmful), "{text} in {}", format.name());
            let is_command = |line: &str| line.trim_start().starts_with("::error::pwned");
            assert!(!out.lines().any(is_command), "{text} in {}", format.name());
        }
    }
}
