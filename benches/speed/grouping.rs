//! Measures audits whose work is mostly to keep sessions: short events, in many sessions and in few.
//!
//! What the reading takes is the same in both, so the difference is the price of a session and its user.

use criterion::{Criterion, Throughput};

use super::exports::ExportFile;
use super::generate::Plan;

const EVENTS: u64 = 100_000;

pub(crate) fn measure(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("grouping");
    group.throughput(Throughput::Elements(EVENTS)).sample_size(20);
    for (name, events_per_session) in [("one event a session", 1), ("1000 events a session", 1000)] {
        let plan = Plan { events: EVENTS, sessions: EVENTS / events_per_session, small: true, ..Plan::default() };
        let export = ExportFile::new(&plan);
        group.bench_function(name, |bencher| bencher.iter(|| export.audit(1)));
    }
}
