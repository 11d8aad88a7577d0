//! Counts sessions by how far their first and last events are from the id's time, on a signed logarithmic scale.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::event::id::{Side, Window};
use crate::event::time::{US_PER_DAY, US_PER_HOUR, US_PER_MS, US_PER_S};
use crate::rules::{RuleSet, TIME_RULES};

/// Where the classes of offsets meet, in microseconds: each goes from one edge up to, not with, the next one. The bounds
/// of the rules (0, 24 hours, 3 days either way) are edges.
pub const EDGES_US: [i64; 25] = [
    -30 * US_PER_DAY,
    -3 * US_PER_DAY,
    -US_PER_DAY,
    -6 * US_PER_HOUR,
    -US_PER_HOUR,
    -600 * US_PER_S,
    -60 * US_PER_S,
    -10 * US_PER_S,
    -US_PER_S,
    -100 * US_PER_MS,
    -10 * US_PER_MS,
    -US_PER_MS,
    0,
    10 * US_PER_MS,
    100 * US_PER_MS,
    US_PER_S,
    10 * US_PER_S,
    60 * US_PER_S,
    600 * US_PER_S,
    US_PER_HOUR,
    6 * US_PER_HOUR,
    12 * US_PER_HOUR,
    US_PER_DAY,
    3 * US_PER_DAY,
    30 * US_PER_DAY,
];

/// The number of classes: one before every edge, and one behind the last.
const CLASSES: usize = EDGES_US.len() + 1;

/// Numbers of sessions by class of offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Histogram([u64; CLASSES]);

impl Default for Histogram {
    fn default() -> Self {
        Self([0; CLASSES])
    }
}

impl Histogram {
    fn count(&mut self, us: i64) {
        self.0[EDGES_US.partition_point(|edge| *edge <= us)] += 1;
    }

    fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(sum, part)| *sum += part);
    }

    /// The classes in order: from where, up to where (in microseconds; `None` is without end), and how many sessions.
    pub fn classes(&self) -> impl Iterator<Item = (Option<i64>, Option<i64>, u64)> {
        let edge = |class: usize| EDGES_US.get(class).copied();
        self.0
            .iter()
            .enumerate()
            .map(move |(class, sessions)| (class.checked_sub(1).and_then(edge), edge(class), *sessions))
    }
}

/// A class that has sessions.
#[derive(Serialize, Deserialize)]
struct Class {
    from_ms: Option<i64>,
    to_ms: Option<i64>,
    sessions: u64,
}

impl Serialize for Histogram {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ms = |us: Option<i64>| us.map(|us| us / US_PER_MS);
        let full = self.classes().filter(|(.., sessions)| *sessions > 0);
        serializer.collect_seq(full.map(|(from, to, sessions)| Class { from_ms: ms(from), to_ms: ms(to), sessions }))
    }
}

impl<'de> Deserialize<'de> for Histogram {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let us = |ms: Option<i64>| ms.map(|ms| ms.saturating_mul(US_PER_MS));
        let mut histogram = Self::default();
        for Class { from_ms, to_ms, sessions } in Vec::deserialize(deserializer)? {
            let number = histogram.classes().position(|(from, to, _)| (from, to) == (us(from_ms), us(to_ms)));
            let no_class = || D::Error::custom(format_args!("offsets from {from_ms:?} to {to_ms:?} ms are no class"));
            histogram.0[number.ok_or_else(no_class)?] = sessions;
        }
        Ok(histogram)
    }
}

/// What the times of all sessions with a time inside the id look like.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
pub struct Offsets {
    /// First event minus the id's time.
    pub first: Histogram,
    /// Last event minus the id's time.
    pub last: Histogram,
    /// Sessions that break a time rule, of those that hold.
    pub outside: u64,
    /// Those of them that would still be outside under a tolerance of [`SMALL_US`].
    #[serde(rename = "outside_with_tolerance_1s")]
    pub far_outside: u64,
}

/// The tolerance that reports propose.
pub const SMALL_US: i64 = US_PER_S;

impl Offsets {
    /// Counts a session by its first and last offset and, if it breaks such rules, whether it would under a small tolerance.
    pub(super) fn count(&mut self, (first_us, last_us): (i64, i64), broken: RuleSet) {
        self.first.count(first_us);
        self.last.count(last_us);
        let [early, late] = TIME_RULES.map(|name| broken.has(name));
        if early || late {
            self.outside += 1;
            let small = Window { id_us: 0, slack_us: SMALL_US };
            let is_far = |is_outside: bool, us, side| is_outside && small.side(us) == Some(side);
            self.far_outside += u64::from(is_far(early, first_us, Side::Early) || is_far(late, last_us, Side::Late));
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.first.add(&other.first);
        self.last.add(&other.last);
        self.outside += other.outside;
        self.far_outside += other.far_outside;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_on_an_edge_is_in_the_class_behind_it() {
        for us in EDGES_US {
            let mut histogram = Histogram::default();
            histogram.count(us);
            histogram.count(us - 1);
            let full: Vec<_> = histogram.classes().filter(|(.., sessions)| *sessions > 0).collect();
            assert_eq!(full.len(), 2, "{us}");
            assert_eq!((full[0].1, full[1].0), (Some(us), Some(us)));
        }
        assert!(EDGES_US.is_sorted_by(|one, other| one < other));
    }
}
