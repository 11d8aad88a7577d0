//! Gathers reported sessions by cause and library: what a user has to change, and how many sessions that is.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::tally::{ClusterTally, Reported, Tally};
use super::{Cluster, Example};
use crate::causes;
use crate::rows::Libraries;
use crate::safe::data_text;

/// How many sessions of a cluster are named.
const EXAMPLES: usize = 3;

/// The clusters, most sessions first; `reported` are all reported sessions in their order.
pub(super) fn clusters(tally: &Tally, reported: &[Reported], libraries: &Libraries) -> Vec<Cluster> {
    let mut examples = BTreeMap::<_, Vec<_>>::new();
    for reported in reported {
        let examples = examples.entry(reported.cluster()).or_default();
        if examples.len() < EXAMPLES {
            examples.push(Example::from(&reported.finding));
        }
    }
    let causes: Vec<_> = causes::all().collect();
    let cluster = |((cause, library), of): (&(usize, u32), &ClusterTally)| {
        let version = libraries.version(*library);
        Cluster {
            cause: causes[*cause],
            lib: version.lib.as_deref().map(data_text),
            lib_version: version.version.as_deref().map(data_text),
            sessions: of.sessions,
            sessions_of_lib: tally.sessions_of(*library),
            events: of.events,
            days: of.days,
            examples: examples.remove(&(*cause, *library)).unwrap_or_default(),
        }
    };
    let mut clusters: Vec<_> = tally.clusters.iter().map(cluster).collect();
    clusters.sort_by_cached_key(|cluster| {
        let place = (cluster.cause.number(), cluster.lib.clone(), cluster.lib_version.clone());
        (Reverse(cluster.sessions), place)
    });
    clusters
}
