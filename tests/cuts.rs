//! Reads texts in every way of cutting them: what is found, and on which lines, is always the same.

use std::io::{self, ErrorKind, Read};

use session_audit::event::{EventReader, Fields, Found, walk};
use session_audit::input::chunk::{Chunk, Chunks};
use session_audit::input::open::{ByteCount, InOrder, ReadAt};
use session_audit::input::ranges::FileRanges;
use session_audit::progress::Progress;

/// Everything that a stream may hold.
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
    "\n\n\n\n\n\n\n\n                                                                                \n \n\n",
    "{\"event\":\"a\",\"uuid\":\"13\"},\n",
    "not json, but [brackets] and {braces}\n",
    "{\"batch\":[{\"event\":\"a\",\"uuid\":\"14\"},{},{\"event\":\"a\",\"uuid\":\"15\"}]}\n",
    "[{\"event\":\"a\",\"uuid\":\"16\"}\n",
    "{\"event\":\"a\",\"uuid\":\"17\"}\n",
    "[{\"event\":\"a\",\"uuid\":\"18\"}",
);

/// A line of every kind, to be mixed.
const LINES: [&str; 13] = [
    "{\"event\":\"a\"}",
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

/// What is found in chunks, each with its number, its newlines and the lines in it.
#[derive(Default)]
struct Finds(Vec<(u32, u32, Lines)>);

type Lines = Vec<(u32, String)>;

impl Finds {
    fn read(&mut self, chunk: &Chunk) {
        let mut reader = EventReader::new(Fields::default());
        let mut found = Vec::new();
        let newlines = walk(chunk, &mut reader, |line, what| {
            let what = match what {
                Found::Event(event) => event.uuid.unwrap_or_default().into_owned(),
                Found::OtherModel => "other".to_owned(),
                Found::Malformed(malformed) => malformed.reason,
            };
            found.push((line, what));
        });
        self.0.push((chunk.number, newlines, found));
    }

    /// Everything in the order of the chunks, with lines from 1.
    fn in_order(mut self) -> Vec<String> {
        self.0.sort();
        assert!(self.0.windows(2).all(|pair| pair[0].0 < pair[1].0), "chunks have numbers of their own");
        let mut first_line = 1;
        let mut found = Vec::new();
        for (_, newlines, in_chunk) in self.0 {
            found.extend(in_chunk.into_iter().map(|(line, what)| format!("{}: {what}", first_line + line)));
            first_line += newlines;
        }
        found
    }
}

fn in_stream(bytes: impl Read, size: usize) -> (Vec<String>, io::Result<()>) {
    let (mut chunks, mut finds) = (Chunks::new(bytes, size), Finds::default());
    let end = loop {
        match chunks.next_chunk(Vec::new()) {
            Ok(Some(chunk)) => finds.read(&chunk),
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    (finds.in_order(), end)
}

/// Reads the ranges in any order; of several failures the first in the file counts.
fn in_ranges(file: impl ReadAt, size: usize, shuffle: &mut fastrand::Rng) -> (Vec<String>, io::Result<()>, u64) {
    let progress = Progress::none();
    let count = ByteCount::new(&progress);
    let ranges = FileRanges::new(file, size, &count);
    let (mut finds, mut failures) = (Finds::default(), Vec::new());
    let mut order: Vec<_> = (0..ranges.count()).collect();
    shuffle.shuffle(&mut order);
    for range in order {
        if let Err(error) = read_range(&ranges, range, &mut finds) {
            failures.push((range, error));
        }
    }
    failures.sort_by_key(|(range, _)| *range);
    (finds.in_order(), failures.into_iter().next().map_or(Ok(()), |(_, error)| Err(error)), count.bytes())
}

fn read_range(ranges: &FileRanges<'_, impl ReadAt>, range: u32, finds: &mut Finds) -> io::Result<()> {
    let Some(mut reader) = ranges.reader(range)? else { return Ok(()) };
    while let Some(chunk) = reader.next_chunk(Vec::new())? {
        finds.read(&chunk);
    }
    Ok(())
}

/// A file that holds no more than `held` of the bytes that it had when it was opened, and gives them a few at a time.
struct Shrunk<'t> {
    text: &'t [u8],
    held: usize,
}

impl ReadAt for Shrunk<'_> {
    fn length(&self) -> u64 {
        self.text.len() as u64
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let offset = usize::try_from(offset).expect("texts are short");
        let rest = self.text[..self.held].get(offset..).unwrap_or_default();
        let read = rest.len().min(buffer.len()).min(97);
        buffer[..read].copy_from_slice(&rest[..read]);
        Ok(read)
    }
}

fn whole(text: &[u8]) -> Shrunk<'_> {
    Shrunk { text, held: text.len() }
}

#[test]
fn cells_find_what_a_stream_finds() {
    let mut rng = fastrand::Rng::with_seed(1);
    let (expected, _) = in_stream(TEXT.as_bytes(), TEXT.len() + 1);
    assert!(expected.len() > 20 && expected.contains(&"20: 12".to_owned()), "{expected:#?}");
    for size in 1..=TEXT.len() {
        let (found, end, bytes) = in_ranges(whole(TEXT.as_bytes()), size, &mut rng);
        end.expect("memory can be read");
        assert_eq!((found, bytes), (expected.clone(), TEXT.len() as u64), "ranges of {size} bytes");
    }
}

#[test]
fn cells_find_what_a_stream_finds_in_any_mix_of_lines() {
    let mut rng = fastrand::Rng::with_seed(2);
    for round in 0..60 {
        let kinds = if round % 2 == 0 { LINES.len() } else { 3 };
        let lines: Vec<_> = (0..rng.usize(1..24)).map(|_| LINES[rng.usize(..kinds)]).collect();
        let text = lines.join(if rng.bool() { "\n" } else { "\r\n" });
        let (expected, _) = in_stream(text.as_bytes(), text.len() + 1);
        for size in 1..=text.len() {
            let (found, end, bytes) = in_ranges(whole(text.as_bytes()), size, &mut rng);
            end.expect("memory can be read");
            assert_eq!((&found, bytes), (&expected, text.len() as u64), "{text:?} in ranges of {size} bytes");
        }
    }
}

#[test]
fn a_file_that_shrinks_while_it_is_read_ends_early() {
    let text: Vec<_> = (0..200).map(|number| format!("{{\"event\":\"a\",\"uuid\":\"{number}\"}}\n")).collect();
    let text = text.concat();
    let text = text.as_bytes();
    let (all, _) = in_stream(text, text.len());
    let mut rng = fastrand::Rng::with_seed(3);
    for held in 0..text.len() {
        let shrunk = || Shrunk { text, held };
        let (in_stream, end) = in_stream(InOrder::from(shrunk(), 0), 256);
        assert_eq!(end.expect_err("bytes are missing").kind(), ErrorKind::UnexpectedEof);
        let (in_ranges, end, bytes) = in_ranges(shrunk(), 256, &mut rng);
        assert_eq!(end.expect_err("bytes are missing").kind(), ErrorKind::UnexpectedEof);
        let right = |found: &[String]| found.iter().zip(&all).take_while(|(found, all)| found == all).count();
        assert!(bytes <= held as u64 && in_ranges.len() <= right(&in_ranges) + 1, "{in_ranges:?}");
        let lines = text[..held].split(|byte| *byte == b'\n').count() - 1;
        assert!(right(&in_stream) >= lines, "{lines} of {in_stream:?}");
    }
}

#[test]
fn long_records_and_long_gaps_are_read_a_chunk_at_a_time() {
    let record = |size: usize| format!("{{\"event\":\"a\",\"uuid\":\"{}\"}}", "u".repeat(size));
    let gap = "\n".repeat(500);
    let text = [record(3), record(5000), record(7), record(40), gap, record(900), record(3), record(3)].join("\n");
    let (expected, _) = in_stream(text.as_bytes(), text.len() + 1);
    let mut rng = fastrand::Rng::with_seed(4);
    for size in (1..700).step_by(7).chain([1000, 3000, 5000, 8000]) {
        let (found, end, _) = in_ranges(whole(text.as_bytes()), size, &mut rng);
        end.expect("memory can be read");
        assert_eq!(found, expected, "ranges of {size} bytes");
    }
}
