//! Reads a session id as ClickHouse reads a UUID, and tells what the id itself says.

use uuid::Uuid;

use super::time::{US_PER_DAY, US_PER_MS};

/// How a UUID was spelled: with hyphens or not, and in lower case, upper case, or with some digits upper case (bit 31 is
/// the first digit).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Spelling(u64);

impl Spelling {
    /// Lower case with hyphens, as PostHog stores ids since February 2026 (PostHog pull request 49046).
    pub const CANONICAL: Self = Self(0);
    const NO_HYPHENS: u64 = 1 << 32;
    /// All letters are upper case. Which digits are letters is for the id to say, so that all such ids are spelled alike.
    const UPPER: u64 = 1 << 33;

    /// The text of `id` in this spelling.
    #[must_use]
    pub fn write(self, id: Uuid) -> String {
        let mut digit = 0;
        let hyphenated = id.hyphenated().to_string();
        let kept = hyphenated.chars().filter(|&c| c != '-' || self.0 & Self::NO_HYPHENS == 0);
        kept.map(|c| {
            digit += u32::from(c != '-');
            let upper = c != '-' && (self.0 & Self::UPPER != 0 || self.0 >> (32 - digit) & 1 == 1);
            if upper { c.to_ascii_uppercase() } else { c }
        })
        .collect()
    }

    /// All of it as a number.
    pub(crate) fn bits(self) -> u64 {
        self.0
    }

    /// The spelling of such a number.
    pub(crate) fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// Whether it has the four hyphens.
    #[must_use]
    pub fn has_hyphens(self) -> bool {
        self.0 & Self::NO_HYPHENS == 0
    }

    /// What tells it from spellings that are in another case.
    pub(crate) fn letter_case(self) -> u64 {
        self.0 & !Self::NO_HYPHENS
    }

    /// Which digits are upper case.
    #[cold]
    fn case(text: &[u8]) -> u64 {
        let digits = || text.iter().filter(|&&byte| byte != b'-');
        if !digits().any(u8::is_ascii_lowercase) {
            return Self::UPPER;
        }
        digits().fold(0, |upper, digit| upper << 1 | u64::from(digit.is_ascii_uppercase()))
    }
}

/// Reads the text of an id as a UUID: exactly 36 characters with hyphens at 8, 13, 18 and 23, or exactly 32, every other
/// one a hex digit of either case.
///
/// This is what ClickHouse casts, and so what reaches PostHog's sessions tables; `Uuid::parse_str` takes more (braces,
/// `urn:uuid:`).
#[must_use]
#[inline]
pub fn parse_uuid(text: &[u8]) -> Option<(Uuid, Spelling)> {
    let (digits, spelling) = match text.len() {
        36 => (digits_between_hyphens(text.first_chunk()?), Spelling::CANONICAL),
        32 => (Some(digits_alone(text.first_chunk()?)), Spelling(Spelling::NO_HYPHENS)),
        _ => return None,
    };
    match digits.and_then(lower_case_id) {
        Some(id) => Some((id, spelling)),
        None => parse_any_uuid(text),
    }
}

/// The digits of a UUID, eight in a word, the first one in its lowest byte.
type Digits = [u64; 4];

/// The digits of a text that has hyphens where they have to be.
#[inline]
fn digits_between_hyphens(text: &[u8; 36]) -> Option<Digits> {
    let eight = |low: usize, high: usize| {
        let four = |at: usize| u64::from(u32::from_le_bytes([text[at], text[at + 1], text[at + 2], text[at + 3]]));
        four(low) | four(high) << 32
    };
    let are_hyphens = [text[8], text[13], text[18], text[23]] == *b"----";
    are_hyphens.then(|| [eight(0, 4), eight(9, 14), eight(19, 24), eight(28, 32)])
}

#[inline]
fn digits_alone(text: &[u8; 32]) -> Digits {
    let (words, _) = text.as_chunks::<8>();
    [words[0], words[1], words[2], words[3]].map(u64::from_le_bytes)
}

/// One in each byte of a word.
const EACH: u64 = 0x0101_0101_0101_0101;

/// The id of these digits; `None` unless all are hex digits, in lower case. Nearly all are, so that no digit is looked at
/// by itself.
#[inline]
fn lower_case_id(digits: Digits) -> Option<Uuid> {
    let words = digits.map(|word| {
        let letters = word >> 6 & EACH;
        let values = (word & (EACH * 0xf)) + letters * 9;
        // Letters of 10 to 15 have the fifth bit with 6 more, and other digits have not; no other byte is written so.
        let odd = values & (EACH * 0xf0) | ((values + EACH * 6) ^ letters << 4) & (EACH << 4);
        let written = values + EACH * u64::from(b'0') + letters * u64::from(b'a' - 10 - b'0');
        (values, odd | (written ^ word))
    });
    let odd = words.iter().fold(0, |all, (_, odd)| all | odd);
    let id = words.iter().fold(0, |id, (values, _)| id << 32 | u128::from(joined(*values)));
    (odd == 0).then(|| Uuid::from_u128(id))
}

/// The number of eight hex digits of these values.
#[inline]
fn joined(values: u64) -> u32 {
    let bytes = (values << 4 | values >> 8) & 0x00ff_00ff_00ff_00ff;
    let halves = (bytes | bytes >> 8) & 0x0000_ffff_0000_ffff;
    #[allow(clippy::cast_possible_truncation, reason = "the rest is cut off")]
    let word = (halves | halves >> 16) as u32;
    word.swap_bytes()
}

/// Reads a UUID in any accepted spelling.
fn parse_any_uuid(text: &[u8]) -> Option<(Uuid, Spelling)> {
    // Of these lengths the crate takes these two spellings and no others.
    let hyphens = match text.len() {
        36 => 0,
        32 => Spelling::NO_HYPHENS,
        _ => return None,
    };
    let id = Uuid::try_parse_ascii(text).ok()?;
    // No branch a character: nearly always there is none.
    let has_upper = text.iter().fold(false, |has, byte| has | byte.is_ascii_uppercase());
    Some((id, Spelling(hyphens | if has_upper { Spelling::case(text) } else { 0 })))
}

/// The time in milliseconds since 1970 that a UUID of version 7 embeds (its first 48 bits, RFC 9562 section 5.7); `None`
/// for other versions. The variant is not asked, as PostHog does not ask it either.
#[must_use]
pub fn embedded_ms(id: Uuid) -> Option<i64> {
    let first_48_bits = i64::try_from(id.as_u128() >> 80).ok()?;
    (id.get_version_num() == 7).then_some(first_48_bits)
}

/// The same in microseconds.
#[must_use]
pub fn embedded_us(id: Uuid) -> Option<i64> {
    embedded_ms(id).map(|ms| ms * US_PER_MS)
}

/// The 24 hours that begin with the time inside an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    /// The id's time in microseconds since 1970.
    pub(crate) id_us: i64,
    /// How many microseconds beyond either end are let pass; not negative.
    pub(crate) slack_us: i64,
}

/// On which side of an id's 24 hours a time is that is outside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Side {
    /// Before the id's time.
    Early,
    /// 24 hours or more behind it.
    Late,
}

impl Window {
    /// The side of a time in microseconds since 1970, if it is outside; exactly 24 hours are.
    #[inline]
    pub(crate) fn side(self, us: i64) -> Option<Side> {
        if us < self.id_us.saturating_sub(self.slack_us) {
            return Some(Side::Early);
        }
        self.is_past(US_PER_DAY, us).then_some(Side::Late)
    }

    /// Whether a time is so many microseconds, and the slack, or more after the id's time.
    #[inline]
    pub(crate) fn is_past(self, span_us: i64, us: i64) -> bool {
        us >= self.id_us.saturating_add(span_us).saturating_add(self.slack_us)
    }
}

/// Whether the two variant bits are `10`, as RFC 9562 asks.
#[must_use]
pub fn is_rfc_variant(id: Uuid) -> bool {
    id.get_variant() == uuid::Variant::RFC4122
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "019cadc6-9a80-7c1e-9a4b-5d0e6f7a8b9c";

    #[test]
    fn clickhouse_reads_these_spellings() {
        let bits = 0x019c_adc6_9a80_7c1e_9a4b_5d0e_6f7a_8b9c;
        for text in [
            ID.to_owned(),
            ID.to_uppercase(),
            ID.replace('-', ""),
            ID.replace('-', "").to_uppercase(),
            "019CADC6-9a80-7C1e-9a4b-5d0E6f7a8b9C".to_owned(),
        ] {
            let (id, spelling) = parse_uuid(text.as_bytes()).expect("ClickHouse reads it");
            assert_eq!(id.as_u128(), bits, "{text}");
            assert_eq!(spelling.write(id), text);
            assert_eq!(spelling == Spelling::CANONICAL, text == ID);
        }
    }

    #[test]
    fn the_canonical_spelling_is_read_as_any_other() {
        let mut rng = fastrand::Rng::with_seed(4);
        let check = |text: &[u8]| assert_eq!(parse_uuid(text), parse_any_uuid(text), "{}", text.escape_ascii());
        for _ in 0..50 {
            let id = Uuid::from_u128(rng.u128(..));
            for text in [id.hyphenated().to_string(), id.simple().to_string()] {
                check(text.as_bytes());
                check(text.to_uppercase().as_bytes());
                for at in 0..text.len() {
                    let mut changed = text.clone().into_bytes();
                    for byte in 0..=u8::MAX {
                        changed[at] = byte;
                        check(&changed);
                    }
                    check(&text.as_bytes()[..at]);
                }
            }
        }
        for _ in 0..100_000 {
            let bytes: [u8; 36] = std::array::from_fn(|_| b"0123456789abcdefABCDEFgG-@`/:\0\xff"[rng.usize(..31)]);
            check(&bytes);
            let mut hyphenated = bytes;
            for at in [8, 13, 18, 23] {
                hyphenated[at] = b'-';
            }
            check(&hyphenated);
        }
    }

    #[test]
    fn ids_in_upper_case_are_spelled_alike() {
        let spelling = |text: &str| parse_uuid(text.as_bytes()).expect("ClickHouse reads it").1;
        let upper = spelling(&ID.to_uppercase());
        assert_eq!(spelling("FEEDFACE-0000-7000-8000-000000000000"), upper);
        assert_ne!(spelling("FEEDFACe-0000-7000-8000-000000000000"), upper);
        assert_eq!(spelling("00000000-0000-7000-8000-000000000000"), Spelling::CANONICAL);
    }

    #[test]
    fn clickhouse_refuses_these_spellings() {
        for text in [
            String::new(),
            format!("{{{ID}}}"),
            format!("urn:uuid:{ID}"),
            format!("\"{ID}\""),
            format!(" {ID}"),
            format!("{ID} "),
            format!("\t{ID}"),
            format!("{ID}\n"),
            format!("{ID}0"),
            ID[1..].to_owned(),
            ID.replacen("019c", "019g", 1),
            ID.replacen("019c", "+19c", 1),
            ID.replacen("6-9a80", "-69a80", 1),
            ID.replacen("6f7a8b9c", "6f7a8b9-", 1),
            ID.replacen('-', "", 1),
            ID.replacen('-', "", 1) + "0",
            ID.replace('-', "_"),
            ID.replace('-', "") + "0",
            ID.replace('-', "")[1..].to_owned(),
            ID.replacen("019c", "é9c", 1),
            "é".repeat(18),
            "é".repeat(16),
            "٠".repeat(36),
            "٠".repeat(32),
        ] {
            assert_eq!(parse_uuid(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn exactly_24_hours_are_outside() {
        for slack_us in [0, 1_500, i64::MAX] {
            let window = Window { id_us: 7_000, slack_us };
            let (first_us, end_us) =
                (7_000_i64.saturating_sub(slack_us), (7_000 + US_PER_DAY).saturating_add(slack_us));
            assert_eq!((window.side(first_us - 1), window.side(first_us)), (Some(Side::Early), None), "{slack_us}");
            assert_eq!((window.side(end_us - 1), window.side(end_us)), (None, Some(Side::Late)), "{slack_us}");
        }
    }

    #[test]
    fn versions_and_variants() {
        for version in 0..16_u128 {
            let id = Uuid::from_u128(0x019c_adc6_9a80_0c1e_9a4b_5d0e_6f7a_8b9c | version << 76);
            assert_eq!(embedded_ms(id), (version == 7).then_some(0x019c_adc6_9a80), "version {version}");
        }
        for variant in 0..16_u128 {
            let id = Uuid::from_u128(0x019c_adc6_9a80_7c1e_0a4b_5d0e_6f7a_8b9c | variant << 60);
            assert_eq!(is_rfc_variant(id), (8..12).contains(&variant), "variant digit {variant:x}");
        }
        assert_eq!(embedded_ms(Uuid::nil()), None);
        assert_eq!(embedded_ms(Uuid::max()), None);
    }
}
