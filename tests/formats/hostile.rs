//! Ids, names and files that try to be more than text.

use std::fs;
use std::path::Path;
use std::process::Command;

use pulldown_cmark::{Event, Options, Parser, Tag};
use serde_json::{Value, json};
use session_audit::report::{Diff, DiffFormat, Format, Named, Style, read as read_report, write_diff};

use super::command;
use super::read::parsed;

/// What anyone can send.
const TEXTS: [&str; 18] = [
    "\u{1b}[31mred\u{1b}[0m\u{9b}31m",
    "::error file=a,line=1::owned",
    " ::stop-commands::owned",
    "x ##[add-mask]owned",
    "##vso[task.complete]owned",
    "</script><script>owned(1)</script>",
    "<img src=x onerror=owned(1)>",
    "a|b|c`owned`|`",
    "\\`owned\\`<b>\\|",
    "]]><owned/><![CDATA[",
    "=cmd|'/c calc'!A0",
    "[owned](javascript:owned(1)) ![owned](https://owned.example/p.png)",
    "@owned https://owned.example www.owned.example owned@owned.example",
    "{0} {{owned}} %0A::error::owned %22",
    "a\nb\r\n::warning::owned\n# owned\n- owned\n",
    "&lt;owned&gt; &#x3c;owned&#x3e; $owned$ ~owned~ *owned* _owned_",
    "\u{fffe}\u{ffff}\u{202e}owned\u{2066}",
    "| --- | --- |\n| owned | `owned` |",
];

#[cfg(unix)]
const FILES: [&str; 8] = [
    "::error file=a,line=1::owned.jsonl",
    "a\nb\n::warning::owned.jsonl",
    "<img src=x onerror=owned(1)>.jsonl",
    "[owned](javascript:owned(1))|`owned`|.jsonl",
    "]]>&lt;owned \\`.jsonl",
    "##[error]owned @owned.jsonl",
    "2025-03-14T00:00:00+00:00-1 %0A%3A.jsonl",
    "=cmd|'calc'!A0.jsonl",
];
#[cfg(not(unix))]
const FILES: [&str; 2] = ["a,b @owned %0A.jsonl", "=cmd'calc'!A0.jsonl"];

/// Writes a file for each name, with a session for each text.
fn write_export(folder: &Path) {
    for (number, file) in FILES.iter().enumerate() {
        let event = |(at, text): (usize, &&str)| {
            let properties = json!({
                "$session_id": format!("{text}{number}"), "$lib": TEXTS[(at + 1) % TEXTS.len()],
                "$lib_version": TEXTS[(at + 2) % TEXTS.len()], "$device_id": format!("{at}"),
            });
            let event = json!({
                "event": text, "uuid": text, "distinct_id": text, "team_id": TEXTS[(at + number) % TEXTS.len()],
                "timestamp": "2026-03-02T10:00:00Z", "properties": properties,
            });
            format!("{event}\n")
        };
        let broken: String = TEXTS.iter().enumerate().map(event).collect();
        fs::write(folder.join(file), broken).expect("the test's folder can be written");
    }
}

/// What the tool prints in a format.
fn report(folder: &Path, format: Format) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_session-audit"))
        .args(["check", "--format", format.name(), "--limit", "1000"])
        .args(FILES)
        .current_dir(folder)
        .output()
        .expect("the tool runs");
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("reports are UTF-8")
}

#[test]
fn nothing_from_the_data_is_more_than_text() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    write_export(folder.path());
    for format in Format::ALL {
        let report = report(folder.path(), *format);
        assert!(report.contains("owned"), "{}", format.name());
        is_no_terminal_sequence(&report);
        if *format == Format::Github {
            are_annotations(&report);
        } else {
            report.lines().for_each(|line| assert!(command::parse(line).is_none(), "{line}"));
        }
        match format {
            Format::Markdown => is_plain_markdown(&report),
            Format::Junit => is_plain_xml(&report),
            Format::Sarif => is_plain_sarif(&report),
            Format::Gitlab => are_plain_issues(&parsed(&report)),
            _ => {}
        }
    }
}

/// What a reader takes for more than text where it stands in a sentence.
const REFERENCES: [&str; 4] = ["GH-1", "1. owned", "# owned", "a5c3785ed8d6a35868bc169f07e40e889087fd2e"];

/// Rates name libraries in the verdict.
#[test]
fn libraries_of_rates_are_no_more_than_text() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let none = json!({"schema_version": 1, "kind": "rates", "tolerance_ms": 0, "identity": "graph", "rates": []});
    fs::write(folder.path().join("rates.json"), none.to_string()).expect("the test's folder can be written");
    for text in TEXTS.into_iter().chain(REFERENCES) {
        let event = json!({"event": "a", "properties": {"$session_id": "s", "$lib": text}});
        fs::write(folder.path().join("events.jsonl"), event.to_string()).expect("the test's folder can be written");
        let args = ["check", "events.jsonl", "--baseline", "rates.json", "--baseline-min-sessions", "0"];
        let output = Command::new(env!("CARGO_BIN_EXE_session-audit"))
            .args([&args[..], &["--format", "markdown"]].concat())
            .current_dir(folder.path())
            .output()
            .expect("the tool runs");
        let page = String::from_utf8(output.stdout).expect("reports are UTF-8");
        assert!(page.contains("of sessions (1 of 1) break") && page.lines().nth(2).is_some(), "{page}");
        is_no_terminal_sequence(&page);
        is_plain_markdown(&page);
        let in_text = |event: Event<'_>| matches!(event, Event::Text(part) if part.contains(text));
        assert!(!Parser::new(&page).any(in_text), "{page}");
    }
}

#[test]
fn whoever_wrote_the_results_what_changed_is_no_more_than_text() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    write_export(folder.path());
    let json = report(folder.path(), Format::Json);
    let read = |json: &Value| read_report(&json.to_string()).expect("a result");
    let old = read(&parsed(&json));
    for text in TEXTS.into_iter().chain(REFERENCES) {
        let mut new = parsed(&json);
        new["tool"]["version"] = format!("{text}{}", "x".repeat(100_000)).into();
        let diff = Diff::new(&old, &read(&new));
        for format in DiffFormat::ALL {
            let mut out = Vec::new();
            write_diff(&diff, *format, Style::default(), &mut out).expect("memory can be written");
            let report = String::from_utf8(out).expect("reports are UTF-8");
            assert!(report.contains("different versions") && report.len() < 10_000, "{report}");
            is_no_terminal_sequence(&report);
            report.lines().for_each(|line| assert!(command::parse(line).is_none(), "{line}"));
            if *format == DiffFormat::Markdown {
                is_plain_markdown(&report);
            }
        }
    }
}

fn is_no_terminal_sequence(report: &str) {
    let is_bad =
        |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    assert_eq!(report.find(is_bad), None);
}

fn are_annotations(report: &str) {
    let (annotations, verdict) = report.trim_end().rsplit_once('\n').expect("lines");
    assert!(verdict.starts_with("FAIL  ") && command::parse(verdict).is_none(), "{verdict}");
    for line in annotations.lines() {
        let command = command::parse(line).unwrap_or_else(|| panic!("{line} is a command"));
        assert!(["error", "warning", "notice"].contains(&command.name.as_str()), "{line}");
        let names: Vec<_> = command.properties.keys().map(String::as_str).collect();
        assert!(names == ["file", "line", "title"] || names == ["title"], "{line}");
        if let Some(file) = command.properties.get("file") {
            let is_it = |name: &&str| name.replace('\n', r"\u000a").replace("##[", r"\u0023#[") == *file;
            assert!(FILES.iter().any(is_it), "{file}");
        }
    }
    assert!(report.lines().count() <= 11);
}

/// Everything from the data is inline code; the only HTML is what folds.
fn is_plain_markdown(page: &str) {
    let mut options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_GFM;
    options |= Options::ENABLE_FOOTNOTES | Options::ENABLE_TASKLISTS | Options::ENABLE_MATH;
    for event in Parser::new_ext(page, options) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => {
                let html = html.trim_end();
                assert!(
                    html == "</details>" || html.starts_with("<details><summary>") && !html.contains("owned"),
                    "{html}"
                );
            }
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => panic!("{dest_url}"),
            Event::Text(text) => {
                let marks = ["owned", "<", "@", "javascript", "cmd", "|"];
                assert!(!marks.iter().any(|mark| text.contains(mark)), "{text}");
            }
            Event::InlineMath(text) | Event::DisplayMath(text) => panic!("{text}"),
            Event::FootnoteReference(_) | Event::TaskListMarker(_) => panic!("{page}"),
            _ => {}
        }
    }
    let cells = |line: &str| line.matches('|').count();
    for table in page.split("\n\n").filter(|block| block.starts_with('|')) {
        let columns = cells(table.lines().next().expect("a header"));
        assert!(table.lines().all(|line| cells(line) == columns), "{table}");
    }
}

/// What there may be in test results.
const ELEMENTS: [&str; 8] =
    ["testsuites", "testsuite", "properties", "property", "testcase", "failure", "skipped", "system-out"];

fn is_plain_xml(report: &str) {
    let document = roxmltree::Document::parse(report).expect("XML");
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        assert!(ELEMENTS.contains(&node.tag_name().name()), "{node:?}");
    }
    assert!(document.descendants().all(|node| !node.is_comment() && !node.is_pi()));
}

fn is_plain_sarif(report: &str) {
    let _: serde_sarif::sarif::Sarif = serde_json::from_str(report).expect("SARIF");
    let log = parsed(report);
    for result in log["runs"][0]["results"].as_array().expect("results") {
        is_plain_sentence(&result["message"]["text"]);
        let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().expect("a URI");
        let is_path = |c: char| c.is_ascii_alphanumeric() || "-._~/%".contains(c);
        assert!(uri.chars().all(is_path) && !uri.starts_with(['.', '/']), "{uri}");
        let path = percent_encoding::percent_decode_str(uri).decode_utf8().expect("UTF-8");
        let is_it = |name: &&str| name.replace('\n', r"\u000a").replace("##[", r"\u0023#[") == path;
        assert!(FILES.iter().any(is_it), "{path}");
    }
}

fn are_plain_issues(report: &Value) {
    for issue in report.as_array().expect("issues") {
        is_plain_sentence(&issue["description"]);
    }
}

fn is_plain_sentence(text: &Value) {
    let text = text.as_str().expect("a text");
    let marks = ["[", "]", "{", "}", "<", ">", "@", "`", "|", "://", "www."];
    assert!(!marks.iter().any(|mark| text.contains(mark)), "{text}");
}
