//! Says how much of a text from the data is kept.

use std::fmt::Write;

use hashbrown::Equivalent;
use sha2::{Digest, Sha256};

/// The longest text from the data that reports show, in characters.
const TEXT_CHARS: usize = 200;

/// The longest text key that is kept whole, in bytes; of a longer one the start is kept, and a digest of all of it.
pub(crate) const KEPT_BYTES: usize = 1024;

/// A SHA-256 in hex digits.
pub(crate) const DIGEST_DIGITS: usize = 64;

/// A text of an event, or that it has none.
pub(crate) type MaybeText = Option<Box<str>>;

/// A [`MaybeText`] to look up.
#[derive(Debug, Hash)]
pub(super) struct MaybeTextRef<'a>(pub(super) Option<&'a str>);

impl Equivalent<MaybeText> for MaybeTextRef<'_> {
    fn equivalent(&self, text: &MaybeText) -> bool {
        self.0 == text.as_deref()
    }
}

impl From<&MaybeTextRef<'_>> for MaybeText {
    fn from(text: &MaybeTextRef<'_>) -> Self {
        text.0.map(Box::from)
    }
}

/// The start of a long text, one character longer than reports show, so that they see that it was cut.
#[inline]
pub(crate) fn cut(text: &str) -> &str {
    if text.len() <= TEXT_CHARS {
        return text;
    }
    let end = text.char_indices().nth(TEXT_CHARS + 1).map_or(text.len(), |(at, _)| at);
    &text[..end]
}

/// What is kept of a text key: all of it, unless it is absurdly long. Two keys never have it in common.
pub(crate) fn kept_text(id: &str) -> Box<str> {
    if id.len() <= KEPT_BYTES {
        return id.into();
    }
    // Longer than any text that is kept whole, so that it is none.
    let start = &id[..id.floor_char_boundary(KEPT_BYTES)];
    format!("{start}{}", hex(&Sha256::digest(id))).into()
}

/// The start of a text key (or all of it) and the digest (or nothing), by what is kept.
pub(crate) fn parts(kept: &str) -> (&str, &str) {
    let digits = if kept.len() > KEPT_BYTES { DIGEST_DIGITS } else { 0 };
    kept.split_at(kept.len() - digits)
}

/// Bytes in lower-case hex digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_keep_one_character_more_than_reports_show() {
        assert_eq!(cut(&"é".repeat(300)).chars().count(), 201);
        assert_eq!(cut(&"é".repeat(101)).chars().count(), 101);
        assert_eq!(cut("short"), "short");
    }

    #[test]
    fn long_keys_show_their_start() {
        let id = "é".repeat(KEPT_BYTES);
        let kept = kept_text(&id);
        assert_eq!(parts(&kept).0, "é".repeat(KEPT_BYTES / 2));
        let odd = kept_text(&format!("a{id}"));
        assert!(odd.len() > KEPT_BYTES && parts(&odd).0.len() == KEPT_BYTES - 1);
    }
}
