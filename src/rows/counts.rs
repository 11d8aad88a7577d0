//! Counts what was read of each input, and finds the lines of events again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::event::{Event, Malformed};
use crate::input::Position;

/// How many malformed records of an input are kept to be shown.
const SHOWN_MALFORMED: usize = 3;

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
    /// Counts an event.
    pub(crate) fn event(&mut self, event: &Event<'_>) {
        self.events += 1;
        self.events_without_session_id += u64::from(event.session_id.is_none());
        self.events_untimed += u64::from(event.time_us.is_none());
        if let Some(us) = event.time_us {
            self.cover((us, us));
        }
    }

    /// Adds what was counted elsewhere.
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
#[derive(Debug, Default)]
pub(crate) struct InputRecords {
    /// What was counted.
    pub(crate) counts: Counts,
    /// The first malformed records, in their order.
    malformed: BTreeMap<Position, Malformed>,
    /// The newlines in each chunk, as they come in.
    newlines: Vec<(u32, u32)>,
}

/// What was read of one chunk.
#[derive(Debug, Default)]
pub(super) struct ChunkCounts {
    counts: Counts,
    malformed: Vec<(Position, Malformed)>,
}

/// How many lines there are before each chunk of an input.
#[derive(Debug, Default)]
pub(crate) struct Lines(Vec<u64>);

impl ChunkCounts {
    #[inline]
    pub(super) fn event(&mut self, event: &Event<'_>) {
        self.counts.event(event);
    }

    pub(super) fn other_model(&mut self) {
        self.counts.other_records += 1;
    }

    pub(super) fn malformed(&mut self, at: Position, malformed: Malformed) {
        self.counts.malformed_records += 1;
        if self.malformed.len() < SHOWN_MALFORMED {
            self.malformed.push((at, malformed));
        }
    }

    pub(super) fn events(&self) -> u64 {
        self.counts.events
    }
}

impl InputRecords {
    /// Adds what was read of a chunk, in which there are so many newlines.
    pub(super) fn add(&mut self, chunk: u32, newlines: u32, read: ChunkCounts) {
        self.counts.add(&read.counts);
        self.newlines.push((chunk, newlines));
        self.keep_first(read.malformed);
    }

    /// Adds what another worker read of the same input.
    pub(super) fn merge(&mut self, other: Self) {
        self.counts.add(&other.counts);
        self.newlines.extend(other.newlines);
        self.keep_first(other.malformed);
    }

    fn keep_first(&mut self, malformed: impl IntoIterator<Item = (Position, Malformed)>) {
        self.malformed.extend(malformed);
        while self.malformed.len() > SHOWN_MALFORMED {
            self.malformed.pop_last();
        }
    }

    /// The first malformed records, in their order.
    pub(crate) fn malformed(&self) -> impl Iterator<Item = (Position, &Malformed)> {
        self.malformed.iter().map(|(at, malformed)| (*at, malformed))
    }

    /// The lines before every chunk, once all were read.
    pub(crate) fn lines(&self) -> Lines {
        let mut newlines = self.newlines.clone();
        newlines.sort_unstable();
        let mut before = 0;
        let mut lines = Vec::new();
        for (chunk, newlines) in newlines {
            // Chunks may leave numbers out.
            lines.resize(chunk as usize + 1, before);
            before += u64::from(newlines);
        }
        Lines(lines)
    }
}

impl Lines {
    /// The line of a position in the input, from 1.
    pub(crate) fn line(&self, at: Position) -> u64 {
        self.0[at.chunk as usize] + u64::from(at.line) + 1
    }
}
