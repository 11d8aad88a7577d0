//! Shows what was counted to other programs, and reads it back; these types are the format, and they change only with
//! `schema_version`.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::audit::Overview;
use crate::event::time::{format_us, parse_us};
use crate::rules::{Effect, RULES};
use crate::tally::Counts;

#[derive(Serialize, Deserialize)]
pub(super) struct Summary {
    events: u64,
    events_without_session_id: u64,
    events_untimed: u64,
    other_records: u64,
    malformed_records: u64,
    sessions: u64,
    dropped: u64,
    at_risk: u64,
    events_in_dropped_sessions: u64,
    first_event: Option<String>,
    last_event: Option<String>,
    by_reason: Counted,
    by_effect: Counted,
    by_lib: BTreeMap<String, u64>,
}

/// Names with their counts, in the order of the tables they come from.
struct Counted(Vec<(String, u64)>);

impl Serialize for Counted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, count)| (name, count)))
    }
}

impl<'de> Deserialize<'de> for Counted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        BTreeMap::deserialize(deserializer).map(|counts| Self(counts.into_iter().collect()))
    }
}

impl Counted {
    fn new<'a>(names: impl Iterator<Item = &'a str>, counts: &[u64]) -> Self {
        Self(names.map(str::to_owned).zip(counts.iter().copied()).collect())
    }

    /// The counts by these names; 0 where there is none.
    fn counts<const N: usize>(&self, names: [&str; N]) -> [u64; N] {
        names.map(|name| self.0.iter().find(|(known, _)| known == name).map_or(0, |(_, count)| *count))
    }
}

impl Summary {
    pub(super) fn new(overview: &Overview) -> Self {
        let (counts, summary) = (&overview.counts, &overview.summary);
        Self {
            events: counts.events,
            events_without_session_id: counts.events_without_session_id,
            events_untimed: counts.events_untimed,
            other_records: counts.other_records,
            malformed_records: counts.malformed_records,
            sessions: summary.sessions,
            dropped: summary.dropped,
            at_risk: summary.at_risk,
            events_in_dropped_sessions: summary.events_in_dropped_sessions,
            first_event: counts.times_us.and_then(|(first, _)| format_us(first, 6)),
            last_event: counts.times_us.and_then(|(_, last)| format_us(last, 6)),
            by_reason: Counted::new(RULES.iter().map(|rule| rule.name), &summary.by_rule),
            by_effect: Counted::new(Effect::ALL.iter().map(|effect| effect.name()), &summary.by_effect),
            by_lib: summary.by_lib.clone(),
        }
    }

    /// Puts the counts where they belong.
    ///
    /// # Errors
    ///
    /// More reported sessions than there are.
    pub(super) fn restore(self, overview: &mut Overview) -> Result<(), String> {
        if self.dropped.checked_add(self.at_risk).is_none_or(|reported| reported > self.sessions) {
            let Self { dropped, at_risk, sessions, .. } = self;
            return Err(format!("{dropped} dropped and {at_risk} at risk are more than {sessions} sessions"));
        }
        let time = |time: Option<String>| time.and_then(|time| parse_us(time.as_bytes()));
        overview.counts = Counts {
            events: self.events,
            events_without_session_id: self.events_without_session_id,
            events_untimed: self.events_untimed,
            other_records: self.other_records,
            malformed_records: self.malformed_records,
            times_us: time(self.first_event).zip(time(self.last_event)),
        };
        let summary = &mut overview.summary;
        summary.sessions = self.sessions;
        summary.dropped = self.dropped;
        summary.at_risk = self.at_risk;
        summary.events_in_dropped_sessions = self.events_in_dropped_sessions;
        summary.by_rule = self.by_reason.counts(RULES.each_ref().map(|rule| rule.name));
        summary.by_effect = self.by_effect.counts(Effect::ALL.map(Effect::name));
        summary.by_lib = self.by_lib;
        Ok(())
    }
}
