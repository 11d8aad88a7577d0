//! Gathers reported sessions by cause and library: what a user has to change, and how many sessions that is.

use std::collections::BTreeMap;

use super::by_origin::ByOrigin;
use super::{Finding, Reason, Reported};
use crate::causes::{self, Cause};
use crate::count::percent_of;
use crate::event::time::{US_PER_DAY, format_day};
use crate::rules::Case;
use crate::session::Origin;

/// How many sessions of a cluster are named.
const EXAMPLES: usize = 3;

/// The reported sessions of one cause whose proving events come from one version of a library.
#[derive(Debug, Clone)]
pub struct Cluster {
    /// The cause.
    pub cause: &'static Cause,
    /// The library, if the events name one.
    pub lib: Option<String>,
    /// Its version.
    pub lib_version: Option<String>,
    /// How many sessions.
    pub sessions: u64,
    /// How many sessions have events of this version.
    pub sessions_of_lib: u64,
    /// How many events they have.
    pub events: u64,
    /// The first and the last day (since 1970, UTC) on which one begins: that of its first event, or of its id.
    pub days: Option<(i64, i64)>,
    /// The first few of them in the order of reports.
    pub examples: Vec<Example>,
}

impl Cluster {
    /// How many percent of all sessions with events of this version these are.
    #[must_use]
    pub fn percent_of_lib(&self) -> f64 {
        percent_of(self.sessions, self.sessions_of_lib)
    }
}

/// A session of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The key.
    pub session_id: String,
    /// The input with the proving event.
    pub file: String,
    /// The line on which its record begins, from 1.
    pub line: u64,
    /// What shows the cause, in numbers; empty where there is nothing to say.
    pub evidence: String,
}

impl From<Finding> for Example {
    fn from(finding: Finding) -> Self {
        let Finding { session_id, mut reasons, evidence, .. } = finding;
        let Reason { file, line, .. } = reasons.swap_remove(0);
        Self { session_id, file, line, evidence }
    }
}

/// What shards add to a cluster.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    sessions: u64,
    events: u64,
    days: Option<(i64, i64)>,
}

/// Clusters by the number of their cause and the number of their origin.
#[derive(Debug, Default)]
pub(super) struct Clusters(BTreeMap<(usize, u32), Tally>);

impl Clusters {
    pub(super) fn count(&mut self, reported: &Reported, case: &Case<'_>) {
        let days = day(case).map(|day| (day, day));
        let tally = Tally { sessions: 1, events: case.session.events(), days };
        self.0.entry(reported.cluster()).or_default().add(tally);
    }

    pub(super) fn add(&mut self, other: Self) {
        other.0.into_iter().for_each(|(cluster, tally)| self.0.entry(cluster).or_default().add(tally));
    }

    /// The clusters, most sessions first; `reported` are all sessions in the order of reports.
    pub(super) fn finish(
        self,
        reported: &[Reported],
        origins: &[Origin],
        by_origin: &ByOrigin,
        example: impl Fn(Reported) -> Example,
    ) -> Vec<Cluster> {
        let causes: Vec<_> = causes::all().collect();
        let mut examples = BTreeMap::<_, Vec<_>>::new();
        for reported in reported {
            let examples = examples.entry(reported.cluster()).or_default();
            if examples.len() < EXAMPLES {
                examples.push(example(*reported));
            }
        }
        let cluster = |((cause, origin), tally): ((usize, u32), Tally)| {
            let Origin { lib, version } = &origins[origin as usize];
            Cluster {
                cause: causes[cause],
                lib: lib.as_deref().map(crate::safe::data_text),
                lib_version: version.as_deref().map(crate::safe::data_text),
                sessions: tally.sessions,
                sessions_of_lib: by_origin.share(origin).sessions,
                events: tally.events,
                days: tally.days,
                examples: examples.remove(&(cause, origin)).unwrap_or_default(),
            }
        };
        let mut clusters: Vec<_> = self.0.into_iter().map(cluster).collect();
        clusters.sort_by_cached_key(|cluster| {
            let place = (cluster.cause.number(), cluster.lib.clone(), cluster.lib_version.clone());
            (std::cmp::Reverse(cluster.sessions), place)
        });
        clusters
    }
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.sessions += other.sessions;
        self.events += other.events;
        self.days = both(self.days, other.days);
    }
}

/// The first and the last of both ranges.
pub(crate) fn both(one: Option<(i64, i64)>, other: Option<(i64, i64)>) -> Option<(i64, i64)> {
    let (Some((first, last)), Some((other_first, other_last))) = (one, other) else { return one.or(other) };
    Some((first.min(other_first), last.max(other_last)))
}

/// The day since 1970, UTC, on which a session begins: that of its first event, or of its id where no event has a time;
/// `None` outside the years 0 to 9999.
pub(super) fn day(case: &Case<'_>) -> Option<i64> {
    let first_us = case.session.times_us().map(|(first_us, _)| first_us);
    let day = first_us.or(case.session.key().embedded_us()).map(|us| us.div_euclid(US_PER_DAY));
    day.filter(|day| format_day(*day).is_some())
}
