//! Is told what the records of a chunk hold.

use super::Found;
use super::sight::{Layout, Shape, Sight};

/// Who is told what the records of a chunk hold. Any function of a line and [`Found`] is told no more than that.
pub(crate) trait Witness {
    /// What a record holds, which begins on a line.
    fn found(&mut self, line: u32, found: Found<'_>);

    /// An event, just before it is found; not told of what the scan reads.
    fn sight(&mut self, _sight: &Sight<'_>) {}

    /// The end of a record, all of which was found; without a shape if it was malformed. Not told of what the scan
    /// reads.
    fn end(&mut self, _record: &[u8], _shape: Option<(Shape, Layout)>) {}
}

impl<F: FnMut(u32, Found<'_>)> Witness for F {
    fn found(&mut self, line: u32, found: Found<'_>) {
        self(line, found);
    }
}

/// Tells a witness what a record holds that begins on a line.
pub(super) struct OnLine<'w, W> {
    pub(super) line: u32,
    pub(super) witness: &'w mut W,
}

impl<W: Witness> OnLine<'_, W> {
    pub(super) fn found(&mut self, found: Found<'_>) {
        self.witness.found(self.line, found);
    }

    pub(super) fn sight(&mut self, sight: &Sight<'_>) {
        self.witness.sight(sight);
    }
}
