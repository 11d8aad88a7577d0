//! Reads what ULIDs and KSUIDs say of their time, and tells digits from other texts.

use crate::event::time::{US_PER_MS, US_PER_S};

/// The time of a ULID: 26 digits of base 32 without I, L, O and U, of 128 bits, the first 48 of them milliseconds.
pub(super) fn ulid_us(text: &str) -> Option<i64> {
    const DIGITS: &[u8] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let bytes = decode::<16>(text, 26, DIGITS, |byte| byte.to_ascii_uppercase())?;
    let ms = bytes[..6].iter().fold(0, |ms, byte| ms << 8 | i64::from(*byte));
    Some(ms * US_PER_MS)
}

/// The time of a KSUID: 27 digits of base 62, of 160 bits, the first 32 of them seconds since 2014-05-13.
pub(super) fn ksuid_us(text: &str) -> Option<i64> {
    const DIGITS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const EPOCH_S: i64 = 1_400_000_000;
    let bytes = decode::<20>(text, 27, DIGITS, |byte| byte)?;
    let seconds = bytes[..4].iter().fold(0, |seconds, byte| seconds << 8 | i64::from(*byte));
    Some((seconds + EPOCH_S) * US_PER_S)
}

/// The number that so many digits are, in `N` bytes, the most significant first; `None` if it does not fit, or if all are
/// decimal, which those of a token are not.
fn decode<const N: usize>(text: &str, length: usize, digits: &[u8], fold: fn(u8) -> u8) -> Option<[u8; N]> {
    if text.len() != length || digits_only(text).is_some() {
        return None;
    }
    let mut number = [0; N];
    for byte in text.bytes() {
        let mut carry = digits.iter().position(|digit| *digit == fold(byte))?;
        for place in number.iter_mut().rev() {
            let sum = usize::from(*place) * digits.len() + carry;
            (*place, carry) = (u8::try_from(sum & 0xff).ok()?, sum >> 8);
        }
        if carry > 0 {
            return None;
        }
    }
    Some(number)
}

/// So many hex digits; those of a number are decimal.
pub(super) fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit()) && digits_only(text).is_none()
}

/// A text of nothing but ASCII digits.
pub(super) fn digits_only(text: &str) -> Option<&str> {
    Some(text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
}
