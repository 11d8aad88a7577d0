//! The page for browsers is bounded, self-contained and well-formed whatever the data is.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

use session_audit::audit::links::{LinkCounts, LinkRow, Links, Miss};
use session_audit::audit::{
    Advisory, Cluster, Day, Example, Finding, Input, Library, Overview, Proof, Reason, ReasonCount, ReasonSource,
    Report, Run, SessionlessEvents, Share, Verdict,
};
use session_audit::causes::{self, Cause};
use session_audit::gate::{Gate, Limits};
use session_audit::report::{Format, Style, write};
use session_audit::rules::{Effect, RULES, Rule};

/// The most that a page may have, in bytes.
const MAX_BYTES: usize = 2_000_000;

/// Farther from an id's time than any event can be, in microseconds: 12,000 years.
const FAR_US: i64 = 12_000 * 366 * 86_400_000_000;

/// Texts of the greatest length that reports show, in what grows most when it is escaped.
const HOSTILE: [&str; 4] = ["\"", "&", "\\u202e", "👋"];

/// A text of 200 characters from the data.
fn text(number: usize) -> String {
    HOSTILE[number % HOSTILE.len()].repeat(200)
}

/// How many sessions of a rule there are where there are too many.
const MANY: usize = 250;

/// A session with far more of everything than there is room for; every other one has a time in its id.
fn finding(number: usize) -> Finding {
    let reason = |rule: &'static Rule| Reason {
        rule,
        effect: Effect::Excluded,
        event: Proof {
            file: format!("folder/{}", text(number)).into(),
            line: u64::MAX,
            uuid: Some(text(number).into()),
            time_us: Some(FAR_US),
        },
        message: text(number).into(),
    };
    let id = if number.is_multiple_of(2) { text(number) } else { "00000000-0000-7000-8000-000000000000".to_owned() };
    Finding {
        session_id: id.into(),
        session_id_sha256: None,
        team_id: Some(text(number + 1).into()),
        verdict: Verdict::AtRisk,
        effect: Effect::Excluded,
        reasons: RULES.iter().cycle().skip(number % RULES.len()).take(RULES.len()).map(reason).collect(),
        events: u64::MAX,
        users: usize::MAX,
        times_us: Some((-FAR_US, FAR_US)),
        libs: (0..100).map(|number| text(number).into()).collect(),
        cause: Cause::named("unknown").expect("a cause"),
        evidence: text(number).into(),
        known: None,
        distinct_ids: Some((0..20).map(|number| text(number).into()).collect()),
        exact: None,
    }
}

fn share(number: usize) -> Share {
    Share { sessions: 1_000_000_000, dropped: number as u64 }
}

fn cluster(number: usize) -> Cluster {
    let example = Example { session_id: text(number), file: text(number), line: u64::MAX, evidence: text(number) };
    Cluster {
        cause: causes::all().nth(number % causes::all().count()).expect("a cause"),
        lib: Some(text(number)),
        lib_version: Some(text(number + 1)),
        sessions: 1,
        sessions_of_lib: 1,
        events: 1,
        days: Some((i64::MIN, i64::MAX)),
        examples: vec![example; 3],
    }
}

fn overview() -> Overview {
    let mut overview = Overview {
        inputs: (0..20_000)
            .map(|number| Input {
                name: text(number),
                compression: Some(text(number)),
                bytes: u64::MAX,
                events: 1,
                malformed: 1,
            })
            .collect(),
        clusters: (0..20_000).map(cluster).collect(),
        libraries: (0..200_000)
            .map(|number| Library { lib: Some(text(number)), version: Some(text(number + 1)), share: share(number) })
            .map(|library| (None, library))
            .collect(),
        sessionless: (0..20_000)
            .map(|number| SessionlessEvents {
                event: Some(text(number)),
                lib: Some(text(number)),
                events: 1,
                ..SessionlessEvents::default()
            })
            .map(|group| (None, group))
            .collect(),
        advisories: (0..20_000)
            .map(|number| Advisory {
                name: "future-ids",
                message: text(number),
                sessions: 1,
                examples: vec![text(number)],
            })
            .collect(),
        ..Overview::default()
    };
    overview.summary.sessions = 1_000_000_000_000;
    overview.days = (-700_000..2_900_000).step_by(30).map(|day| Day { day, share: share(1) }).collect();
    let source = || ReasonSource::Version { lib: text(0), version: Some(text(1)), sessions: 1, sessions_of_lib: 1 };
    overview.reasons = RULES.iter().map(|rule| ReasonCount { rule, sessions: 1, source: source() }).collect();
    overview
}

fn links() -> Links {
    let counts = LinkCounts { events: u64::MAX / 1_000_000, ..LinkCounts::default() };
    let miss = |number: usize| Miss {
        reason: session_audit::audit::links::Reason::ALL[number % 6],
        detail: Some("session_id"),
        is_client: false,
        events: 1,
        file: text(number),
        line: u64::MAX,
        fix: "rename the property".to_owned(),
    };
    let row = |number: usize| LinkRow {
        event: Some(text(number)),
        lib: Some(text(number)),
        counts,
        misses: vec![miss(number), miss(number + 1)],
    };
    Links { rows: (0..20_000).map(row).collect(), total: counts }
}

fn run() -> Run {
    let mut run = Run::default();
    run.tool.version = text(0);
    run.settings.rules = (0..1000).map(text).collect();
    run.settings.fields = (0..1000).map(text).collect();
    run.settings.session_key = Some(text(0));
    run
}

/// A report of so many sessions.
fn report(sessions: usize, gate: Gate) -> Report {
    let overview = Overview { links: Some(links()), ..overview() };
    let mut report = Report { run: run(), overview, sessions: (0..sessions).map(finding).collect() };
    report.set_gate(gate);
    report
}

fn page(report: &Report) -> String {
    let mut out = Vec::new();
    write(report, Format::Html, Style::default(), None, &mut out).expect("memory can be written");
    String::from_utf8(out).expect("a page is UTF-8")
}

/// Elements that have no end.
const VOID: [&str; 9] = ["meta", "link", "br", "input", "rect", "line", "circle", "polyline", "polygon"];

/// Fails unless every element that begins ends, in its order; returns the names of all.
fn elements(page: &str) -> Vec<&str> {
    let (mut open, mut all) = (Vec::new(), Vec::new());
    let mut rest = page.strip_prefix("<!doctype html>\n").expect("a page");
    while let Some(start) = rest.find('<') {
        let end = start + rest[start..].find('>').expect("the end of a tag");
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        let name = tag.trim_start_matches('/').split([' ', '/']).next().expect("a name");
        assert!(!name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric()), "<{tag}>");
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name));
        } else {
            all.push(name);
            if name == "script" || name == "style" {
                rest = &rest[rest.find("</").expect("its end")..];
            }
            if !VOID.contains(&name) {
                open.push(name);
            }
        }
    }
    assert!(open.is_empty(), "{open:?}");
    all
}

#[test]
fn the_page_is_small_whatever_is_found() {
    let gate = Gate {
        limits: Limits::default(),
        problems: (0..20_000).map(text).collect(),
        exceeded: (0..20_000).map(text).collect(),
        baseline: None,
    };
    let page = page(&report(MANY * RULES.len(), gate));
    assert!(page.len() < MAX_BYTES, "{} bytes", page.len());
    assert!(page.len() > MAX_BYTES / 2, "{} bytes: there is room for more", page.len());
    let names = elements(&page);
    assert_eq!(names.iter().filter(|name| **name == "section").count(), 8);
    assert_eq!(names.iter().filter(|name| **name == "script").count(), 1);
    for rule in &RULES {
        assert!(page.contains(&format!("data-reason=\"{}\"", rule.name)), "{}", rule.name);
    }
    for more in ["199,980 more versions", "19,950 more rows", "19,950 more inputs", "19,990 more kinds"] {
        assert!(page.contains(more), "{more}");
    }
    for more in ["19,990 more notes", "39,990 more"] {
        assert!(page.contains(more), "{more}");
    }
    assert_eq!(page.matches(" more: <code>-o sessions.csv</code>").count(), RULES.len());
}

#[test]
fn an_empty_result_is_a_page_too() {
    let page = page(&Report::default());
    assert_eq!(elements(&page).iter().filter(|name| **name == "section").count(), 8);
    for text in ["0 of 0 sessions dropped", "There are no sessions.", "Backend events were not followed in this run."] {
        assert!(page.contains(text), "{text}");
    }
}

#[test]
fn the_page_runs_its_own_script_and_loads_nothing() {
    let page = page(&report(10, Gate::default()));
    let (_, script) = page.split_once("<script>").expect("a script");
    let (script, _) = script.split_once("</script>").expect("its end");
    let hash = BASE64_STANDARD.encode(Sha256::digest(script.replace('\r', "")));
    assert!(page.contains(&format!("script-src 'sha256-{hash}'")), "SCRIPT_HASH should be sha256-{hash}");
    for loads in [" src=", "url(", "@import", "xlink", "http-equiv=\"refresh\""] {
        assert!(!page.contains(loads), "{loads}");
    }
    let targets = page.split(" href=\"").skip(1);
    assert!(targets.clone().count() > 5);
    assert!(
        targets.clone().all(|to| ["#", "data:,\"", "https://posthog.com/"].iter().any(|start| to.starts_with(start)))
    );
}
