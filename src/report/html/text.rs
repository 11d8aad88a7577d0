//! Writes times, offsets, names and places as the page shows them, and cuts what is long.

use crate::event::time::format_us;
use crate::span::humane;

/// How much of a file's name is shown, in characters.
const FILE_CHARS: usize = 100;

/// What stands for something unknown.
pub(super) const UNKNOWN: &str = "–";

/// The start of a text.
pub(super) fn cut(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
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
}
