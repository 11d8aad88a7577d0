//! Measures the reading of records that are in memory.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use session_audit::event::{EventReader, Fields, walk};
use session_audit::input::chunk::{CHUNK_BYTES, Chunk, Chunks};

use super::exports;
use super::generate::Plan;

/// About 16 MB, more than what is near a core.
const EVENTS: u64 = 5000;

pub(crate) fn measure(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("scan");
    for (name, strings) in [("objects", false), ("strings", true)] {
        let plan = Plan { events: EVENTS, sessions: EVENTS / 12, strings, ..Plan::default() };
        let export = exports::bytes(&plan);
        let chunks = chunks(&export);
        let mut reader = EventReader::new(Fields::new(&[], None));
        group.throughput(Throughput::Bytes(export.len() as u64));
        group.bench_function(name, |bencher| bencher.iter(|| read(&chunks, &mut reader)));
    }
}

/// As the audit reads them.
fn read(chunks: &[Chunk], reader: &mut EventReader) {
    for chunk in chunks {
        black_box(walk(chunk, reader, |line, found| {
            black_box((line, found));
        }));
    }
}

fn chunks(export: &[u8]) -> Vec<Chunk> {
    let mut chunks = Chunks::new(export, CHUNK_BYTES);
    std::iter::from_fn(|| chunks.next_chunk(Vec::new()).expect("memory can be read")).collect()
}
