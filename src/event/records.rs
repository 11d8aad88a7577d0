//! Walks the records of a chunk: one a line, several a line, pretty-printed, elements of an array, or broken.

use memchr::{memchr, memchr_iter};

use super::{EventReader, Found, Malformed};
use crate::input::chunk::Chunk;
use crate::input::structure::{End, is_space, string_end, value_end};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Tells `found` what every record of the chunk holds, with the record's first line (from 0, in the chunk), and gives
/// back the number of newlines in the chunk.
pub fn walk(chunk: &Chunk, reader: &mut EventReader, mut found: impl FnMut(u32, Found<'_>)) -> u32 {
    let mut walk = Walk {
        bytes: &chunk.bytes,
        at: 0,
        line: 0,
        in_array: chunk.in_array,
        needs_comma: false,
        one_line_until: 0,
        line_end: 0,
        shared_until: 0,
        reader,
        found: &mut found,
    };
    while walk.skip_space() {
        walk.step();
    }
    if walk.in_array && chunk.is_last {
        walk.malformed("the array is never closed: was the file cut off?".to_owned(), b"");
    }
    walk.line
}

struct Walk<'c, F> {
    bytes: &'c [u8],
    at: usize,
    line: u32,
    /// Whether the place is between elements of a top-level array.
    in_array: bool,
    /// Whether an element was just read.
    needs_comma: bool,
    /// Before this offset a value may not go past its line: a longer one was tried and found broken here. So no byte is
    /// tried more than twice.
    one_line_until: usize,
    /// The end of the line that was last looked for.
    line_end: usize,
    /// Before this offset a line is known to hold several values.
    shared_until: usize,
    reader: &'c mut EventReader,
    found: &'c mut F,
}

impl<'c, F: FnMut(u32, Found<'_>)> Walk<'c, F> {
    /// Goes to the next token; false at the end.
    fn skip_space(&mut self) -> bool {
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\n' => self.line += 1,
                byte if is_space(byte) => {}
                _ if self.bytes[self.at..].starts_with(BYTE_ORDER_MARK) => self.at += BYTE_ORDER_MARK.len() - 1,
                _ => return true,
            }
            self.at += 1;
        }
        false
    }

    /// Reads a record, or a bracket or comma of the array around records.
    fn step(&mut self) {
        let byte = self.bytes[self.at];
        match byte {
            b',' if self.in_array && self.needs_comma => {
                self.needs_comma = false;
                self.at += 1;
            }
            b']' if self.in_array => {
                self.in_array = false;
                self.at += 1;
            }
            _ if self.in_array && self.needs_comma => {
                let line = self.line();
                self.malformed("not JSON: no comma between two elements of an array".to_owned(), line);
                self.in_array = false;
            }
            b'{' if self.in_array || self.at < self.shared_until => self.value(None),
            b'{' => self.object(),
            b'[' if !self.in_array => {
                (self.in_array, self.needs_comma) = (true, false);
                self.at += 1;
            }
            b'[' => self.array_in_array(),
            _ if self.in_array => self.scalar_in_array(),
            _ => {
                let reason = scalar_reason(self.line());
                self.malformed_line(&reason);
            }
        }
    }

    /// Reads an object that most likely is the whole line.
    fn object(&mut self) {
        let line = self.line();
        match self.read(line) {
            Ok(()) => self.at += line.len(),
            Err(reason) => self.value(Some(reason)),
        }
    }

    /// Reads an object wherever it ends; `whole_line` says why the line as a whole is no record.
    fn value(&mut self, whole_line: Option<String>) {
        let line_end = self.at + self.line().len();
        let limit = if self.at < self.one_line_until { line_end } else { self.bytes.len() };
        match value_end(&self.bytes[..limit], self.at) {
            End::At(end) => self.bounded_value(end, line_end, whole_line),
            End::Broken(at) => self.broken_value(at, whole_line),
            End::Open => self.broken_value(limit, whole_line),
        }
    }

    fn bounded_value(&mut self, end: usize, line_end: usize, whole_line: Option<String>) {
        let behind = self.bytes.get(end..line_end).unwrap_or_default().trim_ascii_start().first();
        if let Some(reason) = whole_line
            && end <= line_end
        {
            if !matches!(behind, Some(b'{' | b'[')) {
                return self.malformed_line(&reason);
            }
            self.shared_until = line_end;
        }
        let value = &self.bytes[self.at..end];
        if let Err(reason) = self.read(value) {
            self.malformed(reason, value);
        }
        self.advance(end);
        self.needs_comma = self.in_array;
    }

    /// Gives up on a value that is still open at `tried`; what is left of it is read line by line.
    fn broken_value(&mut self, tried: usize, whole_line: Option<String>) {
        self.one_line_until = self.one_line_until.max(tried);
        self.malformed_line(&whole_line.unwrap_or_else(|| "not JSON: the object is never closed".to_owned()));
    }

    fn array_in_array(&mut self) {
        let value = match value_end(self.bytes, self.at) {
            End::At(end) => &self.bytes[self.at..end],
            End::Broken(_) | End::Open => return self.malformed_line("not JSON: the array is never closed"),
        };
        self.malformed("JSON, but an array inside an array".to_owned(), value);
        self.advance(self.at + value.len());
        self.needs_comma = true;
    }

    fn scalar_in_array(&mut self) {
        let rest = &self.bytes[self.at..];
        let end = match (rest[0], string_end(rest, 0)) {
            (b'"', End::At(end)) => end,
            (b'"', _) => return self.malformed_line("not JSON: the string is never closed"),
            _ => rest.iter().position(|b| matches!(b, b',' | b']' | b'\n')).unwrap_or(rest.len()),
        };
        if end == 0 {
            return self.malformed_line("not JSON: a comma without an element before it");
        }
        let reason = scalar_reason(&rest[..end]);
        self.malformed(reason, &rest[..end]);
        self.at += end;
        self.needs_comma = true;
    }

    fn read(&mut self, record: &[u8]) -> Result<(), String> {
        let line = self.line;
        self.reader.read(record, &mut |found| (self.found)(line, found))
    }

    /// From here to the end of the line.
    fn line(&mut self) -> &'c [u8] {
        if self.line_end <= self.at {
            let rest = &self.bytes[self.at..];
            self.line_end = self.at + memchr(b'\n', rest).unwrap_or(rest.len());
        }
        &self.bytes[self.at..self.line_end]
    }

    fn malformed_line(&mut self, reason: &str) {
        let line = self.line();
        self.malformed(reason.to_owned(), line);
        self.at += line.len();
    }

    fn malformed(&mut self, reason: String, record: &[u8]) {
        (self.found)(self.line, Found::Malformed(Malformed::new(reason, record)));
    }

    fn advance(&mut self, to: usize) {
        let newlines = memchr_iter(b'\n', &self.bytes[self.at..to]).count();
        self.line += u32::try_from(newlines).unwrap_or(u32::MAX);
        self.at = to;
    }
}

/// Why a value that is neither an object nor an array is malformed.
fn scalar_reason(json: &[u8]) -> String {
    match serde_json::from_slice::<serde::de::IgnoredAny>(json) {
        Ok(_) => "JSON, but no object".to_owned(),
        Err(_) => "not JSON".to_owned(),
    }
}
