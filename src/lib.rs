//! Finds the sessions that PostHog leaves out of its session analytics, in exported events.
//!
//! The way of an export through the program:
//!
//! - [`input`] finds the files, opens and decompresses them, cuts them into chunks of whole records, and hands these to
//!   all threads;
//! - [`event`] reads the records of a chunk, of any shape, as plain [`event::Event`]s;
//! - `rows` keeps one small row of each event, spills to disk beyond a budget, and brings the rows of a session together;
//! - `sessions` shows the rows of one session in time order; [`rules`] and [`causes`] are plain functions over it;
//! - [`audit`] goes over all sessions, and puts together the one [`audit::Report`];
//! - [`baseline`] remembers what is known, to tell it from what is new;
//! - [`gate`] checks the report against the limits, with the [`bounds`] of single rules and causes, and [`report`] renders
//!   it, in any number of formats;
//! - [`mod@inspect`] looks at inputs as they are, without a verdict;
//! - [`sql`] prints the audit as one query for an engine that already holds the events.

pub mod audit;
pub mod baseline;
pub mod bounds;
pub mod causes;
mod count;
pub mod event;
pub mod explain;
pub mod gate;
pub mod input;
pub mod inspect;
pub mod likeness;
pub mod options;
pub mod progress;
pub mod report;
mod rows;
pub mod rules;
mod safe;
mod sessions;
pub mod span;
pub mod sql;
pub mod time;

use std::mem;
use std::ops::ControlFlow;
use std::path::PathBuf;

use anyhow::{Context, Result};

use audit::{Outcome, ReadInputs, Traced};
use input::{Discovery, Reading, Source};
pub use options::{Contract, Options};
use progress::Progress;
pub use rows::{Identity, MemoryLimit};
use rows::{Ingest, Rows};
pub use safe::escape_controls;

/// Finds the inputs that the arguments name; see [`input::discover`].
#[must_use]
pub fn discover(arguments: &[PathBuf]) -> Discovery {
    input::discover(arguments)
}

/// Reads everything that was found, once, and judges every session; where [`Options::links`] asks for it, backend events
/// are followed, too.
///
/// # Errors
///
/// Threads that the system does not give, and temporary files that cannot be written. What is wrong with the inputs is
/// part of the result.
pub fn check(options: &Options, found: &Discovery, progress: &Progress) -> Result<Outcome> {
    let failures = failures(found);
    in_threads(options, || {
        let (rows, inputs) = read(options, &found.sources, progress)?;
        audit::audit(options, rows, &inputs, failures)
    })
}

/// Reads everything that was found, once, and shows the sessions of an id, each with so many of its events: half of them
/// its first and half its last, beside those that prove something.
///
/// # Errors
///
/// The same as of [`check`].
pub fn trace(
    options: &Options,
    found: &Discovery,
    session_id: &str,
    events: usize,
    progress: &Progress,
) -> Result<Traced> {
    let failures = failures(found);
    in_threads(options, || {
        let (rows, inputs) = read(options, &found.sources, progress)?;
        audit::trace(options, rows, &inputs, failures, (session_id, events))
    })
}

/// Reads all sources as rows, with the threads of the current pool.
fn read(options: &Options, sources: &[Source], progress: &Progress) -> Result<(Rows, ReadInputs)> {
    let options_of_rows = options.of_rows(rayon::current_num_threads());
    let ingest = Ingest::new(&options_of_rows)?;
    let need = |path: &[String]| options_of_rows.fields.need(path);
    let reading = Reading { sources, decompress: options.decompress, need: &need, progress };
    let (outcomes, workers) = input::read_all(
        &reading,
        || ingest.worker(),
        |worker, input, chunk| {
            progress.add_events(ingest.read(worker, input, chunk));
            // Without its temporary files the run has no answer.
            if ingest.has_failed() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        },
    );
    progress.finish();
    let mut rows = ingest.finish(workers)?;
    let inputs = ReadInputs::new(sources, outcomes, mem::take(&mut rows.inputs));
    Ok((rows, inputs))
}

fn in_threads<T: Send>(options: &Options, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    let threads = rayon::ThreadPoolBuilder::new().num_threads(options.threads).build();
    threads.context("could not start threads")?.install(work)
}

/// What could not be found, one line each.
fn failures(found: &Discovery) -> Vec<String> {
    found.failures.iter().map(|failure| escape_controls(&format!("{failure:#}"))).collect()
}
