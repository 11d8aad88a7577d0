//! Finds where a record ends, trying no byte more than twice.

use memchr::memchr;

use crate::input::structure::{End, value_end};

/// Where lines and values end in the bytes of a chunk.
pub(super) struct Bounds<'c> {
    bytes: &'c [u8],
    /// Before this offset a value may not go past its line: a longer one was tried and found broken here.
    one_line_until: usize,
    /// The end of the line that was last looked for.
    line_end: usize,
    /// Before this offset a line is known to hold several values.
    shared_until: usize,
    /// How many bytes were looked at.
    #[cfg(test)]
    pub(super) tried: usize,
}

impl<'c> Bounds<'c> {
    pub(super) fn new(bytes: &'c [u8]) -> Self {
        Self {
            bytes,
            one_line_until: 0,
            line_end: 0,
            shared_until: 0,
            #[cfg(test)]
            tried: 0,
        }
    }

    /// From an offset to the end of the line.
    pub(super) fn line(&mut self, at: usize) -> &'c [u8] {
        if self.line_end <= at {
            let rest = &self.bytes[at..];
            self.line_end = at + memchr(b'\n', rest).unwrap_or(rest.len());
            self.count(self.line_end - at);
        }
        &self.bytes[at..self.line_end]
    }

    /// The end of the object or array at an offset. One that is never closed is remembered: what is left of it is read
    /// line by line.
    pub(super) fn value_end(&mut self, at: usize) -> Option<usize> {
        let line_end = at + self.line(at).len();
        let limit = if at < self.one_line_until { line_end } else { self.bytes.len() };
        let (end, tried) = match value_end(&self.bytes[..limit], at) {
            End::At(end) => (Some(end), end),
            End::Broken(at) => (None, at),
            End::Open => (None, limit),
        };
        self.count(tried - at);
        if end.is_none() {
            self.one_line_until = self.one_line_until.max(tried);
        }
        end
    }

    /// Notes that the line holds several values up to this offset.
    pub(super) fn share(&mut self, line_end: usize) {
        self.shared_until = line_end;
    }

    /// Whether the line at an offset is known to hold several values.
    pub(super) fn is_shared(&self, at: usize) -> bool {
        at < self.shared_until
    }

    /// Notes that so many bytes are looked at, which tests hold against how many there are.
    #[cfg_attr(not(test), allow(clippy::unused_self, unused_variables, reason = "only tests count"))]
    pub(super) fn count(&mut self, bytes: usize) {
        #[cfg(test)]
        {
            self.tried += bytes;
        }
    }
}
