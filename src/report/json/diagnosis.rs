//! Shows causes, libraries, days and offsets to other programs; these types are the format, and they change only with
//! `schema_version`.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::audit::offsets::Histogram;
use crate::audit::{Advisory, Audit, Cluster, Library, SessionlessEvents, Share};
use crate::count::percent_of;
use crate::event::time::{US_PER_MS, format_day};

/// What is behind the sessions of the report.
#[derive(Serialize)]
pub(super) struct Diagnosis {
    causes: Vec<CauseResult>,
    libraries: Vec<LibraryResult>,
    days: Vec<DayResult>,
    offsets: OffsetsResult,
    without_session_id: Vec<SessionlessResult>,
    advisories: Vec<AdvisoryResult>,
}

#[derive(Serialize)]
struct CauseResult {
    cause: &'static str,
    lib: Option<String>,
    lib_version: Option<String>,
    sessions: u64,
    percent_of_lib: f64,
    events: u64,
    first_day: Option<String>,
    last_day: Option<String>,
    summary: &'static str,
    fix: &'static str,
    examples: Vec<ExampleResult>,
}

#[derive(Serialize)]
struct ExampleResult {
    session_id: String,
    file: String,
    line: u64,
    evidence: String,
}

#[derive(Serialize)]
struct LibraryResult {
    lib: Option<String>,
    lib_version: Option<String>,
    sessions: u64,
    dropped: u64,
    dropped_percent: f64,
}

#[derive(Serialize)]
struct DayResult {
    day: String,
    sessions: u64,
    dropped: u64,
    dropped_percent: f64,
}

#[derive(Serialize)]
struct OffsetsResult {
    /// Sessions by first event minus the id's time; those by the last event.
    first: Vec<ClassResult>,
    last: Vec<ClassResult>,
    outside: u64,
    outside_with_tolerance_1s: u64,
}

#[derive(Serialize)]
struct ClassResult {
    from_ms: Option<i64>,
    to_ms: Option<i64>,
    sessions: u64,
}

#[derive(Serialize)]
struct SessionlessResult {
    event: Option<String>,
    lib: Option<String>,
    events: u64,
    look_alikes: BTreeMap<&'static str, u64>,
}

#[derive(Serialize)]
struct AdvisoryResult {
    advisory: &'static str,
    message: String,
    sessions: u64,
    examples: Vec<String>,
}

impl Diagnosis {
    pub(super) fn new(audit: &Audit) -> Self {
        let offsets = &audit.summary.offsets;
        Self {
            causes: audit.clusters.iter().map(|cluster| CauseResult::new(cluster, audit)).collect(),
            libraries: audit.libraries.iter().map(LibraryResult::new).collect(),
            days: audit.summary.days.iter().filter_map(|(day, share)| DayResult::new(*day, *share)).collect(),
            offsets: OffsetsResult {
                first: classes(&offsets.first),
                last: classes(&offsets.last),
                outside: offsets.outside,
                outside_with_tolerance_1s: offsets.outside - offsets.nearly_inside,
            },
            without_session_id: audit.sessionless.iter().map(SessionlessResult::new).collect(),
            advisories: audit.advisories.iter().map(AdvisoryResult::new).collect(),
        }
    }
}

impl CauseResult {
    fn new(cluster: &Cluster, audit: &Audit) -> Self {
        let (first, last) = cluster.days.unzip();
        Self {
            cause: cluster.cause.name,
            lib: cluster.lib.clone(),
            lib_version: cluster.lib_version.clone(),
            sessions: cluster.sessions,
            percent_of_lib: rounded(cluster.percent_of_lib),
            events: cluster.events,
            first_day: first.and_then(format_day),
            last_day: last.and_then(format_day),
            summary: cluster.cause.label,
            fix: cluster.cause.fix,
            examples: audit.examples(cluster).map(ExampleResult::new).collect(),
        }
    }
}

impl ExampleResult {
    fn new(finding: crate::audit::Finding) -> Self {
        let proof = &finding.reasons[0];
        let (file, line) = (proof.file.clone(), proof.line);
        Self { session_id: finding.session_id, file, line, evidence: finding.evidence }
    }
}

impl LibraryResult {
    fn new(library: &Library) -> Self {
        let Share { sessions, dropped } = library.share;
        Self {
            lib: library.lib.clone(),
            lib_version: library.version.clone(),
            sessions,
            dropped,
            dropped_percent: rounded(percent_of(dropped, sessions)),
        }
    }
}

impl DayResult {
    /// `None` for a day past the year 9999.
    fn new(day: i64, Share { sessions, dropped }: Share) -> Option<Self> {
        Some(Self { day: format_day(day)?, sessions, dropped, dropped_percent: rounded(percent_of(dropped, sessions)) })
    }
}

impl SessionlessResult {
    fn new(group: &SessionlessEvents) -> Self {
        let SessionlessEvents { event, lib, events, look_alikes } = group.clone();
        Self { event, lib, events, look_alikes }
    }
}

impl AdvisoryResult {
    fn new(advisory: &Advisory) -> Self {
        let Advisory { name, message, sessions, examples } = advisory.clone();
        Self { advisory: name, message, sessions, examples }
    }
}

/// The classes that have sessions.
fn classes(histogram: &Histogram) -> Vec<ClassResult> {
    let ms = |us: Option<i64>| us.map(|us| us / US_PER_MS);
    let full = histogram.classes().filter(|(.., sessions)| *sessions > 0);
    full.map(|(from, to, sessions)| ClassResult { from_ms: ms(from), to_ms: ms(to), sessions }).collect()
}

/// A percentage with two digits.
pub(super) fn rounded(percent: f64) -> f64 {
    (percent * 100.0).round() / 100.0
}
