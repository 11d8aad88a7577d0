//! Measures the parts of an audit and the whole: `cargo bench`, or `cargo bench -- scan` for one of them.

#[path = "../../examples/make_export/generate.rs"]
mod generate;

mod exports;
mod grouping;
mod id;
mod scan;
mod time;
mod whole_run;

use criterion::Criterion;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    scan::measure(&mut criterion);
    time::measure(&mut criterion);
    id::measure(&mut criterion);
    grouping::measure(&mut criterion);
    whole_run::measure(&mut criterion);
    criterion.final_summary();
}
