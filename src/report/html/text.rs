//! Writes times, offsets, names and places as the page shows them, and cuts what is long.

use textwrap::core::display_width;

use crate::event::time::format_us;
use crate::safe::start;
use crate::span::humane;

/// How much of a file's name is shown, in characters.
const FILE_CHARS: usize = 100;

/// What stands for something unknown.
pub(super) const UNKNOWN: &str = "–";

/// The start of a text.
pub(super) fn cut(text: &str, chars: usize) -> String {
    start(text, chars).into_owned()
}

/// How wide a text is in a chart, in the chart's units and rather too much: readers have fonts of their own.
pub(super) fn drawn_width(text: &str) -> u32 {
    text.chars().map(char_width).sum()
}

fn char_width(c: char) -> u32 {
    match c {
        ' ' | '.' | ',' | ':' | '(' | ')' | '-' | '/' | 'i' | 'j' | 'l' => 7,
        'M' | 'W' | 'm' | 'w' | '@' | '%' => 17,
        'A'..='Z' => 13,
        _ => 11 * u32::try_from(display_width(c.encode_utf8(&mut [0; 4]))).unwrap_or_default(),
    }
}

/// A text that is no wider in a chart, cut in its middle: the start and the last word, a version, tell most.
pub(super) fn fit(text: &str, room: u32) -> String {
    if drawn_width(text) <= room {
        return text.to_owned();
    }
    let room = room.saturating_sub(char_width('…'));
    let last = drawn_width(text.rsplit(' ').next().unwrap_or_default());
    let end = first(text.chars().rev(), last.clamp(room / 3, room / 3 * 2));
    let start = first(text.chars(), room.saturating_sub(end.iter().copied().map(char_width).sum()));
    start.into_iter().chain(['…']).chain(end.into_iter().rev()).collect()
}

/// As many characters as there is room for.
fn first(chars: impl Iterator<Item = char>, room: u32) -> Vec<char> {
    let mut used = 0;
    let has_room = |c: &char| {
        used += char_width(*c);
        used <= room
    };
    chars.take_while(has_room).collect()
}

/// The end of a file's name, which tells most.
pub(super) fn file(name: &str) -> String {
    match name.char_indices().rev().nth(FILE_CHARS) {
        None => name.to_owned(),
        Some((before, c)) => format!("…{}", &name[before + c.len_utf8()..]),
    }
}

/// `events-1.jsonl:309`.
pub(super) fn place(name: &str, line: u64) -> String {
    format!("{}:{line}", file(name))
}

/// `2026-03-02 10:11:28.000` with so many digits behind the point, UTC.
pub(super) fn time(us: Option<i64>, digits: usize) -> String {
    let time = us.and_then(|us| format_us(us, digits));
    time.map_or_else(|| UNKNOWN.to_owned(), |time| time.replace('T', " ").trim_end_matches(['.', 'Z']).to_owned())
}

/// `-3m 41.412s`.
pub(super) fn offset(us: i64) -> String {
    format!("{}{}", if us < 0 { "-" } else { "+" }, humane(us))
}

/// `posthog-node 4.2.1`.
pub(super) fn library(lib: Option<&str>, version: Option<&str>) -> String {
    match (lib, version) {
        (None, _) => "no $lib".to_owned(),
        (Some(lib), None) => cut(lib, 60),
        (Some(lib), Some(version)) => format!("{} {}", cut(lib, 60), cut(version, 30)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_where_they_tell_least() {
        assert_eq!((cut("éé", 2), cut("ééé", 2)), ("éé".to_owned(), "éé…".to_owned()));
        let name = format!("{}é.jsonl", "folder/".repeat(30));
        assert_eq!(place("a.jsonl", 7), "a.jsonl:7");
        assert!(file(&name).starts_with('…') && file(&name).ends_with("/é.jsonl"));
        assert_eq!(file(&name).chars().count(), FILE_CHARS + 1);
    }

    #[test]
    fn what_is_cut_to_fit_keeps_its_version() {
        assert_eq!(fit("posthog-js 1.205.0", 200), "posthog-js 1.205.0");
        for name in ["a-library-of-a-long-name".repeat(2), "漢字".repeat(20), "W".repeat(60), "👋".repeat(30)] {
            let shown = fit(&format!("{name} 1.205.0-beta.12"), 280);
            assert!(shown.ends_with("1.205.0-beta.12") && shown.contains('…'), "{shown}");
            assert!((240..=280).contains(&drawn_width(&shown)), "{shown}");
        }
        assert!(drawn_width(&fit(&"9".repeat(90), 100)) <= 100);
    }
}
