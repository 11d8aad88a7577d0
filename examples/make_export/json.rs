//! Writes the pieces of JSON text that every kind of event is made of.

use super::rng::Rng;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// The members of one JSON object, gathered first and shuffled before they are written.
#[derive(Default)]
pub(crate) struct Members {
    text: Vec<u8>,
    spans: Vec<(usize, usize)>,
}

impl Members {
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.spans.clear();
    }

    /// A whole member, `"key":value`.
    pub(crate) fn raw(&mut self, member: &str) {
        let start = self.text.len();
        self.text.extend_from_slice(member.as_bytes());
        self.spans.push((start, self.text.len()));
    }

    pub(crate) fn raws(&mut self, members: &[&str]) {
        for member in members {
            self.raw(member);
        }
    }

    pub(crate) fn with(&mut self, name: &str, value: impl FnOnce(&mut Vec<u8>)) {
        let start = self.text.len();
        key(&mut self.text, name);
        value(&mut self.text);
        self.spans.push((start, self.text.len()));
    }

    /// A string whose text is already escaped as JSON wants it.
    pub(crate) fn text(&mut self, name: &str, escaped: &str) {
        self.with(name, |out| quoted(out, escaped));
    }

    pub(crate) fn number(&mut self, name: &str, value: u64) {
        self.with(name, |out| number(out, value));
    }

    pub(crate) fn uuid(&mut self, name: &str, value: u128) {
        self.with(name, |out| quoted_uuid(out, value));
    }

    pub(crate) fn shuffle(&mut self, rng: &mut Rng) {
        rng.shuffle(&mut self.spans);
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.push(b'{');
        for (place, &(start, end)) in self.spans.iter().enumerate() {
            if place > 0 {
                out.push(b',');
            }
            out.extend_from_slice(&self.text[start..end]);
        }
        out.push(b'}');
    }
}

pub(crate) fn push(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

pub(crate) fn key(out: &mut Vec<u8>, name: &str) {
    quoted(out, name);
    out.push(b':');
}

/// A string whose text is already escaped as JSON wants it.
pub(crate) fn quoted(out: &mut Vec<u8>, escaped: &str) {
    out.push(b'"');
    push(out, escaped);
    out.push(b'"');
}

pub(crate) fn quoted_uuid(out: &mut Vec<u8>, value: u128) {
    out.push(b'"');
    uuid(out, value);
    out.push(b'"');
}

pub(crate) fn uuid(out: &mut Vec<u8>, value: u128) {
    let mut text = [b'-'; 36];
    let mut at = 0;
    for byte in value.to_be_bytes() {
        at += usize::from(matches!(at, 8 | 13 | 18 | 23));
        text[at] = HEX[usize::from(byte >> 4)];
        text[at + 1] = HEX[usize::from(byte & 15)];
        at += 2;
    }
    out.extend_from_slice(&text);
}

pub(crate) fn hex(out: &mut Vec<u8>, value: u64) {
    for byte in value.to_be_bytes() {
        out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
    }
}

pub(crate) fn number(out: &mut Vec<u8>, value: u64) {
    padded(out, value, 1);
}

/// Decimal digits, with zeros before them up to `width`.
pub(crate) fn padded(out: &mut Vec<u8>, value: u64, width: usize) {
    let mut digits = [b'0'; 20];
    let mut at = digits.len();
    let mut rest = value;
    while rest > 0 {
        at -= 1;
        digits[at] = b"0123456789"[usize::try_from(rest % 10).unwrap_or_default()];
        rest /= 10;
    }
    out.extend_from_slice(&digits[at.min(digits.len() - width)..]);
}

/// Thousandths as a decimal fraction.
pub(crate) fn thousandths(out: &mut Vec<u8>, value: u64) {
    number(out, value / 1000);
    out.push(b'.');
    padded(out, value % 1000, 3);
}

/// A time as `2025-03-14T00:35:49.962000+00:00`, where `gap` is the `T`; whole seconds have no fraction.
pub(crate) fn time(out: &mut Vec<u8>, micros: u64, gap: u8) {
    let seconds = micros / 1_000_000;
    date(out, seconds / 86_400);
    out.push(gap);
    padded(out, seconds / 3600 % 24, 2);
    out.push(b':');
    padded(out, seconds / 60 % 60, 2);
    out.push(b':');
    padded(out, seconds % 60, 2);
    if !micros.is_multiple_of(1_000_000) {
        out.push(b'.');
        padded(out, micros % 1_000_000, 6);
    }
    push(out, "+00:00");
}

/// The civil date of a day since 1970, after Howard Hinnant: years begin in March so that the leap day is the last.
fn date(out: &mut Vec<u8>, day: u64) {
    let day = day + 719_468;
    let of_era = day % 146_097;
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let civil_month = if month < 10 { month + 3 } else { month - 9 };
    padded(out, day / 146_097 * 400 + year + u64::from(civil_month <= 2), 4);
    out.push(b'-');
    padded(out, civil_month, 2);
    out.push(b'-');
    padded(out, of_year - (153 * month + 2) / 5 + 1, 2);
}

/// JSON text as a JSON string; compact JSON holds no raw control characters, so quotes and backslashes are all.
pub(crate) fn stringified(out: &mut Vec<u8>, json: &[u8]) {
    out.push(b'"');
    for &byte in json {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out.push(b'"');
}

/// Compact JSON as Python's `json.dumps` writes it: a space after `:` and `,`, and nothing beyond ASCII.
pub(crate) fn spaced(out: &mut Vec<u8>, compact: &[u8]) {
    let mut inside = false;
    let mut escaped = false;
    for letter in String::from_utf8_lossy(compact).chars() {
        ascii(out, letter);
        if !inside && matches!(letter, ':' | ',') {
            out.push(b' ');
        }
        inside ^= letter == '"' && !escaped;
        escaped = letter == '\\' && !escaped;
    }
}

fn ascii(out: &mut Vec<u8>, letter: char) {
    if let Ok(byte) = u8::try_from(letter)
        && byte.is_ascii()
    {
        out.push(byte);
        return;
    }
    for unit in letter.encode_utf16(&mut [0; 2]) {
        push(out, "\\u");
        for shift in [12, 8, 4, 0] {
            out.push(HEX[usize::from(*unit >> shift & 15)]);
        }
    }
}
