//! Looks at 64 bytes at once: which are quotes, brackets and so on, one bit a byte, and what the bits are good for.

use memchr::memchr2;

/// The bytes that are looked at together.
pub(super) const BLOCK: usize = 64;

/// What the bytes of a block are; bit `i` is byte `i`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Masks {
    pub(super) quote: u64,
    pub(super) backslash: u64,
    pub(super) slash: u64,
    /// `{` and `[`.
    pub(super) open: u64,
    /// `}` and `]`.
    pub(super) close: u64,
    pub(super) colon: u64,
    pub(super) comma: u64,
    pub(super) space: u64,
    pub(super) newline: u64,
    /// Below 0x20, newlines included.
    pub(super) control: u64,
}

/// A way to look at 64 bytes.
pub(super) trait Instructions: Copy {
    /// What the bytes are. Masks that the caller does not use cost nothing.
    fn masks(self, block: &[u8; BLOCK]) -> Masks;

    /// Writes the bytes whose bits are set to the start of `out`; what is behind them there is undefined.
    fn condense(self, block: &[u8; BLOCK], keep: u64, out: &mut [u8; BLOCK]);

    /// The place of the first quote or backslash.
    #[inline(always)]
    fn first_quote_or_backslash(self, text: &[u8]) -> Option<usize> {
        let Some(block) = text.first_chunk() else { return memchr2(b'"', b'\\', text) };
        let masks = self.masks(block);
        match masks.quote | masks.backslash {
            0 => Some(BLOCK + memchr2(b'"', b'\\', &text[BLOCK..])?),
            found => Some(found.trailing_zeros() as usize),
        }
    }

    /// For every bit, whether the bits up to and with it are odd in number.
    #[inline(always)]
    fn prefix_xor(self, bits: u64) -> u64 {
        [1, 2, 4, 8, 16, 32].into_iter().fold(bits, |bits, shift| bits ^ bits << shift)
    }

    /// Writes the places of the bits, counted from `at`, to the start of `out`.
    #[inline(always)]
    fn offsets(self, at: u32, mut bits: u64, out: &mut [u32; BLOCK]) {
        /// Written without asking how many there are.
        const AT_ONCE: usize = 4;
        let count = bits.count_ones() as usize;
        let mut write = |places: &mut [u32]| {
            for place in places {
                // There may be no bit left, and no offset behind these bytes.
                *place = at.wrapping_add(bits.trailing_zeros());
                bits &= bits.wrapping_sub(1);
            }
        };
        write(&mut out[..AT_ONCE]);
        if count > AT_ONCE {
            write(&mut out[AT_ONCE..count]);
        }
    }
}

/// What any machine has; compilers make vector instructions of it where all machines of a kind have them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Portable;

/// The mask of the bytes for which something holds.
#[inline(always)]
fn mask(block: &[u8; BLOCK], holds: impl Fn(u8) -> bool) -> u64 {
    let ones: [u8; BLOCK] = std::array::from_fn(|at| u8::from(holds(block[at])));
    let (words, _) = ones.as_chunks::<8>();
    // The product brings the ones of eight bytes together in the highest byte.
    let gathered = |word: &[u8; 8]| u64::from_le_bytes(*word).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    (0..BLOCK).step_by(8).zip(words).fold(0, |mask, (shift, word)| mask | gathered(word) << shift)
}

impl Instructions for Portable {
    #[inline(always)]
    fn masks(self, block: &[u8; BLOCK]) -> Masks {
        let byte = |wanted: u8| mask(block, |byte| byte == wanted);
        let bracket = |wanted: u8| mask(block, |byte| byte | 0x20 == wanted);
        Masks {
            quote: byte(b'"'),
            backslash: byte(b'\\'),
            slash: byte(b'/'),
            open: bracket(b'{'),
            close: bracket(b'}'),
            colon: byte(b':'),
            comma: byte(b','),
            space: byte(b' '),
            newline: byte(b'\n'),
            control: mask(block, |byte| byte < 0x20),
        }
    }

    /// Masks take longer here than this search.
    #[inline(always)]
    fn first_quote_or_backslash(self, text: &[u8]) -> Option<usize> {
        memchr2(b'"', b'\\', text)
    }

    #[inline(always)]
    fn condense(self, block: &[u8; BLOCK], mut keep: u64, out: &mut [u8; BLOCK]) {
        /// Written without asking how many there are.
        const AT_ONCE: usize = 12;
        let count = keep.count_ones() as usize;
        let mut write = |bytes: &mut [u8]| {
            for byte in bytes {
                *byte = block[keep.trailing_zeros() as usize % BLOCK];
                keep &= keep.wrapping_sub(1);
            }
        };
        write(&mut out[..AT_ONCE]);
        if count > AT_ONCE {
            write(&mut out[AT_ONCE..count]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks() -> impl Iterator<Item = [u8; BLOCK]> {
        let mut rng = fastrand::Rng::with_seed(7);
        (0..2_000).map(move |_| {
            std::array::from_fn(|_| if rng.bool() { rng.u8(..) } else { b"\"\\{}[]:, \n/bn"[rng.usize(..13)] })
        })
    }

    /// Holds some instructions against what the bytes of a block say one by one.
    fn check(instructions: impl Instructions) {
        let mut rng = fastrand::Rng::with_seed(8);
        for block in blocks() {
            let masks = instructions.masks(&block);
            assert_eq!(masks, plain_masks(&block), "{block:?}");
            for bits in [masks.quote, masks.control, rng.u64(..), rng.u64(..) & rng.u64(..) & rng.u64(..), 0, u64::MAX]
            {
                let places: Vec<_> = (0..64).filter(|place| bits >> place & 1 == 1).collect();
                let kept: Vec<_> = places.iter().map(|&place| block[place as usize]).collect();
                let tail = &block[block.len() - places.len()..];
                let end = instructions.first_quote_or_backslash(tail);
                assert_eq!(end, tail.iter().position(|byte| matches!(byte, b'"' | b'\\')));
                let mut out = [0; BLOCK];
                instructions.condense(&block, bits, &mut out);
                assert_eq!(out[..kept.len()], kept);
                let mut out = [0; BLOCK];
                instructions.offsets(1000, bits, &mut out);
                assert_eq!(out[..places.len()], places.iter().map(|place| 1000 + place).collect::<Vec<_>>());
                let counted = (0..64).fold(0, |odd, at| odd | u64::from((bits << (63 - at)).count_ones() % 2) << at);
                assert_eq!(instructions.prefix_xor(bits), counted);
            }
        }
    }

    fn plain_masks(block: &[u8; BLOCK]) -> Masks {
        let bits =
            |is: fn(u8) -> bool| block.iter().enumerate().fold(0, |bits, (at, &byte)| bits | u64::from(is(byte)) << at);
        Masks {
            quote: bits(|byte| byte == b'"'),
            backslash: bits(|byte| byte == b'\\'),
            slash: bits(|byte| byte == b'/'),
            open: bits(|byte| byte | 0x20 == b'{'),
            close: bits(|byte| byte | 0x20 == b'}'),
            colon: bits(|byte| byte == b':'),
            comma: bits(|byte| byte == b','),
            space: bits(|byte| byte == b' '),
            newline: bits(|byte| byte == b'\n'),
            control: bits(|byte| byte < 0x20),
        }
    }

    #[test]
    fn portable_instructions_say_what_bytes_say() {
        check(Portable);
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn vectors_say_what_bytes_say() {
        use super::super::vectors::{Avx2, Avx512};
        if let Some(avx2) = Avx2::detect() {
            avx2.run(|| check(avx2));
        }
        if let Some(avx512) = Avx512::detect() {
            avx512.run(|| check(avx512));
        }
    }
}
