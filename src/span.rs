//! Reads and writes lengths of time as people do.

use jiff::fmt::friendly::{FractionalUnit, Spacing, SpanPrinter};
use jiff::{Span, SpanRelativeTo};

use crate::event::time::{US_PER_DAY, US_PER_MS, US_PER_S};
use crate::rules::MAX_TOLERANCE_US;

/// A length of time in microseconds in its two or three largest units: `3m 41.412s`, `2d 4h 10m`.
#[must_use]
pub fn humane(us: i64) -> String {
    let us = us.abs();
    // Far spans read better without their small change.
    let cut = match us {
        _ if us >= US_PER_DAY => 60 * US_PER_S,
        _ if us >= 60 * US_PER_S => 1000,
        _ => 1,
    };
    let us = us / cut * cut;
    let span = Span::new().days(us / US_PER_DAY).microseconds(us % US_PER_DAY);
    let largest = if us >= US_PER_DAY { jiff::Unit::Day } else { jiff::Unit::Hour };
    let balanced = span.round(jiff::SpanRound::new().largest(largest).days_are_24_hours()).unwrap_or(span);
    let fraction = if us < US_PER_S { FractionalUnit::Millisecond } else { FractionalUnit::Second };
    SpanPrinter::new().spacing(Spacing::BetweenUnits).fractional(Some(fraction)).span_to_string(&balanced)
}

/// Microseconds in milliseconds for other programs: whole ones as an integer, others as a fraction.
#[must_use]
#[allow(clippy::cast_precision_loss, reason = "a tolerance is far below 2^52 microseconds")]
pub(crate) fn ms_number(us: i64) -> serde_json::Number {
    if us % US_PER_MS == 0 {
        return (us / US_PER_MS).into();
    }
    serde_json::Number::from_f64(us as f64 / US_PER_MS as f64).unwrap_or_else(|| 0.into())
}

/// A tolerance in milliseconds, as a file states it, in microseconds.
///
/// # Errors
///
/// What no run can allow.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a century is below 2^52 microseconds")]
pub(crate) fn tolerance_us(ms: f64) -> Result<i64, String> {
    let us = (ms * US_PER_MS as f64).round();
    if (0.0..=MAX_TOLERANCE_US as f64).contains(&us) {
        return Ok(us as i64);
    }
    Err(format!("its tolerance_ms {ms} is not possible"))
}

/// Reads a length of time such as `0`, `1s`, `500ms`, `2m` or `1h 30m` as microseconds.
///
/// # Errors
///
/// What is not a length of time, is negative, or is longer than `max_us`.
pub fn parse_us(text: &str, max_us: i64) -> Result<i64, String> {
    if text == "0" {
        return Ok(0);
    }
    let expected = || "expected a duration such as 0, 500ms, 1s, 2m or 1d".to_owned();
    let span: Span = text.parse().map_err(|_| expected())?;
    let span = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| expected())?;
    match i64::try_from(span.as_micros()) {
        Ok(us) if us < 0 => Err("a duration cannot be negative here".to_owned()),
        Ok(us) if us <= max_us => Ok(us),
        _ => Err(format!("a duration can be {} at the most", humane(max_us))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_well() {
        for (us, text) in [
            (0, "0ms"),
            (1, "0.001ms"),
            (999_999, "999.999ms"),
            (1_500_000, "1.5s"),
            (221_412_345, "3m 41.412s"),
            (3_600_000_000, "1h"),
            (11_729_544_000, "3h 15m 29.544s"),
            (187_800_000_001, "2d 4h 10m"),
            (-1_000_000, "1s"),
        ] {
            assert_eq!(humane(us), text, "{us}");
        }
    }

    #[test]
    fn tolerances_are_limited() {
        assert_eq!((tolerance_us(0.0), tolerance_us(1.5)), (Ok(0), Ok(1500)));
        for ms in [-0.001, 1e300, f64::NAN, f64::INFINITY] {
            assert!(tolerance_us(ms).is_err(), "{ms}");
        }
    }

    #[test]
    fn durations_that_people_write() {
        let parse = |text| parse_us(text, US_PER_DAY);
        for (text, us) in [
            ("0", 0),
            ("0s", 0),
            ("1s", US_PER_S),
            ("500ms", 500_000),
            ("2m", 120 * US_PER_S),
            ("1.5s", 1_500_000),
            ("1h 30m", 5400 * US_PER_S),
            ("250us", 250),
            ("1d", US_PER_DAY),
        ] {
            assert_eq!(parse(text), Ok(us), "{text}");
        }
        for text in ["", "1", "s", "1x", "-1s", "25h", "1 fortnight"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
