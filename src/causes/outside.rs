//! Sums up what the times of events outside their id's 24 hours show.

use crate::rows::Row;

/// What the times of some events show, in microseconds.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct EventTimes {
    /// Their times.
    pub(super) event: MinMax,
    /// How far the client's clock was ahead of an event's time, by the events that tell.
    pub(super) ahead: MinMax,
    /// By the client's clock, when the events were made.
    pub(super) made: MinMax,
    /// When the events were made or arrived, whatever their time says.
    pub(super) arrived: MinMax,
    /// How long after their time that was.
    pub(super) age: MinMax,
}

/// How many values there are, the least and the greatest of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MinMax {
    pub(super) count: u64,
    pub(super) least: i64,
    pub(super) most: i64,
}

impl Default for MinMax {
    fn default() -> Self {
        Self { count: 0, least: i64::MAX, most: i64::MIN }
    }
}

impl MinMax {
    fn add(&mut self, value: i64) {
        self.count += 1;
        self.least = self.least.min(value);
        self.most = self.most.max(value);
    }

    /// The greatest value minus the least; 0 of none.
    pub(super) fn width(self) -> i64 {
        if self.count == 0 { 0 } else { self.most - self.least }
    }
}

impl EventTimes {
    /// Of events that have a time.
    pub(super) fn of(rows: &[&Row]) -> Self {
        let mut times = Self::default();
        for row in rows {
            times.event.add(row.time_us);
            if let Some(ahead_us) = row.clock_ahead_us() {
                times.ahead.add(ahead_us);
                times.made.add(row.time_us + ahead_us);
            }
            if let Some(arrived_us) = row.arrived_us() {
                times.arrived.add(arrived_us);
                times.age.add(arrived_us - row.time_us);
            }
        }
        times
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_and_the_greatest_value_are_kept() {
        let mut values = MinMax::default();
        assert_eq!((values.count, values.width()), (0, 0));
        for value in [3, -4, 2] {
            values.add(value);
        }
        assert_eq!(values, MinMax { count: 3, least: -4, most: 3 });
        assert_eq!(values.width(), 7);
    }
}
