//! Reads and writes times as section 3 spells them, in microseconds since 1970, UTC.

const DAY_US: i64 = 86_400_000_000;
const MINUTE_US: i64 = 60_000_000;
/// Days from 0000-01-01 to 1970-01-01.
const EPOCH_DAY: i64 = 719_528;

/// The microseconds of an accepted spelling.
pub(crate) fn read(text: &str) -> Option<i64> {
    let (date, rest) = text.split_at_checked(10)?;
    let clock = rest.strip_prefix(['T', ' '])?;
    let (clock, tail) = clock.split_at_checked(8)?;
    let [year, month, day] = numbers(date, "dddd-dd-dd")?;
    let [hour, minute, second] = numbers(clock, "dd:dd:dd")?;
    let (fraction_us, zone) = fraction(tail)?;
    let offset_us = offset(zone)?;
    let real_day = (1..=12).contains(&month) && (1..=days_in_month(year, month)).contains(&day);
    if !real_day || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let days = days_before_year(year) + days_before_month(year, month) + day - 1 - EPOCH_DAY;
    let minutes = hour * 60 + minute;
    Some(days * DAY_US + minutes * MINUTE_US + second * 1_000_000 + fraction_us - offset_us)
}

/// The numbers in a text that looks exactly like the pattern, where `d` stands for a digit.
fn numbers<const N: usize>(text: &str, pattern: &str) -> Option<[i64; N]> {
    let mut found = vec![0];
    if text.chars().count() != pattern.len() {
        return None;
    }
    for (letter, expected) in text.chars().zip(pattern.chars()) {
        if expected != 'd' {
            (letter == expected).then_some(())?;
            found.push(0);
            continue;
        }
        let digit = letter.is_ascii().then(|| letter.to_digit(10))??;
        let last = found.last_mut()?;
        *last = *last * 10 + i64::from(digit);
    }
    found.try_into().ok()
}

/// Cuts a fraction from the front: its microseconds and what follows it.
fn fraction(tail: &str) -> Option<(i64, &str)> {
    let Some(rest) = tail.strip_prefix('.') else {
        return Some((0, tail));
    };
    let zone = rest.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let digits = &rest[..rest.len() - zone.len()];
    if digits.is_empty() || digits.len() > 9 {
        return None;
    }
    let padded = format!("{digits}000000");
    Some((padded[..6].parse().ok()?, zone))
}

/// The offset of a zone from UTC.
fn offset(zone: &str) -> Option<i64> {
    if zone.is_empty() || zone == "Z" {
        return Some(0);
    }
    let sign = if zone.starts_with('+') { 1 } else { -1 };
    let digits = zone.strip_prefix(['+', '-'])?;
    let [hours, minutes] = numbers(digits, "dd:dd")
        .or_else(|| numbers(digits, "dddd").map(|[both]: [i64; 1]| [both / 100, both % 100]))
        .or_else(|| numbers(digits, "dd").map(|[hours]: [i64; 1]| [hours, 0]))?;
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes) * MINUTE_US)
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn days_before_month(year: i64, month: i64) -> i64 {
    (1..month).map(|earlier| days_in_month(year, earlier)).sum()
}

/// Days from 0000-01-01 to the first day of a year that is not negative.
fn days_before_year(year: i64) -> i64 {
    year * 365 + (year + 3) / 4 - (year + 99) / 100 + (year + 399) / 400
}

/// RFC 3339 in UTC with so many digits of the fraction; nothing outside of the years 0 to 9999.
pub(crate) fn write(time_us: i64, digits: usize) -> Option<String> {
    let mut day = time_us.div_euclid(DAY_US) + EPOCH_DAY;
    let mut year = day.max(0) / 366;
    while days_before_year(year + 1) <= day {
        year += 1;
    }
    if day < 0 || year > 9999 {
        return None;
    }
    day -= days_before_year(year);
    let month = (1..12).rfind(|next| days_before_month(year, next + 1) <= day).map_or(1, |m| m + 1);
    let day = day - days_before_month(year, month) + 1;
    let rest = time_us.rem_euclid(DAY_US);
    let (hour, minute) = (rest / (60 * MINUTE_US), rest / MINUTE_US % 60);
    let second = rest / 1_000_000 % 60;
    let fraction = format!("{:06}", rest % 1_000_000);
    let fraction = &fraction[..digits];
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction}Z"))
}

#[cfg(test)]
mod tests {
    use super::{read, write};

    const ACCEPTED: [(&str, i64); 26] = [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01 00:00:00", 0),
        ("1970-01-01T00:00:00", 0),
        ("1970-01-01T00:00:00.1", 100_000),
        ("1970-01-01T00:00:00.000001Z", 1),
        ("1970-01-01T00:00:00.000001999Z", 1),
        ("1970-01-01T00:00:00.999999999Z", 999_999),
        ("1969-12-31T23:59:59.9999999Z", -1),
        ("1969-12-31 23:59:59.999999", -1),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1970-01-01T01:30:00+0130", 0),
        ("1970-01-01T01:00:00+01", 0),
        ("1969-12-31T19:00:00-05", 0),
        ("1969-12-31T18:30:00.25-05:30", 250_000),
        ("1970-01-01T00:00:00-00:00", 0),
        ("1970-01-01T23:59:00+23:59", 0),
        ("1969-12-31T00:01:00-2359", 0),
        ("2023-11-14T22:13:20.123456+00:00", 1_700_000_000_123_456),
        ("2025-03-14 00:35:50+00:00", 1_741_912_550_000_000),
        ("2023-07-05 12:34:56.789000", 1_688_560_496_789_000),
        ("2024-02-29T23:59:59Z", 1_709_251_199_000_000),
        ("2000-02-29T00:00:00Z", 951_782_400_000_000),
        ("2100-03-01T00:00:00Z", 4_107_542_400_000_000),
        ("0001-01-01T00:00:00Z", -62_135_596_800_000_000),
        ("0000-01-01T00:00:00Z", -62_167_219_200_000_000),
        ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
    ];

    const REFUSED: [&str; 38] = [
        "",
        "0",
        "1700000000",
        "2024-01-01",
        "2024-01-01T",
        "2024-01-01T00:00",
        "2024-01-01T00:00Z",
        "2024-01-01t00:00:00Z",
        "2024-01-01T00:00:00z",
        "2024-01-01  00:00:00",
        "2024-01-01_00:00:00Z",
        " 2024-01-01T00:00:00Z",
        "2024-01-01T00:00:00Z ",
        "2024-01-01T00:00:00 Z",
        "2024-01-01 00:00:00 UTC",
        "2024-01-01T00:00:00.Z",
        "2024-01-01T00:00:00.",
        "2024-01-01T00:00:00,5Z",
        "2024-01-01T00:00:00.1234567890Z",
        "2024-01-01T00:00:60Z",
        "2024-01-01T24:00:00Z",
        "2024-01-01T00:60:00Z",
        "2023-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2024-04-31T00:00:00Z",
        "2024-13-01T00:00:00Z",
        "2024-00-01T00:00:00Z",
        "2024-01-00T00:00:00Z",
        "2024-01-01T00:00:00+24:00",
        "2024-01-01T00:00:00+00:60",
        "2024-01-01T00:00:00+1",
        "2024-01-01T00:00:00+001",
        "2024-01-01T00:00:00+01:0",
        "2024-01-01T00:00:00+",
        "2024-01-01T00:00:00\u{2212}01:00",
        "+2024-01-01T00:00:00Z",
        "20240101T000000Z",
        "2024-01-01T00:00:0\u{0665}Z",
    ];

    #[test]
    fn accepted_times_are_read() {
        for (text, time_us) in ACCEPTED {
            assert_eq!(read(text), Some(time_us), "{text}");
        }
    }

    #[test]
    fn refused_times_are_refused() {
        for text in REFUSED {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn times_are_written_as_they_are_read() {
        assert_eq!(write(-1, 6).as_deref(), Some("1969-12-31T23:59:59.999999Z"));
        assert_eq!(write(1_709_251_199_000_000, 3).as_deref(), Some("2024-02-29T23:59:59.000Z"));
        assert_eq!(write(253_402_300_800_000_000, 3), None);
        for (_, time_us) in ACCEPTED {
            let text = write(time_us, 6).expect("these years have four digits");
            assert_eq!(read(&text), Some(time_us), "{text}");
        }
    }

    #[test]
    fn every_day_of_eight_centuries_is_its_own() {
        for day in 0..292_194 {
            let time_us = (day - 135_140) * super::DAY_US;
            let text = write(time_us, 6).expect("these years have four digits");
            assert_eq!(read(&text), Some(time_us), "{text}");
        }
    }
}
