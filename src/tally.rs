//! Counts what was read of each input.

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};

use crate::count::counted;
use crate::event::{Event, Malformed};
use crate::input::{InputFailure, InputOutcome, Position, Source};
use crate::safe::escape_controls;

/// How many malformed records of an input are kept to be shown.
const SHOWN_MALFORMED: usize = 3;

/// How many columns are named that are not read.
const SHOWN_COLUMNS: usize = 12;

/// What was counted of events.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// All events.
    pub events: u64,
    /// Events that belong to no session.
    pub events_without_session_id: u64,
    /// Events without a readable time.
    pub events_untimed: u64,
    /// Records of other export models.
    pub other_records: u64,
    /// Records that could not be read.
    pub malformed_records: u64,
    /// The smallest and the largest time of the events in microseconds since 1970.
    #[serde(skip)]
    pub times_us: Option<(i64, i64)>,
}

impl Counts {
    pub(crate) fn event(&mut self, event: &Event<'_>) {
        self.events += 1;
        self.events_without_session_id += u64::from(event.session_id.is_none());
        self.events_untimed += u64::from(event.time_us.is_none());
        if let Some(us) = event.time_us {
            self.cover((us, us));
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.events += other.events;
        self.events_without_session_id += other.events_without_session_id;
        self.events_untimed += other.events_untimed;
        self.other_records += other.other_records;
        self.malformed_records += other.malformed_records;
        if let Some(times_us) = other.times_us {
            self.cover(times_us);
        }
    }

    fn cover(&mut self, (first_us, last_us): (i64, i64)) {
        let (first, last) = self.times_us.unwrap_or((first_us, last_us));
        self.times_us = Some((first.min(first_us), last.max(last_us)));
    }

    /// Everything that was read: events, records of other models, and malformed records.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.events + self.other_records + self.malformed_records
    }
}

/// What was read of one input.
#[derive(Debug)]
pub struct InputTally {
    /// The input.
    pub source: Source,
    /// How it is compressed, once it could be opened.
    pub compression: Option<&'static str>,
    /// The bytes read, as compressed as they are.
    pub bytes: u64,
    /// What was counted.
    pub counts: Counts,
    /// Why it was not read to its end.
    pub failure: Option<String>,
    /// The columns of Parquet that would say something, but not as values that are read.
    pub skipped_columns: Vec<String>,
    /// The first malformed records, in their order.
    malformed: BTreeMap<Position, Malformed>,
    /// The newlines in each chunk, as they come in.
    newlines: BTreeMap<u32, u32>,
    /// The newlines before each chunk, once all were read.
    newlines_before: Vec<u64>,
}

/// What was read of one chunk.
#[derive(Debug, Default)]
pub(crate) struct ChunkTally {
    pub(crate) counts: Counts,
    pub(crate) malformed: Vec<(Position, Malformed)>,
    pub(crate) newlines: u32,
}

impl ChunkTally {
    pub(crate) fn malformed(&mut self, at: Position, malformed: Malformed) {
        self.counts.malformed_records += 1;
        if self.malformed.len() < SHOWN_MALFORMED {
            self.malformed.push((at, malformed));
        }
    }
}

impl InputTally {
    pub(crate) fn new(source: Source) -> Self {
        Self {
            source,
            compression: None,
            bytes: 0,
            counts: Counts::default(),
            failure: None,
            skipped_columns: Vec::new(),
            malformed: BTreeMap::new(),
            newlines: BTreeMap::new(),
            newlines_before: Vec::new(),
        }
    }

    /// The input's name as reports show it.
    #[must_use]
    pub fn name(&self) -> String {
        escape_controls(&self.source.to_string())
    }

    pub(crate) fn add(&mut self, chunk: u32, tally: ChunkTally) {
        self.counts.add(&tally.counts);
        self.newlines.insert(chunk, tally.newlines);
        self.malformed.extend(tally.malformed);
        while self.malformed.len() > SHOWN_MALFORMED {
            self.malformed.pop_last();
        }
    }

    /// The first malformed records with their lines, from 1.
    pub fn malformed(&self) -> impl Iterator<Item = (u64, &Malformed)> {
        self.malformed.iter().map(|(at, malformed)| (self.line(*at), malformed))
    }

    /// The line of a position in this input, from 1.
    #[must_use]
    pub fn line(&self, at: Position) -> u64 {
        self.newlines_before[at.chunk as usize] + u64::from(at.line) + 1
    }

    /// Takes how its reading went; there is no chunk to come.
    pub(crate) fn finish(&mut self, outcome: InputOutcome) {
        self.compression = outcome.compression;
        self.bytes = outcome.bytes;
        self.skipped_columns = outcome.skipped_columns;
        self.failure = outcome.failure.map(|failure| match failure {
            InputFailure::Refused(why) => why,
            InputFailure::Interrupted(error) => {
                interrupted(&error, self.counts.records() - self.counts.malformed_records)
            }
        });
        self.count_lines();
    }

    /// Counts the lines before every chunk.
    fn count_lines(&mut self) {
        let mut before = 0;
        for (chunk, newlines) in std::mem::take(&mut self.newlines) {
            // Chunks may leave numbers out.
            self.newlines_before.resize(chunk as usize + 1, before);
            before += u64::from(newlines);
        }
    }
}

/// That columns of inputs are not read, each with its name and those of the columns.
pub(crate) fn skipped<'i>(mut inputs: impl Iterator<Item = (String, &'i [String])>) -> Option<String> {
    let (name, columns) = inputs.find(|(_, columns)| !columns.is_empty())?;
    let more = inputs.filter(|(_, columns)| !columns.is_empty()).count() as u64;
    let likewise = if more > 0 { format!(" (likewise {})", counted(more, "more input")) } else { String::new() };
    let rest = if columns.len() > SHOWN_COLUMNS { ", ..." } else { "" };
    let columns = columns[..columns.len().min(SHOWN_COLUMNS)].join(", ") + rest;
    Some(format!("{name}: columns of types that are not read count as absent: {columns}{likewise}"))
}

/// Why an input ended before its end, of which so many records could be read.
pub(crate) fn interrupted(error: &io::Error, records: u64) -> String {
    let records = counted(records, "record");
    match error.kind() {
        io::ErrorKind::UnexpectedEof => format!("ends early after {records}; what was read is reported"),
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other => {
            format!("is corrupt after {records} ({error}); what was read is reported")
        }
        _ => format!("could not be read on after {records}: {error}"),
    }
}
