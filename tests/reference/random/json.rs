//! Spells JSON in many ways: white space, escapes, order and duplicates of keys.

use super::{chance, pick};
use fastrand::Rng;

/// An object's keys and the JSON of their values.
pub(super) type Entries = Vec<(String, String)>;

/// The white space of a text of JSON.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    Compact,
    Wide,
    /// With line breaks.
    Pretty,
}

/// A string in its usual spelling.
pub(super) fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text is JSON")
}

/// A string in some spelling.
pub(super) fn string(rng: &mut Rng, text: &str) -> String {
    if chance(rng, 90) {
        return quoted(text);
    }
    let share = pick(rng, &[10, 100]);
    let spell = |letter: char| {
        if !chance(rng, share) {
            let plain = quoted(letter.encode_utf8(&mut [0; 4]));
            return plain[1..plain.len() - 1].to_owned();
        }
        let units = letter.encode_utf16(&mut [0; 2]).to_vec();
        units.into_iter().fold(String::new(), |text, unit| text + &format!("\\u{unit:04x}"))
    };
    format!("\"{}\"", text.chars().map(spell).collect::<String>())
}

/// An object with its keys in some order, some of them twice: the last one counts.
pub(super) fn object(rng: &mut Rng, space: Space, mut entries: Entries) -> String {
    rng.shuffle(&mut entries);
    for place in (0..entries.len()).rev() {
        if chance(rng, 3) {
            let earlier = (entries[place].0.clone(), decoy(rng));
            entries.insert(rng.usize(..=place), earlier);
        }
    }
    let member = |(key, value): (String, String)| match space {
        Space::Compact => format!("{}:{value}", string(rng, &key)),
        Space::Wide => format!("{} :  {value}", string(rng, &key)),
        Space::Pretty => format!("{}: {value}", string(rng, &key)),
    };
    let members: Vec<String> = entries.into_iter().map(member).collect();
    bracketed(space, "{", &members, "}")
}

/// An array of values.
pub(super) fn array(space: Space, values: &[String]) -> String {
    bracketed(space, "[", values, "]")
}

fn bracketed(space: Space, open: &str, parts: &[String], close: &str) -> String {
    match space {
        Space::Compact => format!("{open}{}{close}", parts.join(",")),
        Space::Wide => format!("{open} {} {close}", parts.join(" , ")),
        Space::Pretty => format!("{open}\n  {}\n{close}", parts.join(",\n  ")),
    }
}

/// A value that a later one with the same key replaces.
fn decoy(rng: &mut Rng) -> String {
    let decoys = [
        "null",
        "\"\"",
        "1",
        "\"decoy\"",
        "{}",
        "[{}]",
        "{\"$session_id\":\"decoy\",\"alias\":\"decoy\",\"event\":\"decoy\"}",
        "\"{\\\"$session_id\\\":\\\"decoy\\\"}\"",
        "\"2001-01-01T00:00:00Z\"",
        "\"019cae0b-6964-7c1e-9a4b-5d0e6f7a8b9c\"",
    ];
    pick(rng, &decoys).to_owned()
}

/// Keys that mean nothing, with values that look like those that do.
pub(super) fn noise(rng: &mut Rng, padding: usize) -> Entries {
    let values = [
        r#"{"$session_id":"noise","distinct_id":"noise","$lib":"noise"}"#,
        r#"{"properties":{"$session_id":"noise"},"timestamp":"2001-01-01T00:00:00Z"}"#,
        r#""\"$session_id\":\"noise\",""#,
        r#""}{][\\\",""#,
        r#""ends with a backslash \\""#,
        r#""\\\"\\\\""#,
        r#"[[],{},[{"a":[null,true,-1.5e3]}]]"#,
        "-12.5e-3",
        r#""é \ud83d\ude00 \u0000 \u2028""#,
    ];
    let keys = [
        "$set",
        "person_properties",
        "elements_chain",
        "$group_0",
        "a",
        "b",
        "",
        "session_id\\",
        "$session_id ",
        "\"$session_id\"",
    ];
    let count = pick(rng, &[0, 0, 1, 2, 5]);
    let mut entries: Entries =
        (0..count).map(|_| (pick(rng, &keys).to_owned(), pick(rng, &values).to_owned())).collect();
    if chance(rng, 2) {
        let depth = rng.usize(1..100);
        entries.push(("deep".into(), "[".repeat(depth) + &"]".repeat(depth)));
    }
    if padding > 0 {
        let length = rng.usize(..padding) * if rng.u32(..200) == 0 { 100 } else { 1 };
        entries.push(("padding".into(), quoted(&pick(rng, &["x", "\"", "\\", "}{", "é"]).repeat(length))));
    }
    entries
}
