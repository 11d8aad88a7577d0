//! Spreads offsets over a signed logarithmic axis: alike in both directions, linear within a millisecond of 0.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

use crate::event::time::{US_PER_DAY, US_PER_HOUR, US_PER_MS, US_PER_S};
use crate::span::humane;

/// Where the axis has marks, on either side of 0.
const MARKS_US: [i64; 8] = [
    US_PER_S,
    60 * US_PER_S,
    US_PER_HOUR,
    US_PER_DAY,
    30 * US_PER_DAY,
    3_650 * US_PER_DAY,
    365_000 * US_PER_DAY,
    36_500_000 * US_PER_DAY,
];

/// A range of offsets in microseconds.
#[derive(Clone)]
pub(super) struct SignedLog(Range<i64>);

impl SignedLog {
    /// The axis from one offset to another, with a little room at both ends.
    pub(super) fn new(from_us: i64, to_us: i64) -> Self {
        Self(from_us.saturating_add(from_us / 2)..to_us.saturating_add(to_us / 2))
    }

    /// The axis from exactly one offset to another.
    pub(super) fn exactly(range_us: Range<i64>) -> Self {
        Self(range_us)
    }
}

/// How many decades of milliseconds an offset is from 0.
#[allow(clippy::cast_precision_loss, reason = "a place on the axis needs no more precision")]
fn decades(us: i64) -> f64 {
    let decades = (1.0 + us.unsigned_abs() as f64 / US_PER_MS as f64).log10();
    if us < 0 { -decades } else { decades }
}

impl Ranged for SignedLog {
    type FormatOption = NoDefaultFormatting;
    type ValueType = i64;

    #[allow(clippy::cast_possible_truncation, reason = "a place lies between the limits")]
    fn map(&self, us: &i64, (from, to): (i32, i32)) -> i32 {
        let (first, last) = (decades(self.0.start), decades(self.0.end));
        let part = (decades(*us) - first) / (last - first);
        from + (part * f64::from(to - from)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<i64> {
        if !hint.weight().allow_light_points() || hint.max_num_points() > 0 {
            let negative = MARKS_US.iter().rev().map(|us| -us);
            let marks = negative.chain([0]).chain(MARKS_US);
            return marks.filter(|us| (self.0.start..=self.0.end).contains(us)).collect();
        }
        Vec::new()
    }

    fn range(&self) -> Range<i64> {
        self.0.clone()
    }
}

impl ValueFormatter<i64> for SignedLog {
    fn format(us: &i64) -> String {
        let size = match us.abs() / US_PER_DAY {
            0 if *us == 0 => "0".to_owned(),
            0 => humane(*us),
            1 => "24h".to_owned(),
            days if days < 365 => format!("{days}d"),
            days => format!("{}y", days / 365),
        };
        format!("{}{size}", if *us < 0 { "-" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_is_the_same_on_both_sides_and_rises() {
        let axis = SignedLog::exactly(-US_PER_DAY..US_PER_DAY);
        let at = |us: i64| axis.map(&us, (0, 2000));
        assert_eq!((at(-US_PER_DAY), at(0), at(US_PER_DAY)), (0, 1000, 2000));
        for us in MARKS_US.into_iter().take(4) {
            assert_eq!(at(us) - 1000, 1000 - at(-us), "{us}");
        }
        assert!(axis.key_points(10).is_sorted_by(|one, other| at(*one) < at(*other)));
        let names: Vec<_> = axis.key_points(10).iter().map(SignedLog::format).collect();
        assert_eq!(names, ["-24h", "-1h", "-1m", "-1s", "0", "1s", "1m", "1h", "24h"]);
    }

    #[test]
    fn the_farthest_offsets_have_a_place() {
        let axis = SignedLog::new(i64::MIN, i64::MAX);
        assert_eq!((axis.map(&i64::MIN, (0, 100)), axis.map(&i64::MAX, (0, 100))), (0, 100));
    }
}
