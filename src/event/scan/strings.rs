//! Tells what is inside of strings, checks their escapes, and takes the escapes out of JSON inside a string.

use super::classify::{BLOCK, Instructions, Masks};
use super::grammar::wrong;

/// Every second bit.
const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;

/// What is carried from block to block.
#[derive(Debug, Default)]
pub(super) struct Strings {
    /// All ones inside a string.
    inside: u64,
    escapes: Escapes,
    /// Whether the string that the block ends in has a backslash in it.
    inside_escaped: bool,
    /// Whether the block's last byte ends a string with a backslash in it.
    ended_escaped: bool,
}

/// Whether the next block's first byte is behind an odd run of backslashes.
#[derive(Debug, Default)]
struct Escapes {
    next: u64,
}

impl Escapes {
    /// The bytes behind an odd run of backslashes.
    #[inline(always)]
    fn escaped(&mut self, backslash: u64) -> u64 {
        if backslash == 0 {
            return std::mem::take(&mut self.next);
        }
        let first = backslash & !self.next;
        // Subtracting carries from each run's start through the run; whether it ends on an even or odd bit tells whether
        // the run is odd.
        let ends = ((first << 1 | ODD).wrapping_sub(first)) ^ ODD;
        let escaped = ends ^ (backslash | self.next);
        self.next = (ends & backslash) >> 63;
        escaped
    }
}

impl Strings {
    /// Whether a string is open.
    pub(super) fn is_inside(&self) -> bool {
        self.inside != 0
    }

    /// What is inside of strings, from the opening quote to the last character, and where there is something that may
    /// not be in one, or that the scan does not know.
    #[inline(always)]
    pub(super) fn block<I: Instructions>(
        &mut self,
        instructions: I,
        masks: &Masks,
        bytes: &[u8],
        at: usize,
    ) -> (u64, u64) {
        let escaped = self.escapes.escaped(masks.backslash);
        let quotes = masks.quote & !escaped;
        let inside = instructions.prefix_xor(quotes) ^ self.inside;
        self.inside = (inside.cast_signed() >> 63).cast_unsigned();
        let mut errors = masks.control & inside;
        if masks.backslash | escaped != 0 || self.inside_escaped || self.ended_escaped {
            errors |= self.escaped_keys(masks, inside, quotes & !inside)
                | wrong(escaped & inside & !(masks.quote | masks.backslash), |bit| is_escape(bytes, at + bit));
        }
        (inside, errors)
    }

    /// The ends of keys with an escape: which key it is, is for others to say.
    #[inline(always)]
    fn escaped_keys(&mut self, masks: &Masks, inside: u64, ends: u64) -> u64 {
        // Backslashes, added to the ones that stand for the insides of strings, carry to the end of each of these strings.
        let (sum, carry) = inside.overflowing_add(masks.backslash & inside);
        let (sum, carried) = sum.overflowing_add(u64::from(self.inside_escaped));
        self.inside_escaped = carry | carried;
        let escaped_ends = sum & ends;
        let keys = (escaped_ends << 1 | u64::from(self.ended_escaped)) & masks.colon;
        self.ended_escaped = escaped_ends >> 63 == 1;
        keys
    }
}

/// Whether what stands behind a backslash is an escape.
#[inline(always)]
fn is_escape(bytes: &[u8], at: usize) -> bool {
    match bytes.get(at) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => true,
        Some(b'u') => bytes.get(at + 1..at + 5).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)),
        _ => false,
    }
}

/// Writes what the string says whose inside begins at `start` to the front of `text`, and gives its length; `None` if it
/// never ends or has other escapes than `\"`, `\\` and `\/`.
#[inline(always)]
pub(super) fn unescape<I: Instructions>(
    instructions: I,
    bytes: &[u8],
    start: usize,
    text: &mut Vec<u8>,
) -> Option<usize> {
    let mut runs = Escapes::default();
    let (mut at, mut length) = (start, 0);
    loop {
        let mut last = [0; BLOCK];
        let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
        let block = rest.first_chunk().unwrap_or_else(|| {
            last[..rest.len()].copy_from_slice(rest);
            &last
        });
        let masks = instructions.masks(block);
        let escaped = runs.escaped(masks.backslash);
        let end = masks.quote & !escaped;
        let inside = !end & end.wrapping_sub(1);
        if escaped & inside & !(masks.quote | masks.backslash | masks.slash) != 0 {
            return None;
        }
        if text.len() < length + BLOCK {
            text.resize(2 * text.len() + BLOCK, 0);
        }
        let kept = inside & !(masks.backslash & !escaped);
        instructions.condense(block, kept, text[length..].first_chunk_mut()?);
        length += kept.count_ones() as usize;
        if end != 0 {
            return Some(length);
        }
        at += BLOCK;
    }
}
