//! Checks that sixty-four bytes after sixty-four bytes are JSON, by what may stand next to what.
//!
//! The rules about neighbours are bit operations on a whole block. Only brackets are looked at one by one, for the depth
//! and the kind of what they open, and literals, numbers and escapes, for their spelling.

use super::classify::{BLOCK, Classify};

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
    last: Last,
}

/// Whether the last byte of the block before was one of these, in bit 0 (of `hint`, the last two bytes).
#[derive(Debug, Default)]
struct Last {
    colon: u64,
    comma: u64,
    close: u64,
    newline: u64,
    spaced_colon: u64,
    object_comma: u64,
    array_comma: u64,
    open_object: u64,
    open_array: u64,
    string_end: u64,
    key_end: u64,
    scalar: u64,
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
}

/// For every byte of a block, what it is directly inside of.
struct Insides {
    object: u64,
    nothing: u64,
    event: u64,
    properties: u64,
    /// The brackets that open an object.
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
            last: Last { newline: 1, ..Last::default() },
        }
    }

    /// Reads the next block, which begins at `at`; behind the end of the bytes it has newlines.
    #[inline(always)]
    pub(super) fn block<C: Classify>(&mut self, classify: C, bytes: &[u8], at: usize, block: &[u8; BLOCK]) -> Block {
        let masks = classify.masks(block);
        let escaped = self.escaped(masks.backslash);
        let quotes = masks.quote & !escaped;
        let in_string = classify.prefix_xor(quotes) ^ self.in_string;
        self.in_string = (in_string.cast_signed() >> 63).cast_unsigned();
        let (string_start, string_end) = (quotes & in_string, quotes & !in_string);
        let outside = !(in_string | string_end);
        let [open, close, newline] = [masks.open, masks.close, masks.newline].map(|mask| mask & outside);
        let inside = self.brackets(bytes, at, block, open, close, newline);
        let [colon, comma, space] = [masks.colon, masks.comma, masks.space].map(|mask| mask & outside);
        let control = masks.control & outside & !newline;
        let blank = space | control;
        let scalar = outside & !(colon | comma | open | close | newline | blank);

        let last = &mut self.last;
        let (after_colon, after_comma) = (behind(colon, &mut last.colon), behind(comma, &mut last.comma));
        let after_close = behind(close, &mut last.close);
        let spaced_comma = comma | blank & after_comma;
        let after_value_colon = behind(colon | blank & after_colon, &mut last.spaced_colon);
        let after_object_comma = behind(spaced_comma & inside.object, &mut last.object_comma);
        let after_array_comma = behind(spaced_comma & !inside.object, &mut last.array_comma);
        let after_open_object = behind(inside.open_object, &mut last.open_object);
        let after_open_array = behind(open & !inside.open_object, &mut last.open_array);
        let after_scalar = behind(scalar, &mut last.scalar);
        let after_value = behind(string_end, &mut last.string_end) | after_close | after_scalar;
        let value_may_begin = after_value_colon | after_array_comma | after_open_array;
        let key_may_begin = after_object_comma | after_open_object;

        // A key's opening quote, added to the ones that stand for the insides of strings, carries to its closing quote.
        let (sum, carry) = in_string.overflowing_add(string_start & key_may_begin);
        let (sum, carried) = sum.overflowing_add(u64::from(self.in_key));
        self.in_key = carry | carried;
        let key_inside = in_string & !sum;
        let after_key = behind(sum & string_end, &mut last.key_end);

        let scalar_start = scalar & !after_scalar;
        let wanted_insides = inside.event | inside.properties;
        let errors = inside.errors
            | masks.control & in_string
            | blank & !(after_colon | after_comma | after_close)
            | string_start & !(value_may_begin | key_may_begin)
            | after_object_comma & !(string_start | blank)
            | after_open_object & !(string_start | close)
            | open & !(value_may_begin | behind(newline, &mut last.newline))
            | scalar_start & !value_may_begin
            | close & !(after_value | after_open_object | after_open_array)
            | comma & (!after_value | inside.nothing)
            | colon ^ after_key
            | masks.backslash & key_inside & wanted_insides
            | wrong(control, |bit| block[bit] == b'\r')
            | wrong(escaped & in_string, |bit| is_escape(&bytes[at..], bit))
            | wrong(scalar_start, |bit| is_scalar(&bytes[at + bit..]));
        let hinted_colons = colon & (masks.hint << 2 | last.hint);
        last.hint = masks.hint >> 62;
        Block {
            newlines: newline,
            errors,
            event_colons: colon & inside.event,
            property_colons: colon & inside.properties,
            hinted_colons,
        }
    }

    /// The bytes behind an odd run of backslashes.
    #[inline(always)]
    fn escaped(&mut self, backslash: u64) -> u64 {
        if backslash == 0 {
            return std::mem::take(&mut self.next_is_escaped);
        }
        const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;
        let escapes = backslash & !self.next_is_escaped;
        // Subtracting carries from each run's start through the run; whether it ends on an even or odd bit tells whether
        // the run is odd.
        let ends = ((escapes << 1 | ODD).wrapping_sub(escapes)) ^ ODD;
        let escaped = ends ^ (backslash | self.next_is_escaped);
        self.next_is_escaped = (ends & backslash) >> 63;
        escaped
    }

    /// Follows the brackets of a block.
    #[inline(always)]
    fn brackets(&mut self, bytes: &[u8], at: usize, block: &[u8; BLOCK], open: u64, close: u64, newline: u64) -> Insides {
        let mut inside = Insides { object: 0, nothing: 0, event: 0, properties: 0, open_object: 0, errors: 0 };
        self.mark(&mut inside, u64::MAX);
        let mut bits = open | close | newline;
        while bits != 0 {
            let bit = bits.trailing_zeros();
            let mask = bits & bits.wrapping_neg();
            bits ^= mask;
            let byte = block[bit as usize];
            let is_object = byte & 0x20 != 0;
            if open & mask != 0 {
                if is_object {
                    inside.open_object |= mask;
                    self.in_properties |= self.depth == 1 && is_behind_properties(&bytes[..at + bit as usize]);
                }
                if self.depth == MAX_DEPTH || self.depth == 0 && !is_object {
                    inside.errors |= mask;
                    return inside;
                }
                self.kinds = self.kinds << 1 | u64::from(is_object);
                self.depth += 1;
            } else if self.depth == 0 || close & mask == 0 || (self.kinds & 1 == 1) != is_object {
                if close & mask == 0 && self.depth == 0 {
                    continue;
                }
                inside.errors |= mask;
                return inside;
            } else {
                self.kinds >>= 1;
                self.depth -= 1;
                self.in_properties &= self.depth > 1;
            }
            self.mark(&mut inside, mask.wrapping_neg());
        }
        inside
    }

    /// Notes what all bytes of `from` are inside of.
    #[inline(always)]
    fn mark(&self, inside: &mut Insides, from: u64) {
        let set = |mask: u64, is: bool| mask & !from | from & u64::from(is).wrapping_neg();
        inside.object = set(inside.object, self.kinds & 1 == 1);
        inside.nothing = set(inside.nothing, self.depth == 0);
        inside.event = set(inside.event, self.depth == 1);
        inside.properties = set(inside.properties, self.depth == 2 && self.in_properties);
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

/// Whether a literal or number begins here, and behind it a comma or bracket.
#[inline(always)]
fn is_scalar(bytes: &[u8]) -> bool {
    let end = match bytes {
        [b't', b'r', b'u', b'e', ..] | [b'n', b'u', b'l', b'l', ..] => 4,
        [b'f', b'a', b'l', b's', b'e', ..] => 5,
        _ => match number_end(bytes) {
            Some(end) => end,
            None => return false,
        },
    };
    matches!(bytes.get(end), Some(b',' | b'}' | b']'))
}

#[inline(always)]
fn number_end(bytes: &[u8]) -> Option<usize> {
    let digits = |mut at: usize| {
        let start = at;
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        (at > start).then_some(at)
    };
    let start = usize::from(bytes[0] == b'-');
    let mut end = digits(start)?;
    if bytes[start] == b'0' && end > start + 1 {
        return None;
    }
    if bytes.get(end) == Some(&b'.') {
        end = digits(end + 1)?;
    }
    if let Some(b'e' | b'E') = bytes.get(end) {
        end = digits(end + 1 + usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-'))))?;
    }
    Some(end)
}
