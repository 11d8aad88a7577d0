//! Makes texts from the data fit to be shown where they may hold what names people.

use crate::safe::data_text;

/// Keys whose values name people.
const PERSONAL_KEYS: [&str; 4] = ["distinct_id", "person_id", "alias", "email"];
/// What stands for a text that is not shown.
const HIDDEN: &str = "…";

/// A text from the data, safe to print, without e-mail addresses and without the values of keys that name people.
pub(super) fn shown(text: &str) -> String {
    without_addresses(&without_personal_values(&data_text(text)))
}

/// JSON, whole or cut, in which the strings and numbers behind some keys are hidden.
fn without_personal_values(json: &str) -> String {
    let mut kept = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = personal_value(rest) {
        kept.push_str(&rest[..at]);
        kept.push_str(HIDDEN);
        let value = &rest[at..];
        let end = match value.strip_prefix('"') {
            Some(inside) => inside.find('"').map(|end| end + 2),
            None => value.find([',', '}', ' ']),
        };
        rest = &value[end.unwrap_or(value.len())..];
    }
    kept + rest
}

/// Where the value of the first key begins that names people, also of a key whose quotes are escaped.
fn personal_value(json: &str) -> Option<usize> {
    let ends = PERSONAL_KEYS.iter().flat_map(|key| json.match_indices(key).map(|(at, key)| at + key.len()));
    let value = |end: usize| {
        let behind = json[end..].trim_start_matches('\\').strip_prefix('"')?.trim_start().strip_prefix(':')?;
        let value = behind.trim_start().trim_start_matches('\\');
        (!value.is_empty() && !value.starts_with(HIDDEN)).then(|| json.len() - value.len())
    };
    ends.filter_map(value).min()
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
    fn what_names_people_is_hidden() {
        for (text, expected) in [
            (r#"{"event":"a","distinct_id":"ann","uuid":"u1"}"#, r#"{"event":"a","distinct_id":…,"uuid":"u1"}"#),
            (r#"{"distinct_id" : 17, "$anon_distinct_id":"b"#, r#"{"distinct_id" : …, "$anon_distinct_id":…"#),
            (r#"{"data":"{\"distinct_id\":\"ann"#, r#"{"data":"{\"distinct_id\":\…"#),
            (r#"{"person_id":"p1"}, {"person_id":"p2"}"#, r#"{"person_id":…}, {"person_id":…}"#),
            (r#"{"sid":"ann+x@example.com"}"#, r#"{"sid":"…"}"#),
            ("é@b", "…"),
            ("ann@a.b ,bob@c", "… ,…"),
            ("distinct_id", "distinct_id"),
            ("ses_01", "ses_01"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }
}
