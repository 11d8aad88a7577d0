//! Checks that sixty-four tokens after sixty-four tokens are JSON, by what may stand next to what.
//!
//! The rules about neighbours are bit operations on a whole group. Only brackets are looked at one by one, for the depth
//! and the kind of what they open, and literals and numbers, for their spelling.

use super::classify::{BLOCK, Instructions, Masks};
use super::scalar::is_scalar;
use super::tokens::Group;

/// How deep brackets may be nested for the scan, as there are bits to remember their kinds.
const MAX_DEPTH: u32 = 64;

/// What is carried from group to group.
#[derive(Debug)]
pub(super) struct Grammar {
    /// The depth inside of which keys are those of an event's properties.
    properties_depth: u32,
    /// The kinds of what is open, innermost lowest: 1 is an object.
    kinds: u64,
    depth: u32,
    in_properties: bool,
    /// What the group begins inside of.
    inside: Insides,
    last: Last,
}

/// Whether the last token of the group before was one of these, in bit 0.
#[derive(Debug, Default)]
struct Last {
    colon: u64,
    comma: u64,
    close: u64,
    before_value: u64,
    before_key: u64,
    open: u64,
    value_end: u64,
    key: u64,
    scalar: u64,
    newline: u64,
}

/// What is to be known of a group.
#[derive(Debug)]
pub(super) struct Known {
    /// The ends of lines.
    pub(super) newlines: u64,
    /// Where something is no JSON, or nothing that the scan knows.
    pub(super) errors: u64,
    /// All colons.
    pub(super) colons: u64,
    /// Those behind keys of the event.
    pub(super) event_colons: u64,
    /// Those behind keys of its properties.
    pub(super) property_colons: u64,
}

/// For every token of a group, what it is directly inside of.
#[derive(Debug, Default, Clone, Copy)]
struct Insides {
    record: u64,
    object: u64,
    event: u64,
    properties: u64,
}

/// The tokens of a group, each a bit.
struct Kinds {
    string: u64,
    open: u64,
    close: u64,
    newline: u64,
    colon: u64,
    comma: u64,
    /// Other white space, and control characters.
    blank: u64,
    /// All else: the characters of literals and numbers, and of what is no JSON.
    scalar: u64,
}

/// What the brackets of a group say.
struct Brackets {
    inside: Insides,
    open_object: u64,
    errors: u64,
}

/// The bits behind those of `mask`; what the last one says is kept in `last` for the next group.
#[inline(always)]
fn behind(mask: u64, last: &mut u64) -> u64 {
    let behind = mask << 1 | *last;
    *last = mask >> 63;
    behind
}

impl Kinds {
    #[inline(always)]
    fn new(masks: &Masks) -> Self {
        let &Masks { quote: string, open, close, colon, comma, newline, .. } = masks;
        let blank = masks.space | masks.control & !newline;
        let scalar = !(string | colon | comma | open | close | newline | blank);
        Self { string, open, close, newline, colon, comma, blank, scalar }
    }
}

impl Grammar {
    /// At the start of an event.
    pub(super) fn of_events() -> Self {
        Self::new(2)
    }

    /// At the start of an event's properties that are a text of their own.
    pub(super) fn of_properties() -> Self {
        Self::new(1)
    }

    fn new(properties_depth: u32) -> Self {
        Self {
            properties_depth,
            kinds: 0,
            depth: 0,
            in_properties: properties_depth == 1,
            inside: Insides::default(),
            last: Last { newline: 1, ..Last::default() },
        }
    }

    /// Reads the next group.
    #[inline(always)]
    pub(super) fn group<I: Instructions>(&mut self, instructions: I, bytes: &[u8], group: Group<'_>) -> Known {
        let kinds = Kinds::new(&instructions.masks(group.block()));
        let brackets = self.brackets(bytes, group, &kinds);
        let mut before = (kinds.colon, kinds.comma);
        let mut errors = brackets.errors;
        if kinds.blank != 0 {
            let ((after_colon, after_comma), wrong) = self.blanks(group.block(), &kinds);
            before = (before.0 | after_colon, before.1 | after_comma);
            errors |= wrong;
        }
        errors |= self.neighbours(&kinds, &brackets, before, group);
        Known {
            newlines: kinds.newline,
            errors,
            colons: kinds.colon,
            event_colons: kinds.colon & brackets.inside.event,
            property_colons: kinds.colon & brackets.inside.properties,
        }
    }

    /// What stands where it may not.
    ///
    /// That a colon or comma is followed by something, and a key by a colon, needs no rule of its own: whatever may follow
    /// it says what it has to be behind. `before` are the colons and the commas, each with its space.
    #[inline(always)]
    fn neighbours(&mut self, kinds: &Kinds, brackets: &Brackets, before: (u64, u64), group: Group<'_>) -> u64 {
        let &Kinds { string, open, close, newline, colon, comma, scalar, .. } = kinds;
        let (object, open_object) = (brackets.inside.object, brackets.open_object);
        let last = &mut self.last;
        (last.colon, last.comma, last.close) = (colon, comma, close);
        let before_value = before.0 | before.1 & !object | open & !open_object;
        let value_may_begin = behind(before_value, &mut last.before_value);
        let key_may_begin = behind(before.1 & object | open_object, &mut last.before_key);
        let after_open = behind(open, &mut last.open);
        let after_value = behind(string | close | scalar, &mut last.value_end);
        let after_newline = behind(newline, &mut last.newline);
        let scalar_start = scalar & !behind(scalar, &mut last.scalar);
        let key = string & key_may_begin;
        (string & !key | scalar_start) & !value_may_begin
            | open & !(value_may_begin | after_newline)
            | close & !(after_value | after_open)
            | comma & !(after_value & brackets.inside.record)
            | colon ^ behind(key, &mut last.key)
            | wrong(scalar_start, |bit| is_scalar(group.tokens(), bit))
    }

    /// The blanks behind a colon and behind a comma, and those that the scan does not know: only one space is known there
    /// and behind a closing bracket, and a carriage return, which ends a line.
    #[cold]
    fn blanks(&self, block: &[u8; BLOCK], kinds: &Kinds) -> ((u64, u64), u64) {
        let &Kinds { blank, colon, comma, close, .. } = kinds;
        let after = |mask: u64, last: u64| mask << 1 | last >> 63;
        let after_colon = after(colon, self.last.colon);
        let after_comma = after(comma, self.last.comma);
        let known = after_colon | after_comma | after(close, self.last.close);
        let errors = blank & !known | wrong(blank, |bit| matches!(block[bit], b' ' | b'\r'));
        ((blank & after_colon, blank & after_comma), errors)
    }

    /// Follows the brackets of a group.
    #[inline(always)]
    fn brackets(&mut self, bytes: &[u8], group: Group<'_>, kinds: &Kinds) -> Brackets {
        let &Kinds { open, close, newline, colon, .. } = kinds;
        let mut found = Brackets { inside: self.inside, open_object: 0, errors: 0 };
        let mut bits = open | close | newline;
        while bits != 0 {
            let bit = bits & bits.wrapping_neg();
            let is_object = group.block()[bits.trailing_zeros() as usize] & 0x20 != 0;
            bits ^= bit;
            let is_known = if open & bit != 0 {
                found.open_object |= if is_object { bit } else { 0 };
                self.open(is_object, || is_properties(bytes, group.colon_before(colon, bit)))
            } else if close & bit != 0 {
                self.close(is_object)
            } else {
                self.depth == 0
            };
            if !is_known {
                found.errors |= bit;
                break;
            }
            self.mark(&mut found.inside, bit.wrapping_neg());
        }
        found
    }

    /// Goes into an object or array; false if it is no record, or too deep.
    #[inline(always)]
    fn open(&mut self, is_object: bool, are_properties: impl FnOnce() -> bool) -> bool {
        if self.depth + 1 == self.properties_depth && self.depth > 0 {
            self.in_properties = is_object && are_properties();
        }
        self.kinds = self.kinds << 1 | u64::from(is_object);
        self.depth += 1;
        self.depth <= MAX_DEPTH && (is_object || self.depth > 1)
    }

    /// Goes out of an object or array; false if it is none of that kind.
    #[inline(always)]
    fn close(&mut self, is_object: bool) -> bool {
        let is_known = self.depth > 0 && (self.kinds & 1 == 1) == is_object;
        self.kinds >>= 1;
        self.depth = self.depth.wrapping_sub(1);
        is_known
    }

    /// Notes what all tokens of `from` are inside of.
    #[inline(always)]
    fn mark(&mut self, inside: &mut Insides, from: u64) {
        let all = |is: bool| u64::from(is).wrapping_neg();
        self.inside = Insides {
            record: all(self.depth > 0),
            object: all(self.kinds & 1 == 1),
            event: all(self.depth + 1 == self.properties_depth),
            properties: all(self.depth == self.properties_depth && self.in_properties),
        };
        let set = |mask: u64, all: u64| mask & !from | from & all;
        inside.record = set(inside.record, self.inside.record);
        inside.object = set(inside.object, self.inside.object);
        inside.event = set(inside.event, self.inside.event);
        inside.properties = set(inside.properties, self.inside.properties);
    }
}

/// The bits for which something does not hold.
#[inline(always)]
pub(super) fn wrong(mut bits: u64, mut holds: impl FnMut(usize) -> bool) -> u64 {
    let mut wrong = 0;
    while bits != 0 {
        let bit = bits.trailing_zeros();
        wrong |= u64::from(!holds(bit as usize)) << bit;
        bits &= bits - 1;
    }
    wrong
}

fn is_properties(bytes: &[u8], colon: usize) -> bool {
    bytes.get(..colon).is_some_and(|before| before.ends_with(b"\"properties\""))
}
