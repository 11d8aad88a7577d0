//! Names sessions so that the name holds in every run, and keeps the texts that it needs for that.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::event::id::parse_uuid;
use crate::rows::{DIGEST_DIGITS, hex, kept_text, parts};
use crate::safe::data_text;

/// What names a session beside its team, in every run: no two ids have one name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SessionName {
    /// An id that ClickHouse reads as a UUID.
    Uuid(Uuid),
    /// Any other text, byte for byte.
    Text(Box<str>),
    /// The SHA-256 of a text of more than 1,024 bytes, in lower-case hex digits.
    Digest(Box<str>),
}

impl SessionName {
    /// The name of an id, however it is spelled.
    #[must_use]
    pub fn of(id: &str) -> Self {
        match parse_uuid(id.as_bytes()) {
            Some((id, _)) => Self::Uuid(id),
            None => Self::of_kept(&kept_text(id)),
        }
    }

    /// The name of a digest, if it is one.
    #[must_use]
    pub fn of_digest(digits: &str) -> Option<Self> {
        let is_digest = digits.len() == DIGEST_DIGITS && digits.bytes().all(|b| b.is_ascii_hexdigit());
        is_digest.then(|| Self::Digest(digits.to_ascii_lowercase().into()))
    }

    /// The name of a text key by what is kept of it.
    pub(super) fn of_kept(text: &str) -> Self {
        let (start, digest) = parts(text);
        if digest.is_empty() { Self::Text(start.into()) } else { Self::Digest(digest.into()) }
    }

    /// The SHA-256 of an id in lower-case hex digits, unless this shows the id as it is.
    pub(crate) fn sha256_unless(&self, shown: &str) -> Option<String> {
        match self {
            Self::Uuid(_) => None,
            Self::Text(text) => (**text != *shown).then(|| hex(&Sha256::digest(text.as_bytes()))),
            Self::Digest(digits) => Some(digits.to_string()),
        }
    }

    /// The name as reports show it.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Uuid(id) => id.to_string(),
            Self::Text(text) => data_text(text),
            Self::Digest(digits) => format!("sha256:{digits}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The longest text key that is kept whole.
    const KEPT_BYTES: usize = 1024;

    #[test]
    fn no_two_ids_have_one_name() {
        let uuid = "019cadc6-9a80-7c1e-9a4b-5d0e6f7a8b9c";
        assert_eq!(SessionName::of(&uuid.to_uppercase()), SessionName::of(uuid));
        let whole = "k".repeat(KEPT_BYTES);
        assert_eq!(SessionName::of(&whole), SessionName::Text(whole.as_str().into()));
        let long = |end: &str| SessionName::of(&(whole.clone() + end));
        assert_ne!(long("a"), long("b"));
        let SessionName::Digest(digits) = long("a") else { panic!("a digest of {:?}", long("a")) };
        // What is kept of a long text is longer than a text that is kept whole.
        assert_ne!(long(&digits), long("a"));
        assert_eq!(SessionName::of_digest(&digits.to_uppercase()), Some(long("a")));
        assert_ne!(SessionName::of(&digits), long("a"));
    }

    #[test]
    fn the_digest_is_that_of_other_tools() {
        // head -c 1025 /dev/zero | tr '\0' k | sha256sum
        let SessionName::Digest(digits) = SessionName::of(&"k".repeat(KEPT_BYTES + 1)) else { panic!("a digest") };
        assert_eq!(&*digits, "011cc8dcade24f43d2d7f95605d8481da1d0b86475def49be02bfc20cee86e65");
    }
}
