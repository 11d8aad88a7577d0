//! Shows causes, libraries, days and offsets to other programs; these types are the format, and they change only with
//! `schema_version`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::saved::{cause, look_alike, rule, unknown};
use crate::audit::offsets::{Histogram, Offsets};
use crate::audit::{
    ADVISORIES, Advisory, Cluster, Example, Library, Overview, ReasonCount, ReasonSource, SessionlessEvents, Share,
};
use crate::count::{percent_of, rounded};
use crate::event::time::{US_PER_MS, format_day, parse_day};

/// What is behind the sessions of the report.
#[derive(Serialize, Deserialize)]
pub(super) struct Diagnosis {
    reasons: Vec<ReasonResult>,
    causes: Vec<CauseResult>,
    libraries: Vec<LibraryResult>,
    days: Vec<DayResult>,
    offsets: OffsetsResult,
    without_session_id: Vec<SessionlessResult>,
    advisories: Vec<AdvisoryResult>,
}

#[derive(Serialize, Deserialize)]
struct ReasonResult {
    reason: Cow<'static, str>,
    /// Sessions that break it first.
    sessions: u64,
    mostly_from: Option<SourceResult>,
}

#[derive(Serialize, Deserialize)]
struct SourceResult {
    lib: Option<String>,
    #[serde(flatten)]
    version: Option<VersionResult>,
}

#[derive(Serialize, Deserialize)]
struct VersionResult {
    lib_version: Option<String>,
    sessions: u64,
    sessions_of_lib: u64,
}

#[derive(Serialize, Deserialize)]
struct CauseResult {
    cause: Cow<'static, str>,
    lib: Option<String>,
    lib_version: Option<String>,
    sessions: u64,
    sessions_of_lib: u64,
    percent_of_lib: f64,
    events: u64,
    first_day: Option<String>,
    last_day: Option<String>,
    summary: Cow<'static, str>,
    fix: Cow<'static, str>,
    examples: Vec<ExampleResult>,
}

#[derive(Serialize, Deserialize)]
struct ExampleResult {
    session_id: String,
    file: String,
    line: u64,
    evidence: String,
}

#[derive(Serialize, Deserialize)]
struct LibraryResult {
    lib: Option<String>,
    lib_version: Option<String>,
    sessions: u64,
    dropped: u64,
    dropped_percent: f64,
}

#[derive(Serialize, Deserialize)]
struct DayResult {
    day: String,
    sessions: u64,
    dropped: u64,
    dropped_percent: f64,
}

#[derive(Serialize, Deserialize)]
struct OffsetsResult {
    /// Sessions by first event minus the id's time; those by the last event.
    first: Vec<ClassResult>,
    last: Vec<ClassResult>,
    outside: u64,
    outside_with_tolerance_1s: u64,
}

#[derive(Serialize, Deserialize)]
struct ClassResult {
    from_ms: Option<i64>,
    to_ms: Option<i64>,
    sessions: u64,
}

#[derive(Serialize, Deserialize)]
struct SessionlessResult {
    event: Option<String>,
    lib: Option<String>,
    events: u64,
    look_alikes: BTreeMap<Cow<'static, str>, u64>,
}

#[derive(Serialize, Deserialize)]
struct AdvisoryResult {
    advisory: Cow<'static, str>,
    message: String,
    sessions: u64,
    examples: Vec<String>,
}

impl Diagnosis {
    pub(super) fn new(overview: &Overview) -> Self {
        let offsets = &overview.summary.offsets;
        Self {
            reasons: overview.summary.reasons.iter().map(ReasonResult::new).collect(),
            causes: overview.clusters.iter().map(CauseResult::new).collect(),
            libraries: overview.libraries.iter().map(LibraryResult::new).collect(),
            days: overview.summary.days.iter().filter_map(|(day, share)| DayResult::new(*day, *share)).collect(),
            offsets: OffsetsResult {
                first: classes(&offsets.first),
                last: classes(&offsets.last),
                outside: offsets.outside,
                outside_with_tolerance_1s: offsets.outside - offsets.nearly_inside,
            },
            without_session_id: overview.sessionless.iter().map(SessionlessResult::new).collect(),
            advisories: overview.advisories.iter().map(AdvisoryResult::new).collect(),
        }
    }

    /// Puts everything where it belongs.
    ///
    /// # Errors
    ///
    /// Names that this version does not know.
    pub(super) fn restore(self, overview: &mut Overview) -> Result<(), String> {
        let offsets = self.offsets;
        let summary = &mut overview.summary;
        summary.reasons = self.reasons.into_iter().map(ReasonResult::restore).collect::<Result<_, _>>()?;
        summary.days = self.days.into_iter().map(DayResult::restore).collect::<Result<_, _>>()?;
        summary.offsets = Offsets {
            first: histogram(&offsets.first)?,
            last: histogram(&offsets.last)?,
            outside: offsets.outside,
            nearly_inside: offsets.outside.saturating_sub(offsets.outside_with_tolerance_1s),
        };
        overview.clusters = self.causes.into_iter().map(CauseResult::restore).collect::<Result<_, _>>()?;
        overview.libraries = self.libraries.into_iter().map(LibraryResult::restore).collect();
        let groups = self.without_session_id.into_iter().map(SessionlessResult::restore);
        overview.sessionless = groups.collect::<Result<_, _>>()?;
        overview.advisories = self.advisories.into_iter().map(AdvisoryResult::restore).collect::<Result<_, _>>()?;
        Ok(())
    }
}

impl ReasonResult {
    fn new(reason: &ReasonCount) -> Self {
        let source = |lib: Option<&String>| SourceResult { lib: lib.cloned(), version: None };
        let mostly_from = match &reason.source {
            ReasonSource::Version { lib, version, sessions, sessions_of_lib } => Some(SourceResult {
                lib: Some(lib.clone()),
                version: Some(VersionResult {
                    lib_version: version.clone(),
                    sessions: *sessions,
                    sessions_of_lib: *sessions_of_lib,
                }),
            }),
            ReasonSource::Library(lib) => Some(source(Some(lib))),
            ReasonSource::NoLibrary => Some(source(None)),
            ReasonSource::Several => None,
        };
        Self { reason: reason.rule.name.into(), sessions: reason.sessions, mostly_from }
    }

    fn restore(self) -> Result<ReasonCount, String> {
        let source = match self.mostly_from {
            None => ReasonSource::Several,
            Some(SourceResult { lib: None, .. }) => ReasonSource::NoLibrary,
            Some(SourceResult { lib: Some(lib), version: None }) => ReasonSource::Library(lib),
            Some(SourceResult { lib: Some(lib), version: Some(version) }) => ReasonSource::Version {
                lib,
                version: version.lib_version,
                sessions: version.sessions,
                sessions_of_lib: version.sessions_of_lib,
            },
        };
        Ok(ReasonCount { rule: rule(&self.reason)?, sessions: self.sessions, source })
    }
}

impl CauseResult {
    fn new(cluster: &Cluster) -> Self {
        let (first, last) = cluster.days.unzip();
        Self {
            cause: cluster.cause.name.into(),
            lib: cluster.lib.clone(),
            lib_version: cluster.lib_version.clone(),
            sessions: cluster.sessions,
            sessions_of_lib: cluster.sessions_of_lib,
            percent_of_lib: rounded(cluster.percent_of_lib()),
            events: cluster.events,
            first_day: first.and_then(format_day),
            last_day: last.and_then(format_day),
            summary: cluster.cause.label.into(),
            fix: cluster.cause.fix.into(),
            examples: cluster.examples.iter().map(ExampleResult::new).collect(),
        }
    }

    fn restore(self) -> Result<Cluster, String> {
        let days = self.first_day.as_deref().zip(self.last_day.as_deref());
        Ok(Cluster {
            cause: cause(&self.cause)?,
            lib: self.lib,
            lib_version: self.lib_version,
            sessions: self.sessions,
            sessions_of_lib: self.sessions_of_lib,
            events: self.events,
            days: days.map(|(first, last)| Ok::<_, String>((day(first)?, day(last)?))).transpose()?,
            examples: self.examples.into_iter().map(ExampleResult::restore).collect(),
        })
    }
}

impl ExampleResult {
    fn new(example: &Example) -> Self {
        let Example { session_id, file, line, evidence } = example.clone();
        Self { session_id, file, line, evidence }
    }

    fn restore(self) -> Example {
        let Self { session_id, file, line, evidence } = self;
        Example { session_id, file, line, evidence }
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

    fn restore(self) -> Library {
        let share = Share { sessions: self.sessions, dropped: self.dropped };
        Library { lib: self.lib, version: self.lib_version, share }
    }
}

impl DayResult {
    /// `None` for a day past the year 9999.
    fn new(day: i64, Share { sessions, dropped }: Share) -> Option<Self> {
        Some(Self { day: format_day(day)?, sessions, dropped, dropped_percent: rounded(percent_of(dropped, sessions)) })
    }

    fn restore(self) -> Result<(i64, Share), String> {
        Ok((day(&self.day)?, Share { sessions: self.sessions, dropped: self.dropped }))
    }
}

impl SessionlessResult {
    fn new(group: &SessionlessEvents) -> Self {
        let SessionlessEvents { event, lib, events, look_alikes } = group.clone();
        let look_alikes = look_alikes.into_iter().map(|(name, events)| (name.into(), events)).collect();
        Self { event, lib, events, look_alikes }
    }

    fn restore(self) -> Result<SessionlessEvents, String> {
        let Self { event, lib, events, look_alikes } = self;
        let look_alikes = look_alikes.into_iter().map(|(name, events)| Ok::<_, String>((look_alike(&name)?, events)));
        Ok(SessionlessEvents { event, lib, events, look_alikes: look_alikes.collect::<Result<_, _>>()? })
    }
}

impl AdvisoryResult {
    fn new(advisory: &Advisory) -> Self {
        let Advisory { name, message, sessions, examples } = advisory.clone();
        Self { advisory: name.into(), message, sessions, examples }
    }

    fn restore(self) -> Result<Advisory, String> {
        let known = ADVISORIES.iter().find(|(name, _)| *name == self.advisory);
        let (name, _) = known.ok_or_else(|| unknown("advisory", &self.advisory))?;
        Ok(Advisory { name, message: self.message, sessions: self.sessions, examples: self.examples })
    }
}

/// The classes that have sessions.
fn classes(histogram: &Histogram) -> Vec<ClassResult> {
    let ms = |us: Option<i64>| us.map(|us| us / US_PER_MS);
    let full = histogram.classes().filter(|(.., sessions)| *sessions > 0);
    full.map(|(from, to, sessions)| ClassResult { from_ms: ms(from), to_ms: ms(to), sessions }).collect()
}

fn histogram(classes: &[ClassResult]) -> Result<Histogram, String> {
    let us = |ms: Option<i64>| ms.map(|ms| ms.saturating_mul(US_PER_MS));
    let mut histogram = Histogram::default();
    for class in classes {
        let is_known = histogram.set((us(class.from_ms), us(class.to_ms)), class.sessions);
        is_known.ok_or_else(|| format!("offsets from {:?} to {:?} ms are no class", class.from_ms, class.to_ms))?;
    }
    Ok(histogram)
}

fn day(text: &str) -> Result<i64, String> {
    parse_day(text).ok_or_else(|| format!("{text:?} is no day"))
}
