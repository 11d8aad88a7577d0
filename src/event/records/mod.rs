//! Walks the records of a chunk: one a line, several a line, pretty-printed, elements of an array, or broken.

mod array;
mod bounds;

use memchr::memchr_iter;

use super::scan::Spot;
use super::sight::Layout;
use super::witness::{OnLine, Witness};
use super::{EventReader, Found, Malformed};
use crate::input::chunk::Chunk;
use crate::input::structure::{BYTE_ORDER_MARK, is_space};
use array::Array;
use bounds::Bounds;

/// Tells `found` what every record of the chunk holds, with the record's first line (from 0, in the chunk), and gives
/// back the number of newlines in the chunk.
pub fn walk(chunk: &Chunk, reader: &mut EventReader, mut found: impl FnMut(u32, Found<'_>)) -> u32 {
    watch(chunk, reader, &mut found)
}

/// Tells a witness what every record of the chunk holds, as [`walk`] does.
pub(crate) fn watch(chunk: &Chunk, reader: &mut EventReader, witness: &mut impl Witness) -> u32 {
    let mut walk = Walk::new(chunk, reader, witness);
    walk.run(chunk);
    walk.line
}

struct Walk<'c, W> {
    bytes: &'c [u8],
    at: usize,
    line: u32,
    array: Array,
    bounds: Bounds<'c>,
    reader: &'c mut EventReader,
    witness: &'c mut W,
}

impl<'c, W: Witness> Walk<'c, W> {
    fn new(chunk: &'c Chunk, reader: &'c mut EventReader, witness: &'c mut W) -> Self {
        let (bytes, array) = (chunk.bytes(), Array { is_open: chunk.in_array, ..Array::default() });
        Self { bytes, at: 0, line: 0, array, bounds: Bounds::new(bytes), reader, witness }
    }

    /// Reads the whole chunk.
    fn run(&mut self, chunk: &Chunk) {
        while self.skip_space() {
            self.step();
        }
        if self.array.is_open {
            self.end_in_array(chunk.is_last, chunk.ends_in_array);
        }
    }

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
        match self.bytes[self.at] {
            _ if self.array.is_open => self.step_in_array(),
            b'{' if self.bounds.is_shared(self.at) => self.value(None),
            b'{' => self.object(),
            b'[' => self.open_array(),
            _ => {
                let reason = scalar_reason(self.line());
                self.malformed_line(&reason);
            }
        }
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
        if let Some(end) = self.bounds.value_end(self.at) {
            self.bounded_value(end, whole_line);
        } else {
            let reason = whole_line.unwrap_or_else(|| "not JSON: the object is never closed".to_owned());
            self.malformed_line(&reason);
        }
    }

    fn bounded_value(&mut self, end: usize, whole_line: Option<String>) {
        let line_end = self.at + self.line().len();
        let mut layout = if self.array.is_open { Layout::Element } else { Layout::Lines };
        let behind = self.bytes.get(end..line_end).unwrap_or_default().trim_ascii_start().first();
        if !self.array.is_open && end <= line_end {
            self.bounds.share(line_end);
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
        self.array.needs_comma = self.array.is_open;
    }

    fn read(&mut self, record: &[u8], layout: Layout) -> Result<(), String> {
        self.bounds.count(record.len());
        let shape = self.reader.read_for(record, &mut OnLine { line: self.line, witness: self.witness })?;
        self.witness.end(record, Some((shape, layout)));
        Ok(())
    }

    /// From here to the end of the line.
    fn line(&mut self) -> &'c [u8] {
        self.bounds.line(self.at)
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

    /// How many bytes are looked at beside the scan, each as often as it is.
    fn steps(text: &[u8]) -> usize {
        let mut chunks = Chunks::new(text, text.len());
        let mut steps = 0;
        while let Some(chunk) = chunks.next_chunk(Vec::new()).expect("memory can be read") {
            let (mut reader, mut ignored) = (EventReader::new(Fields::default()), |_: u32, _: Found<'_>| {});
            let mut walk = Walk::new(&chunk, &mut reader, &mut ignored);
            walk.run(&chunk);
            steps += walk.bounds.tried;
        }
        steps
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
    fn hostile_text_takes_steps_in_proportion() {
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
            let [few, many] = [2_000, 16_000].map(|count| steps(text.repeat(count).as_bytes()));
            assert!(many <= 9 * few, "{text:?}: {few} steps, and of eight times the text {many}");
            found(text.repeat(200_000).as_bytes(), 512 << 10);
        }
    }
}
