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
#[inline]
pub fn parse_us(text: &[u8]) -> Option<i64> {
    match text.len() {
        32 => parse_export(text.first_chunk()?),
        24 => parse_browser(text.first_chunk()?),
        _ => None,
    }
    .or_else(|| parse_any(text))
}

/// Reads `YYYY-MM-DDThh:mm:ss.ffffff+00:00`, as exports write times; `None` of most other spellings.
#[inline]
fn parse_export(text: &[u8; 32]) -> Option<i64> {
    let (words, _) = text.as_chunks::<8>();
    let end = pairs(words[2], *b":00.0000")?;
    let zone = pairs(words[3], *b"00+00:00").filter(|_| words[3][2..] == *b"+00:00")?;
    let fraction_us = i64::from(end[4]) * 10_000 + i64::from(end[6]) * 100 + i64::from(zone[0]);
    parse_words(words[0], words[1], end[1], fraction_us)
}

/// Reads `YYYY-MM-DDThh:mm:ss.fffZ`, as browsers write times; `None` of most other spellings.
#[inline]
fn parse_browser(text: &[u8; 24]) -> Option<i64> {
    let (words, _) = text.as_chunks::<8>();
    let end = pairs(words[2], *b":00.000Z")?;
    let fraction_ms = i64::from(end[4]) * 10 + i64::from(words[2][6] - b'0');
    parse_words(words[0], words[1], end[1], fraction_ms * US_PER_MS)
}

/// Reads `YYYY-MM-` and `DDThh:mm`.
#[inline]
fn parse_words(date: [u8; 8], middle: [u8; 8], second: u8, fraction_us: i64) -> Option<i64> {
    let (date, middle) = (pairs(date, *b"0000-00-")?, pairs(middle, *b"00T00:00")?);
    let year = u32::from(date[0]) * 100 + u32::from(date[2]);
    let seconds = seconds((year, date[5], middle[0]), (middle[3], middle[6], second))?;
    Some(seconds * US_PER_S + fraction_us)
}

/// Of eight characters that have digits where the pattern has zeros, and else are as the pattern: at each place the
/// number of the digit there and the one behind it.
#[inline]
fn pairs(text: [u8; 8], pattern: [u8; 8]) -> Option<[u8; 8]> {
    let are_digits = pattern.map(|byte| if byte == b'0' { 0xff } else { 0 });
    let (pattern, are_digits) = (u64::from_le_bytes(pattern), u64::from_le_bytes(are_digits));
    // A digit differs from zero by its value; six more than that is 16 at least of what differs by more than 9.
    let values = u64::from_le_bytes(text) ^ pattern;
    let unlike = values & !are_digits;
    let too_large = (values | values.wrapping_add(are_digits & (EACH * 6))) & are_digits & (EACH * 0xf0);
    // Products fit their bytes, which are 99 at most.
    (unlike | too_large == 0).then(|| (values * 10 + (values >> 8)).to_le_bytes())
}

/// One in each byte.
const EACH: u64 = 0x0101_0101_0101_0101;

/// The seconds since 1970 of a date and a time of day that exist.
#[inline]
fn seconds((year, month, day): (u32, u8, u8), (hour, minute, second): (u8, u8, u8)) -> Option<i64> {
    if hour > 23 || minute > 59 || second > 59 || day == 0 || day > days_in_month(year, month)? {
        return None;
    }
    let in_day = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
    Some(days_since_1970(year, month, day) * 86_400 + in_day)
}

/// Reads a time in any accepted spelling.
fn parse_any(text: &[u8]) -> Option<i64> {
    let (start, rest) = text.split_first_chunk::<19>()?;
    let separators = [start[4], start[7], start[10], start[13], start[16]];
    let [b'-', b'-', b'T' | b' ', b':', b':'] = separators else { return None };
    let number = |at: usize| two_digits(start[at], start[at + 1]);
    let year = u32::from(number(0)?) * 100 + u32::from(number(2)?);
    let (month, day) = (number(5)?, number(8)?);
    let (hour, minute, second) = (number(11)?, number(14)?, number(17)?);
    let local = seconds((year, month, day), (hour, minute, second))?;
    let (fraction_us, zone) = split_fraction(rest)?;
    Some((local - zone_seconds(zone)?) * US_PER_S + fraction_us)
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

#[inline]
fn days_in_month(year: u32, month: u8) -> Option<u8> {
    const DAYS: [u8; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let days = *DAYS.get(usize::from(month).checked_sub(1)?)?;
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    Some(if month == 2 && is_leap { 29 } else { days })
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

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar, in years that begin in March.
#[inline]
fn days_since_1970(year: u32, month: u8, day: u8) -> i64 {
    let month = u32::from(month);
    // 400 years more, so that none is negative.
    let (year, month) = if month > 2 { (year + 400, month - 3) } else { (year + 399, month + 9) };
    let century = year / 100;
    let days = year * 365 + year / 4 - century + century / 4 + (153 * month + 2) / 5 + u32::from(day);
    i64::from(days) - (719_469 + 146_097)
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
    fn usual_spellings_are_read_as_any_other() {
        let mut rng = fastrand::Rng::with_seed(3);
        let check = |text: &[u8]| assert_eq!(parse_us(text), parse_any(text), "{}", text.escape_ascii());
        for _ in 0..2_000 {
            let us = rng.i64(-60_000_000_000..100_000_000_000) * US_PER_S + rng.i64(0..US_PER_S);
            let (Some(micros), Some(millis)) = (format_us(us, 6), format_us(us, 3)) else { continue };
            for text in [micros.replace('Z', "+00:00"), micros, millis] {
                assert!(parse_us(text.as_bytes()).is_some(), "{text}");
                check(text.as_bytes());
                for at in 0..text.len() {
                    let mut changed = text.clone().into_bytes();
                    changed[at] = if rng.bool() { rng.u8(..) } else { b"0123456789/:;?-+T Z."[rng.usize(..20)] };
                    check(&changed);
                }
            }
        }
        for text in ["2025-03-14T00:35:49.962000+00:00", "2025-03-14T00:35:49.962Z"] {
            for (at, byte) in (0..text.len()).flat_map(|at| (0..=u8::MAX).map(move |byte| (at, byte))) {
                let mut changed = text.to_owned().into_bytes();
                changed[at] = byte;
                check(&changed);
            }
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
