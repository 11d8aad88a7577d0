//! Counts how session ids are spelled, and of which version they are.

use std::collections::BTreeMap;

use crate::event::id::{is_rfc_variant, parse_uuid};

/// How an id is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum IdSpelling {
    /// A UUID with hyphens, in lower case.
    HyphensLower,
    /// A UUID with hyphens, in upper case.
    HyphensUpper,
    /// A UUID with hyphens, in both cases.
    HyphensMixed,
    /// 32 hex digits, in lower case.
    HexLower,
    /// 32 hex digits, in upper case.
    HexUpper,
    /// 32 hex digits, in both cases.
    HexMixed,
    /// Text that is no UUID.
    Text,
    /// The text `null`, which is no session id.
    NullText,
}

/// The session ids of events.
#[derive(Debug, Default)]
pub struct IdFacts {
    /// How many are spelled in which way.
    pub spellings: BTreeMap<IdSpelling, u64>,
    /// How many UUIDs are of which version, from 0 to 15.
    pub versions: [u64; 16],
    /// How many of version 7 have variant bits that RFC 9562 does not ask for.
    pub other_variants: u64,
}

impl IdSpelling {
    /// Tells how an id is spelled.
    #[must_use]
    pub fn of(id: &str) -> Self {
        let Some((_, spelling)) = parse_uuid(id.as_bytes()) else {
            return if id == "null" { Self::NullText } else { Self::Text };
        };
        let has_lower = id.bytes().any(|byte| byte.is_ascii_lowercase());
        let has_upper = id.bytes().any(|byte| byte.is_ascii_uppercase());
        match (spelling.has_hyphens(), has_upper, has_lower) {
            (true, false, _) => Self::HyphensLower,
            (true, true, false) => Self::HyphensUpper,
            (true, true, true) => Self::HyphensMixed,
            (false, false, _) => Self::HexLower,
            (false, true, false) => Self::HexUpper,
            (false, true, true) => Self::HexMixed,
        }
    }

    /// What people call it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::HyphensLower => "UUID in lower case",
            Self::HyphensUpper => "UUID in upper case",
            Self::HyphensMixed => "UUID in both cases",
            Self::HexLower => "32 hex digits in lower case",
            Self::HexUpper => "32 hex digits in upper case",
            Self::HexMixed => "32 hex digits in both cases",
            Self::Text => "other text",
            Self::NullText => "the text null",
        }
    }

    /// The name in json.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::HyphensLower => "hyphens-lower",
            Self::HyphensUpper => "hyphens-upper",
            Self::HyphensMixed => "hyphens-mixed",
            Self::HexLower => "hex-lower",
            Self::HexUpper => "hex-upper",
            Self::HexMixed => "hex-mixed",
            Self::Text => "text",
            Self::NullText => "null-text",
        }
    }
}

impl IdFacts {
    pub(super) fn add(&mut self, id: &str) {
        *self.spellings.entry(IdSpelling::of(id)).or_default() += 1;
        if let Some((uuid, _)) = parse_uuid(id.as_bytes()) {
            self.versions[uuid.get_version_num()] += 1;
            self.other_variants += u64::from(uuid.get_version_num() == 7 && !is_rfc_variant(uuid));
        }
    }

    /// How many events have a session id.
    #[must_use]
    pub fn ids(&self) -> u64 {
        self.spellings.iter().filter(|(spelling, _)| **spelling != IdSpelling::NullText).map(|(_, events)| events).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_are_told() {
        const ID: &str = "019cadc6-9a80-7c1e-9a4b-5d0e6f7a8b9c";
        for (id, spelling) in [
            (ID, IdSpelling::HyphensLower),
            (&ID.to_uppercase(), IdSpelling::HyphensUpper),
            (&ID.replace('a', "A"), IdSpelling::HyphensMixed),
            (&ID.replace('-', ""), IdSpelling::HexLower),
            (&ID.replace('-', "").to_uppercase(), IdSpelling::HexUpper),
            (&ID.replace('-', "").replace('a', "A"), IdSpelling::HexMixed),
            ("00000000-0000-7000-8000-000000000000", IdSpelling::HyphensLower),
            (&format!("{{{ID}}}"), IdSpelling::Text),
            ("ses_01", IdSpelling::Text),
            ("null", IdSpelling::NullText),
        ] {
            assert_eq!(IdSpelling::of(id), spelling, "{id}");
        }
    }

    #[test]
    fn the_text_null_is_no_id() {
        let mut ids = IdFacts::default();
        for id in ["null", "ses_01", "019cadc6-9a80-7c1e-0a4b-5d0e6f7a8b9c"] {
            ids.add(id);
        }
        assert_eq!((ids.ids(), ids.versions[7], ids.other_variants), (2, 1, 1));
    }
}
