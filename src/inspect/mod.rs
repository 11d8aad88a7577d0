//! Looks at inputs as they are: how they are compressed, which records they hold, where the fields are and how they are
//! spelled. It gives no verdict.

mod facts;
mod fields;
mod hints;
mod ids;
mod names;
mod records;
mod shape;
mod shown;
mod times;

use anyhow::{Context, Result};
use rayon::prelude::*;

use crate::event::FieldPath;
use crate::input::skipped_columns;
use crate::input::{Decompress, Discovery};
use crate::progress::Progress;
use crate::safe::escape_controls;

pub use facts::InputFacts;
pub use fields::{FieldFacts, PlaceFacts};
pub use hints::Hint;
pub use ids::{IdFacts, IdSpelling};
pub use names::{Named, Names};
pub use records::{MalformedRecord, RecordFacts, ShapeFacts};
pub use shape::RecordShape;
pub use times::{Finest, TimeFacts};

/// What to look at.
#[derive(Debug, Clone)]
pub struct Options {
    /// How the inputs are compressed.
    pub decompress: Decompress,
    /// Fields that are read elsewhere than by default.
    pub fields: Vec<FieldPath>,
    /// How many records of each input are looked at; `None` for all.
    pub records: Option<u64>,
    /// Threads to use, each for another input; 0 for one a core.
    pub threads: usize,
}

/// What was found in all inputs.
#[derive(Debug)]
pub struct Inspection {
    /// The inputs in their order.
    pub inputs: Vec<InputFacts>,
    /// What could not be found or listed.
    pub failures: Vec<String>,
}

impl Inspection {
    /// Whether everything could be read that was to be read.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.errors().next().is_none()
    }

    /// That columns are left out.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        skipped_columns(self.inputs.iter().map(|input| (input.name.as_str(), input.skipped_columns.as_slice())))
    }

    /// What is wrong with the inputs, each a sentence.
    pub fn errors(&self) -> impl Iterator<Item = String> {
        let failed = |input: &InputFacts| Some(format!("{} {}", input.name, input.failure.as_ref()?));
        self.failures.iter().cloned().chain(self.inputs.iter().filter_map(failed))
    }
}

/// Reads everything that was found, each input by one thread.
///
/// # Errors
///
/// Threads that the system does not give. What is wrong with the inputs is part of the result.
pub fn inspect(options: &Options, found: &Discovery, progress: &Progress) -> Result<Inspection> {
    let threads =
        rayon::ThreadPoolBuilder::new().num_threads(options.threads).build().context("could not start threads")?;
    let failures = found.failures.iter().map(|failure| escape_controls(&format!("{failure:#}"))).collect();
    let look = || found.sources.par_iter().map(|source| InputFacts::of(source, options, progress)).collect();
    let inputs = threads.install(look);
    progress.finish();
    Ok(Inspection { inputs, failures })
}
