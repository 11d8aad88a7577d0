//! Shows reasons, causes and advisories to other programs, with the counts behind them; these types are the format, and
//! they change only with `schema_version`.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::saved::{cause, rule, unknown};
use super::shares::{DayResult, LibraryResult, OffsetsResult, SessionlessResult, day};
use crate::audit::{ADVISORIES, Advisory, Cluster, Example, Overview, ReasonCount, ReasonSource};
use crate::count::rounded;
use crate::event::time::format_day;

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
struct AdvisoryResult {
    advisory: Cow<'static, str>,
    message: String,
    sessions: u64,
    examples: Vec<String>,
}

impl Diagnosis {
    pub(super) fn new(overview: &Overview) -> Self {
        Self {
            reasons: overview.summary.reasons.iter().map(ReasonResult::new).collect(),
            causes: overview.clusters.iter().map(CauseResult::new).collect(),
            libraries: overview.libraries.iter().map(LibraryResult::new).collect(),
            days: overview.summary.days.iter().filter_map(|(day, share)| DayResult::new(*day, *share)).collect(),
            offsets: OffsetsResult::new(&overview.summary.offsets),
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
        let summary = &mut overview.summary;
        summary.reasons = self.reasons.into_iter().map(ReasonResult::restore).collect::<Result<_, _>>()?;
        summary.days = self.days.into_iter().map(DayResult::restore).collect::<Result<_, _>>()?;
        summary.offsets = self.offsets.restore()?;
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
