//! Spells times: in every way that is accepted, and in many that are not.

use super::{chance, pick};
use crate::reference::time;
use fastrand::Rng;

const MINUTE_US: i64 = 60_000_000;

/// The JSON of a `timestamp`, mostly of a time.
pub(super) fn timestamp(rng: &mut Rng, time_us: i64, refused_percent: u32) -> String {
    if chance(rng, refused_percent) { refused(rng, time_us) } else { super::json::quoted(&accepted(rng, time_us)) }
}

/// The JSON of a time far from all sessions.
pub(super) fn far(rng: &mut Rng) -> String {
    let far = [
        "0001-01-01T00:00:00Z",
        "1900-02-28T23:59:59",
        "1969-12-31 23:59:59.9999999Z",
        "1970-01-01T00:00:00.000",
        "2000-02-29T00:00:00+00",
        "2100-03-01 00:00:00",
        "9999-12-31T23:59:59.999999999Z",
    ];
    super::json::quoted(pick(rng, &far))
}

/// A spelling that means this time; the year must keep four digits with any offset.
fn accepted(rng: &mut Rng, time_us: i64) -> String {
    let (zone, minutes) = zone(rng);
    let local = time::write(time_us + minutes * MINUTE_US, 6).expect("a year of four digits");
    let clock = local[..19].replace('T', pick(rng, &["T", " "]));
    clock + &fraction(rng, &local[20..26]) + &zone
}

/// The fraction, with fewer digits where these are zeros, or more.
fn fraction(rng: &mut Rng, digits: &str) -> String {
    let needed = digits.trim_end_matches('0');
    match rng.u32(..4) {
        0 if needed.is_empty() => String::new(),
        0 => format!(".{needed}"),
        1 => format!(".{digits}{}", pick(rng, &["0", "9", "99", "999", "501"])),
        _ => format!(".{digits}"),
    }
}

/// A zone and its offset in minutes.
fn zone(rng: &mut Rng) -> (String, i64) {
    let hours = rng.i64(0..24);
    let minutes = pick(rng, &[0, 0, 30, 45, 59]);
    let (sign, factor) = pick(rng, &[("+", 1), ("-", -1)]);
    match rng.u32(..8) {
        0 | 1 => ("Z".into(), 0),
        2 => (String::new(), 0),
        3 => (pick(rng, &["+00:00", "-00:00", "+0000", "+00", "-00"]).into(), 0),
        4 => (format!("{sign}{hours:02}"), factor * hours * 60),
        5 => (format!("{sign}{hours:02}{minutes:02}"), factor * (hours * 60 + minutes)),
        _ => (format!("{sign}{hours:02}:{minutes:02}"), factor * (hours * 60 + minutes)),
    }
}

/// JSON that is near to a time and is none.
fn refused(rng: &mut Rng, time_us: i64) -> String {
    let text = time::write(time_us, 6).expect("a year of four digits");
    let texts = [wrong_ends(&text), wrong_parts(&text), NO_TIMES.map(str::to_owned).to_vec()].concat();
    let other = ["null", "true", "[]", "{}", "0", "1700000000", "1700000000000", "[\"2024-01-01T00:00:00Z\"]"];
    if rng.bool() { super::json::quoted(&pick(rng, &texts)) } else { pick(rng, &other).into() }
}

/// A time with a wrong beginning or end.
fn wrong_ends(text: &str) -> Vec<String> {
    let bare = &text[..26];
    vec![
        format!(" {text}"),
        format!("{text} "),
        format!("{text}\n"),
        format!("{bare}z"),
        format!("{bare}0000Z"),
        format!("{bare} Z"),
        format!("{bare} +00:00"),
        format!("{bare}UTC"),
        format!("{bare}[UTC]"),
        format!("{bare}+1"),
        format!("{bare}+1:00"),
        format!("{bare}+01:0"),
        format!("{bare}+010"),
        format!("{bare}+24:00"),
        format!("{bare}-01:60"),
        format!("{bare}+01:00:00"),
    ]
}

/// A time with a wrong date or clock.
fn wrong_parts(text: &str) -> Vec<String> {
    let (date, clock) = (&text[..10], &text[11..19]);
    vec![
        String::new(),
        format!("{date}t{clock}Z"),
        format!("{date}  {clock}"),
        format!("{date}T{clock}.Z"),
        format!("{date}T{clock}."),
        format!("{date}T{clock},5Z"),
        format!("{date}T24:00:00Z"),
        format!("{date}T23:59:60Z"),
        format!("{date}T12:60:00Z"),
        format!("{date}T12:00Z"),
        format!("{date}T12"),
        format!("{date}T"),
        date.to_owned(),
        format!("+{text}"),
        format!("-{text}"),
        format!("00{text}"),
        format!("{}T{}Z", date.replace('-', ""), clock.replace(':', "")),
    ]
}

const NO_TIMES: [&str; 8] = [
    "2023-02-29T00:00:00Z",
    "1900-02-29T00:00:00Z",
    "2100-02-29 00:00:00",
    "2024-00-10T00:00:00Z",
    "2024-13-10T00:00:00Z",
    "2024-06-31T00:00:00Z",
    "0000-00-00 00:00:00",
    "now",
];
