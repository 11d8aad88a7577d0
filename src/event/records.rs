//! Walks the records of a chunk: one a line, several a line, pretty-printed, elements of an array, or broken.

use memchr::{memchr, memchr_iter};

use super::json::Listener;
use super::scan::Spot;
use super::sight::{Layout, Shape, Sight};
use super::{EventReader, Found, Malformed};
use crate::input::chunk::Chunk;
use crate::input::structure::{BYTE_ORDER_MARK, ENDS_SCALAR, End, is_space, string_end, value_end};

/// Tells `found` what every record of the chunk holds, with the record's first line (from 0, in the chunk), and gives
/// back the number of newlines in the chunk.
pub fn walk(chunk: &Chunk, reader: &mut EventReader, mut found: impl FnMut(u32, Found<'_>)) -> u32 {
    watch(chunk, reader, &mut found)
}

/// Who is told what the records of a chunk hold. Any function of a line and [`Found`] is told no more than that.
pub(crate) trait Witness {
    /// What a record holds, which begins on a line.
    fn found(&mut self, line: u32, found: Found<'_>);

    /// An event, just before it is found; not told of what the scan reads.
    fn sight(&mut self, _sight: &Sight<'_>) {}

    /// The end of a record, all of which was found; without a shape if it was malformed. Not told of what the scan
    /// reads.
    fn end(&mut self, _record: &[u8], _shape: Option<(Shape, Layout)>) {}
}

impl<F: FnMut(u32, Found<'_>)> Witness for F {
    fn found(&mut self, line: u32, found: Found<'_>) {
        self(line, found);
    }
}

/// Tells a witness what every record of the chunk holds, as [`walk`] does.
pub(crate) fn watch(chunk: &Chunk, reader: &mut EventReader, witness: &mut impl Witness) -> u32 {
    let mut walk = Walk {
        bytes: chunk.bytes(),
        at: 0,
        line: 0,
        in_array: chunk.in_array,
        needs_comma: false,
        element_line: 0,
        one_line_until: 0,
        line_end: 0,
        shared_until: 0,
        reader,
        witness,
    };
    while walk.skip_space() {
        walk.step();
    }
    if walk.in_array && chunk.is_last {
        walk.malformed("the array is never closed: was the file cut off?".to_owned(), b"");
    } else if walk.in_array && !chunk.ends_in_array {
        walk.no_comma();
    }
    walk.line
}

struct Walk<'c, W> {
    bytes: &'c [u8],
    at: usize,
    line: u32,
    /// Whether the place is between elements of a top-level array.
    in_array: bool,
    /// Whether an element was just read.
    needs_comma: bool,
    /// The line on which the last element of an array began.
    element_line: u32,
    /// Before this offset a value may not go past its line: a longer one was tried and found broken here. So no byte is
    /// tried more than twice.
    one_line_until: usize,
    /// The end of the line that was last looked for.
    line_end: usize,
    /// Before this offset a line is known to hold several values.
    shared_until: usize,
    reader: &'c mut EventReader,
    witness: &'c mut W,
}

/// Tells a witness what a record holds that begins on a line.
struct OnLine<'w, W> {
    line: u32,
    witness: &'w mut W,
}

impl<W: Witness> Listener for OnLine<'_, W> {
    fn found(&mut self, found: Found<'_>) {
        self.witness.found(self.line, found);
    }

    fn sight(&mut self, sight: &Sight<'_>) {
        self.witness.sight(sight);
    }
}

impl<'c, W: Witness> Walk<'c, W> {
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
        if self.in_array && !self.needs_comma {
            self.element_line = self.line;
        }
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
                self.no_comma();
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

    /// Ends an array whose last element is followed by neither a comma nor a bracket.
    fn no_comma(&mut self) {
        let reason = "not JSON: no comma behind an element of an array".to_owned();
        self.witness.found(self.element_line, Found::Malformed(Malformed::new(reason, b"")));
        self.witness.end(b"", None);
    }

    /// Reads an object that most likely is the whole line, and all usual records behind it.
    fn object(&mut self) {
        let start = Spot { at: self.at, line: self.line };
        let stop =
            self.reader.scan(self.bytes, start, &mut |line, event| self.witness.found(line, Found::Event(event)));
        if stop != start {
            (self.at, self.line) = (stop.at, stop.line);
            return;
        }
        let line = self.line();
        match self.read(line, Layout::Line) {
            Ok(()) => self.at += line.len(),
            Err(reason) => self.value(Some(reason)),
        }
    }

    /// Reads an object wherever it ends; `whole_line` says why the line as a whole is no record.
    fn value(&mut self, whole_line: Option<String>) {
        if let Some(end) = self.value_end() {
            self.bounded_value(end, whole_line);
        } else {
            let reason = whole_line.unwrap_or_else(|| "not JSON: the object is never closed".to_owned());
            self.malformed_line(&reason);
        }
    }

    /// Finds the end of the object or array here. One that is never closed is remembered: what is left of it is read
    /// line by line.
    fn value_end(&mut self) -> Option<usize> {
        let line_end = self.at + self.line().len();
        let limit = if self.at < self.one_line_until { line_end } else { self.bytes.len() };
        let tried = match value_end(&self.bytes[..limit], self.at) {
            End::At(end) => return Some(end),
            End::Broken(at) => at,
            End::Open => limit,
        };
        self.one_line_until = self.one_line_until.max(tried);
        None
    }

    fn bounded_value(&mut self, end: usize, whole_line: Option<String>) {
        let line_end = self.at + self.line().len();
        let mut layout = if self.in_array { Layout::Element } else { Layout::Lines };
        let behind = self.bytes.get(end..line_end).unwrap_or_default().trim_ascii_start().first();
        if !self.in_array && end <= line_end {
            self.shared_until = line_end;
            layout = Layout::Shared;
            if !matches!(behind, Some(b'{' | b'[')) && (whole_line.is_some() || behind.is_some()) {
                let line = self.line();
                let reason = whole_line.or_else(|| self.read(line, layout).err()).unwrap_or_default();
                return self.malformed_line(&reason);
            }
        }
        let value = &self.bytes[self.at..end];
        if let Err(reason) = self.read(value, layout) {
            self.malformed(reason, value);
        }
        self.advance(end);
        self.needs_comma = self.in_array;
    }

    fn array_in_array(&mut self) {
        let Some(end) = self.value_end() else {
            return self.malformed_line("not JSON: the array is never closed");
        };
        self.malformed("JSON, but an array inside an array".to_owned(), &self.bytes[self.at..end]);
        self.advance(end);
        self.needs_comma = true;
    }

    fn scalar_in_array(&mut self) {
        let rest = &self.bytes[self.at..];
        let end = match rest[0] {
            b'"' => match string_end(rest, 0) {
                End::At(end) => end,
                End::Broken(_) | End::Open => return self.malformed_line("not JSON: the string is never closed"),
            },
            _ => rest.iter().position(|b| ENDS_SCALAR.contains(b)).unwrap_or(rest.len()),
        };
        let reason = scalar_reason(&rest[..end]);
        self.malformed(reason, &rest[..end]);
        // A comma without an element before it stands for the element.
        self.needs_comma = true;
        self.at += end;
    }

    fn read(&mut self, record: &[u8], layout: Layout) -> Result<(), String> {
        let shape = self.reader.read_for(record, &mut OnLine { line: self.line, witness: self.witness })?;
        self.witness.end(record, Some((shape, layout)));
        Ok(())
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
        self.witness.found(self.line, Found::Malformed(Malformed::new(reason, record)));
        self.witness.end(record, None);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Fields;
    use crate::input::chunk::Chunks;

    /// What the walk finds in a text that is cut into chunks of at least `size` bytes: lines from 1, and what is there.
    fn found(text: &[u8], size: usize) -> Vec<String> {
        let mut reader = EventReader::new(Fields::default());
        let mut chunks = Chunks::new(text, size);
        let (mut found, mut first_line) = (Vec::new(), 1);
        while let Some(chunk) = chunks.next_chunk(Vec::new()).expect("memory can be read") {
            first_line += walk(&chunk, &mut reader, |line, what| {
                found.push(match what {
                    Found::Event(event) => format!("{}: {}", first_line + line, event.uuid.unwrap_or_default()),
                    Found::OtherModel => format!("{}: other", first_line + line),
                    Found::Malformed(malformed) => format!("{}: {}", first_line + line, malformed.reason),
                });
            });
        }
        found
    }

    /// Everything that a stream may hold, with what has to be found in it.
    const TEXT: &str = concat!(
        "\u{feff}{\"event\":\"a\",\"uuid\":\"1\"}\r\n",
        "\r\n",
        "  {\"event\":\"a\",\"uuid\":\"2\"} {\"event\":\"a\",\"uuid\":\"3\"}{\"event\":\"a\",\"uuid\":\"4\"}\n",
        "{\n \"event\": \"a\",\n\n \"uuid\": \"5\"\n}\n",
        "[{\"event\":\"a\",\"uuid\":\"6\"}, 7, [8], \"],\", {\"event\":\"a\",\"uuid\":\"9\"}]\n",
        "[\n  {\n    \"event\": \"a\",\n    \"uuid\": \"10\"\n  },\n\n  {\"event\": \"a\", \"uuid\": \"11\"}\n]\n",
        "{\"event\":\"cut off\n",
        "{\"event\":\"cut off\",\"properties\":\n",
        "{\"event\":\"a\",\"uuid\":\"12\"}\n",
        "{\"event\":\"a\",\"uuid\":\"13\"},\n",
        "not json, but [brackets] and {braces}\n",
        "true\n",
        "{\"batch\":[{\"event\":\"a\",\"uuid\":\"14\"},{},{\"event\":\"a\",\"uuid\":\"15\"}]}\n",
        "[{\"event\":\"a\",\"uuid\":\"16\"}\n",
        "{\"event\":\"a\",\"uuid\":\"17\"}\n",
        "{\"event\":\"a\",\"uuid\":\"18\"}",
    );

    const FOUND: [&str; 25] = [
        "1: 1",
        "3: 2",
        "3: 3",
        "3: 4",
        "4: 5",
        "9: 6",
        "9: JSON, but no object",
        "9: JSON, but an array inside an array",
        "9: JSON, but no object",
        "9: 9",
        "11: 10",
        "16: 11",
        "18: not JSON: cut off at column 17",
        "19: not JSON: cut off at column 32",
        "20: 12",
        "21: not JSON: trailing characters at column 26",
        "22: not JSON",
        "23: JSON, but no object",
        "24: 14",
        "24: JSON, but no event",
        "24: 15",
        "25: 16",
        "25: not JSON: no comma behind an element of an array",
        "26: 17",
        "27: 18",
    ];

    #[test]
    fn records_are_found_wherever_the_stream_is_cut() {
        let whole = found(TEXT.as_bytes(), TEXT.len() + 1);
        assert_eq!(whole, FOUND);
        for size in 1..=TEXT.len() {
            assert_eq!(found(TEXT.as_bytes(), size), whole, "chunks of {size} bytes");
        }
    }

    #[test]
    fn any_mix_of_lines_is_found_alike_wherever_it_is_cut() {
        const LINES: [&str; 12] = [
            "{\"event\":\"a\"}",
            "{\"event\":\"a\"} {\"event\":\"b\"}",
            "{\n\"event\":\n\"b\"}",
            "{\"event\":\"a\"},",
            "[{\"event\":\"a\"},{\"event\":\"b\"}]",
            "[\n{\"event\":\"a\"},\n1,\n{\"event\":\"b\"}\n]",
            "[{\"event\":\"a\"}",
            "{\"event\":",
            "{\"event\":\"cut",
            "not json",
            "17",
            "",
        ];
        let mut rng = fastrand::Rng::with_seed(1);
        for _ in 0..300 {
            let lines: Vec<_> = (0..rng.usize(1..8)).map(|_| LINES[rng.usize(..LINES.len())]).collect();
            let text = lines.join(if rng.bool() { "\n" } else { "\r\n" });
            let whole = found(text.as_bytes(), text.len() + 1);
            for size in 1..=text.len() {
                assert_eq!(found(text.as_bytes(), size), whole, "{text:?} in chunks of {size} bytes");
            }
        }
    }

    #[test]
    fn what_is_cut_off_at_the_end_is_named() {
        assert_eq!(
            found(b"[{\"event\":\"a\"},\n{\"event\":\"a\"},", 1)[2],
            "2: the array is never closed: was the file cut off?"
        );
        assert_eq!(found(b"{\"event\":\"a\"}\n{\"event\":", 1)[1], "2: not JSON: cut off at column 9");
        assert_eq!(found(b"[{\"event\":", 1)[0], "1: not JSON: the object is never closed");
    }

    #[test]
    fn hostile_text_takes_time_in_proportion() {
        for text in [
            "1,",
            "[1,",
            "[",
            "[\n",
            "{\n",
            "\n",
            "{\"a\":[\n",
            "{}",
            "{} ",
            "[{\n",
            "[1,\n",
            "{\"a\":\"\n",
            "\\",
            "\"",
            "]\n",
        ] {
            found(text.repeat(200_000).as_bytes(), 512 << 10);
        }
    }
}
