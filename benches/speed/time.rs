//! Measures the reading of times.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use session_audit::event::time::parse_us;

/// As exports, ClickHouse and browsers write it, and what is no time.
const TIMES: [(&str, &str); 4] = [
    ("export", "2025-03-14T00:00:00.096000+00:00"),
    ("clickhouse", "2025-03-14 00:00:00.096000"),
    ("browser", "2025-03-14T00:00:00.096Z"),
    ("no time", "1741910400.096"),
];

pub(crate) fn measure(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("time");
    group.throughput(Throughput::Elements(1));
    for (name, text) in TIMES {
        group.bench_function(name, |bencher| bencher.iter(|| parse_us(black_box(text.as_bytes()))));
    }
}
