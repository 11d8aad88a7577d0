//! Says of every input how its reading went, and where an event is in it.

use std::sync::Arc;

use hashbrown::HashMap;

use super::Input;
use crate::count::counted;
use crate::input::{InputFailure, InputOutcome, Position, Source, interrupted, skipped_columns};
use crate::rows::{Counts, InputRecords, Lines};
use crate::safe::escape_controls;

/// How many malformed records are told of in all.
const SHOWN_WARNINGS: usize = 10;

/// The inputs in their order.
#[derive(Debug)]
pub(crate) struct ReadInputs(Vec<ReadInput>);

/// An input, once it is read.
#[derive(Debug)]
struct ReadInput {
    /// Its name as reports show it.
    name: Arc<str>,
    outcome: InputOutcome,
    records: InputRecords,
    lines: Lines,
}

impl ReadInputs {
    /// Puts together what is known of each source.
    pub(crate) fn new(
        sources: &[Source],
        outcomes: Vec<InputOutcome>,
        mut records: HashMap<u32, InputRecords>,
    ) -> Self {
        let input = |(number, (source, outcome)): (u32, (&Source, InputOutcome))| {
            let records = records.remove(&number).unwrap_or_default();
            let name = escape_controls(&source.to_string()).into();
            ReadInput { name, outcome, lines: records.lines(), records }
        };
        Self((0..).zip(sources.iter().zip(outcomes)).map(input).collect())
    }

    /// The input and the line of a position.
    pub(crate) fn place(&self, at: Position) -> (Arc<str>, u64) {
        let input = &self.0[at.input as usize];
        (Arc::clone(&input.name), input.lines.line(at))
    }

    /// What was counted in all of them.
    pub(super) fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for input in &self.0 {
            counts.add(&input.records.counts);
        }
        counts
    }

    /// The inputs as reports show them.
    pub(super) fn reported(&self) -> Vec<Input> {
        let reported = |input: &ReadInput| Input {
            name: input.name.to_string(),
            compression: input.outcome.compression.map(str::to_owned),
            bytes: input.outcome.bytes,
            events: input.records.counts.events,
            malformed: input.records.counts.malformed_records,
        };
        self.0.iter().map(reported).collect()
    }

    /// What could not be read, one line each.
    pub(crate) fn failures(&self) -> impl Iterator<Item = String> {
        self.0.iter().filter_map(|input| {
            let why = match input.outcome.failure.as_ref()? {
                InputFailure::Refused(why) => why.clone(),
                InputFailure::Interrupted(error) => {
                    let counts = &input.records.counts;
                    interrupted(error, counts.records() - counts.malformed_records)
                }
            };
            Some(escape_controls(&format!("{} {why}", input.name)))
        })
    }

    /// What is wrong with records, one line each: the first malformed ones of every input, and how many more there are;
    /// in a last line, which columns are left out.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let all = self.0.iter().flat_map(|input| {
            input.records.malformed().map(|(at, malformed)| {
                let excerpt = escape_controls(&malformed.excerpt);
                let excerpt = if excerpt.is_empty() { excerpt } else { format!(": {excerpt}") };
                let line = input.lines.line(at);
                format!("{}:{line}: {}{excerpt}", input.name, escape_controls(&malformed.reason))
            })
        });
        let mut warnings: Vec<_> = all.take(SHOWN_WARNINGS).collect();
        let more = self.counts().malformed_records - warnings.len() as u64;
        if more > 0 {
            warnings.push(counted(more, "more malformed record"));
        }
        let skipped = self.0.iter().map(|input| (&*input.name, input.outcome.skipped_columns.as_slice()));
        warnings.extend(skipped_columns(skipped));
        warnings
    }
}
