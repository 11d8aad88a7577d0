//! The page for browsers is bounded, self-contained and well-formed whatever the data is.

use std::cell::Cell;
use std::cmp::Reverse;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

use session_audit::audit::{
    Advisory, Cluster, Example, Finding, Findings, Input, Library, Overview, Rank, Reason, ReasonCount, ReasonSource,
    SessionlessEvents, Share, Verdict,
};
use session_audit::causes::{self, Cause};
use session_audit::gate::{Gate, Limits};
use session_audit::links::{Counts, Links, Miss, Row};
use session_audit::report::{Format, Report, Style};
use session_audit::rules::{Effect, RULES, Rule, RuleSet};

/// The most that a page may have, in bytes.
const MAX_BYTES: usize = 2_000_000;

/// Farther from an id's time than any event can be, in microseconds: 12,000 years.
const FAR_US: i64 = 12_000 * 366 * 86_400_000_000;

/// Texts of the greatest length that reports show, in what grows most when it is escaped.
const HOSTILE: [&str; 4] = ["\"", "&", "\\u202e", "👋"];

/// Far more of everything than there is room for; counts how many sessions are asked for.
struct Hostile {
    count: usize,
    asked: Cell<usize>,
}

/// A text of 200 characters from the data.
fn text(number: usize) -> String {
    HOSTILE[number % HOSTILE.len()].repeat(200)
}

impl Findings for Hostile {
    fn count(&self) -> usize {
        self.count
    }

    fn finding(&self, place: usize) -> Finding {
        self.asked.set(self.asked.get() + 1);
        let reason = |rule: &'static Rule| Reason {
            rule,
            effect: Effect::Excluded,
            message: text(place),
            file: format!("folder/{}", text(place)),
            line: u64::MAX,
            time_us: Some(FAR_US),
            event_uuid: Some(text(place)),
        };
        Finding {
            session_id: text(place),
            session_id_sha256: None,
            team_id: Some(text(place + 1)),
            verdict: Verdict::AtRisk,
            effect: Effect::Excluded,
            known: None,
            reasons: RULES.iter().cycle().skip(place % RULES.len()).take(RULES.len()).map(reason).collect(),
            events: u64::MAX,
            users: usize::MAX,
            id_us: Some(0),
            times_us: Some((-FAR_US, FAR_US)),
            offsets_us: Some((-FAR_US, FAR_US)),
            libs: (0..1000).map(text).collect(),
            cause: Cause::named("unknown").expect("a cause"),
            evidence: text(place),
            distinct_ids: Some((0..20).map(text).collect()),
        }
    }

    fn rank(&self, place: usize) -> Rank {
        (false, Effect::Excluded, Reverse(place as u64))
    }

    fn rule(&self, place: usize) -> Option<&'static Rule> {
        RULES.get(place % RULES.len())
    }

    fn broken(&self, _: usize) -> RuleSet {
        RuleSet::ALL
    }

    fn cause(&self, _: usize) -> &'static Cause {
        Cause::named("unknown").expect("a cause")
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
        version: text(0),
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
    overview.settings.rules = (0..1000).map(text).collect();
    overview.settings.fields = (0..1000).map(text).collect();
    overview.settings.session_key = Some(text(0));
    overview.summary.sessions = 1_000_000_000_000;
    overview.summary.days = (-700_000..2_900_000).step_by(30).map(|day| (day, share(1))).collect();
    let source = || ReasonSource::Version { lib: text(0), version: Some(text(1)), sessions: 1, sessions_of_lib: 1 };
    overview.summary.reasons = RULES.iter().map(|rule| ReasonCount { rule, sessions: 1, source: source() }).collect();
    overview
}

fn links() -> Links {
    let counts = Counts { events: u64::MAX / 1_000_000, ..Counts::default() };
    let miss = |number: usize| Miss {
        reason: session_audit::links::Reason::ALL[number % 6],
        detail: Some("session_id"),
        is_client: false,
        events: 1,
        example: (text(number), u64::MAX),
    };
    let row = |number: usize| Row {
        event: Some(text(number)),
        lib: Some(text(number)),
        counts,
        misses: vec![miss(number), miss(number + 1)],
    };
    Links { rows: (0..20_000).map(row).collect(), total: counts }
}

fn page(report: Report<'_>) -> String {
    let mut out = Vec::new();
    report.write(Format::Html, Style::default(), &mut out).expect("memory can be written");
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
    let (overview, links) = (overview(), links());
    let findings = Hostile { count: 300_000, asked: Cell::new(0) };
    let gate = Gate {
        limits: Limits::default(),
        problems: (0..20_000).map(text).collect(),
        exceeded: (0..20_000).map(text).collect(),
        baseline: None,
    };
    let page = page(Report { overview: &overview, findings: &findings, gate: &gate, links: Some(&links), base: None });
    assert!(page.len() < MAX_BYTES, "{} bytes", page.len());
    assert!(page.len() > MAX_BYTES / 2, "{} bytes: there is room for more", page.len());
    assert!(findings.asked.get() < 10_000, "{} sessions were made", findings.asked.get());
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
    let (overview, gate) =
        (Overview::default(), Gate { limits: Limits::default(), problems: vec![], exceeded: vec![], baseline: None });
    let findings = Hostile { count: 0, asked: Cell::new(0) };
    let page = page(Report { overview: &overview, findings: &findings, gate: &gate, links: None, base: None });
    assert_eq!(elements(&page).iter().filter(|name| **name == "section").count(), 8);
    for text in ["0 of 0 sessions dropped", "There are no sessions.", "Backend events were not followed in this run."] {
        assert!(page.contains(text), "{text}");
    }
}

#[test]
fn the_page_runs_its_own_script_and_loads_nothing() {
    let (overview, links) = (overview(), links());
    let findings = Hostile { count: 10, asked: Cell::new(0) };
    let gate = Gate { limits: Limits::default(), problems: vec![], exceeded: vec![], baseline: None };
    let page = page(Report { overview: &overview, findings: &findings, gate: &gate, links: Some(&links), base: None });
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
