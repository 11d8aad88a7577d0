//! Finds what breaks no rule but is worth a look: ids minted per event, two devices in one session, ids of the future.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use serde::{Deserialize, Serialize};

use super::{KnownName, advisory};
use crate::count::{counted, grouped};
use crate::event::time::US_PER_S;
use crate::identity::Resolved;
use crate::safe::data_text;
use crate::session::{Devices, Origin, Session, SessionKey, Shard};

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

/// How many sessions of an advisory are named.
const EXAMPLES: usize = 3;

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

/// All that advice is taken from.
pub(super) struct Evidence<'a> {
    pub(super) shards: &'a [Shard],
    pub(super) users: &'a Resolved,
    pub(super) origins: &'a [Origin],
    /// The place of every team in reports.
    pub(super) teams: &'a [usize],
    /// The time of the last event of all.
    pub(super) last_us: Option<i64>,
}

/// Sessions that show the same; of them the first few by team and key.
#[derive(Debug, Default)]
struct Sighting<'a> {
    sessions: u64,
    first: BTreeSet<(usize, SessionKey<'a>)>,
}

impl<'a> Sighting<'a> {
    fn see(&mut self, session: Session<'a>, teams: &[usize]) {
        self.sessions += 1;
        self.keep((teams[session.team() as usize], session.key()));
    }

    fn keep(&mut self, place: (usize, SessionKey<'a>)) {
        self.first.insert(place);
        if self.first.len() > EXAMPLES {
            self.first.pop_last();
        }
    }

    fn add(&mut self, other: Self) {
        self.sessions += other.sessions;
        other.first.into_iter().for_each(|place| self.keep(place));
    }

    fn advisory(self, name: &'static str, message: impl FnOnce(u64) -> String) -> Option<Advisory> {
        let examples = self.first.into_iter().map(|(_, key)| match key {
            SessionKey::Uuid(id) => id.to_string(),
            SessionKey::Text(text) => data_text(text),
        });
        let sessions = self.sessions;
        (sessions > 0).then(|| Advisory { name, message: message(sessions), sessions, examples: examples.collect() })
    }
}

/// What one pass over all sessions shows.
#[derive(Debug, Default)]
struct Seen<'a> {
    /// Sessions with several devices.
    devices: Sighting<'a>,
    /// Sessions of the future.
    future: Sighting<'a>,
}

/// Everything worth a look, in a fixed order.
pub(super) fn advise(evidence: &Evidence<'_>) -> Vec<Advisory> {
    let lone: Vec<_> = std::iter::repeat_with(|| AtomicU32::new(0)).take(evidence.users.ids()).collect();
    let seen = evidence.shards.par_iter().map(|shard| look_at(shard, evidence, &lone));
    let Seen { devices, future } = seen.reduce(Seen::default, |mut one, other| {
        one.devices.add(other.devices);
        one.future.add(other.future);
        one
    });
    let devices = devices.advisory(ADVISORIES[1].0, |sessions| {
        format!("{} with events of two or more devices ($device_id)", counted(sessions, "session"))
    });
    let future = future.advisory(ADVISORIES[2].0, |sessions| {
        format!("{} whose id is of a later time than the last event of all", counted(sessions, "session"))
    });
    minted_per_event(evidence, &lone).into_iter().chain(devices).chain(future).collect()
}

fn sessions(shard: &Shard) -> impl Iterator<Item = Session<'_>> {
    (0..shard.len()).map(|number| Session::new(shard.session(number)))
}

/// Looks at the sessions of a shard, and counts those of one event by their user.
fn look_at<'a>(shard: &'a Shard, evidence: &Evidence<'a>, lone: &[AtomicU32]) -> Seen<'a> {
    let mut seen = Seen::default();
    for session in sessions(shard) {
        if session.devices() == Devices::Several {
            seen.devices.see(session, evidence.teams);
        }
        if session.key().embedded_us().zip(evidence.last_us).is_some_and(|(id_us, last_us)| id_us > last_us) {
            seen.future.see(session, evidence.teams);
        }
        if let Some(user) = lone_user(session, evidence.users) {
            lone[user as usize].fetch_add(1, Ordering::Relaxed);
        }
    }
    seen
}

/// The user of a session of one event, if it is one.
fn lone_user(session: Session<'_>, users: &Resolved) -> Option<u32> {
    let user = if session.events() == 1 { users.user(session.first().seen.user) } else { None };
    user.filter(|user| !users.is_generic(*user))
}

/// A session with one event: its user and library, when it is, which it is, and the number of its origin.
type Lone<'a> = (u32, Option<&'a str>, i64, (usize, SessionKey<'a>), u32);

/// Users of one library who have very many sessions of one event each within minutes.
#[derive(Default)]
struct Burst<'a> {
    users: u64,
    sighting: Sighting<'a>,
    origins: BTreeSet<u32>,
}

/// Very many sessions of one event each, of one user and library, within minutes.
fn minted_per_event(evidence: &Evidence<'_>, lone: &[AtomicU32]) -> Vec<Advisory> {
    let mut bursts = BTreeMap::<_, Burst<'_>>::new();
    let lone = lone_sessions(evidence, lone);
    for group in lone.chunk_by(|one, other| (one.0, one.1) == (other.0, other.1)) {
        let mut crowd = crowded(group).peekable();
        if crowd.peek().is_none() {
            continue;
        }
        let burst = bursts.entry(group[0].1).or_default();
        burst.users += 1;
        for (_, _, _, place, origin) in crowd {
            burst.sighting.sessions += 1;
            burst.sighting.keep(*place);
            burst.origins.insert(*origin);
        }
    }
    let advisory = |(lib, burst): (Option<&str>, Burst<'_>)| {
        let from = source(lib, &burst.origins, evidence.origins);
        let users = counted(burst.users, "user");
        burst.sighting.advisory(ADVISORIES[0].0, |sessions| {
            format!(
                "{} sessions of one event each from {from}, of {users}, within minutes: a new id per event?",
                grouped(sessions)
            )
        })
    };
    bursts.into_iter().filter_map(advisory).collect()
}

/// The library, with its version if there is only one.
fn source(lib: Option<&str>, numbers: &BTreeSet<u32>, origins: &[Origin]) -> String {
    let Some(lib) = lib else { return "events without $lib".to_owned() };
    let only = numbers.first().filter(|_| numbers.len() == 1);
    let text = only.and_then(|number| origins[*number as usize].text());
    text.unwrap_or_else(|| format!("{} in {} versions", data_text(lib), grouped(numbers.len() as u64)))
}

/// The sessions of a user and library, sorted by time, that are among very many within minutes.
fn crowded<'g, 'a>(group: &'g [Lone<'a>]) -> impl Iterator<Item = &'g Lone<'a>> {
    let is_crowded = |from: usize| {
        let last = group.get(from + MANY_SESSIONS - 1);
        last.is_some_and(|last| last.2 - group[from].2 <= WITHIN_US)
    };
    let mut until = 0;
    group
        .iter()
        .enumerate()
        .filter(move |(place, _)| {
            if is_crowded(*place) {
                until = place + MANY_SESSIONS;
            }
            *place < until
        })
        .map(|(_, lone)| lone)
}

/// The sessions of one event each, of users who have many of them by these counts, by user, library and time.
fn lone_sessions<'a>(evidence: &Evidence<'a>, counts: &[AtomicU32]) -> Vec<Lone<'a>> {
    let has_many = |count: &AtomicU32| count.load(Ordering::Relaxed) as usize >= MANY_SESSIONS;
    if !counts.iter().any(has_many) {
        return Vec::new();
    }
    let of_shard = |shard: &'a Shard| {
        sessions(shard).filter_map(|session| {
            let user = lone_user(session, evidence.users).filter(|user| has_many(&counts[*user as usize]))?;
            let place = (evidence.teams[session.team() as usize], session.key());
            let origin = session.origins().next()?;
            Some((user, evidence.origins[origin as usize].lib.as_deref(), session.times_us()?.0, place, origin))
        })
    };
    let mut all: Vec<_> = evidence.shards.par_iter().flat_map_iter(of_shard).collect();
    all.sort_unstable();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of sessions at these seconds are crowded.
    fn crowd(seconds: impl IntoIterator<Item = i64>) -> usize {
        let group: Vec<_> =
            seconds.into_iter().map(|second| (0, None, second * US_PER_S, (0, SessionKey::Text("")), 0)).collect();
        crowded(&group).count()
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
