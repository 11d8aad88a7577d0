//! Gathers clusters by their cause, as reports name the causes.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::audit::{Cluster, Example, both};
use crate::causes::{self, Cause};
use crate::count::{counted, grouped};
use crate::event::time::format_day;

/// How many libraries of a cause are named.
const SHOWN_LIBS: usize = 3;

/// All clusters of one cause.
#[derive(Debug, Clone)]
pub(super) struct Gathered<'a> {
    pub(super) cause: &'static Cause,
    /// Most sessions first.
    pub(super) clusters: Vec<&'a Cluster>,
    pub(super) sessions: u64,
    pub(super) events: u64,
    days: Option<(i64, i64)>,
}

/// The causes, those with most sessions first, what is unknown last.
pub(super) fn gathered(clusters: &[Cluster]) -> Vec<Gathered<'_>> {
    let mut gathered = BTreeMap::<_, Gathered<'_>>::new();
    for cluster in clusters {
        let cause = gathered.entry(cluster.cause.number()).or_insert(Gathered {
            cause: cluster.cause,
            clusters: Vec::new(),
            sessions: 0,
            events: 0,
            days: None,
        });
        cause.clusters.push(cluster);
        cause.sessions += cluster.sessions;
        cause.events += cluster.events;
        cause.days = both(cause.days, cluster.days);
    }
    let unknown = causes::all().count() - 1;
    let mut gathered: Vec<_> = gathered.into_iter().collect();
    gathered.sort_by_key(|(cause, gathered)| (*cause == unknown, Reverse(gathered.sessions)));
    gathered.into_iter().map(|(_, gathered)| gathered).collect()
}

impl<'a> Gathered<'a> {
    /// `posthog-node 4.2.1 (97.1 % of its sessions)`, or of several clusters the libraries with most sessions.
    pub(super) fn origins(&self) -> String {
        if let [cluster] = self.clusters[..] {
            let version = cluster.lib_version.as_ref().map_or(String::new(), |version| format!(" {version}"));
            return format!("{}{version} ({:.1} % of its sessions)", lib(cluster), cluster.percent_of_lib());
        }
        let mut libs = BTreeMap::<_, u64>::new();
        for cluster in &self.clusters {
            *libs.entry(lib(cluster)).or_default() += cluster.sessions;
        }
        let mut libs: Vec<_> = libs.into_iter().collect();
        if let [(lib, _)] = libs[..] {
            return format!("{lib} in {}", counted(self.clusters.len() as u64, "version"));
        }
        libs.sort_by_key(|(_, sessions)| Reverse(*sessions));
        let mut shown: Vec<_> =
            libs.iter().take(SHOWN_LIBS).map(|(lib, sessions)| format!("{lib} ({})", grouped(*sessions))).collect();
        let more = libs.len().saturating_sub(SHOWN_LIBS);
        if more > 0 {
            shown.push(format!("{} more", grouped(more as u64)));
        }
        shown.join(", ")
    }

    /// The first and the last day on which a session begins, or the one day.
    pub(super) fn days(&self) -> Option<String> {
        let (first, last) = self.days?;
        let (first, last) = (format_day(first)?, format_day(last)?);
        Some(if first == last { first } else { format!("{first} .. {last}") })
    }

    /// Sessions that show it, those of the largest cluster first.
    pub(super) fn examples(&self) -> impl Iterator<Item = &'a Example> {
        self.clusters.iter().flat_map(|cluster| &cluster.examples)
    }
}

fn lib(cluster: &Cluster) -> &str {
    cluster.lib.as_deref().unwrap_or("events without $lib")
}
