//! Reads JSON strings and values as plain text, without copying where the record already spells them out.

use std::borrow::Cow;

/// The text of a JSON value: of a string what it says, of anything else its JSON without white space outside strings.
/// `None` for `null` and the empty string.
pub(super) fn field_text(json: &str) -> Option<Cow<'_, str>> {
    let text = match json.as_bytes().first()? {
        b'"' => string_text(json),
        _ => without_white_space(json),
    };
    (json != "null" && !text.is_empty()).then_some(text)
}

/// Whether a JSON value may stand for a session id: a text that is neither blank nor `null`, or a number.
pub(super) fn is_like_an_id(json: &str) -> bool {
    match json.as_bytes().first() {
        Some(b'"') => is_text_like_an_id(&string_text(json)),
        first => first.is_some_and(|first| first.is_ascii_digit() || *first == b'-'),
    }
}

/// Whether a text may stand for a session id.
pub(super) fn is_text_like_an_id(text: &str) -> bool {
    text != "null" && !text.trim().is_empty()
}

/// What a valid JSON string (with its quotes) says.
pub(super) fn string_text(json: &str) -> Cow<'_, str> {
    let inner = &json[1..json.len() - 1];
    if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
        return Cow::Borrowed(inner);
    }
    let mut text = String::with_capacity(inner.len());
    unescape(inner, &mut text);
    Cow::Owned(text)
}

/// Appends what the inside of a valid JSON string says; half a surrogate pair becomes U+FFFD.
pub(super) fn unescape(inner: &str, text: &mut String) {
    let mut rest = inner;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        text.push_str(&rest[..at]);
        rest = &rest[at + 2..];
        match inner.as_bytes()[inner.len() - rest.len() - 1] {
            b'b' => text.push('\u{8}'),
            b'f' => text.push('\u{c}'),
            b'n' => text.push('\n'),
            b'r' => text.push('\r'),
            b't' => text.push('\t'),
            b'u' => rest = unescape_code_point(rest, text),
            itself => text.push(char::from(itself)),
        }
    }
    text.push_str(rest);
}

/// Appends the code point of `\u`, whose digits (and perhaps its second half) begin `rest`; gives back what follows.
fn unescape_code_point<'a>(rest: &'a str, text: &mut String) -> &'a str {
    let (unit, after) = (code_unit(rest), rest.get(4..).unwrap_or_default());
    if let Some(low) = after.strip_prefix("\\u")
        && let Some(Ok(pair)) = char::decode_utf16([unit, code_unit(low)]).next()
        && u32::from(pair) > 0xffff
    {
        text.push(pair);
        return &low[4..];
    }
    text.push(char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER));
    after
}

fn code_unit(digits: &str) -> u16 {
    digits.get(..4).and_then(|digits| u16::from_str_radix(digits, 16).ok()).unwrap_or(0xfffd)
}

fn without_white_space(json: &str) -> Cow<'_, str> {
    let is_space = |b: &u8| b.is_ascii_whitespace();
    if !json.as_bytes().iter().any(is_space) {
        return Cow::Borrowed(json);
    }
    let mut text = String::with_capacity(json.len());
    let mut in_string = false;
    let mut escaped = false;
    for c in json.chars() {
        if in_string || !c.is_ascii_whitespace() {
            text.push(c);
        }
        in_string ^= c == '"' && !escaped;
        escaped = in_string && c == '\\' && !escaped;
    }
    Cow::Owned(text)
}

/// A copy of a record that `serde_json` can read: invalid UTF-8 replaced, and the numbers that JSON does not have
/// (`NaN`, `Infinity`, `-Infinity`) written as strings of the same text. `None` when there is nothing to mend.
pub(super) fn mend(record: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(record);
    let mut mended = String::new();
    let (mut copied, mut at) = (0, 0);
    let bytes = text.as_bytes();
    while at < bytes.len() {
        if bytes[at] == b'"' {
            at = string_end(bytes, at);
            continue;
        }
        let number = ["NaN", "Infinity", "-Infinity"].into_iter().find(|name| bytes[at..].starts_with(name.as_bytes()));
        if let Some(number) = number {
            mended.extend([&text[copied..at], "\"", number, "\""]);
            at += number.len();
            copied = at;
        } else {
            at += 1;
        }
    }
    if copied == 0 && matches!(text, Cow::Borrowed(_)) {
        return None;
    }
    mended.push_str(&text[copied..]);
    Some(mended)
}

/// The offset behind the string that begins at `start`, or the end of the text when it is never closed.
pub(super) fn string_end(json: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(step) = json.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        at += step;
        if json[at] == b'"' {
            return at + 1;
        }
        at += 2;
    }
    json.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_say_what_serde_json_reads() {
        for json in
            [r#""""#, r#""plain""#, r#""\"\\\/\b\f\n\r\t""#, r#""é\u00e9\u0000""#, r#""\ud83d\udc4b!""#, r#""\uFFFD""#]
        {
            assert_eq!(string_text(json), serde_json::from_str::<String>(json).expect("JSON"), "{json}");
        }
    }

    #[test]
    fn half_a_surrogate_pair_is_one_replacement_character() {
        for (json, text) in [
            (r#""a\ud83d""#, "a\u{fffd}"),
            (r#""\udc4bz""#, "\u{fffd}z"),
            (r#""\ud83d\ud83d\udc4b""#, "\u{fffd}👋"),
            (r#""\ud83d\u0041""#, "\u{fffd}A"),
            (r#""\ud83d\n""#, "\u{fffd}\n"),
        ] {
            assert_eq!(string_text(json), text, "{json}");
        }
    }

    #[test]
    fn values_that_are_no_strings_are_their_json_without_white_space() {
        for (json, text) in [
            ("12345", Some("12345")),
            ("1.50e+3", Some("1.50e+3")),
            ("true", Some("true")),
            ("[1, \"a b\\\" c\", null]", Some("[1,\"a b\\\" c\",null]")),
            ("{ \"k\\\\\" : \" \" }", Some("{\"k\\\\\":\" \"}")),
            ("null", None),
            ("\"\"", None),
            ("\"null\"", Some("null")),
        ] {
            assert_eq!(field_text(json).as_deref(), text, "{json}");
        }
    }

    #[test]
    fn texts_and_numbers_may_stand_for_a_session_id() {
        for json in ["\"x\"", "\"undefined\"", "\" null\"", "\"0\"", "0", "-1.5", "\"\\u0000\""] {
            assert!(is_like_an_id(json), "{json}");
        }
        for json in ["null", "\"null\"", "\"\\u006eull\"", "\"\"", "\" \\t\u{a0}\"", "true", "false", "{}", "[1]"] {
            assert!(!is_like_an_id(json), "{json}");
        }
    }

    #[test]
    fn mending_leaves_strings_alone() {
        assert_eq!(mend(br#"{"a":"NaN","b":1}"#), None);
        assert_eq!(
            mend(br#"{"a\"":NaN,"b":[-Infinity,Infinity]}"#).as_deref(),
            Some(r#"{"a\"":"NaN","b":["-Infinity","Infinity"]}"#)
        );
        assert_eq!(mend(b"{\"a\":\"\xff\"}").as_deref(), Some("{\"a\":\"\u{fffd}\"}"));
        assert_eq!(mend(b"\"never closed\\").as_deref(), None);
    }
}
