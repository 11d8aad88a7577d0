//! Condenses JSON to its tokens: what stands outside of strings, and for every string one quote.
//!
//! An export is strings for the most part, so there are few tokens, and what is done for each of them costs little.

use super::classify::{BLOCK, Instructions, Masks, Portable};
use super::strings::Strings;

/// The bytes that are condensed at once; few for tests, whose records are short, so that windows end everywhere in them.
const WINDOW: usize = if cfg!(any(test, fuzzing)) { 2 * BLOCK } else { 8 << 10 };
/// The tokens that are there behind every group, to see where a number ends.
const LOOKAHEAD: usize = BLOCK;
/// What is left of a window is less than this.
const REST: usize = BLOCK + LOOKAHEAD;

/// Tokens, and where some of them stood.
#[derive(Debug, Clone)]
pub(super) struct Tokens {
    bytes: Vec<u8>,
    length: usize,
    colons: Offsets,
    newlines: Offsets,
}

/// Offsets of tokens of one kind, in their order; those of tokens that were read are taken.
#[derive(Debug, Clone)]
struct Offsets {
    places: Vec<u32>,
    taken: usize,
    last_taken: u32,
    length: usize,
}

/// Some tokens, each a bit in the masks of [`super::grammar`], and those behind them.
#[derive(Clone, Copy)]
pub(super) struct Group<'t> {
    tokens: &'t [u8],
    colon_before: u32,
    colons: &'t [u32],
    newlines: &'t [u32],
}

impl Default for Tokens {
    fn default() -> Self {
        const MOST: usize = REST + WINDOW + REST;
        Self { bytes: vec![0; MOST], length: 0, colons: Offsets::new(MOST), newlines: Offsets::new(MOST) }
    }
}

impl Offsets {
    fn new(most: usize) -> Self {
        Self { places: vec![0; most], taken: 0, last_taken: 0, length: 0 }
    }

    fn clear(&mut self) {
        (self.taken, self.last_taken, self.length) = (0, 0, 0);
    }

    #[inline(always)]
    fn push<I: Instructions>(&mut self, instructions: I, at: u32, bits: u64) {
        let spare = self.places[self.length..].first_chunk_mut::<BLOCK>().expect("there is room for a window");
        instructions.offsets(at, bits, spare);
        self.length += bits.count_ones() as usize;
    }

    #[inline(always)]
    fn take(&mut self, count: u32) {
        self.taken = self.length.min(self.taken + count as usize);
        self.last_taken = self.places[..self.taken].last().copied().unwrap_or(self.last_taken);
    }

    #[inline(always)]
    fn left(&self) -> &[u32] {
        &self.places[self.taken..self.length]
    }

    /// Moves those that are left to the front.
    fn forget_taken(&mut self) {
        self.places.copy_within(self.taken..self.length, 0);
        self.length -= self.taken;
        self.taken = 0;
    }
}

impl Tokens {
    /// No tokens.
    pub(super) fn clear(&mut self) {
        self.length = 0;
        self.colons.clear();
        self.newlines.clear();
    }

    /// The group that begins at token `at`; none when there are too few tokens behind it, unless these are the last.
    #[inline(always)]
    pub(super) fn group(&self, at: usize, are_last: bool) -> Option<Group<'_>> {
        let is_whole = at + REST <= self.length || are_last && at < self.length;
        is_whole.then(|| Group {
            tokens: &self.bytes[at..at + REST],
            colon_before: self.colons.last_taken,
            colons: self.colons.left(),
            newlines: self.newlines.left(),
        })
    }

    /// Takes the colons and newlines of a group.
    #[inline(always)]
    pub(super) fn take(&mut self, colons: u64, newlines: u64) {
        self.colons.take(colons.count_ones());
        self.newlines.take(newlines.count_ones());
    }

    /// Forgets the tokens before `at`, all of whose colons and newlines were taken.
    pub(super) fn forget_before(&mut self, at: usize) {
        self.bytes.copy_within(at..self.length, 0);
        self.length -= at;
        self.colons.forget_taken();
        self.newlines.forget_taken();
    }

    #[inline(always)]
    fn push<I: Instructions>(&mut self, instructions: I, block: &[u8; BLOCK], at: usize, masks: &Masks, keep: u64) {
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        let spare = self.bytes[self.length..].first_chunk_mut::<BLOCK>().expect("there is room for a window");
        instructions.condense(block, keep, spare);
        self.length += keep.count_ones() as usize;
        self.colons.push(instructions, at, masks.colon & keep);
        if masks.newline & keep != 0 {
            self.newlines.push(instructions, at, masks.newline & keep);
        }
    }

    /// Ends the last line, and fills what is behind it.
    fn end(&mut self, newline: Option<usize>) {
        self.bytes[self.length..][..REST].fill(b'\n');
        if let Some(at) = newline {
            self.newlines.push(Portable, u32::try_from(at).unwrap_or(u32::MAX), 1);
            self.length += 1;
        }
    }
}

impl<'t> Group<'t> {
    /// The tokens that the masks are about.
    #[inline(always)]
    pub(super) fn block(self) -> &'t [u8; BLOCK] {
        self.tokens.first_chunk().expect("a group is more than a block")
    }

    /// These, and some behind them.
    #[inline(always)]
    pub(super) fn tokens(self) -> &'t [u8] {
        self.tokens
    }

    /// The offset of the colon that is `bit` of `colons`.
    #[inline(always)]
    pub(super) fn colon(self, colons: u64, bit: u64) -> usize {
        self.colons[(colons & (bit - 1)).count_ones() as usize] as usize
    }

    /// The offset of the last colon before `bit`, be it one of `colons` or of a group before; 0 if there is none.
    #[inline(always)]
    pub(super) fn colon_before(self, colons: u64, bit: u64) -> usize {
        let before = (colons & (bit - 1)).count_ones() as usize;
        before.checked_sub(1).map_or(self.colon_before, |last| self.colons[last]) as usize
    }

    /// The offset of the newline that is `bit` of `newlines`, unless it only fills the group.
    #[inline(always)]
    pub(super) fn newline(self, newlines: u64, bit: u64) -> Option<usize> {
        self.newlines.get((newlines & (bit - 1)).count_ones() as usize).map(|at| *at as usize)
    }
}

/// Goes through a text and condenses it.
pub(super) struct Condenser<'b> {
    bytes: &'b [u8],
    at: usize,
    strings: Strings,
}

impl<'b> Condenser<'b> {
    /// From `at` on, which is outside of strings.
    pub(super) fn new(bytes: &'b [u8], at: usize) -> Self {
        Self { bytes, at, strings: Strings::default() }
    }

    /// Condenses the next window; true if there is no more to come: at the end, and in front of a string that is none, or
    /// none that the scan knows. What such a string is in has no end of line then.
    #[inline(always)]
    pub(super) fn fill<I: Instructions>(&mut self, instructions: I, tokens: &mut Tokens) -> bool {
        let end = self.at + WINDOW;
        while self.at < end {
            let Some(block) = self.bytes[self.at..].first_chunk::<BLOCK>() else {
                self.fill_last(instructions, tokens);
                return true;
            };
            if self.block(instructions, tokens, block, u64::MAX).is_none() {
                tokens.end(None);
                return true;
            }
            self.at += BLOCK;
        }
        false
    }

    /// Condenses what is less than a block.
    fn fill_last<I: Instructions>(&mut self, instructions: I, tokens: &mut Tokens) {
        let rest = &self.bytes[self.at..];
        let mut block = [b' '; BLOCK];
        block[..rest.len()].copy_from_slice(rest);
        let is_whole = self.block(instructions, tokens, &block, (1 << rest.len()) - 1).is_some();
        let needs_newline = is_whole && !self.strings.is_inside() && self.bytes.last() != Some(&b'\n');
        tokens.end(needs_newline.then_some(self.bytes.len()));
    }

    /// Condenses the bytes of a block that are `there`; `None` if a string among them is none.
    #[inline(always)]
    fn block<I: Instructions>(
        &mut self,
        instructions: I,
        tokens: &mut Tokens,
        block: &[u8; BLOCK],
        there: u64,
    ) -> Option<()> {
        let masks = instructions.masks(block);
        let (in_string, errors) = self.strings.block(instructions, &masks, self.bytes, self.at);
        let errors = errors & there;
        let before_errors = !errors & errors.wrapping_sub(1);
        tokens.push(instructions, block, self.at, &masks, !in_string & there & before_errors);
        (errors == 0).then_some(())
    }
}
