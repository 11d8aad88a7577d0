//! Reads and writes event times as whole microseconds since 1970, UTC.

/// Microseconds in a millisecond.
pub const US_PER_MS: i64 = 1_000;
/// Microseconds in a second.
pub const US_PER_S: i64 = 1_000_000;
/// Microseconds in an hour.
pub const US_PER_HOUR: i64 = 3600 * US_PER_S;
/// Microseconds in a day.
pub const US_PER_DAY: i64 = 86_400 * US_PER_S;

/// Reads an RFC 3339 time as microseconds since 1970, UTC.
///
/// Accepted: `T` or one space between date and time; the zone `Z`, `±hh:mm`, `±hhmm`, `±hh` or none (UTC); up to nine
/// fraction digits, cut to microseconds. Anything else is `None`: white space around it, lower-case letters, a leap
/// second, a date that does not exist.
#[must_use]
pub fn parse_us(text: &[u8]) -> Option<i64> {
    let (start, rest) = text.split_first_chunk::<19>()?;
    let separators = [start[4], start[7], start[10], start[13], start[16]];
    let [b'-', b'-', b'T' | b' ', b':', b':'] = separators else { return None };
    let number = |at: usize| two_digits(start[at], start[at + 1]);
    let year = i64::from(number(0)?) * 100 + i64::from(number(2)?);
    let (month, day) = (number(5)?, number(8)?);
    let (hour, minute, second) = (number(11)?, number(14)?, number(17)?);
    if hour > 23 || minute > 59 || second > 59 || day == 0 || day > days_in_month(year, month)? {
        return None;
    }
    let (fraction_us, zone) = split_fraction(rest)?;
    let seconds = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second) - zone_seconds(zone)?;
    Some((days_since_1970(year, month, day) * 86_400 + seconds) * US_PER_S + fraction_us)
}

/// Writes microseconds since 1970 as RFC 3339 in UTC with `Z` and `digits` fraction digits (cut, at most six);
/// `None` outside the years 0 to 9999, which RFC 3339 cannot say.
#[must_use]
pub fn format_us(us: i64, digits: usize) -> Option<String> {
    let (year, month, day) = civil_date(us.div_euclid(US_PER_DAY));
    if !(0..=9999).contains(&year) {
        return None;
    }
    let in_day = us.rem_euclid(US_PER_DAY);
    let (seconds, fraction) = (in_day / US_PER_S, format!("{:06}", in_day % US_PER_S));
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let fraction = &fraction[..digits.min(6)];
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction}Z"))
}

/// Writes a day since 1970 as a date; `None` outside the years 0 to 9999.
#[must_use]
pub fn format_day(day: i64) -> Option<String> {
    let mut time = format_us(day.checked_mul(US_PER_DAY)?, 0)?;
    time.truncate("2026-03-02".len());
    Some(time)
}

/// Reads a date as a day since 1970.
#[must_use]
pub fn parse_day(date: &str) -> Option<i64> {
    let us = parse_us(format!("{date}T00:00:00Z").as_bytes())?;
    Some(us.div_euclid(US_PER_DAY))
}

fn two_digits(tens: u8, ones: u8) -> Option<u8> {
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| (tens - b'0') * 10 + (ones - b'0'))
}

fn days_in_month(year: i64, month: u8) -> Option<u8> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 => Some(if leap { 29 } else { 28 }),
        _ => None,
    }
}

/// Splits `.123456+00:00` into microseconds and the zone; a point needs one to nine digits behind it.
fn split_fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let Some((b'.', rest)) = text.split_first() else {
        return Some((0, text));
    };
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    if digits == 0 || digits > 9 {
        return None;
    }
    let us = (0..6).fold(0, |us, i| us * 10 + if i < digits { i64::from(rest[i] - b'0') } else { 0 });
    Some((us, &rest[digits..]))
}

/// The seconds that local time in this zone is ahead of UTC.
fn zone_seconds(zone: &[u8]) -> Option<i64> {
    let (sign, hours, minutes) = match *zone {
        [] | [b'Z'] => return Some(0),
        [sign, a, b] => (sign, two_digits(a, b)?, 0),
        [sign, a, b, c, d] | [sign, a, b, b':', c, d] => (sign, two_digits(a, b)?, two_digits(c, d)?),
        _ => return None,
    };
    let seconds = i64::from(hours) * 3600 + i64::from(minutes) * 60;
    match sign {
        _ if hours > 23 || minutes > 59 => None,
        b'+' => Some(seconds),
        b'-' => Some(-seconds),
        _ => None,
    }
}

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar, counted in eras of 400 years that begin in March.
fn days_since_1970(year: i64, month: u8, day: u8) -> i64 {
    let month = i64::from(month);
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse of [`days_since_1970`].
fn civil_date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_accepted_spelling_of_one_instant() {
        for text in [
            "2025-03-14T00:35:49.962Z",
            "2025-03-14 00:35:49.962",
            "2025-03-14T00:35:49.962000+00:00",
            "2025-03-14T00:35:49.962000999Z",
            "2025-03-14T02:05:49.962+0130",
            "2025-03-13T17:35:49.962-07",
            "2025-03-14T00:35:49.962-00:00",
        ] {
            assert_eq!(parse_us(text.as_bytes()), Some(1_741_912_549_962_000), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_time() {
        for text in [
            "",
            "2025-03-14",
            "2025-03-14T00:35",
            "2025-03-14t00:35:49Z",
            "2025-03-14T00:35:49z",
            "2025-03-14T00:35:49.Z",
            "2025-03-14T00:35:49.0123456789Z",
            "2025-03-14T00:35:49,5Z",
            "2025-03-14T00:35:49 Z",
            " 2025-03-14T00:35:49Z",
            "2025-03-14T00:35:49Z ",
            "2025-03-14T00:35:60Z",
            "2025-03-14T24:00:00Z",
            "2025-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2025-04-31T00:00:00Z",
            "2025-00-10T00:00:00Z",
            "2025-13-10T00:00:00Z",
            "2025-01-00T00:00:00Z",
            "2025-03-14T00:35:49+24:00",
            "2025-03-14T00:35:49+00:60",
            "2025-03-14T00:35:49+1",
            "2025-03-14T00:35:49~01:00",
            "1741912549962",
            "+2025-03-14T00:35:49Z",
            "٢٠٢٥-03-14T00:35:49Z",
        ] {
            assert_eq!(parse_us(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn writing_reads_back_over_all_years() {
        let (first, last) = (parse_us(b"0000-01-01T00:00:00Z"), parse_us(b"9999-12-31T23:59:59.999999Z"));
        let (first, last) = (first.expect("a time"), last.expect("a time"));
        for us in (first..=last).step_by(86_399 * 1_000_003 * 7) {
            let text = format_us(us, 6).expect("a year of four digits");
            assert_eq!(parse_us(text.as_bytes()), Some(us), "{text}");
        }
        assert_eq!(format_us(first - 1, 6), None);
        assert_eq!(format_us(last + 1, 6), None);
    }

    #[test]
    fn fractions_are_cut_not_rounded() {
        assert_eq!(parse_us(b"1970-01-01T00:00:00.0000019Z"), Some(1));
        assert_eq!(parse_us(b"1969-12-31T23:59:59.9999999Z"), Some(-1));
        assert_eq!(format_us(1_999, 3).as_deref(), Some("1970-01-01T00:00:00.001Z"));
    }
}
