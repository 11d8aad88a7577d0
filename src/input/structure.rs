//! Finds where JSON values end by their brackets and quotes alone, without reading what they say.
//!
//! Two facts carry the whole input side. A string cannot hold a raw newline, so an open quote at the end of a line is
//! broken. And between the values of an array or object there is a comma, so a newline with a closing bracket before it
//! and an opening one behind it lies between two top-level values, wherever one meets it: it is a *record boundary*.

use memchr::{memchr, memchr3, memrchr};

/// Where a value ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Just before this offset.
    At(usize),
    /// It cannot be one value: a string or the value itself is still open at this offset, where a new line begins.
    Broken(usize),
    /// It is still open at the end of the bytes.
    Open,
}

/// Finds the end of the object or array that begins at `start`.
#[must_use]
pub fn value_end(bytes: &[u8], start: usize) -> End {
    let mut depth = 0_usize;
    let mut at = start;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => match string_end(bytes, at) {
                End::At(end) => {
                    at = end;
                    continue;
                }
                open => return open,
            },
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            b'\n' => match Gap::at(bytes, at) {
                Gap::BetweenRecords => return End::Broken(at + 1),
                Gap::Inside(end) => {
                    at = end;
                    continue;
                }
                Gap::Open => return End::Open,
            },
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return End::At(at);
        }
    }
    End::Open
}

/// Finds the end of the string that begins at `start`, on its own line.
#[must_use]
pub fn string_end(bytes: &[u8], start: usize) -> End {
    let mut at = start + 1;
    while let Some(step) = bytes.get(at..).and_then(|rest| memchr3(b'"', b'\\', b'\n', rest)) {
        at += step;
        match bytes[at] {
            b'"' => return End::At(at + 1),
            b'\n' => return End::Broken(at + 1),
            _ if bytes.get(at + 1) == Some(&b'\n') => return End::Broken(at + 2),
            _ => at += 2,
        }
    }
    End::Open
}

/// The offset behind the last record boundary, if there is one.
#[must_use]
pub fn last_record_boundary(bytes: &[u8]) -> Option<usize> {
    let mut end = bytes.len();
    while let Some(newline) = memrchr(b'\n', &bytes[..end]) {
        if matches!(Gap::at(bytes, newline), Gap::BetweenRecords) {
            return Some(newline + 1);
        }
        end = bytes[..newline].iter().rposition(|byte| !is_space(*byte))?;
    }
    None
}

/// The offset behind the first record boundary at or behind `from`, if there is one; of a gap of several lines, any line
/// will do.
#[must_use]
pub fn first_record_boundary(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from.saturating_sub(1);
    loop {
        let newline = at + memchr(b'\n', bytes.get(at..)?)?;
        match Gap::at(bytes, newline) {
            Gap::BetweenRecords => return Some(newline + 1),
            Gap::Inside(end) => at = end,
            Gap::Open => return None,
        }
    }
}

/// What the white space around a newline separates.
enum Gap {
    /// Two top-level values.
    BetweenRecords,
    /// Tokens of one value; it goes on at this offset.
    Inside(usize),
    /// What follows is not among the bytes.
    Open,
}

impl Gap {
    /// Looks at the first or last newline between two tokens, so that a run of white space is read once.
    fn at(bytes: &[u8], newline: usize) -> Self {
        let Some(behind) = bytes[newline..].iter().position(|byte| !is_space(*byte)) else {
            return Self::Open;
        };
        let before = bytes[..newline].iter().rfind(|byte| !is_space(**byte));
        match (before, bytes[newline + behind]) {
            (Some(b'}' | b']'), b'{' | b'[') => Self::BetweenRecords,
            _ => Self::Inside(newline + behind),
        }
    }
}

/// What some editors write in front of UTF-8; between values it says nothing.
pub const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What an element of an array that is no string, array or object goes on to.
pub const ENDS_SCALAR: [u8; 3] = [b',', b']', b'\n'];

/// Whether JSON allows this byte between values.
#[must_use]
pub fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Finds places to cut between records where there is no record boundary: in one long array, on one long line, in text
/// that is not JSON. Keeps its place while the bytes grow.
#[derive(Debug, Default)]
pub struct Cutter {
    at: usize,
    depth: usize,
    in_array: bool,
    /// Whether an element of the top-level array was just passed, so that a comma or bracket has to follow.
    needs_comma: bool,
    cut: Option<Cut>,
}

/// A place between two records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// Its offset.
    pub at: usize,
    /// Whether it lies inside a top-level array.
    pub in_array: bool,
}

impl Cutter {
    /// Begins at the start of the bytes, inside a top-level array or not.
    #[must_use]
    pub fn new(in_array: bool) -> Self {
        Self { depth: usize::from(in_array), in_array, ..Self::default() }
    }

    /// The last place to cut in `bytes`, which begin with all bytes seen before.
    pub fn last_cut(&mut self, bytes: &[u8]) -> Option<Cut> {
        while self.at < bytes.len() {
            let end = match self.depth {
                0 => self.between(bytes),
                1 if self.in_array => self.between_elements(bytes),
                _ => self.inside(bytes),
            };
            let Some(end) = end else { break };
            self.at = end;
        }
        self.cut
    }

    /// One step between top-level values: white space, the start of a value, or a line that is none. What follows a
    /// value on its line belongs to its record, unless it is another value.
    fn between(&mut self, bytes: &[u8]) -> Option<usize> {
        match bytes[self.at] {
            b'\n' => return Some(self.mark(self.at + 1, false)),
            byte if is_space(byte) => {}
            byte @ (b'{' | b'[') => {
                self.mark(self.at, false);
                (self.depth, self.in_array, self.needs_comma) = (1, byte == b'[', false);
            }
            _ if bytes[self.at..].starts_with(BYTE_ORDER_MARK) => return Some(self.at + BYTE_ORDER_MARK.len()),
            _ if BYTE_ORDER_MARK.starts_with(&bytes[self.at..]) => return None,
            _ => {
                let newline = memchr(b'\n', &bytes[self.at..])?;
                return Some(self.mark(self.at + newline + 1, false));
            }
        }
        Some(self.at + 1)
    }

    /// One step between elements of the top-level array.
    fn between_elements(&mut self, bytes: &[u8]) -> Option<usize> {
        match bytes[self.at] {
            b'\n' => return self.newline(bytes),
            byte if is_space(byte) => {}
            b',' => {
                self.needs_comma = false;
                return Some(self.mark(self.at + 1, true));
            }
            b']' => self.depth = 0,
            _ if self.needs_comma => {
                self.depth = 0;
                return Some(self.mark(self.at, false));
            }
            b'"' => return self.string(bytes),
            b'{' | b'[' => (self.depth, self.needs_comma) = (2, true),
            _ => {
                let length = bytes[self.at..].iter().position(|byte| ENDS_SCALAR.contains(byte))?;
                self.needs_comma = true;
                return Some(self.at + length);
            }
        }
        Some(self.at + 1)
    }

    /// One step inside a value.
    fn inside(&mut self, bytes: &[u8]) -> Option<usize> {
        match bytes[self.at] {
            b'"' => return self.string(bytes),
            b'\n' => return self.newline(bytes),
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth -= 1,
            _ => {}
        }
        Some(self.at + 1)
    }

    /// Passes a string; a broken one ends the value that it is in.
    fn string(&mut self, bytes: &[u8]) -> Option<usize> {
        match string_end(bytes, self.at) {
            End::At(end) => {
                self.needs_comma = true;
                Some(end)
            }
            End::Open => None,
            End::Broken(end) => {
                (self.depth, self.needs_comma) = (usize::from(self.in_array), false);
                Some(self.mark(end, self.in_array))
            }
        }
    }

    /// Passes white space; a record boundary ends all that is open.
    fn newline(&mut self, bytes: &[u8]) -> Option<usize> {
        match Gap::at(bytes, self.at) {
            Gap::Inside(end) => Some(end),
            Gap::Open => None,
            Gap::BetweenRecords => {
                self.depth = 0;
                Some(self.mark(self.at + 1, false))
            }
        }
    }

    fn mark(&mut self, at: usize, in_array: bool) -> usize {
        if at > 0 {
            self.cut = Some(Cut { at, in_array });
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_end_at_their_own_bracket() {
        assert_eq!(value_end(br#"{"a":"}\"","b":[{}]} {"#, 0), End::At(20));
        assert_eq!(value_end(b"[\n{},\n{}\n]x", 0), End::At(10));
        assert_eq!(value_end(br#"{"a":"#, 0), End::Open);
        assert_eq!(value_end(br#"{"a":"\"#, 0), End::Open);
    }

    #[test]
    fn open_values_break_at_a_raw_newline_in_a_string_and_at_a_record_boundary() {
        assert_eq!(value_end(b"{\"a\":\"b\n\"}", 0), End::Broken(8));
        assert_eq!(value_end(b"{\"a\":\"b\\\n\"}", 0), End::Broken(9));
        assert_eq!(value_end(b"{\"a\":{}\n{\"b\":1}", 0), End::Broken(8));
        assert_eq!(value_end(b"[{}\r\n\r\n [", 0), End::Broken(5));
    }

    #[test]
    fn record_boundaries_lie_only_between_top_level_values() {
        assert_eq!(last_record_boundary(b"{}\n{}\n"), Some(3));
        assert_eq!(last_record_boundary(b"{}\r\n\r\n [1]"), Some(6), "the last newline of the gap");
        assert_eq!(last_record_boundary(b"[{},\n{}\n]"), None);
        assert_eq!(last_record_boundary(b"{\n{"), None);
        assert_eq!(last_record_boundary(b"\n\n{}\n\n"), None);
    }

    #[test]
    fn the_first_record_boundary_is_looked_for_from_any_offset() {
        let text = b"{\n}\n{}\n \n{},\n{}\n";
        let found: Vec<_> = (0..=text.len() + 1).map(|from| first_record_boundary(text, from)).collect();
        let expected = [[Some(4); 5].as_slice(), &[Some(7); 3], &[Some(9); 2], &[None; 8]].concat();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_cutter_finds_places_without_a_record_boundary() {
        let cut = |bytes: &[u8], in_array| Cutter::new(in_array).last_cut(bytes).map(|b| (b.at, b.in_array));
        assert_eq!(cut(br#"[{"a":[1,2]},{"b""#, false), Some((13, true)));
        assert_eq!(cut(b"\xef\xbb\xbf{\n}{\n", false), Some((6, false)), "a byte order mark is no line of text");
        assert_eq!(cut(b"{}\xef\xbb", false), None, "what may be half a mark");
        assert_eq!(cut(b"{}],{}", true), None, "what follows a closed array belongs to its line");
        assert_eq!(cut(b"{}],{}\n", true), Some((7, false)));
        assert_eq!(cut(b"not json\nnor this", false), Some((9, false)));
        assert_eq!(cut(br"{} {} {", false), Some((6, false)));
        assert_eq!(cut(b"[\"open\n1,", false), Some((9, true)));
        assert_eq!(cut(br#"{"a":{"#, false), None);
    }

    #[test]
    fn the_cutter_goes_on_where_the_bytes_ended() {
        let whole = br#"[ {"a\"]":[1,{}]} , {"b":"\\"}, {"c":1} ]  {"d":2}{"#;
        for split in 0..whole.len() {
            let mut cutter = Cutter::new(false);
            cutter.last_cut(&whole[..split]);
            assert_eq!(cutter.last_cut(whole), Cutter::new(false).last_cut(whole), "split at {split}");
        }
    }
}
