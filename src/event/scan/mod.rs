//! Reads the usual records of a chunk by a structural scan, many times as fast as a parser.
//!
//! The scan knows one shape: an event as one object on its line, without white space but one space behind a colon or
//! comma. It checks all of the JSON, sixty-four bytes at a time, by what may stand next to what, and compares keys only
//! in the event itself and in its `properties`. Whatever it does not know (another shape, an escaped key, a wanted value
//! that is no plain string, anything that is not JSON) it leaves to [`super::json`]: it stops in front of that record.

#![allow(clippy::inline_always, reason = "all of it has to be compiled for the vector instructions of one processor")]

mod classify;
mod grammar;
mod noted;
mod scalar;
mod slots;

use super::{Event, Fields};
use classify::{BLOCK, Classify, Portable};
use grammar::{Block, Grammar};
use noted::Noted;
use scalar::is_scalar;
use slots::{Keys, Slots};

/// Scans records. Keeps only buffers between chunks.
#[derive(Debug, Clone)]
pub(super) struct Scanner {
    /// `None` when `--field` moves fields, which the scan does not know.
    keys: Option<Keys>,
    processor: Processor,
    noted: Noted,
}

#[derive(Debug, Clone, Copy)]
enum Processor {
    Portable(Portable),
    #[cfg(target_arch = "x86_64")]
    Avx2(classify::avx2::Avx2),
}

/// A place between records: its offset, and the line it is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) at: usize,
    pub(super) line: u32,
}

impl Scanner {
    /// A scanner for these fields, with the best instructions of this machine. The environment variable
    /// `SESSION_AUDIT_PORTABLE`, set to anything, keeps it to portable ones.
    pub(super) fn new(fields: &Fields) -> Self {
        Self { keys: Keys::new(fields), processor: Processor::best(), noted: Noted::default() }
    }

    /// Reads records from `start` on and tells `found` each event with its line, until there is a record to leave to
    /// others, and gives the place in front of it. With `wants_session_id`, those are also events without a session id.
    pub(super) fn scan(
        &mut self,
        bytes: &[u8],
        start: Spot,
        wants_session_id: bool,
        found: &mut impl FnMut(u32, Event<'_>),
    ) -> Spot {
        let Some(keys) = &self.keys else { return start };
        self.noted.clear();
        let mut scan = Scan { bytes, keys, wants_session_id, record: start, noted: &mut self.noted, found };
        match self.processor {
            Processor::Portable(portable) => scan.run(portable),
            #[cfg(target_arch = "x86_64")]
            Processor::Avx2(avx2) => avx2.run(
                #[inline(always)]
                || scan.run(avx2),
            ),
        }
        scan.record
    }
}

impl Processor {
    fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        if std::env::var_os("SESSION_AUDIT_PORTABLE").is_none()
            && let Some(avx2) = classify::avx2::Avx2::detect()
        {
            return Self::Avx2(avx2);
        }
        Self::Portable(Portable)
    }
}

/// A scan under way.
struct Scan<'b, F> {
    bytes: &'b [u8],
    keys: &'b Keys,
    wants_session_id: bool,
    /// The start of the record that is being read.
    record: Spot,
    noted: &'b mut Noted,
    found: &'b mut F,
}

impl<F: FnMut(u32, Event<'_>)> Scan<'_, F> {
    /// Reads block by block until the end or until a record is odd.
    #[inline(always)]
    fn run<C: Classify>(&mut self, classify: C) {
        let mut grammar = Grammar::new();
        let mut at = self.record.at;
        while let Some(block) = self.bytes[at..].first_chunk::<BLOCK>() {
            let block = grammar.block(classify, self.bytes, at, block);
            if self.block(at, &block).is_none() {
                return;
            }
            at += BLOCK;
        }
        let rest = &self.bytes[at..];
        if !rest.is_empty() {
            let mut padded = [b'\n'; BLOCK];
            padded[..rest.len()].copy_from_slice(rest);
            let mut block = grammar.block(classify, self.bytes, at, &padded);
            // One newline more ends the last record.
            block.newlines &= u64::MAX >> (BLOCK - 1 - rest.len());
            let _ = self.block(at, &block);
        }
        if self.record.at > self.bytes.len() {
            self.record = Spot { at: self.bytes.len(), line: self.record.line - 1 };
        }
    }

    /// Notes what is to be looked at in a block, and ends the records that end in it; `None` at an odd record.
    #[inline(always)]
    fn block(&mut self, at: usize, block: &Block) -> Option<()> {
        let hinted = if self.keys.has_others() { u64::MAX } else { block.hinted_colons };
        self.noted.event_colons.push(at, block.event_colons)?;
        self.noted.property_colons.push(at, block.property_colons & hinted)?;
        self.noted.scalars.push(at, block.scalars)?;
        let mut errors = block.errors;
        if block.newlines != 0 {
            let mut newlines = block.newlines;
            while newlines != 0 {
                let newline = newlines.trailing_zeros();
                newlines &= newlines - 1;
                let record = u64::MAX >> (63 - newline);
                if errors & record != 0 {
                    return None;
                }
                errors &= !record;
                self.end_record(at + newline as usize)?;
            }
            self.noted.forget();
        }
        (errors == 0).then_some(())
    }

    /// Looks at what was noted of a record and tells of its event.
    fn end_record(&mut self, newline: usize) -> Option<()> {
        if newline > self.record.at {
            let mut slots = Slots::default();
            for at in self.noted.scalars.take_until(newline) {
                is_scalar(self.bytes, at).then_some(())?;
            }
            for colon in self.noted.event_colons.take_until(newline) {
                slots.own(self.bytes, colon)?;
            }
            for colon in self.noted.property_colons.take_until(newline) {
                slots.property(self.keys, self.bytes, colon)?;
            }
            (self.found)(self.record.line, slots.event(self.bytes, self.wants_session_id)?);
        }
        self.record = Spot { at: newline + 1, line: self.record.line + 1 };
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{EventReader, Found};

    /// Every way to scan on this machine.
    fn scanners() -> Vec<Scanner> {
        [None, Some("chat")]
            .into_iter()
            .flat_map(|own| {
                let keys = Keys::new(&Fields::new(&[], own));
                let noted = Noted::default();
                let best = Scanner { keys, processor: Processor::best(), noted };
                [best.clone(), Scanner { processor: Processor::Portable(Portable), ..best }]
            })
            .collect()
    }

    /// What `serde_json` makes of a line: its events, or that there is something else in it.
    fn judged(line: &[u8], own: Option<&str>) -> Option<Vec<String>> {
        let mut events = Vec::new();
        let mut reader = EventReader::new(Fields::new(&[], own));
        let read = reader.read(line, &mut |found| {
            events.push(match found {
                Found::Event(event) => format!("{:?}", Event { look_alike: None, ..event }),
                other => format!("{other:?}"),
            });
        });
        read.ok().map(|()| events)
    }

    /// Holds what the scan answers against `serde_json`; gives the number of records that it answered.
    fn compare(bytes: &[u8]) -> usize {
        let mut answered = 0;
        for (mut scanner, own) in scanners().into_iter().zip([None, None, Some("chat"), Some("chat")]) {
            let mut events = Vec::new();
            let stop =
                scanner.scan(bytes, Spot { at: 0, line: 0 }, false, &mut |_, event| events.push(format!("{event:?}")));
            let lines = bytes[..stop.at].split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
            let expected: Option<Vec<_>> = lines.map(|line| judged(line, own)).collect();
            let text = String::from_utf8_lossy(bytes);
            let expected = expected.unwrap_or_else(|| panic!("the scan answered what is no record: {text}"));
            assert_eq!(events, expected.concat(), "{text}");
            let newlines = memchr::memchr_iter(b'\n', &bytes[..stop.at]).count();
            assert_eq!(stop.line as usize, newlines, "{text}");
            answered += events.len();
        }
        answered
    }

    const SCRAPS: [&str; 46] = [
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "\\",
        "\n",
        " ",
        "\r",
        "\t",
        "null",
        "true",
        "false",
        "-1.5e+3",
        "0",
        "01",
        "1.",
        "NaN",
        "\"event\":",
        "\"event\": ",
        "\"properties\":{",
        "\"properties\":null",
        "\"properties\":\"{}\"",
        "\"$session_id\":",
        "\"\\u0024session_id\":",
        "\"timestamp\":",
        "\"2025-03-14T00:35:49.962000+00:00\"",
        "\"distinct_id\":",
        "\"person_id\":",
        "\"team_id\":",
        "\"uuid\":",
        "\"id\":",
        "\"$lib\":",
        "\"$lib_version\":",
        "\"chat\":",
        "\"person\":",
        "\"a\":",
        "\"a\\\"b\\\\\"",
        "\"\\\\\\\"\"",
        "\"\\u00e9\\q\"",
        "\"$identify\"",
        "\"$anon_distinct_id\":",
        "\"é\"",
        "\"a long string that goes over the edge of a block of bytes\"",
    ];

    /// An event that a batch export could have written, sometimes with something odd in it.
    fn event(rng: &mut fastrand::Rng) -> String {
        let properties = members(
            rng,
            &["$session_id", "distinct_id", "$lib", "$lib_version", "$anon_distinct_id", "chat", "alias", "x"],
        );
        let mut own =
            members(rng, &["uuid", "timestamp", "distinct_id", "person_id", "team_id", "id", "$session_id", "person"]);
        own.push(format!("\"properties\":{{{}}}", properties.join(",")));
        let names = ["$identify", "$pageview", "$create_alias", "a \\\"b\\\"", "\\u0024identify"];
        own.push(format!("\"event\":\"{}\"", names[rng.usize(..names.len())]));
        rng.shuffle(&mut own);
        format!("{{{}}}", own.join(if rng.u8(..8) == 0 { ", " } else { "," }))
    }

    fn members(rng: &mut fastrand::Rng, keys: &[&str]) -> Vec<String> {
        const VALUES: [&str; 14] = [
            "\"019cadc6-9a80-7c1e-9a4b-5d0e6f7a8b9c\"",
            "\"web\"",
            "\"web\"",
            "\"\"",
            "null",
            "12",
            "-1",
            "true",
            "1.5e3",
            "{\"$session_id\":\"nested\",\"a\":[{}]}",
            "[1,\"]\",{\"$lib\":\"x\"}]",
            "\"say \\\"hi\\\" \\\\\"",
            "\"null\"",
            "\"2025-03-14 00:35:50+00:00\"",
        ];
        let count = rng.usize(..12);
        let member = |rng: &mut fastrand::Rng| {
            let filler = "k".repeat(rng.usize(..40));
            let key = if rng.u8(..3) == 0 { filler } else { keys[rng.usize(..keys.len())].to_owned() };
            let colon = if rng.u8(..12) == 0 { ": " } else { ":" };
            let values = if rng.u8(..12) > 0 { &VALUES[..5] } else { &VALUES };
            format!("\"{key}\"{colon}{}", values[rng.usize(..values.len())])
        };
        (0..count).map(|_| member(rng)).collect()
    }

    #[test]
    fn the_scan_answers_as_serde_json_does_or_not_at_all() {
        let mut rng = fastrand::Rng::with_seed(11);
        let mut answered = 0;
        for _ in 0..6_000 {
            let lines: Vec<_> = (0..rng.usize(1..4)).map(|_| event(&mut rng)).collect();
            answered += compare(lines.join("\n").as_bytes());
        }
        assert!(answered > 6_000, "only {answered} answered");
    }

    #[test]
    fn mutated_records_are_answered_rightly_or_not_at_all() {
        let mut rng = fastrand::Rng::with_seed(12);
        for _ in 0..20_000 {
            let mut bytes = event(&mut rng).into_bytes();
            for _ in 0..rng.usize(1..4) {
                let at = rng.usize(..=bytes.len());
                let scrap = SCRAPS[rng.usize(..SCRAPS.len())].as_bytes();
                match rng.u8(..4) {
                    0 => drop(bytes.splice(at..at, scrap.iter().copied())),
                    1 => bytes.truncate(at),
                    2 if at < bytes.len() => drop(bytes.remove(at)),
                    _ => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = scrap[0]),
                }
            }
            compare(&bytes);
        }
    }

    #[test]
    fn scraps_are_answered_rightly_or_not_at_all() {
        let mut rng = fastrand::Rng::with_seed(13);
        for _ in 0..20_000 {
            let scraps: String = (0..rng.usize(..24)).map(|_| SCRAPS[rng.usize(..SCRAPS.len())]).collect();
            compare(format!("{{\"event\":\"a\",{scraps}}}\n{{\"event\":\"b\"}}").as_bytes());
        }
    }

    #[test]
    fn backslashes_are_counted_across_the_edges_of_blocks() {
        for before in 0..130 {
            for backslashes in 0..10 {
                let (x, run) = ("x".repeat(before), "\\".repeat(backslashes));
                compare(format!("{{\"a\":\"{x}{run}\",\"event\":\"b\"}}").as_bytes());
                compare(format!("{{\"a\":\"{x}{run}\"\",\"event\":\"b\"}}").as_bytes());
                compare(format!("{{\"{x}{run}\":1,\"event\":\"b\"}}").as_bytes());
            }
        }
    }

    #[test]
    fn the_usual_record_is_answered() {
        let line = r#"{"uuid":"u","event":"e","properties":{"$lib":"web","n":[1,2,{"a":null}],"$session_id":"s"},"team_id":7}"#;
        assert_eq!(compare(line.as_bytes()), 4);
        assert_eq!(compare(format!("{line}\r\n\n{line}\n").as_bytes()), 8);
    }
}
