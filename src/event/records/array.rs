//! Follows a top-level array from element to element.

use super::{Walk, Witness, scalar_reason};
use crate::event::{Found, Malformed};
use crate::input::structure::{ENDS_SCALAR, End, string_end};

/// Where a walk is in the array around records.
#[derive(Debug, Default)]
pub(super) struct Array {
    /// Whether it is in one at all.
    pub(super) is_open: bool,
    /// Whether an element was just read.
    pub(super) needs_comma: bool,
    /// The line on which the last element began.
    pub(super) element_line: u32,
}

impl<W: Witness> Walk<'_, W> {
    /// Begins an array.
    pub(super) fn open_array(&mut self) {
        (self.array.is_open, self.array.needs_comma) = (true, false);
        self.at += 1;
    }

    /// Reads an element of the array, a comma, or its end.
    pub(super) fn step_in_array(&mut self) {
        let byte = self.bytes[self.at];
        if !self.array.needs_comma {
            self.array.element_line = self.line;
        }
        match byte {
            b',' if self.array.needs_comma => {
                self.array.needs_comma = false;
                self.at += 1;
            }
            b']' => {
                self.array.is_open = false;
                self.at += 1;
            }
            _ if self.array.needs_comma => {
                self.no_comma();
                self.array.is_open = false;
            }
            b'{' => self.value(None),
            b'[' => self.array_in_array(),
            _ => self.scalar_in_array(),
        }
    }

    /// Says what is wrong with an array in which the chunk ends, if it should not.
    pub(super) fn end_in_array(&mut self, is_last: bool, goes_on: bool) {
        if is_last {
            self.malformed("the array is never closed: was the file cut off?".to_owned(), b"");
        } else if !goes_on {
            self.no_comma();
        }
    }

    /// Ends an array whose last element is followed by neither a comma nor a bracket.
    fn no_comma(&mut self) {
        let reason = "not JSON: no comma behind an element of an array".to_owned();
        self.witness.found(self.array.element_line, Found::Malformed(Malformed::new(reason, b"")));
        self.witness.end(b"", None);
    }

    fn array_in_array(&mut self) {
        let Some(end) = self.bounds.value_end(self.at) else {
            return self.malformed_line("not JSON: the array is never closed");
        };
        self.malformed("JSON, but an array inside an array".to_owned(), &self.bytes[self.at..end]);
        self.advance(end);
        self.array.needs_comma = true;
    }

    fn scalar_in_array(&mut self) {
        let rest = &self.bytes[self.at..];
        let end = match rest[0] {
            b'"' => match string_end(rest, 0) {
                End::At(end) => end,
                End::Broken(_) | End::Open => return self.malformed_line("not JSON: the string is never closed"),
            },
            _ => rest.iter().position(|b| ENDS_SCALAR.contains(b)).unwrap_or(rest.len()),
        };
        let reason = scalar_reason(&rest[..end]);
        self.malformed(reason, &rest[..end]);
        // A comma without an element before it stands for the element.
        self.array.needs_comma = true;
        self.at += end;
    }
}
