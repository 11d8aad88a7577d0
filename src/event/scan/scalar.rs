//! Checks the spelling of literals and numbers.

/// Whether a literal or number begins here, and behind it a comma or bracket.
#[inline(always)]
pub(super) fn is_scalar(bytes: &[u8], at: usize) -> bool {
    let ends = |end: usize| matches!(bytes.get(end), Some(b',' | b'}' | b']'));
    match &bytes[at.min(bytes.len())..] {
        [b't', b'r', b'u', b'e', ..] | [b'n', b'u', b'l', b'l', ..] => ends(at + 4),
        [b'f', b'a', b'l', b's', b'e', ..] => ends(at + 5),
        [] => false,
        _ => number_end(bytes, at).is_some_and(ends),
    }
}

#[inline(always)]
fn number_end(bytes: &[u8], at: usize) -> Option<usize> {
    let start = at + usize::from(bytes[at] == b'-');
    let mut end = digits_end(bytes, start)?;
    if bytes[start] == b'0' && end > start + 1 {
        return None;
    }
    if bytes.get(end) == Some(&b'.') {
        end = digits_end(bytes, end + 1)?;
    }
    if let Some(b'e' | b'E') = bytes.get(end) {
        end = digits_end(bytes, end + 1 + usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-'))))?;
    }
    Some(end)
}

/// Behind the digits that begin at `start`; there has to be one.
#[inline(always)]
fn digits_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut end = start;
    while let Some(eight) = bytes.get(end..).and_then(<[u8]>::first_chunk::<8>) {
        let count = leading_digits(u64::from_le_bytes(*eight));
        end += count;
        if count < 8 {
            return (end > start).then_some(end);
        }
    }
    end += bytes.get(end..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (end > start).then_some(end)
}

/// How many of eight bytes, lowest first, are digits before the first other one.
#[inline(always)]
fn leading_digits(eight: u64) -> usize {
    const ALL: u64 = 0x0101_0101_0101_0101;
    // Digits become 0 to 9, and of the rest at least one of two ways sets the highest bit of their byte.
    let values = eight ^ (ALL * 0x30);
    let others = (((values & (ALL * 0x7f)) + ALL * 0x76) | values) & (ALL * 0x80);
    others.trailing_zeros() as usize / 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_counted_eight_at_a_time() {
        for byte in 0..=255_u8 {
            for before in 0..8 {
                let mut eight = [b'7'; 8];
                eight[before] = byte;
                let count = eight.iter().take_while(|byte| byte.is_ascii_digit()).count();
                assert_eq!(leading_digits(u64::from_le_bytes(eight)), count, "{eight:?}");
            }
        }
    }

    #[test]
    fn scalars_are_those_of_json() {
        for scalar in [
            "0",
            "-0",
            "7",
            "12345678",
            "123456789012345678901",
            "-1.50",
            "0.000000001",
            "1e5",
            "1.5E-10",
            "2e+07",
            "true",
            "false",
            "null",
        ] {
            assert!(is_scalar(format!("[{scalar}]").as_bytes(), 1), "{scalar}");
            assert!(is_scalar(format!("[{scalar},        0]").as_bytes(), 1), "{scalar}");
        }
    }

    #[test]
    fn what_is_no_scalar() {
        for scalar in [
            "00",
            "-",
            "+1",
            "01",
            "-01",
            ".5",
            "1.",
            "1.e5",
            "1e",
            "1e+",
            "1.5.2",
            "0x1",
            "1_000",
            "NaN",
            "tru",
            "truE",
            "nul",
            "fals",
            "true1",
            "12345678a",
            "1-",
        ] {
            assert!(!is_scalar(format!("[{scalar}]").as_bytes(), 1), "{scalar}");
            assert!(!is_scalar(format!("[{scalar},        0]").as_bytes(), 1), "{scalar}");
        }
        assert!(!is_scalar(b"[12345678", 1));
    }
}
