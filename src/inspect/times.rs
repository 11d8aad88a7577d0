//! Counts how times are spelled, and how exact they are.

use std::collections::BTreeMap;

use super::shown::{HIDDEN, shown};
use crate::event::time::{US_PER_MS, US_PER_S, parse_us};
use crate::event::{JsonType, TimeSpelling};

/// The times of events.
#[derive(Debug, Default)]
pub struct TimeFacts {
    /// How many are spelled in which way.
    pub spellings: BTreeMap<TimeSpelling, u64>,
    /// How many are exact to what.
    pub finest: BTreeMap<Finest, u64>,
    /// How many are numbers, which PostHog ignores.
    pub numbers: u64,
    /// How many cannot be read for another reason.
    pub unreadable: u64,
    /// One of these, safe to print.
    pub unreadable_example: Option<String>,
    /// The first and the last time in microseconds since 1970.
    pub range_us: Option<(i64, i64)>,
}

/// The smallest unit that a time makes use of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finest {
    /// Whole seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// Microseconds or less.
    Microseconds,
}

impl Finest {
    fn of(us: i64) -> Self {
        match us {
            _ if us % US_PER_S == 0 => Self::Seconds,
            _ if us % US_PER_MS == 0 => Self::Milliseconds,
            _ => Self::Microseconds,
        }
    }

    /// What people call it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Seconds => "to the second",
            Self::Milliseconds => "to the millisecond",
            Self::Microseconds => "to the microsecond",
        }
    }

    /// The name in json.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Milliseconds => "milliseconds",
            Self::Microseconds => "microseconds",
        }
    }
}

impl TimeFacts {
    pub(super) fn add(&mut self, json_type: JsonType, text: &str, is_personal: bool) {
        let readable = TimeSpelling::of(text.as_bytes()).zip(parse_us(text.as_bytes()));
        match (json_type, readable) {
            (JsonType::String, Some((spelling, us))) => {
                *self.spellings.entry(spelling).or_default() += 1;
                *self.finest.entry(Finest::of(us)).or_default() += 1;
                let (first, last) = self.range_us.unwrap_or((us, us));
                self.range_us = Some((first.min(us), last.max(us)));
            }
            (JsonType::Number, _) => self.numbers += 1,
            _ => {
                self.unreadable += 1;
                self.unreadable_example
                    .get_or_insert_with(|| if is_personal { HIDDEN.to_owned() } else { shown(text) });
            }
        }
    }

    /// How many can be read.
    #[must_use]
    pub fn readable(&self) -> u64 {
        self.spellings.values().sum()
    }

    /// How many have no zone.
    #[must_use]
    pub fn naive(&self) -> u64 {
        self.spellings.iter().filter(|(spelling, _)| spelling.is_naive()).map(|(_, times)| times).sum()
    }

    /// The smallest unit that any time makes use of.
    #[must_use]
    pub fn precision(&self) -> Option<Finest> {
        self.finest.keys().next_back().copied()
    }

    /// How many are exact to this unit and no smaller one.
    #[must_use]
    pub fn exact_to(&self, finest: Finest) -> u64 {
        self.finest.get(&finest).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precision_goes_by_what_times_say_and_not_by_their_digits() {
        let mut times = TimeFacts::default();
        times.add(JsonType::String, "2026-03-02T10:00:00.000000+00:00", false);
        times.add(JsonType::String, "2026-03-02T10:00:01", false);
        assert_eq!((times.precision(), times.exact_to(Finest::Seconds)), (Some(Finest::Seconds), 2));
        times.add(JsonType::String, "2026-03-02T10:00:00.120000Z", false);
        assert_eq!(times.precision(), Some(Finest::Milliseconds));
        times.add(JsonType::String, "2026-03-02T10:00:00.0000001Z", false);
        assert_eq!((times.precision(), times.readable(), times.naive()), (Some(Finest::Milliseconds), 4, 1));
        times.add(JsonType::String, "1969-12-31T23:59:59.999999Z", false);
        assert_eq!((times.precision(), times.range_us.map(|range| range.0)), (Some(Finest::Microseconds), Some(-1)));
    }

    #[test]
    fn numbers_and_other_texts_are_apart() {
        let mut times = TimeFacts::default();
        times.add(JsonType::Number, "1741912549962", false);
        times.add(JsonType::String, "14/03/2025\u{1b}", false);
        times.add(JsonType::Boolean, "true", false);
        assert_eq!((times.numbers, times.unreadable, times.readable()), (1, 2, 0));
        assert_eq!(times.unreadable_example.as_deref(), Some("14/03/2025\\u001b"));
    }
}
