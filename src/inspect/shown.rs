//! Makes texts from the data fit to be shown where they may hold what names people.

use crate::safe::data_text;

/// What is in the names of keys whose values may name people: `$anon_distinct_id`, `person.id`, `$user_id`, `email`.
const PERSONAL: [&str; 6] = ["distinct", "person", "alias", "anon", "mail", "user"];
/// What stands for a text that is not shown.
pub(super) const HIDDEN: &str = "…";

/// A text from the data, safe to print, without e-mail addresses; one that may be data with keys is not shown at all.
pub(super) fn shown(text: &str) -> String {
    if has_keys(text) { HIDDEN.to_owned() } else { without_addresses(&data_text(text)) }
}

/// Whether what stands at a path may name people.
pub(super) fn is_personal(path: &str) -> bool {
    let path = path.to_lowercase();
    PERSONAL.iter().any(|key| path.contains(key))
}

/// Whether a text looks like JSON, or like something else with a key whose value may name people.
fn has_keys(text: &str) -> bool {
    let (is_array, is_object) = (text.trim_start().starts_with('['), text.contains('{') && text.contains(':'));
    text.contains('"') || is_array || is_object || (text.contains([':', '=']) && is_personal(text))
}

/// What is left of JSON, whole, cut or broken, without its values: brackets, commas, colons, and the strings that are
/// clearly keys. Everything else is hidden, since nobody knows what it is.
pub(super) fn outline(json: &str) -> String {
    let is_mark = |c: char| "{}[],:".contains(c);
    let mut kept = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => string_length(rest),
            _ if is_mark(first) => 1,
            _ => rest.find(|c| is_mark(c) || c == '"').unwrap_or(rest.len()),
        };
        let (part, behind) = rest.split_at(length);
        if is_mark(first) || (kept.ends_with(['{', ',']) && is_key(part, behind)) {
            kept.push_str(part);
        } else if !part.trim().is_empty() && !kept.ends_with(HIDDEN) {
            kept.push_str(HIDDEN);
        }
        rest = behind;
    }
    data_text(&kept)
}

/// How many bytes a string takes with its quotes, as far as it goes.
fn string_length(json: &str) -> usize {
    let mut is_escaped = false;
    for (at, c) in json.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    json.len()
}

/// Whether a string is a key: a name before a colon, and no id.
fn is_key(string: &str, behind: &str) -> bool {
    let name = string.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default();
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphabetic() || c == '_' || c == '$');
    is_name && behind.trim_start().starts_with(':')
}

/// Every word with an `@` inside is hidden.
fn without_addresses(text: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || "@.-_+%~".contains(c);
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        let start = rest[..at]
            .rfind(|c| !is_word(c))
            .map_or(0, |before| before + rest[before..].chars().next().map_or(0, char::len_utf8));
        let end = rest[at..].find(|c| !is_word(c)).map_or(rest.len(), |end| at + end);
        kept.push_str(&rest[..start]);
        kept.push_str(HIDDEN);
        rest = &rest[end..];
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_hidden_and_keys_are_not() {
        for (json, expected) in [
            (r#"{"event":"a", "distinct_id" : 17,"properties":{}}"#, r#"{"event":…,"distinct_id":…,"properties":{}}"#),
            (r#"{"distinct_id":"jo \"ann\" x","event":"#, r#"{"distinct_id":…,"event":"#),
            (r#"{"distinct_id":"jo "ann" x","event":"#, r#"{"distinct_id":…,"event":"#),
            (r#"{"person":{"id":["ann",{"a":"ann"}]},"#, r#"{"person":{"id":[…,{"a":…}]},"#),
            (r#"{"distinct\u005fid":"ann","ann 17":1,"x"#, "{…:…,…:…,…"),
            (r#"{"data":"{\"distinct_id\":\"ann"#, r#"{"data":…"#),
            ("{distinct_id:'ann',\u{1b}[1m}", "{…:…,…[…}"),
            ("distinct_id=ann", "…"),
            (r#"["ann":"bob"]"#, "[…:…]"),
            (r#""ann"#, "…"),
            ("::error::ann", r"\u003a:…::…"),
            ("", ""),
        ] {
            assert_eq!(outline(json), expected, "{json}");
        }
    }

    #[test]
    fn what_names_people_is_hidden() {
        for (text, expected) in [
            (r#"{"sid":"ann"}"#, "…"),
            ("['ann']", "…"),
            ("at {'id': 'ann'}", "…"),
            ("$user_id=ann", "…"),
            ("Person: ann", "…"),
            ("é@b", "…"),
            ("ann@a.b ,bob@c", "… ,…"),
            ("distinct_id", "distinct_id"),
            ("user signed up", "user signed up"),
            ("{019cadc6-9a80-7c1e-9a4b-5d0e6f7a8b9c}", "{019cadc6-9a80-7c1e-9a4b-5d0e6f7a8b9c}"),
            ("2026-03-02 10:00:00", "2026-03-02 10:00:00"),
            ("ses_01", "ses_01"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }
}
