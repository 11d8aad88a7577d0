//! Counts sessions by rule, effect, library, day and cause, partition by partition.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;

use super::links::LinkTallies;
use super::offsets::Offsets;
use super::order::Place;
use super::sighting::Sighting;
use super::{Finding, Share, Verdict};
use crate::event::time::US_PER_DAY;
use crate::rules::{Effect, RULES, RuleSet};
use crate::sessions::Session;

/// The first and the last day (since 1970) that reports can name: those of the years 0 and 9999.
const DAYS: std::ops::RangeInclusive<i64> = -719_528..=2_932_896;

/// A reported session with what orders and groups it.
#[derive(Debug)]
pub(super) struct Reported {
    pub(super) place: Place,
    /// The number of the library that sent the event that proves the first reason.
    pub(super) library: u32,
    pub(super) finding: Finding,
}

/// What was counted of some sessions.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) sessions: u64,
    pub(super) dropped: u64,
    pub(super) at_risk: u64,
    pub(super) events_in_dropped_sessions: u64,
    /// Sessions that break each rule, in the order of [`RULES`].
    pub(super) by_rule: [u64; RULES.len()],
    /// Reported sessions of each effect, in the order of [`Effect::ALL`].
    pub(super) by_effect: [u64; Effect::ALL.len()],
    /// All sessions by the day on which they begin.
    pub(super) days: BTreeMap<i64, Share>,
    pub(super) offsets: Offsets,
    /// All sessions by the numbers of the libraries, with their versions, that sent their events.
    pub(super) by_version: HashMap<u32, Share>,
    /// All sessions by the numbers of the names of these libraries.
    pub(super) by_lib: HashMap<u32, Broken>,
    pub(super) reported: Vec<Reported>,
    /// Reported sessions by the number of their cause and by the library of their proof.
    pub(super) clusters: BTreeMap<(usize, u32), ClusterTally>,
    /// Reported sessions by the number of their first rule and by the library of its proof.
    pub(super) by_reason: BTreeMap<(usize, u32), u64>,
    pub(super) several_devices: Sighting,
    pub(super) future_ids: Sighting,
    /// Nothing where backend events are not followed.
    pub(super) links: LinkTallies,
}

/// How many sessions there are, how many are reported, and how many break each rule.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Broken {
    pub(super) sessions: u64,
    pub(super) reported: u64,
    pub(super) by_rule: [u64; RULES.len()],
}

/// Reported sessions of one cause and library.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct ClusterTally {
    pub(super) sessions: u64,
    pub(super) events: u64,
    pub(super) days: Option<(i64, i64)>,
}

impl Tally {
    /// Counts a session, whatever its verdict, with the rules that it breaks.
    pub(super) fn see(&mut self, session: &Session<'_>, broken: RuleSet, is_dropped: bool) {
        self.sessions += 1;
        let share = Share { sessions: 1, dropped: u64::from(is_dropped) };
        let libraries = session.libraries();
        for library in &*libraries {
            self.by_version.entry(*library).or_default().add(share);
        }
        let names = &session.context.tables.libraries;
        if let [library] = *libraries {
            self.by_lib.entry(names.name_number(library)).or_default().count(broken);
        } else {
            let names: BTreeSet<_> = libraries.iter().map(|library| names.name_number(*library)).collect();
            for name in names {
                self.by_lib.entry(name).or_default().count(broken);
            }
        }
        if let Some(day) = day(session) {
            self.days.entry(day).or_default().add(share);
        }
        if let Some(offsets_us) = session.offsets_us() {
            self.offsets.count(offsets_us, broken);
        }
    }

    /// Counts and keeps a reported session.
    pub(super) fn report(&mut self, session: &Session<'_>, reported: Reported) {
        let finding = &reported.finding;
        for rule in finding.broken().iter() {
            self.by_rule[rule.number()] += 1;
        }
        self.by_effect[finding.effect as usize] += 1;
        match finding.verdict {
            Verdict::Dropped => {
                self.dropped += 1;
                self.events_in_dropped_sessions += session.events();
            }
            Verdict::AtRisk => self.at_risk += 1,
        }
        let days = day(session).map(|day| (day, day));
        let one = ClusterTally { sessions: 1, events: session.events(), days };
        self.clusters.entry(reported.cluster()).or_default().add(one);
        let reason = (finding.reason().rule.number(), reported.library);
        *self.by_reason.entry(reason).or_default() += 1;
        self.reported.push(reported);
    }

    /// Adds what was counted of other sessions.
    pub(super) fn merge(&mut self, other: Self) {
        self.sessions += other.sessions;
        self.dropped += other.dropped;
        self.at_risk += other.at_risk;
        self.events_in_dropped_sessions += other.events_in_dropped_sessions;
        add_all(&mut self.by_rule, other.by_rule);
        add_all(&mut self.by_effect, other.by_effect);
        self.offsets.add(&other.offsets);
        other.days.into_iter().for_each(|(day, share)| self.days.entry(day).or_default().add(share));
        for (library, share) in other.by_version {
            self.by_version.entry(library).or_default().add(share);
        }
        for (lib, broken) in other.by_lib {
            self.by_lib.entry(lib).or_default().add(&broken);
        }
        for (cluster, tally) in other.clusters {
            self.clusters.entry(cluster).or_default().add(tally);
        }
        for (reason, count) in other.by_reason {
            *self.by_reason.entry(reason).or_default() += count;
        }
        self.reported.extend(other.reported);
        self.several_devices.add(other.several_devices);
        self.future_ids.add(other.future_ids);
        self.links.merge(other.links);
    }

    /// The sessions with events of a version of a library.
    pub(super) fn sessions_of(&self, library: u32) -> u64 {
        self.by_version.get(&library).map_or(0, |share| share.sessions)
    }
}

impl Reported {
    /// The number of its cause, and the library of its proof.
    pub(super) fn cluster(&self) -> (usize, u32) {
        (self.finding.cause.number(), self.library)
    }
}

impl Broken {
    fn count(&mut self, broken: RuleSet) {
        self.sessions += 1;
        self.reported += u64::from(!broken.is_empty());
        for rule in broken.iter() {
            self.by_rule[rule.number()] += 1;
        }
    }

    fn add(&mut self, other: &Self) {
        self.sessions += other.sessions;
        self.reported += other.reported;
        add_all(&mut self.by_rule, other.by_rule);
    }
}

impl ClusterTally {
    fn add(&mut self, other: Self) {
        self.sessions += other.sessions;
        self.events += other.events;
        self.days = both(self.days, other.days);
    }
}

fn add_all<const N: usize>(sums: &mut [u64; N], parts: [u64; N]) {
    sums.iter_mut().zip(parts).for_each(|(sum, part)| *sum += part);
}

/// The first and the last of both ranges.
pub(crate) fn both(one: Option<(i64, i64)>, other: Option<(i64, i64)>) -> Option<(i64, i64)> {
    let (Some((first, last)), Some((other_first, other_last))) = (one, other) else { return one.or(other) };
    Some((first.min(other_first), last.max(other_last)))
}

/// The day since 1970, UTC, on which a session begins: that of its first event, or of its id where no event has a time;
/// `None` outside the years 0 to 9999.
fn day(session: &Session<'_>) -> Option<i64> {
    let first_us = session.times_us().map(|(first_us, _)| first_us);
    let day = first_us.or(session.id_us()).map(|us| us.div_euclid(US_PER_DAY));
    day.filter(|day| DAYS.contains(day))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::time::format_day;

    #[test]
    fn the_days_are_those_that_have_a_date() {
        let (first, last) = (*DAYS.start(), *DAYS.end());
        assert_eq!(format_day(first).as_deref(), Some("0000-01-01"));
        assert_eq!(format_day(last).as_deref(), Some("9999-12-31"));
        assert_eq!((format_day(first - 1), format_day(last + 1)), (None, None));
    }
}
