//! Reads the usual records of a chunk by a structural scan, many times as fast as a parser.
//!
//! The scan knows one shape: an event as one object on its line, without white space but one space behind a colon or
//! comma. It condenses the JSON to its tokens ([`tokens`]), checks all of them, sixty-four at a time, by what may stand
//! next to what ([`grammar`]), and compares keys only in the event itself and in its `properties` ([`keys`], [`slots`]). Whatever it
//! does not know (another shape, an escaped key, a wanted value that is no plain string, anything that is not JSON) it
//! leaves to [`super::json`]: it stops in front of that record.

#![allow(clippy::inline_always, reason = "all of it has to be compiled for the vector instructions of one processor")]

#[cfg(any(test, fuzzing))]
#[cfg_attr(not(fuzzing), allow(unreachable_pub, reason = "only the fuzzer is outside"))]
pub mod agreement;
mod classify;
mod grammar;
mod keys;
mod scalar;
mod slots;
mod strings;
#[cfg(test)]
mod tests;
mod tokens;
#[cfg(target_arch = "x86_64")]
mod vectors;

use super::{Event, Fields};
use classify::{Instructions, Portable};
use grammar::{Grammar, Known};
use keys::Keys;
use slots::Slots;
use strings::unescape;
use tokens::{Condenser, Group, Tokens};

/// Scans records. Keeps only buffers between chunks.
#[derive(Debug, Clone)]
pub(super) struct Scanner {
    /// `None` when `--field` moves fields, which the scan does not know.
    keys: Option<Keys>,
    processor: Processor,
    tokens: Tokens,
    properties: PropertiesText,
}

/// Room for properties that are a string, and for their tokens.
#[derive(Debug, Clone, Default)]
struct PropertiesText {
    text: Vec<u8>,
    tokens: Tokens,
}

#[derive(Debug, Clone, Copy)]
enum Processor {
    Portable(Portable),
    #[cfg(target_arch = "x86_64")]
    Avx2(vectors::Avx2),
    #[cfg(target_arch = "x86_64")]
    Avx512(vectors::Avx512),
}

/// A place between records: its offset, and the line it is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) at: usize,
    pub(super) line: u32,
}

impl Scanner {
    /// A scanner for these fields, with the best instructions of this machine. The environment variable
    /// `SESSION_AUDIT_PORTABLE`, set to anything, keeps it to portable ones.
    pub(super) fn new(fields: &Fields) -> Self {
        Self {
            keys: Keys::new(fields),
            processor: Processor::best(),
            tokens: Tokens::default(),
            properties: PropertiesText::default(),
        }
    }

    /// A scanner that leaves every record to others.
    pub(super) fn idle() -> Self {
        Self {
            keys: None,
            processor: Processor::Portable(Portable),
            tokens: Tokens::default(),
            properties: PropertiesText::default(),
        }
    }

    /// Reads records from `start` on and tells `found` each event with its line, until there is a record to leave to
    /// others, and gives the place in front of it.
    pub(super) fn scan(&mut self, bytes: &[u8], start: Spot, found: &mut impl FnMut(u32, Event<'_>)) -> Spot {
        let Some(keys) = self.keys.as_ref().filter(|_| u32::try_from(bytes.len()).is_ok()) else { return start };
        let (slots, properties) = (Slots::default(), &mut self.properties);
        let mut events = Events { bytes, keys, record: start, slots, properties, found };
        let tokens = &mut self.tokens;
        match self.processor {
            Processor::Portable(portable) => events.read(portable, tokens),
            #[cfg(target_arch = "x86_64")]
            Processor::Avx2(avx2) => avx2.run(
                #[inline(always)]
                || events.read(avx2, tokens),
            ),
            #[cfg(target_arch = "x86_64")]
            Processor::Avx512(avx512) => avx512.run(
                #[inline(always)]
                || events.read(avx512, tokens),
            ),
        }
        events.record
    }
}

impl Processor {
    fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        if std::env::var_os("SESSION_AUDIT_PORTABLE").is_none() {
            if let Some(avx512) = vectors::Avx512::detect() {
                return Self::Avx512(avx512);
            }
            if let Some(avx2) = vectors::Avx2::detect() {
                return Self::Avx2(avx2);
            }
        }
        Self::Portable(Portable)
    }
}

/// Who is told what a text holds.
trait Reader {
    /// The colon behind a key of an event, or of its properties; `None` if what is there is odd.
    fn colon<I: Instructions>(&mut self, instructions: I, colon: usize, is_property: bool) -> Option<()>;

    /// The end of a line, all of which is JSON; `None` if what is on it is odd.
    fn newline<I: Instructions>(&mut self, instructions: I, newline: usize) -> Option<()>;
}

/// Checks a text from `start` on and tells the reader of it, until something is odd.
#[inline(always)]
fn scan<I: Instructions>(
    instructions: I,
    (bytes, start): (&[u8], usize),
    mut grammar: Grammar,
    tokens: &mut Tokens,
    reader: &mut impl Reader,
) {
    tokens.clear();
    let mut condenser = Condenser::new(bytes, start);
    loop {
        let is_end = condenser.fill(instructions, tokens);
        let mut at = 0;
        while let Some(group) = tokens.group(at, is_end) {
            let known = grammar.group(instructions, bytes, group);
            if tell(instructions, &known, group, reader).is_none() {
                return;
            }
            tokens.take(known.colons, known.newlines);
            at += classify::BLOCK;
        }
        if is_end {
            return;
        }
        tokens.forget_before(at);
    }
}

/// Tells the reader of a group, up to what is odd.
#[inline(always)]
fn tell<I: Instructions>(instructions: I, known: &Known, group: Group<'_>, reader: &mut impl Reader) -> Option<()> {
    let Known { mut newlines, mut errors, colons, event_colons, property_colons } = *known;
    let mut wanted = event_colons | property_colons;
    loop {
        let newline = newlines & newlines.wrapping_neg();
        let line = newline | newline.wrapping_sub(1);
        if errors & line != 0 {
            return None;
        }
        let mut on_line = wanted & line;
        while on_line != 0 {
            let bit = on_line & on_line.wrapping_neg();
            reader.colon(instructions, group.colon(colons, bit), property_colons & bit != 0)?;
            on_line ^= bit;
        }
        if newline == 0 {
            return Some(());
        }
        reader.newline(instructions, group.newline(known.newlines, newline)?)?;
        (newlines, errors, wanted) = (newlines ^ newline, errors & !line, wanted & !line);
    }
}

/// Reads events, each on its line.
struct Events<'b, F> {
    bytes: &'b [u8],
    keys: &'b Keys,
    /// The start of the record that is being read.
    record: Spot,
    slots: Slots,
    properties: &'b mut PropertiesText,
    found: &'b mut F,
}

impl<F: FnMut(u32, Event<'_>)> Events<'_, F> {
    #[inline(always)]
    fn read<I: Instructions>(&mut self, instructions: I, tokens: &mut Tokens) {
        scan(instructions, (self.bytes, self.record.at), Grammar::of_events(), tokens, self);
        if self.record.at > self.bytes.len() {
            // The scan ended the last line.
            self.record = Spot { at: self.bytes.len(), line: self.record.line - 1 };
        }
    }

    /// Reads the properties that are a string.
    #[inline(always)]
    fn string_properties<I: Instructions>(&mut self, instructions: I, start: usize) -> Option<usize> {
        let PropertiesText { text, tokens } = &mut *self.properties;
        let length = unescape(instructions, self.bytes, start, text)?;
        let text = text[..length].starts_with(b"{").then_some(&text[..length])?;
        let mut properties = Properties { text, keys: self.keys, slots: &mut self.slots, is_read: false };
        scan(instructions, (text, 0), Grammar::of_properties(), tokens, &mut properties);
        properties.is_read.then_some(length)
    }
}

impl<F: FnMut(u32, Event<'_>)> Reader for Events<'_, F> {
    #[inline(always)]
    fn colon<I: Instructions>(&mut self, instructions: I, colon: usize, is_property: bool) -> Option<()> {
        if is_property {
            self.slots.property(instructions, self.keys, self.bytes, colon)
        } else {
            self.slots.own(instructions, self.bytes, colon)
        }
    }

    #[inline(always)]
    fn newline<I: Instructions>(&mut self, instructions: I, newline: usize) -> Option<()> {
        if newline > self.record.at {
            let properties = match self.slots.string_properties() {
                Some(start) => {
                    let length = self.string_properties(instructions, start)?;
                    &self.properties.text[..length]
                }
                None => &self.bytes[..newline],
            };
            let record = &self.bytes[..newline];
            let event = self.slots.event(self.keys, record, self.record.at, properties)?;
            (self.found)(self.record.line, event);
            self.slots = Slots::default();
        }
        self.record = Spot { at: newline + 1, line: self.record.line + 1 };
        Some(())
    }
}

/// Reads properties that are a text of their own.
struct Properties<'t> {
    text: &'t [u8],
    keys: &'t Keys,
    slots: &'t mut Slots,
    is_read: bool,
}

impl Reader for Properties<'_> {
    #[inline(always)]
    fn colon<I: Instructions>(&mut self, instructions: I, colon: usize, _: bool) -> Option<()> {
        self.slots.property(instructions, self.keys, self.text, colon)
    }

    #[inline(always)]
    fn newline<I: Instructions>(&mut self, _: I, _: usize) -> Option<()> {
        self.is_read = true;
        Some(())
    }
}
