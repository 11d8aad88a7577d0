//! Reads the usual records of a chunk by a structural scan, many times as fast as a parser.
//!
//! The scan knows one shape: an event as one object on its line, without white space but one space behind a colon or
//! comma. It checks all of the JSON, sixty-four bytes at a time, by what may stand next to what, and compares keys only
//! in the event itself and in its `properties`. Whatever it does not know (another shape, an escaped key, a wanted value
//! that is no plain string, anything that is not JSON) it leaves to [`super::json`]: it stops in front of that record.

mod classify;
mod grammar;
mod slots;

use super::{Event, Fields};
use classify::{BLOCK, Classify, Portable};
use grammar::{Block, Grammar};
use slots::{Keys, Slots};

/// Scans records. Keeps nothing between chunks.
#[derive(Debug, Clone)]
pub(super) struct Scanner {
    /// `None` when `--field` moves fields, which the scan does not know.
    keys: Option<Keys>,
    processor: Processor,
}

#[derive(Debug, Clone, Copy)]
enum Processor {
    Portable(Portable),
    #[cfg(target_arch = "x86_64")]
    Avx2(classify::avx2::Avx2),
}

/// A place between records: its offset, and the line it is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) at: usize,
    pub(super) line: u32,
}

impl Scanner {
    /// A scanner for these fields, with the best instructions of this machine. The environment variable
    /// `SESSION_AUDIT_PORTABLE`, set to anything, keeps it to portable ones.
    pub(super) fn new(fields: &Fields) -> Self {
        Self { keys: Keys::new(fields), processor: Processor::best() }
    }

    /// Reads records from `start` on and tells `found` each event with its line, until there is a record to leave to
    /// others, and gives the place in front of it. With `wants_session_id`, those are also events without a session id.
    pub(super) fn scan(
        &self,
        bytes: &[u8],
        start: Place,
        wants_session_id: bool,
        found: &mut impl FnMut(u32, Event<'_>),
    ) -> Place {
        let Some(keys) = &self.keys else { return start };
        let mut scan = Scan { bytes, keys, wants_session_id, record: start, slots: Slots::default(), found };
        match self.processor {
            Processor::Portable(portable) => scan.run(portable),
            #[cfg(target_arch = "x86_64")]
            Processor::Avx2(avx2) => avx2.run(
                #[inline(always)]
                || scan.run(avx2),
            ),
        }
        scan.record
    }
}

impl Processor {
    fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        if std::env::var_os("SESSION_AUDIT_PORTABLE").is_none()
            && let Some(avx2) = classify::avx2::Avx2::detect()
        {
            return Self::Avx2(avx2);
        }
        Self::Portable(Portable)
    }
}

/// A scan under way.
struct Scan<'b, F> {
    bytes: &'b [u8],
    keys: &'b Keys,
    wants_session_id: bool,
    /// The start of the record that is being read.
    record: Place,
    slots: Slots,
    found: &'b mut F,
}

impl<F: FnMut(u32, Event<'_>)> Scan<'_, F> {
    /// Reads block by block until the end or until a record is odd.
    #[inline(always)]
    fn run<C: Classify>(&mut self, classify: C) {
        let mut grammar = Grammar::new();
        let mut at = self.record.at;
        while let Some(block) = self.bytes[at..].first_chunk::<BLOCK>() {
            let block = grammar.block(classify, self.bytes, at, block);
            if self.block(at, &block).is_none() {
                return;
            }
            at += BLOCK;
        }
        let rest = &self.bytes[at..];
        if !rest.is_empty() {
            let mut padded = [b'\n'; BLOCK];
            padded[..rest.len()].copy_from_slice(rest);
            let mut block = grammar.block(classify, self.bytes, at, &padded);
            // One newline more ends the last record.
            block.newlines &= u64::MAX >> (BLOCK - 1 - rest.len());
            let _ = self.block(at, &block);
        }
        if self.record.at > self.bytes.len() {
            self.record = Place { at: self.bytes.len(), line: self.record.line - 1 };
        }
    }

    /// Reads the wanted values of a block, and tells of every record that ends in it; `None` at an odd record.
    #[inline(always)]
    fn block(&mut self, at: usize, block: &Block) -> Option<()> {
        let hinted = if self.keys.has_others() { u64::MAX } else { block.hinted_colons };
        let property_colons = block.property_colons & hinted;
        let mut bits = block.event_colons | property_colons | block.newlines;
        while bits != 0 {
            let bit = bits & bits.wrapping_neg();
            let place = at + bits.trailing_zeros() as usize;
            bits ^= bit;
            if block.newlines & bit != 0 {
                self.end_record(place, block.errors & (bit | (bit - 1)))?;
            } else if property_colons & bit != 0 {
                self.slots.property(self.keys, self.bytes, place)?;
            } else {
                self.slots.own(self.bytes, place)?;
            }
        }
        // What is wrong behind the last newline belongs to the record that goes on.
        let goes_on = u64::MAX.checked_shl(64 - block.newlines.leading_zeros()).unwrap_or(0);
        (block.errors & goes_on == 0).then_some(())
    }

    #[inline(always)]
    fn end_record(&mut self, newline: usize, errors: u64) -> Option<()> {
        if errors != 0 {
            return None;
        }
        if newline > self.record.at {
            let event = self.slots.event(self.bytes, self.wants_session_id)?;
            (self.found)(self.record.line, event);
            self.slots = Slots::default();
        }
        self.record = Place { at: newline + 1, line: self.record.line + 1 };
        Some(())
    }
}
