//! Measures the reading of session ids.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use session_audit::event::id::parse_uuid;

/// The spellings that ClickHouse reads, and what is no UUID.
const IDS: [(&str, &str); 4] = [
    ("usual", "019591f3-5b69-7946-bb9a-f03a6d42d5e5"),
    ("upper case", "019591F3-5B69-7946-BB9A-F03A6D42D5E5"),
    ("no hyphens", "019591f35b697946bb9af03a6d42d5e5"),
    ("no uuid", "ses_01jp9cs9k5q7wvn3hqz1f0b8m4"),
];

pub(crate) fn measure(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("id");
    group.throughput(Throughput::Elements(1));
    for (name, text) in IDS {
        group.bench_function(name, |bencher| bencher.iter(|| parse_uuid(black_box(text.as_bytes()))));
    }
}
