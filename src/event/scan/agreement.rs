//! Holds the scan against `serde_json`, for tests and for the fuzzer.

use super::classify::Portable;
use super::{Processor, Scanner, Spot};
use crate::event::{EventReader, Fields, Found};

/// Every way to scan on this machine.
fn scanners(fields: &Fields) -> Vec<Scanner> {
    let mut processors = vec![Processor::Portable(Portable)];
    #[cfg(target_arch = "x86_64")]
    {
        processors.extend(super::vectors::Avx2::detect().map(Processor::Avx2));
        processors.extend(super::vectors::Avx512::detect().map(Processor::Avx512));
    }
    processors.into_iter().map(|processor| Scanner { processor, ..Scanner::new(fields) }).collect()
}

/// What `serde_json` makes of a line: its events, or that there is something else in it.
fn judged(line: &[u8], fields: &Fields) -> Option<Vec<String>> {
    let mut events = Vec::new();
    let mut reader = EventReader::new(fields.clone());
    let read = reader.read(line, &mut |found| {
        events.push(match found {
            Found::Event(event) => format!("{event:?}"),
            other => format!("{other:?}"),
        });
    });
    read.ok().map(|()| events)
}

/// Holds what the scan answers against `serde_json`, in every way to scan on this machine; gives the number of records
/// that each of them answered.
///
/// # Panics
///
/// Where they differ.
pub fn compare(bytes: &[u8]) -> usize {
    let all_fields = [Fields::default(), Fields::new(&[], Some("chat"))];
    let answers = all_fields.map(|fields| {
        let mut answers = scanners(&fields).into_iter().map(|scanner| compare_one(bytes, scanner, &fields));
        let answered = answers.next().unwrap_or_default();
        assert!(answers.all(|others| others == answered), "{}", String::from_utf8_lossy(bytes));
        answered
    });
    answers[0]
}

fn compare_one(bytes: &[u8], mut scanner: Scanner, fields: &Fields) -> usize {
    let mut events = Vec::new();
    let start = Spot { at: 0, line: 0 };
    let stop = scanner.scan(bytes, start, &mut |_, event| events.push(format!("{event:?}")));
    let lines = bytes[..stop.at].split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let expected: Option<Vec<_>> = lines.map(|line| judged(line, fields)).collect();
    let text = String::from_utf8_lossy(bytes);
    let expected = expected.unwrap_or_else(|| panic!("the scan answered what is no record: {text}"));
    assert_eq!(events, expected.concat(), "{text}");
    assert_eq!(stop.line as usize, memchr::memchr_iter(b'\n', &bytes[..stop.at]).count(), "{text}");
    events.len()
}
