//! Tells which session an id text means (section 4).

/// What events of one session have in common; in the order of the report.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    Uuid(u128),
    Text(String),
}

impl Key {
    /// Reads an id text as `ClickHouse` casts it.
    pub(crate) fn of(text: &str) -> Self {
        let hex = match text.chars().count() {
            32 => Some(text.to_owned()),
            36 => without_hyphens(text),
            _ => None,
        };
        hex.filter(|hex| hex.chars().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|hex| u128::from_str_radix(&hex, 16).ok())
            .map_or_else(|| Self::Text(text.to_owned()), Self::Uuid)
    }

    /// The key as text: a UUID in lower case with hyphens.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Uuid(value) => {
                let hex = format!("{value:032x}");
                let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
                parts.join("-")
            }
        }
    }

    /// The digit that names the version.
    pub(crate) fn version(&self) -> Option<u128> {
        match self {
            Self::Uuid(value) => Some(value >> 76 & 0xf),
            Self::Text(_) => None,
        }
    }

    /// Whether the two bits of the variant are those of RFC 9562.
    pub(crate) fn has_rfc_variant(&self) -> bool {
        matches!(self, Self::Uuid(value) if value >> 62 & 0b11 == 0b10)
    }

    /// The id time, in microseconds since 1970, where there is one.
    pub(crate) fn time_us(&self) -> Option<i64> {
        match self {
            Self::Uuid(value) if self.version() == Some(7) => {
                let time_ms = i64::try_from(value >> 80).expect("48 bits fit");
                Some(time_ms * 1000)
            }
            _ => None,
        }
    }
}

/// The 32 other characters of a text with hyphens at 8, 13, 18 and 23.
fn without_hyphens(text: &str) -> Option<String> {
    let letters: Vec<char> = text.chars().collect();
    let placed = [8, 13, 18, 23].iter().all(|&place| letters[place] == '-');
    let others: String = letters.into_iter().filter(|&letter| letter != '-').collect();
    (placed && others.chars().count() == 32).then_some(others)
}

#[cfg(test)]
mod tests {
    use super::Key;

    const VALUE: u128 = 0x019c_ae0b_6964_7c1e_9a4b_5d0e_6f7a_8b9c;
    const SHOWN: &str = "019cae0b-6964-7c1e-9a4b-5d0e6f7a8b9c";

    /// Spellings that are a UUID, and the one they are.
    const UUIDS: [(&str, u128); 12] = [
        (SHOWN, VALUE),
        ("019CAE0B-6964-7C1E-9A4B-5D0E6F7A8B9C", VALUE),
        ("019cAe0B-6964-7c1E-9a4b-5D0e6f7A8b9C", VALUE),
        ("019cae0b69647c1e9a4b5d0e6f7a8b9c", VALUE),
        ("019CAE0B69647C1E9A4B5D0E6F7A8B9C", VALUE),
        ("00000000-0000-0000-0000-000000000000", 0),
        ("00000000000000000000000000000000", 0),
        ("ffffffff-ffff-ffff-ffff-ffffffffffff", u128::MAX),
        ("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", u128::MAX),
        ("12345678901234567890123456789012", 0x1234_5678_9012_3456_7890_1234_5678_9012),
        ("00000000-0000-7000-8000-000000000000", 0x7000_8000_0000_0000_0000),
        ("7b0c3f52-9e1d-4c6a-8f3e-2a9b51d0c7e4", 0x7b0c_3f52_9e1d_4c6a_8f3e_2a9b_51d0_c7e4),
    ];

    /// Spellings that are text, though some libraries read a UUID in them.
    const TEXTS: [&str; 26] = [
        "",
        " 019cae0b-6964-7c1e-9a4b-5d0e6f7a8b9c",
        "019cae0b-6964-7c1e-9a4b-5d0e6f7a8b9c ",
        "019cae0b-6964-7c1e-9a4b-5d0e6f7a8b9c\n",
        "\u{feff}019cae0b-6964-7c1e-9a4b-5d0e6f7a8b9c",
        "{019cae0b-6964-7c1e-9a4b-5d0e6f7a8b9c}",
        "urn:uuid:019cae0b-6964-7c1e-9a4b-5d0e6f7a8b9c",
        "\"019cae0b-6964-7c1e-9a4b-5d0e6f7a8b9c\"",
        "019cae0b-6964-7c1e-9a4b-5d0e6f7a8b9",
        "019cae0b-6964-7c1e-9a4b-5d0e6f7a8b9c0",
        "019cae0b69647c1e9a4b5d0e6f7a8b9",
        "019cae0b69647c1e9a4b5d0e6f7a8b9c0",
        "019cae0b69647c1e-9a4b5d0e6f7a8b9c",
        "019cae0b6-964-7c1e-9a4b-5d0e6f7a8b9c",
        "019cae0b-69647-c1e-9a4b-5d0e6f7a8b9c",
        "019cae0b-6964-7c1e-9a4b5-d0e6f7a8b9c",
        "019cae0b_6964_7c1e_9a4b_5d0e6f7a8b9c",
        "019cae0b 6964 7c1e 9a4b 5d0e6f7a8b9c",
        "019cae0b-6964-7c1e-9a4b--d0e6f7a8b9c",
        "019cae0g-6964-7c1e-9a4b-5d0e6f7a8b9c",
        "+19cae0b69647c1e9a4b5d0e6f7a8b9c",
        "0x019cae0b69647c1e9a4b5d0e6f7a8b",
        "019cae0b-6964-7c1e-9a4b-5d0e6f7a8b9\u{ff43}",
        "019cae0b-6964-7c1e-9a4b-5d0e6f7a8\u{e9}c",
        "019cae0b69647c1e9a4b5d0e6f7a8b\u{e9}",
        "019cae0b\u{2010}6964\u{2010}7c1e\u{2010}9a4b\u{2010}5d0e6f7a8b9c",
    ];

    #[test]
    fn uuid_spellings_are_one_key() {
        for (text, value) in UUIDS {
            assert_eq!(Key::of(text), Key::Uuid(value), "{text:?}");
        }
        assert_eq!(Key::Uuid(VALUE).text(), SHOWN);
    }

    #[test]
    fn other_spellings_stay_text() {
        for text in TEXTS {
            assert_eq!(Key::of(text), Key::Text(text.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn version_variant_and_time_are_read_from_the_bits() {
        let key = Key::of(SHOWN);
        assert_eq!((key.version(), key.has_rfc_variant()), (Some(7), true));
        assert_eq!(key.time_us(), Some(1_772_446_509_412_000));
        let variants = ["7", "8", "9", "a", "b", "c"]
            .map(|digit| Key::of(&format!("019cae0b-6964-7c1e-{digit}a4b-5d0e6f7a8b9c")).has_rfc_variant());
        assert_eq!(variants, [false, true, true, true, true, false]);
        let random = Key::of("7b0c3f52-9e1d-4c6a-8f3e-2a9b51d0c7e4");
        assert_eq!((random.version(), random.time_us()), (Some(4), None));
    }
}
