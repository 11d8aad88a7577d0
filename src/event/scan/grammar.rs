//! Checks that sixty-four bytes after sixty-four bytes are JSON, by what may stand next to what.
//!
//! The rules about neighbours are bit operations on a whole block. Only brackets are looked at one by one, for the depth
//! and the kind of what they open, and escapes; literals and numbers later, for their spelling.

use super::classify::{BLOCK, Classify, Masks};

/// Every second bit.
const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;
/// How deep brackets may be nested for the scan, as there are bits to remember their kinds.
const MAX_DEPTH: u32 = 64;

/// What is carried from block to block.
#[derive(Debug)]
pub(super) struct Grammar {
    /// All ones inside a string.
    in_string: u64,
    next_is_escaped: u64,
    in_key: bool,
    /// The kinds of what is open, innermost lowest: 1 is an object.
    kinds: u64,
    depth: u32,
    in_properties: bool,
    /// What the block begins inside of.
    inside: Insides,
    last: Last,
}

/// Whether the last byte of the block before was one of these, in bit 0 (of `hint`, the last two bytes).
#[derive(Debug, Default)]
struct Last {
    colon: u64,
    comma: u64,
    close: u64,
    before_value: u64,
    before_key: u64,
    open: u64,
    value_end: u64,
    key_end: u64,
    scalar: u64,
    newline: u64,
    hint: u64,
}

/// What is to be known of a block.
#[derive(Debug)]
pub(super) struct Block {
    /// The ends of lines.
    pub(super) newlines: u64,
    /// Where something is no JSON, or nothing that the scan knows.
    pub(super) errors: u64,
    /// The colons behind keys of the event.
    pub(super) event_colons: u64,
    /// The colons behind keys of its properties.
    pub(super) property_colons: u64,
    /// Those behind a key that ends like a wanted one.
    pub(super) hinted_colons: u64,
    /// The starts of what has to be a literal or a number; see [`super::scalar`].
    pub(super) scalars: u64,
}

/// For every byte of a block, what it is directly inside of.
#[derive(Debug, Default, Clone, Copy)]
struct Insides {
    object: u64,
    event: u64,
    properties: u64,
}

/// The tokens of a block, each a bit, and what is in strings.
struct Tokens {
    /// From the opening quote to the last character.
    in_string: u64,
    string_start: u64,
    string_end: u64,
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

/// What the brackets of a block say.
struct Brackets {
    inside: Insides,
    open_object: u64,
    errors: u64,
}

/// The bits behind those of `mask`; what the last one says is kept in `last` for the next block.
#[inline(always)]
fn behind(mask: u64, last: &mut u64) -> u64 {
    let behind = mask << 1 | *last;
    *last = mask >> 63;
    behind
}

impl Grammar {
    /// At the start of a record.
    pub(super) fn new() -> Self {
        Self {
            in_string: 0,
            next_is_escaped: 0,
            in_key: false,
            kinds: 0,
            depth: 0,
            in_properties: false,
            inside: Insides::default(),
            last: Last { newline: 1, ..Last::default() },
        }
    }

    /// Reads the next block, which begins at `at`; behind the end of the bytes it has newlines.
    #[inline(always)]
    pub(super) fn block<C: Classify>(&mut self, classify: C, bytes: &[u8], at: usize, block: &[u8; BLOCK]) -> Block {
        let masks = classify.masks(block);
        let escaped = self.escaped(masks.backslash);
        let tokens = self.tokens(classify, &masks, masks.quote & !escaped);
        let brackets = self.brackets(bytes, at, block, &tokens);
        let inside = brackets.inside;
        let mut before = (tokens.colon, tokens.comma);
        let mut errors = brackets.errors;
        if tokens.blank != 0 {
            let ((after_colon, after_comma), wrong) = self.blanks(block, &tokens);
            before = (before.0 | after_colon, before.1 | after_comma);
            errors |= wrong;
        }
        let (scalars, key_inside, wrong_neighbours) = self.neighbours(&tokens, &brackets, before);
        errors |= wrong_neighbours | masks.control & tokens.in_string;
        if masks.backslash != 0 || escaped != 0 {
            errors |= masks.backslash & key_inside & (inside.event | inside.properties)
                | wrong(escaped & tokens.in_string, |bit| is_escape(bytes, at + bit));
        }
        let hinted_colons = tokens.colon & (masks.hint << 2 | self.last.hint);
        self.last.hint = masks.hint >> 62;
        Block {
            newlines: tokens.newline,
            errors,
            event_colons: tokens.colon & inside.event,
            property_colons: tokens.colon & inside.properties,
            hinted_colons,
            scalars,
        }
    }

    /// Tells tokens from the insides of strings.
    #[inline(always)]
    fn tokens<C: Classify>(&mut self, classify: C, masks: &Masks, quotes: u64) -> Tokens {
        let in_string = classify.prefix_xor(quotes) ^ self.in_string;
        self.in_string = (in_string.cast_signed() >> 63).cast_unsigned();
        let (string_start, string_end) = (quotes & in_string, quotes & !in_string);
        let outside = !(in_string | string_end);
        let (open, close, newline) = (masks.open & outside, masks.close & outside, masks.newline & outside);
        let (colon, comma) = (masks.colon & outside, masks.comma & outside);
        let blank = (masks.space | masks.control & !masks.newline) & outside;
        let scalar = outside & !(colon | comma | open | close | newline | blank);
        Tokens { in_string, string_start, string_end, open, close, newline, colon, comma, blank, scalar }
    }

    /// Where literals and numbers begin, what is inside of keys, and what stands where it may not.
    ///
    /// That a colon or comma is followed by something, and a key by a colon, needs no rule of its own: whatever may follow
    /// it says what it has to be behind. `before` are the colons and the commas, each with its space.
    #[inline(always)]
    fn neighbours(&mut self, tokens: &Tokens, brackets: &Brackets, before: (u64, u64)) -> (u64, u64, u64) {
        let &Tokens { in_string, string_start, string_end, open, close, newline, colon, comma, scalar, .. } = tokens;
        let (object, open_object) = (brackets.inside.object, brackets.open_object);
        let last = &mut self.last;
        (last.colon, last.comma, last.close) = (colon, comma, close);
        let before_value = before.0 | before.1 & !object | open & !open_object;
        let value_may_begin = behind(before_value, &mut last.before_value);
        let key_may_begin = behind(before.1 & object | open_object, &mut last.before_key);
        let after_open = behind(open, &mut last.open);
        let after_value = behind(string_end | close | scalar, &mut last.value_end);
        let after_newline = behind(newline, &mut last.newline);
        let scalar_start = scalar & !behind(scalar, &mut last.scalar);

        // A key's opening quote, added to the ones that stand for the insides of strings, carries to its closing quote.
        let key_start = string_start & key_may_begin;
        let (sum, carry) = in_string.overflowing_add(key_start);
        let (sum, carried) = sum.overflowing_add(u64::from(self.in_key));
        self.in_key = carry | carried;
        let after_key = behind(sum & string_end, &mut last.key_end);

        let errors = (string_start & !key_start | scalar_start) & !value_may_begin
            | open & !(value_may_begin | after_newline)
            | close & !(after_value | after_open)
            | comma & !after_value
            | colon ^ after_key;
        (scalar_start, in_string & !sum, errors)
    }

    /// The blanks behind a colon and behind a comma, and those that the scan does not know: only one space is known there
    /// and behind a closing bracket, and a carriage return, which ends a line.
    #[cold]
    fn blanks(&self, block: &[u8; BLOCK], tokens: &Tokens) -> ((u64, u64), u64) {
        let &Tokens { blank, colon, comma, close, .. } = tokens;
        let after = |mask: u64, last: u64| mask << 1 | last >> 63;
        let after_colon = after(colon, self.last.colon);
        let after_comma = after(comma, self.last.comma);
        let known = after_colon | after_comma | after(close, self.last.close);
        let errors = blank & !known | wrong(blank, |bit| matches!(block[bit], b' ' | b'\r'));
        ((blank & after_colon, blank & after_comma), errors)
    }

    /// The bytes behind an odd run of backslashes.
    #[inline(always)]
    fn escaped(&mut self, backslash: u64) -> u64 {
        if backslash == 0 {
            return std::mem::take(&mut self.next_is_escaped);
        }
        let first = backslash & !self.next_is_escaped;
        // Subtracting carries from each run's start through the run; whether it ends on an even or odd bit tells whether
        // the run is odd.
        let ends = ((first << 1 | ODD).wrapping_sub(first)) ^ ODD;
        let escaped = ends ^ (backslash | self.next_is_escaped);
        self.next_is_escaped = (ends & backslash) >> 63;
        escaped
    }

    /// Follows the brackets of a block.
    #[inline(always)]
    fn brackets(&mut self, bytes: &[u8], at: usize, block: &[u8; BLOCK], tokens: &Tokens) -> Brackets {
        let &Tokens { open, close, newline, .. } = tokens;
        let mut found = Brackets { inside: self.inside, open_object: 0, errors: 0 };
        let mut bits = open | close | newline;
        while bits != 0 {
            let bit = bits & bits.wrapping_neg();
            let place = bits.trailing_zeros() as usize;
            bits ^= bit;
            let is_object = block[place] & 0x20 != 0;
            let is_known = if open & bit != 0 {
                found.open_object |= if is_object { bit } else { 0 };
                self.open(is_object, &bytes[..at + place])
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

    /// Goes into an object or array behind `before`; false if it is no record, or too deep.
    #[inline(always)]
    fn open(&mut self, is_object: bool, before: &[u8]) -> bool {
        self.in_properties |= self.depth == 1 && is_object && is_behind_properties(before);
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
        self.in_properties &= self.depth > 1;
        is_known
    }

    /// Notes what all bytes of `from` are inside of.
    #[inline(always)]
    fn mark(&mut self, inside: &mut Insides, from: u64) {
        let all = |is: bool| u64::from(is).wrapping_neg();
        self.inside = Insides {
            object: all(self.kinds & 1 == 1),
            event: all(self.depth == 1),
            properties: all(self.depth == 2 && self.in_properties),
        };
        let set = |mask: u64, all: u64| mask & !from | from & all;
        inside.object = set(inside.object, self.inside.object);
        inside.event = set(inside.event, self.inside.event);
        inside.properties = set(inside.properties, self.inside.properties);
    }
}

/// The bits for which something does not hold.
#[inline(always)]
fn wrong(mut bits: u64, mut holds: impl FnMut(usize) -> bool) -> u64 {
    let mut wrong = 0;
    while bits != 0 {
        let bit = bits.trailing_zeros();
        wrong |= u64::from(!holds(bit as usize)) << bit;
        bits &= bits - 1;
    }
    wrong
}

fn is_behind_properties(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_suffix(b" ").unwrap_or(bytes);
    bytes.ends_with(b"\"properties\":")
}

/// Whether what stands behind a backslash is an escape.
#[inline(always)]
fn is_escape(bytes: &[u8], at: usize) -> bool {
    match bytes.get(at) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => true,
        Some(b'u') => bytes.get(at + 1..at + 5).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)),
        _ => false,
    }
}
