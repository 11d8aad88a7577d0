//! Gathers reported sessions by cause and library: what a user has to change, and how many sessions that is.

use std::collections::BTreeMap;

use super::by_origin::ByOrigin;
use super::{Cluster, Example, Reported};
use crate::causes;
use crate::event::time::{US_PER_DAY, format_day};
use crate::rules::Case;
use crate::session::Origin;

/// How many sessions of a cluster are named.
const EXAMPLES: usize = 3;

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
