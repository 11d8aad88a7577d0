//! Measures whole audits of a file in the page cache.

use criterion::{BenchmarkId, Criterion, Throughput};

use super::exports::ExportFile;
use super::generate::Plan;

/// About 50 MB.
const EVENTS: u64 = 15_600;

pub(crate) fn measure(criterion: &mut Criterion) {
    let export = ExportFile::new(&Plan { events: EVENTS, sessions: EVENTS / 12, ..Plan::default() });
    let mut group = criterion.benchmark_group("whole run");
    group.throughput(Throughput::Bytes(export.size)).sample_size(20);
    for threads in [1, 2] {
        let name = BenchmarkId::new("threads", threads);
        group.bench_with_input(name, &threads, |bencher, threads| bencher.iter(|| export.audit(*threads)));
    }
}
