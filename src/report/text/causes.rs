//! Writes what is behind the sessions: the causes first, and notes on what no rule is about.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write};

use super::{Colors, date};
use crate::audit::{Audit, Cluster, SessionlessEvents, both, look_alikes};
use crate::causes;
use crate::count::{counted, grouped};

/// How many libraries of a cause are named.
const SHOWN_LIBS: usize = 3;

/// How many groups of events without a session id are named.
const SHOWN_GROUPS: usize = 3;

/// Clusters of one cause.
struct Gathered<'a> {
    clusters: Vec<&'a Cluster>,
    sessions: u64,
    days: Option<(i64, i64)>,
}

/// The causes with most sessions, what is unknown last: what, from where, an example, the fix.
pub(super) fn clusters(audit: &Audit, colors: &Colors, out: &mut dyn Write) -> io::Result<()> {
    let gathered = gathered(&audit.clusters);
    gathered.iter().try_for_each(|cause| write_cause(audit, cause, colors, out))?;
    if gathered.is_empty() { Ok(()) } else { writeln!(out) }
}

fn gathered(clusters: &[Cluster]) -> Vec<Gathered<'_>> {
    let mut gathered = BTreeMap::<_, Gathered<'_>>::new();
    for cluster in clusters {
        let cause = gathered.entry(cluster.cause.number()).or_insert(Gathered {
            clusters: Vec::new(),
            sessions: 0,
            days: None,
        });
        cause.clusters.push(cluster);
        cause.sessions += cluster.sessions;
        cause.days = both(cause.days, cluster.days);
    }
    let unknown = causes::all().count() - 1;
    let mut gathered: Vec<_> = gathered.into_iter().collect();
    gathered.sort_by_key(|(cause, gathered)| (*cause == unknown, Reverse(gathered.sessions)));
    gathered.into_iter().map(|(_, gathered)| gathered).collect()
}

fn write_cause(audit: &Audit, gathered: &Gathered<'_>, colors: &Colors, out: &mut dyn Write) -> io::Result<()> {
    let (strong, faint) = (colors.strong, colors.faint);
    let Some(cluster) = gathered.clusters.first() else { return Ok(()) };
    let (cause, from) = (cluster.cause, origins(&gathered.clusters));
    let sessions = counted(gathered.sessions, "session");
    writeln!(out, "{strong}{sessions}{strong:#}: {} from {from}{}", cause.label, days(gathered.days))?;
    if let Some(example) = audit.examples(cluster).next() {
        let proof = &example.reasons[0];
        let evidence = if example.evidence.is_empty() { String::new() } else { format!(": {}", example.evidence) };
        writeln!(out, "   {faint}e.g.{faint:#} {}:{}{evidence}", proof.file, proof.line)?;
    }
    writeln!(out, "   {faint}fix:{faint:#}  {}   {faint}(explain {}){faint:#}", cause.fix, cause.name)
}

/// `posthog-node 4.2.1 (97.1 % of its sessions)`, or of several clusters the libraries with most sessions.
fn origins(clusters: &[&Cluster]) -> String {
    if let [cluster] = clusters {
        let version = cluster.lib_version.as_ref().map_or(String::new(), |version| format!(" {version}"));
        return format!("{}{version} ({:.1} % of its sessions)", lib(cluster), cluster.percent_of_lib);
    }
    let mut libs = BTreeMap::<_, u64>::new();
    for cluster in clusters {
        *libs.entry(lib(cluster)).or_default() += cluster.sessions;
    }
    let mut libs: Vec<_> = libs.into_iter().collect();
    if let [(lib, _)] = libs[..] {
        return format!("{lib} in {}", counted(clusters.len() as u64, "version"));
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

fn lib(cluster: &Cluster) -> &str {
    cluster.lib.as_deref().unwrap_or("events without $lib")
}

fn days(days: Option<(i64, i64)>) -> String {
    match days.map(|(first, last)| (date(first), date(last))) {
        None => String::new(),
        Some((first, last)) if first == last => format!("   {first}"),
        Some((first, last)) => format!("   {first} .. {last}"),
    }
}

/// What events without a session id are, and what they carry instead.
pub(super) fn sessionless(audit: &Audit, out: &mut dyn Write) -> io::Result<()> {
    let groups = &audit.sessionless;
    if groups.is_empty() {
        return Ok(());
    }
    let named = |group: &SessionlessEvents| {
        let event = group.event.as_deref().unwrap_or("no name");
        let lib = group.lib.as_ref().map_or("no $lib".to_owned(), |lib| format!("from {lib}"));
        format!("{} {event} {lib}", grouped(group.events))
    };
    let mut shown: Vec<_> = groups.iter().take(SHOWN_GROUPS).map(named).collect();
    let more = groups.len().saturating_sub(SHOWN_GROUPS);
    if more > 0 {
        shown.push(format!("and {}", counted(more as u64, "more kind")));
    }
    writeln!(out, "{:>13} {}", "", shown.join(", "))?;
    let look_alikes: Vec<_> =
        look_alikes(groups).iter().map(|(name, events)| format!("{} with {name}", grouped(*events))).collect();
    if look_alikes.is_empty() {
        return Ok(());
    }
    writeln!(out, "{:>13} {}: PostHog reads $session_id only", "", look_alikes.join(", "))
}

/// What breaks no rule but is worth a look, what a tolerance would leave, and one more.
pub(super) fn notes(audit: &Audit, more: Option<String>, colors: &Colors, out: &mut dyn Write) -> io::Result<()> {
    let tolerance = tolerance(audit);
    let advice = audit.advisories.iter().map(|advisory| {
        let examples = advisory.examples.first().map_or(String::new(), |id| format!(" (e.g. {id})"));
        format!("{}{examples}", advisory.message)
    });
    let notes: Vec<_> = tolerance.into_iter().chain(advice).chain(more).collect();
    if !notes.is_empty() {
        writeln!(out)?;
    }
    let strong = colors.strong;
    notes.iter().try_for_each(|note| writeln!(out, "{strong}note{strong:#}: {note}"))
}

/// What a tolerance of a second would leave, where it would take most of the sessions that break a time rule.
fn tolerance(audit: &Audit) -> Option<String> {
    let offsets = &audit.summary.offsets;
    let (outside, inside) = (offsets.outside, offsets.nearly_inside);
    (inside * 2 > outside).then(|| {
        let (of, left) = (counted(outside, "session"), grouped(outside - inside));
        format!(
            "{} of {of} outside the id's 24 hours are so by under 1 s: --tolerance 1s leaves {left}",
            grouped(inside)
        )
    })
}
