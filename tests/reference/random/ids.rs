//! Invents session ids of every sort.

use super::{chance, pick};
use fastrand::Rng;

/// An id of a session: the JSON of its spellings, and the time its events are near to.
#[derive(Clone)]
pub(super) struct Id {
    pub(super) spellings: Vec<String>,
    pub(super) start_us: i64,
}

/// Picks a place by weights.
pub(super) fn weighted(rng: &mut Rng, weights: &[usize]) -> usize {
    let mut rest = rng.usize(..weights.iter().sum::<usize>());
    let heavier = weights.iter().position(|&weight| {
        let found = rest < weight;
        rest = rest.wrapping_sub(weight);
        found
    });
    heavier.expect("the rest is less than the sum")
}

/// An id of a session near a time.
pub(super) fn id(rng: &mut Rng, base_us: i64) -> Id {
    let start_ms = base_us / 1000 + rng.i64(0..3_600_000);
    let time_ms = u128::try_from(start_ms).expect("after 1970");
    let seven = uuid(rng, time_ms, 7, 0b10);
    let spellings = match weighted(rng, &[50, 10, 8, 6, 4, 4, 8, 8, 4, 2]) {
        0 => vec![hyphened(seven)],
        1 => spellings(rng, seven),
        2 => {
            let variant = pick(rng, &[0b00, 0b01, 0b11]);
            vec![hyphened(uuid(rng, time_ms, 7, variant))]
        }
        3 => {
            let time_ms = rng.u128(..) >> 80;
            let variant = pick(rng, &[0b00, 0b01, 0b10, 0b11]);
            let four = uuid(rng, time_ms, 4, variant);
            if rng.bool() { vec![hyphened(four)] } else { spellings(rng, four) }
        }
        4 => {
            let version = rng.u128(0..16);
            vec![hyphened(uuid(rng, time_ms, version, 0b10))]
        }
        5 => return odd_time(rng, base_us),
        6 => vec![nearly(rng, &hyphened(seven))],
        7 => vec![pick(rng, &texts())],
        8 => return Id { spellings: vec![pick(rng, &JSON).to_owned()], start_us: base_us },
        _ => {
            return Id {
                spellings: ["null", "\"\"", "\"null\"", "\"NULL\"", "\" null\""].map(str::to_owned).to_vec(),
                start_us: base_us,
            };
        }
    };
    let spellings = spellings.iter().map(|text| super::json::string(rng, text)).collect();
    Id { spellings, start_us: start_ms * 1000 }
}

/// Values that are no strings: their JSON is the id.
const JSON: [&str; 9] = ["12345", "0", "-1", "true", "false", "{\"a\":1}", "{ \"a\" : \"b c\" }", "[1, 2]", "[]"];

/// Few random bits, so that ids differ in one bit at times.
fn uuid(rng: &mut Rng, time_ms: u128, version: u128, variant: u128) -> u128 {
    let random = if rng.bool() { rng.u128(..) } else { rng.u128(..3) };
    let low = random & ((1 << 62) - 1);
    let middle = random >> 64 & 0xfff;
    time_ms << 80 | version << 76 | middle << 64 | variant << 62 | low
}

fn hyphened(value: u128) -> String {
    super::super::id::Key::Uuid(value).text()
}

/// Several spellings of one UUID.
fn spellings(rng: &mut Rng, value: u128) -> Vec<String> {
    let lower = hyphened(value);
    let simple = lower.replace('-', "");
    let half = lower.to_uppercase()[..18].to_owned() + &lower[18..];
    let mut all = vec![lower.to_uppercase(), simple.to_uppercase(), half, lower, simple];
    rng.shuffle(&mut all);
    all.truncate(rng.usize(1..=all.len()));
    all
}

/// A UUID of version 7 whose time is at an edge.
fn odd_time(rng: &mut Rng, base_us: i64) -> Id {
    let time_ms = pick(rng, &[0, 1, 253_402_300_799_999, 253_402_300_800_000, (1 << 48) - 1]);
    let text = hyphened(uuid(rng, time_ms, 7, 0b10));
    Id { spellings: vec![super::json::quoted(&text)], start_us: base_us }
}

/// A text that some libraries would read as the UUID.
fn nearly(rng: &mut Rng, text: &str) -> String {
    let simple = text.replace('-', "");
    let texts = [
        format!(" {text}"),
        format!("{text} "),
        format!("{text}\n"),
        format!("{{{text}}}"),
        format!("urn:uuid:{text}"),
        format!("\"{text}\""),
        format!("'{text}'"),
        format!("{text}0"),
        text[1..].to_owned(),
        simple[1..].to_owned(),
        moved_hyphen(text, pick(rng, &[8, 13, 18, 23])),
        moved_hyphen(text, pick(rng, &[7, 12, 17, 22])),
        format!("{simple}0"),
        text.replace('-', "_"),
        text.replacen('-', "", 1),
        format!("{}g", &text[..35]),
        format!("g{}", &simple[1..]),
        format!("{}é", &text[..34]),
        format!("{}é", &text[..35]),
        format!("{}é", &simple[..30]),
        format!("{}-{}", &text[..8], &simple[9..]),
        format!("{}{}-{}", &text[..12], &text[13..14], &text[14..]),
        format!("+{}", &simple[1..]),
        format!("0x{}", &simple[2..]),
    ];
    pick(rng, &texts)
}

/// The text with a hyphen and its neighbour swapped.
fn moved_hyphen(text: &str, place: usize) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    letters.swap(place, place + 1);
    letters.into_iter().collect()
}

const TEXTS: [&str; 38] = [
    "a",
    "b",
    "A",
    "undefined",
    "[object Object]",
    "None",
    "NULL",
    "nul",
    "1700000000000",
    "-1",
    "0",
    "ses_2abc",
    "=1+1",
    "@x",
    "a,b",
    "a\"b",
    "'a'",
    "a|b",
    "a\nb",
    "a\r\nb",
    "\u{1b}[31mred",
    "::error::x",
    "</script>",
    " ",
    " a ",
    "\t",
    "\u{0}",
    "\u{7f}\u{85}\u{9f}\u{a0}",
    "\u{202e}abc\u{2066}",
    "\u{200f}\u{feff}",
    "é",
    "😀",
    "\u{ffff}",
    "\\u001b",
    "#a",
    "--",
    "a b",
    "ﬀ",
];

/// Texts that are no UUID, some of them hostile.
fn texts() -> Vec<String> {
    let long = ["x", "é", "😀", "\u{1b}", "\"", "\u{202e}x"].into_iter();
    let long = long.flat_map(|part| [199, 200, 201, 3000].map(|count| part.repeat(count)));
    TEXTS.into_iter().map(str::to_owned).chain(long).collect()
}

/// The JSON of an event's own id.
pub(super) fn event_uuid(rng: &mut Rng, number: usize) -> String {
    match weighted(rng, &[90, 3, 2, 5]) {
        0 => format!("\"e-{number}\""),
        1 => pick(rng, &["null", "\"\"", "17", "{\"a\":1}", "false"]).to_owned(),
        2 => super::json::quoted(&pick(rng, &texts())),
        _ => super::json::string(rng, &format!("é,{number}")),
    }
}

/// The JSON of a library's name.
pub(super) fn lib(rng: &mut Rng) -> String {
    let usual = ["\"web\"", "\"posthog-node\"", "\"posthog-python\""];
    let odd =
        ["null", "\"\"", "5", "\"a|b\"", "\"\\u001b[1m\"", "\"WEB\"", "[1]", "\"a,b\"", "\"=x\"", "\"é\"", "\" \""];
    if chance(rng, 95) { pick(rng, &usual).into() } else { pick(rng, &odd).into() }
}
