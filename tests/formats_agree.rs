//! All formats of one result say the same of it, within their limits, and show data as nothing but text.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use session_audit::gate::{FailOn, Gate, Limits};
use session_audit::input::Decompress;
use session_audit::progress::Progress;
use session_audit::report::{Format, Named, Style, write as write_report};
use session_audit::rules::RuleSet;
use session_audit::{Contract, Identity, MemoryLimit, Options, check, discover};

#[path = "formats/command.rs"]
mod command;
#[path = "../examples/make_export/generate.rs"]
mod generate;
#[path = "formats/hostile.rs"]
mod hostile;
#[path = "formats/read.rs"]
mod read;

use generate::Plan;
use read::{Counted, Counts, counts, parsed};

fn options(contract: Contract) -> Options {
    Options {
        decompress: Decompress::default(),
        fields: Vec::new(),
        session_key: Some("checkout_id".to_owned()),
        identity: Identity::default(),
        tolerance_us: 0,
        contract,
        rules: RuleSet::ALL,
        threads: 2,
        show_users: false,
        links: None,
        memory: MemoryLimit::default(),
    }
}

/// The report of an input in every format.
fn reports(inputs: &[PathBuf], contract: Contract, fail_on: FailOn, style: Style) -> Vec<(Format, String)> {
    let mut report = check(&options(contract), &discover(inputs), &Progress::none()).expect("threads start").report;
    report.set_gate(Gate::new(Limits { fail_on, ..Limits::default() }, &report, None));
    let written = |format: &Format| {
        let mut out = Vec::new();
        write_report(&report, *format, style, None, &mut out).expect("memory can be written");
        (*format, String::from_utf8(out).expect("reports are UTF-8"))
    };
    Format::ALL.iter().map(written).collect()
}

/// Compares what all formats say with the json; gives the number of reported sessions.
fn assert_agreement(inputs: &[PathBuf], contract: Contract, fail_on: FailOn) -> u64 {
    let reports = reports(inputs, contract, fail_on, Style { limit: 7, width: 10_000, ..Style::default() });
    let json = reports.iter().find(|(format, _)| *format == Format::Json).expect("json");
    let all = counts(json.0, &json.1);
    let by_cause = all.by_cause.clone().expect("causes");
    let reported = by_cause.values().sum();
    for (format, report) in &reports {
        let mut said = counts(*format, report);
        let name = format.name();
        if *format == Format::Github {
            said.by_cause = said.by_cause.map(|shown| with_those_left_out(shown, &by_cause));
        }
        let Counts { sessions, dropped, by_reason, by_cause } = said;
        assert!(sessions.is_none_or(|_| sessions == all.sessions), "{name}: {sessions:?}, {:?}", all.sessions);
        assert!(dropped.is_none_or(|_| dropped == all.dropped), "{name}: {dropped:?}, {:?}", all.dropped);
        assert!(by_reason.as_ref().is_none_or(|_| by_reason == all.by_reason), "{name}: {by_reason:?}, {all:?}");
        assert!(by_cause.as_ref().is_none_or(|_| by_cause == all.by_cause), "{name}: {by_cause:?}, {all:?}");
    }
    reported
}

/// The causes with those that stand behind `more`, which have to be as many sessions.
fn with_those_left_out(mut shown: Counted, all: &Counted) -> Counted {
    let more = shown.remove("more").unwrap_or_default();
    let left_out: Vec<_> = all.iter().filter(|(cause, _)| !shown.contains_key(*cause)).collect();
    assert_eq!(left_out.iter().map(|(_, count)| **count).sum::<u64>(), more);
    assert!(left_out.is_empty() || shown.len() == 9, "nine causes are shown before any is left out");
    shown.extend(left_out.into_iter().map(|(cause, count)| (cause.clone(), *count)));
    shown
}

fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).expect("the test's folder can be written");
    path
}

#[test]
fn the_demo_is_the_same_in_all_formats() {
    for (contract, fail_on) in [
        (Contract::Documented, FailOn::Dropped),
        (Contract::Observed, FailOn::Dropped),
        (Contract::Observed, FailOn::AtRisk),
    ] {
        assert_eq!(assert_agreement(&["testdata/demo".into()], contract, fail_on), 56);
    }
}

#[test]
fn generated_exports_are_the_same_in_all_formats() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    for seed in 1..5 {
        let shares = "0.3".parse().expect("a share of broken sessions");
        let checkout = seed % 2 == 0;
        let plan =
            Plan { events: 2500, sessions: 500, seed, broken: shares, causes: seed, checkout, ..Plan::default() };
        let mut bytes = Vec::new();
        plan.write(&mut bytes).expect("memory can be written");
        let export = write(folder.path(), &format!("{seed}.jsonl"), bytes);
        for contract in [Contract::Documented, Contract::Observed] {
            let reported = assert_agreement(std::slice::from_ref(&export), contract, FailOn::Dropped);
            assert!((100..1000).contains(&reported), "{reported}");
        }
    }
}

#[test]
fn the_cases_on_the_command_line_are_the_same_in_all_formats() {
    let entries = |folder: &Path| {
        let entries = folder.read_dir().expect("a folder").map(|entry| entry.expect("an entry").path());
        entries.filter(|path| path.is_dir()).collect::<Vec<_>>()
    };
    let folders: Vec<_> = entries(Path::new("testdata")).iter().flat_map(|folder| entries(folder)).collect();
    assert!(folders.len() > 50);
    let reported = folders.into_iter().map(|folder| assert_agreement(&[folder], Contract::Observed, FailOn::Dropped));
    assert!(reported.sum::<u64>() > 100);
}

/// 6,000 dropped sessions, whose long ids begin alike, so that they look alike when they are cut.
#[test]
fn every_format_keeps_its_limits() {
    const SESSIONS: usize = 6000;
    let folder = tempfile::tempdir().expect("a folder for the test");
    let line = |number| format!("{{\"event\":\"a\",\"$session_id\":\"{}{number}\"}}\n", "k".repeat(300));
    let export = write(folder.path(), "many.jsonl", (0..SESSIONS).map(line).collect::<String>());
    let style = Style { limit: 100_000, width: 10_000, ..Style::default() };
    for (format, report) in reports(&[export], Contract::Documented, FailOn::Dropped, style) {
        match format {
            Format::Sarif => {
                let report = parsed(&report);
                let run = &report["runs"][0];
                let results = run["results"].as_array().expect("results");
                assert_eq!((results.len(), &run["properties"]["results_left_out"]), (5000, &1000.into()));
                assert_eq!(run["invocations"][0]["toolExecutionNotifications"][0]["level"], "note");
                let print = |result: &serde_json::Value| result["partialFingerprints"]["ruleAndSession/v1"].to_string();
                assert_eq!(results.iter().map(print).collect::<BTreeSet<_>>().len(), 5000);
            }
            Format::Gitlab => {
                let report = parsed(&report);
                let issues = report.as_array().expect("issues");
                let prints: BTreeSet<_> = issues.iter().map(|issue| issue["fingerprint"].to_string()).collect();
                assert_eq!((issues.len(), prints.len()), (1000, 1000));
            }
            Format::Junit => assert!(report.contains("\n- 5,980 more sessions\n"), "{}", &report[..2000]),
            Format::Markdown => {
                assert!((890 << 10..=900 << 10).contains(&report.len()), "{}", report.len());
                let tables = read::tables(&report);
                let shown = tables.last().expect("sessions").len() - 1;
                let left_out = report.lines().last().expect("a last line");
                let more = left_out.rsplit_once(": ").expect("a count").1.replace(',', "");
                assert_eq!(more, format!("{} sessions.", SESSIONS - shown), "{left_out}");
            }
            _ => {}
        }
    }
}

/// The worst of many sessions is not always the same one: what names a session must not depend on the others.
#[test]
fn long_ids_keep_their_fingerprints() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let line = |end: &str| format!("{{\"event\":\"a\",\"$session_id\":\"{}{end}\"}}\n", "k".repeat(200));
    let prints = |name: &str, text: String| {
        let export = write(folder.path(), name, text);
        let reports = reports(&[export], Contract::Documented, FailOn::Dropped, Style::default());
        let report = reports.iter().find(|(format, _)| *format == Format::Gitlab).expect("gitlab");
        let issues = parsed(&report.1);
        let prints = issues.as_array().expect("issues").iter().map(|issue| issue["fingerprint"].to_string());
        prints.collect::<BTreeSet<_>>()
    };
    let (a, b) = (prints("a", line("1")), prints("b", line("2")));
    let both = prints("both", line("1") + &line("2") + &line("2"));
    assert_eq!(both, a.union(&b).cloned().collect());
    assert_eq!(both.len(), 2);
}

/// Sixty sessions with events of 1,500 libraries each.
#[test]
fn sarif_names_few_libraries() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let line = |number| {
        let (id, lib) = (number % 60, number / 60);
        format!("{{\"event\":\"a\",\"properties\":{{\"$session_id\":\"s{id}\",\"$lib\":\"lib-{lib}\"}}}}\n")
    };
    let export = write(folder.path(), "libs.jsonl", (0..60 * 1500).map(line).collect::<String>());
    let reports = reports(&[export], Contract::Documented, FailOn::Dropped, Style::default());
    let (_, sarif) = reports.iter().find(|(format, _)| *format == Format::Sarif).expect("sarif");
    assert!(sarif.len() < 200_000, "{}", sarif.len());
    let facts = &parsed(sarif)["runs"][0]["results"][0]["properties"];
    assert_eq!((facts["libs"].as_array().expect("libs").len(), &facts["libs_left_out"]), (5, &1495.into()));
}
