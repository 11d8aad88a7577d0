//! Finds what breaks no rule but is worth a look: ids minted per event, two devices in one session, ids of the future.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use serde::{Deserialize, Serialize};

use super::order::Places;
use super::sighting::Sighting;
use super::summaries::{SessionSummary, Summaries};
use super::tally::Tally;
use super::{KnownName, advisory};
use crate::count::{counted, grouped};
use crate::event::time::US_PER_S;
use crate::rows::{Blocks, Libraries, PARTITIONS, Partitions, Tables};
use crate::safe::data_text;

/// What breaks no rule but is worth a look, by name, with the manual's text.
pub static ADVISORIES: [(&str, &str); 3] = [
    (
        "minted-per-event",
        "\
Twenty or more sessions of one event each, of one user and library (of whatever versions), begin within ten minutes; an
id such as anonymous, which anybody may have, is no user. Each session id may be valid, but no session has more than one
event: the code mints a new id for every event or request. Mint it once a session and hand it on, or take the browser's
from the X-POSTHOG-SESSION-ID header.",
    ),
    (
        "several-devices",
        "\
Events of one session name two or more devices ($device_id). A session belongs to one browser or device; PostHog makes one
session of both. An id in a link, in a cookie of several domains or in an account's data may have been carried over.",
    ),
    (
        "future-ids",
        "\
The time inside the session id is later than the last event of all inputs: a clock that is ahead, or 32 hex digits that
pass for a UUIDv7 by chance.",
    ),
];

/// From so many sessions of one event each on, all of one user and library, ids look minted per event...
const MANY_SESSIONS: usize = 20;

/// ...if these begin within so many microseconds.
const WITHIN_US: i64 = 600 * US_PER_S;

/// Something that breaks no rule but is worth a look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advisory {
    /// Names it.
    #[serde(rename = "advisory", deserialize_with = "advisory")]
    pub name: KnownName,
    /// What was seen, in numbers.
    pub message: String,
    /// How many sessions show it.
    pub sessions: u64,
    /// The first few of them by team and key.
    pub examples: Vec<String>,
}

impl Advisory {
    /// What some sessions show, if there are any.
    fn new(number: usize, seen: &Sighting, message: impl FnOnce(u64) -> String) -> Option<Self> {
        let sessions = seen.sessions;
        let (name, _) = ADVISORIES[number];
        (sessions > 0).then(|| Self { name, message: message(sessions), sessions, examples: seen.examples() })
    }
}

/// Everything worth a look, in a fixed order.
///
/// # Errors
///
/// What keeps a temporary file from being read.
pub(super) fn advise(tables: &Tables, places: &Places, tally: &Tally, summaries: Summaries) -> Result<Vec<Advisory>> {
    let minted = minted_per_event(tables, places, &summaries.finish())?;
    let devices = Advisory::new(1, &tally.several_devices, |sessions| {
        format!("{} with events of two or more devices ($device_id)", counted(sessions, "session"))
    });
    let future = Advisory::new(2, &tally.future_ids, |sessions| {
        format!("{} whose id is of a later time than the last event of all", counted(sessions, "session"))
    });
    Ok(minted.into_iter().chain(devices).chain(future).collect())
}

/// Users of one library who have very many sessions of one event each within minutes.
#[derive(Default)]
struct Burst {
    users: u64,
    sighting: Sighting,
    /// The numbers of the versions of the library.
    libraries: BTreeSet<u32>,
}

/// Bursts by the number of the library's name.
type Bursts = BTreeMap<u32, Burst>;

/// Very many sessions of one event each, of one user and library, within minutes.
fn minted_per_event(tables: &Tables, places: &Places, summaries: &Partitions<SessionSummary>) -> Result<Vec<Advisory>> {
    let parts = (0..PARTITIONS).into_par_iter().map(|partition| bursts(tables, places, &summaries.take(partition)?));
    let bursts = parts.try_reduce(Bursts::default, |mut sum, part| {
        for (lib, burst) in part {
            let known = sum.entry(lib).or_default();
            known.users += burst.users;
            known.sighting.add(burst.sighting);
            known.libraries.extend(burst.libraries);
        }
        Ok(sum)
    })?;
    let libraries = &tables.libraries;
    let mut bursts: Vec<_> = bursts.into_iter().map(|(lib, burst)| (libraries.lib(lib), burst)).collect();
    bursts.sort_by_key(|(lib, _)| *lib);
    let advisory = |(lib, burst): (Option<&str>, Burst)| {
        let from = source(lib, &burst.libraries, libraries);
        let users = counted(burst.users, "user");
        Advisory::new(0, &burst.sighting, |sessions| {
            let sessions = grouped(sessions);
            format!(
                "{sessions} sessions of one event each from {from}, of {users}, within minutes: a new id per event?"
            )
        })
    };
    Ok(bursts.into_iter().filter_map(advisory).collect())
}

/// The bursts of the users whose sessions are in a partition.
fn bursts(tables: &Tables, places: &Places, blocks: &Blocks<SessionSummary>) -> Result<Bursts> {
    let libraries = &tables.libraries;
    let of = |summary: &SessionSummary| (summary.user, libraries.name_number(summary.library));
    let mut lone: Vec<_> = blocks.iter().filter(|summary| summary.events == 1 && summary.is_timed()).collect();
    lone.sort_unstable_by_key(|summary| (of(summary), summary.first_us));
    let mut bursts = Bursts::default();
    for group in lone.chunk_by(|one, other| of(one) == of(other)) {
        let times_us: Vec<_> = group.iter().map(|summary| summary.first_us).collect();
        let crowd = crowded(&times_us);
        if crowd.is_empty() {
            continue;
        }
        let burst = bursts.entry(of(group[0]).1).or_default();
        burst.users += 1;
        for summary in crowd.into_iter().map(|place| group[place]) {
            burst.sighting.see(summary.place(tables, places)?);
            burst.libraries.insert(summary.library);
        }
    }
    Ok(bursts)
}

/// The library, with its version if there is only one.
fn source(lib: Option<&str>, numbers: &BTreeSet<u32>, libraries: &Libraries) -> String {
    let Some(lib) = lib else { return "events without $lib".to_owned() };
    let only = numbers.first().filter(|_| numbers.len() == 1);
    let text = only.and_then(|number| libraries.version(*number).text());
    text.unwrap_or_else(|| format!("{} in {} versions", data_text(lib), grouped(numbers.len() as u64)))
}

/// The places of those of sorted times that are among very many within minutes.
fn crowded(times_us: &[i64]) -> Vec<usize> {
    let is_crowded = |from: usize| {
        let last_us = times_us.get(from + MANY_SESSIONS - 1);
        last_us.is_some_and(|last_us| last_us - times_us[from] <= WITHIN_US)
    };
    let mut until = 0;
    let mut places = Vec::new();
    for place in 0..times_us.len() {
        if is_crowded(place) {
            until = place + MANY_SESSIONS;
        }
        if place < until {
            places.push(place);
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of sessions at these seconds are crowded.
    fn crowd(seconds: impl IntoIterator<Item = i64>) -> usize {
        let times_us: Vec<_> = seconds.into_iter().map(|second| second * US_PER_S).collect();
        crowded(&times_us).len()
    }

    #[test]
    fn a_crowd_is_twenty_within_ten_minutes() {
        assert_eq!(crowd(0..19), 0);
        assert_eq!(crowd(0..20), 20);
        assert_eq!(crowd((0..19).chain([600])), 20);
        assert_eq!(crowd((0..19).chain([601])), 0);
        assert_eq!(crowd((0..20).chain([10_000]).chain(20_000..20_020)), 40);
    }
}
