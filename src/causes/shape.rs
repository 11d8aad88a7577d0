//! Tells what an id looks like that is no UUID to ClickHouse.

use uuid::Uuid;

use super::tokens::{digits_only, is_hex, ksuid_us, ulid_us};
use crate::event::id::{embedded_ms, is_rfc_variant, parse_uuid};
use crate::event::time::US_PER_MS;

/// What a text id looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A UUID with something around it.
    Wrapped(Uuid),
    /// What a missing value is written as.
    MissingValue,
    /// The same behind a prefix.
    PrefixedMissing,
    /// What a truth value is written as.
    Truth,
    /// Epoch milliseconds: the time in microseconds since 1970.
    EpochMs(i64),
    /// `-1` or `0`, which Amplitude sends for no session.
    AmplitudeNone,
    /// A ULID of this time in microseconds since 1970.
    Ulid(i64),
    /// A KSUID of this time in microseconds since 1970.
    Ksuid(i64),
    /// A prefix, and what follows it.
    Prefixed(Rest),
    /// So many hex digits, as a digest or a trace id has.
    Hex(usize),
    /// An e-mail address.
    Email,
    /// A number.
    Number,
    /// Words and numbers with something between them.
    Slug,
    /// None of these.
    Other,
}

/// What follows a prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    /// A UUID of this version.
    Uuid(usize),
    /// A ULID of this time.
    Ulid(i64),
    /// A KSUID of this time.
    Ksuid(i64),
    /// So many hex digits.
    Hex(usize),
    /// So many characters.
    Characters(usize),
}

/// What languages and libraries write for a value that is not there.
const MISSING: [&str; 18] = [
    "undefined",
    "None",
    "none",
    "[object Object]",
    "nan",
    "NaN",
    "NULL",
    "Null",
    "nil",
    "<nil>",
    "(null)",
    "<null>",
    "N/A",
    "n/a",
    "{}",
    "[]",
    "[null]",
    "null",
];

/// Those that are hardly the last word of a name.
const MISSING_BEHIND: [&str; 8] = ["undefined", "None", "nan", "NaN", "NULL", "Null", "nil", "null"];

/// What languages write for whether there is a value.
const TRUTHS: [&str; 4] = ["true", "false", "True", "False"];

/// Prefixes that say that it is a session's id.
const SESSION_PREFIXES: [&str; 6] = ["ses", "sess", "session", "sid", "sessid", "s"];

/// Lengths of digests, trace ids and database ids in hex digits; 32 are a UUID to ClickHouse.
const HEX_LENGTHS: [usize; 7] = [16, 24, 40, 56, 64, 96, 128];

/// What may stand behind a prefix.
const SEPARATORS: [char; 5] = ['_', '-', '.', ':', '/'];

/// What may stand around an id.
pub(super) const QUOTES: &str = "\"'`“”‘’";
pub(super) const BRACKETS: &str = "{}[]()<>";

/// The longest id that is looked at; a longer one is none of what is known.
const LONGEST: usize = 512;

/// What an id looks like; texts that are a UUID to ClickHouse are not asked.
pub(super) fn of(id: &str) -> Shape {
    if id.len() > LONGEST {
        return Shape::Other;
    }
    if let Some(uuid) = wrapped_uuid(id) {
        return Shape::Wrapped(uuid);
    }
    if let Some(shape) = missing(id) {
        return shape;
    }
    // A table's column of numbers may have a fraction.
    let whole = id.strip_suffix(".0").unwrap_or(id);
    let ms = (whole.len() == 13).then(|| digits(whole)).flatten();
    let time = ms.map(|ms| Shape::EpochMs(ms * US_PER_MS));
    let none = matches!(whole, "-1" | "0").then_some(Shape::AmplitudeNone);
    let token = || ulid_us(id).map(Shape::Ulid).or_else(|| ksuid_us(id).map(Shape::Ksuid));
    let hex = || HEX_LENGTHS.into_iter().find(|length| is_hex(id, *length)).map(Shape::Hex);
    time.or(none)
        .or_else(token)
        .or_else(|| prefixed(id).map(Shape::Prefixed))
        .or_else(hex)
        .unwrap_or_else(|| business(id))
}

fn business(id: &str) -> Shape {
    match id {
        _ if is_email(id) => Shape::Email,
        _ if is_number(id) => Shape::Number,
        _ if is_slug(id) => Shape::Slug,
        _ => Shape::Other,
    }
}

/// The UUID without the white space, quotes, brackets and `urn:uuid:` around it.
fn wrapped_uuid(id: &str) -> Option<Uuid> {
    let is_around = |c: char| c.is_whitespace() || QUOTES.contains(c) || BRACKETS.contains(c);
    let mut inner = id.trim_matches(is_around);
    if let Some(start) = inner.get(..9)
        && start.eq_ignore_ascii_case("urn:uuid:")
    {
        inner = inner[9..].trim_start_matches(is_around);
    }
    if inner.len() == id.len() { None } else { parse_uuid(inner.as_bytes()).map(|(id, _)| id) }
}

/// A word that stands where there is no value.
fn missing(id: &str) -> Option<Shape> {
    let is_around = |c: char| c.is_whitespace() || matches!(c, '"' | '\'');
    let inner = id.trim_matches(is_around);
    let is_behind = || inner.rsplit_once(SEPARATORS).is_some_and(|(_, last)| MISSING_BEHIND.contains(&last));
    match inner {
        _ if inner.is_empty() || MISSING.contains(&inner) => Some(Shape::MissingValue),
        _ if TRUTHS.contains(&inner) => Some(Shape::Truth),
        _ => is_behind().then_some(Shape::PrefixedMissing),
    }
}

/// A number of nothing but ASCII digits.
fn digits(text: &str) -> Option<i64> {
    digits_only(text)?.parse().ok()
}

/// What follows a prefix of a session's id, or a token behind any other prefix.
fn prefixed(id: &str) -> Option<Rest> {
    let (prefix, rest) = id.split_once(SEPARATORS)?;
    let is_word = prefix.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_session = SESSION_PREFIXES.iter().any(|known| known.eq_ignore_ascii_case(prefix));
    if !is_word || prefix.is_empty() || prefix.len() > 16 {
        return None;
    }
    let token = token(rest).filter(|_| is_session || prefix.len() > 1);
    token.or_else(|| {
        let length = rest.chars().count();
        let is_id =
            rest.bytes().any(|byte| byte.is_ascii_digit()) && !rest.contains(|c: char| c.is_whitespace() || c == '@');
        (is_session && length >= 6 && is_id).then_some(Rest::Characters(length))
    })
}

fn token(text: &str) -> Option<Rest> {
    const SHORTEST_HEX: usize = 16;
    // Without hyphens, it may as well be a digest or a trace id.
    let uuid = parse_uuid(text.as_bytes()).filter(|(_, spelling)| spelling.has_hyphens());
    let uuid = uuid.map(|(id, _)| Rest::Uuid(id.get_version_num()));
    uuid.or_else(|| ulid_us(text).map(Rest::Ulid))
        .or_else(|| ksuid_us(text).map(Rest::Ksuid))
        .or_else(|| (text.len() >= SHORTEST_HEX && is_hex(text, text.len())).then_some(Rest::Hex(text.len())))
}

fn is_email(id: &str) -> bool {
    let Some((name, domain)) = id.split_once('@') else { return false };
    let is_domain = domain.split('.').count() > 1 && domain.split('.').all(|label| !label.is_empty());
    !name.is_empty() && is_domain && !domain.contains('@') && !id.contains(char::is_whitespace)
}

fn is_number(id: &str) -> bool {
    let unsigned = id.strip_prefix(['-', '+']).unwrap_or(id);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    [whole, fraction].iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Two or more words and numbers, at least one of them a word of three letters.
fn is_slug(id: &str) -> bool {
    const LONGEST_NUMBER: usize = 12;
    let is_word = |chunk: &str| {
        let mut letters = chunk.chars();
        letters.next();
        let rest = letters.as_str();
        let is_one_case = !rest.contains(char::is_uppercase) || !chunk.contains(char::is_lowercase);
        !chunk.is_empty() && chunk.chars().all(char::is_alphabetic) && is_one_case
    };
    let is_number =
        |chunk: &str| (1..=LONGEST_NUMBER).contains(&chunk.len()) && chunk.bytes().all(|byte| byte.is_ascii_digit());
    let chunks: Vec<_> = id.split(['-', '_', '.', ':', '/', '#', ' ']).collect();
    chunks.len() > 1
        && chunks.iter().all(|chunk| is_word(chunk) || is_number(chunk))
        && chunks.iter().any(|chunk| chunk.chars().count() >= 3 && is_word(chunk))
}

/// Whether PostHog would take the id: version 7, of RFC 9562's variant.
pub(super) fn is_valid(id: Uuid) -> bool {
    embedded_ms(id).is_some() && is_rfc_variant(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "019cadc6-9a80-7c1e-9a4b-5d0e6f7a8b9c";
    /// The example of the ULID specification.
    const ULID: &str = "01ARYZ6S41TSV4RRFFQ69G5FAV";
    const ULID_US: i64 = 1_469_918_176_385_000;
    /// An example of the KSUID library's documentation, of 2017-10-10T04:00:47Z.
    const KSUID: &str = "0ujtsYcgvSTl8PAuAdqWYSMnLOv";
    const KSUID_US: i64 = 1_507_608_047_000_000;

    #[test]
    fn uuids_with_something_around_them() {
        let id = Uuid::parse_str(ID).expect("a UUID");
        for text in [
            format!(" {ID}"),
            format!("{ID}\n"),
            format!("{{{ID}}}"),
            format!("\"{ID}\""),
            format!("URN:uuid:{ID}"),
            format!("\"{{urn:uuid: {ID}}}\""),
            format!("“{}”", ID.replace('-', "")),
        ] {
            assert_eq!(of(&text), Shape::Wrapped(id), "{text}");
        }
        for text in [format!("x{ID}"), format!("{ID};"), format!("{{{ID}0}}"), "{}".to_owned()] {
            assert!(!matches!(of(&text), Shape::Wrapped(_)), "{text}");
        }
    }

    #[test]
    fn missing_values() {
        for text in
            ["undefined", "None", "[object Object]", "nan", "\"undefined\"", " NULL ", "(null)", "{}", " ", "\"\""]
        {
            assert_eq!(of(text), Shape::MissingValue, "{text:?}");
        }
        for text in ["session_undefined", "sess-null", "user-undefined", "cart-7-None", "\"ses_nan\""] {
            assert_eq!(of(text), Shape::PrefixedMissing, "{text:?}");
        }
        for text in ["true", "false", "True", " \"false\""] {
            assert_eq!(of(text), Shape::Truth, "{text:?}");
        }
        for text in ["cart-none", "bread-naan", "undefined-1", "session_true"] {
            assert_eq!(of(text), Shape::Slug, "{text:?}");
        }
        for text in ["Undefined1", "noneofit", "unknown", "[object object]", "nano"] {
            assert_ne!(of(text), Shape::MissingValue, "{text:?}");
        }
    }

    #[test]
    fn numbers_and_times() {
        assert_eq!(of("1741912549962"), Shape::EpochMs(1_741_912_549_962_000));
        assert_eq!(of("174191254996"), Shape::Number);
        assert_eq!(of("17419125499620"), Shape::Number);
        assert_eq!(of("174191254996x"), Shape::Other);
        assert_eq!((of("-1"), of("0")), (Shape::AmplitudeNone, Shape::AmplitudeNone));
        assert_eq!(
            (of("1741912549962.0"), of("1741912549962.5")),
            (Shape::EpochMs(1_741_912_549_962_000), Shape::Number)
        );
        assert_eq!((of("-1.0"), of("0.0"), of("-1.00")), (Shape::AmplitudeNone, Shape::AmplitudeNone, Shape::Number));
        for length in [16, 24, 26, 27, 40] {
            let number = "0102030405".repeat(4);
            assert_eq!(of(&number[..length]), Shape::Number, "{length}");
        }
        assert_eq!((of("-2"), of("00"), of("1.5")), (Shape::Number, Shape::Number, Shape::Number));
        assert_eq!((of("1."), of("-"), of("1.2.3")), (Shape::Other, Shape::Other, Shape::Other));
    }

    #[test]
    fn tokens_with_a_time() {
        assert_eq!(of(ULID), Shape::Ulid(ULID_US));
        assert_eq!(of(&ULID.to_lowercase()), Shape::Ulid(ULID_US));
        assert_eq!(of("7ZZZZZZZZZZZZZZZZZZZZZZZZZ"), Shape::Ulid(((1 << 48) - 1) * 1000));
        for text in ["8ZZZZZZZZZZZZZZZZZZZZZZZZZ", &ULID[1..], &ULID.replacen('A', "U", 1)] {
            assert_eq!(of(text), Shape::Other, "{text}");
        }
        assert_eq!(of(KSUID), Shape::Ksuid(KSUID_US));
        assert_eq!(of("aWgEPTl1tmebfsQzFP4bxwgy80V"), Shape::Ksuid((1_400_000_000 + 0xffff_ffff) * 1_000_000));
        for text in ["aWgEPTl1tmebfsQzFP4bxwgy80W", "aWgEPTl1tmebfsQzFP4bxwgy80", &KSUID.replacen('u', "-", 1)] {
            assert!(!matches!(of(text), Shape::Ksuid(_)), "{text}");
        }
    }

    #[test]
    fn prefixes() {
        assert_eq!(of(&format!("ses_{ULID}")), Shape::Prefixed(Rest::Ulid(ULID_US)));
        assert_eq!(of(&format!("checkout-{KSUID}")), Shape::Prefixed(Rest::Ksuid(KSUID_US)));
        assert_eq!(of(&format!("sess:{ID}")), Shape::Prefixed(Rest::Uuid(7)));
        assert_eq!(of("trace_0123456789abcdef"), Shape::Prefixed(Rest::Hex(16)));
        assert_eq!(of(&format!("trace-{}", "ab".repeat(16))), Shape::Prefixed(Rest::Hex(32)));
        assert_eq!(of(&format!("sess-{}", ID.replace('-', ""))), Shape::Prefixed(Rest::Hex(32)));
        assert_eq!(of("sess-4111111111111111"), Shape::Prefixed(Rest::Characters(16)));
        assert_eq!(of("SESSION-V1StGX"), Shape::Prefixed(Rest::Characters(6)));
        for text in ["sess-V1StG", "session-abcdef", "ses_a 12345", "checkout-V1StGX", "order_0123456789abcde"] {
            assert!(!matches!(of(text), Shape::Prefixed(_)), "{text}");
        }
    }

    #[test]
    fn business_ids_and_what_is_none() {
        assert_eq!(of("ann@example.com"), Shape::Email);
        assert_eq!(of("order-10023"), Shape::Slug);
        assert_eq!(of("Checkout 42"), Shape::Slug);
        assert_eq!(of(&"0af7".repeat(10)), Shape::Hex(40));
        for text in [
            "ann@example",
            "@example.com",
            "V1StGXR8_Z5jdHi6B-myT",
            "kjhqwe",
            "order-1234567890123",
            "ab-12",
            "aBc-def",
            &"0af7".repeat(11),
            &"a-b".repeat(1000),
        ] {
            assert_eq!(of(text), Shape::Other, "{text}");
        }
    }
}
