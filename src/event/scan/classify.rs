//! Tells, for 64 bytes at once, which are quotes, brackets and so on: one bit a byte.
//!
//! All `unsafe` of the crate is in this file: vector instructions behind run-time detection.

/// The bytes that are looked at together.
pub(super) const BLOCK: usize = 64;

/// What the bytes of a block are; bit `i` is byte `i`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Masks {
    pub(super) quote: u64,
    pub(super) backslash: u64,
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
    /// `d`, `b` and `n`: what the wanted properties end with.
    pub(super) hint: u64,
}

/// A way to look at 64 bytes.
pub(super) trait Classify: Copy {
    fn masks(self, block: &[u8; BLOCK]) -> Masks;

    /// For every bit, whether the bits up to and with it are odd in number.
    fn prefix_xor(self, bits: u64) -> u64 {
        [1, 2, 4, 8, 16, 32].into_iter().fold(bits, |bits, shift| bits ^ bits << shift)
    }
}

/// Eight bytes at once in a plain register, on any machine.
#[derive(Debug, Clone, Copy)]
pub(super) struct Portable;

/// One in every byte.
const ONES: u64 = 0x0101_0101_0101_0101;
const LOW_SEVEN: u64 = ONES * 0x7f;

/// The highest bit of every byte that is zero.
#[inline(always)]
fn zero_bytes(eight: u64) -> u64 {
    !(((eight & LOW_SEVEN) + LOW_SEVEN) | eight | LOW_SEVEN)
}

#[inline(always)]
fn equal(eight: u64, byte: u8) -> u64 {
    zero_bytes(eight ^ (ONES * u64::from(byte)))
}

/// The highest bits of the bytes, together in the lowest byte.
#[inline(always)]
fn gathered(high_bits: u64) -> u64 {
    (high_bits >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

impl Classify for Portable {
    #[inline(always)]
    fn masks(self, block: &[u8; BLOCK]) -> Masks {
        let mut masks = Masks::default();
        let (words, _) = block.as_chunks::<8>();
        for (shift, word) in (0..BLOCK).step_by(8).zip(words) {
            let eight = u64::from_le_bytes(*word);
            let lower = eight | (ONES * 0x20);
            let set = |mask: &mut u64, high_bits: u64| *mask |= gathered(high_bits) << shift;
            set(&mut masks.quote, equal(eight, b'"'));
            set(&mut masks.backslash, equal(eight, b'\\'));
            set(&mut masks.open, equal(lower, b'{'));
            set(&mut masks.close, equal(lower, b'}'));
            set(&mut masks.colon, equal(eight, b':'));
            set(&mut masks.comma, equal(eight, b','));
            set(&mut masks.space, equal(eight, b' '));
            set(&mut masks.newline, equal(eight, b'\n'));
            set(&mut masks.control, zero_bytes(eight & (ONES * 0xe0)));
            set(&mut masks.hint, equal(eight, b'd') | equal(eight, b'b') | equal(eight, b'n'));
        }
        masks
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) mod avx2 {
    //! AVX2 and carry-less multiplication, on x86-64 since 2013.

    use std::arch::x86_64::{
        __m256i, _mm_clmulepi64_si128, _mm_cvtsi128_si64, _mm_set_epi64x, _mm_set1_epi8, _mm256_cmpeq_epi8,
        _mm256_loadu_si256, _mm256_min_epu8, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8,
    };

    use super::{BLOCK, Classify, Masks};

    /// Proof that the processor has AVX2, PCLMULQDQ and BMI.
    #[derive(Debug, Clone, Copy)]
    pub(in super::super) struct Avx2(());

    impl Avx2 {
        /// The proof, if the processor has what it takes.
        pub(in super::super) fn detect() -> Option<Self> {
            let has = is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("pclmulqdq")
                && is_x86_feature_detected!("bmi1")
                && is_x86_feature_detected!("bmi2")
                && is_x86_feature_detected!("lzcnt")
                && is_x86_feature_detected!("popcnt");
            has.then_some(Self(()))
        }

        /// Runs a function compiled for this processor; what it calls must be inlined into it.
        #[allow(clippy::unused_self, reason = "it is the proof")]
        pub(in super::super) fn run<R>(self, work: impl FnOnce() -> R) -> R {
            #[target_feature(enable = "avx2,pclmulqdq,bmi1,bmi2,lzcnt,popcnt")]
            fn compiled<R>(work: impl FnOnce() -> R) -> R {
                work()
            }
            // SAFETY: `self` exists, so the processor has these features.
            unsafe { compiled(work) }
        }
    }

    // Macros and no closures, since closures are not compiled for AVX2.

    macro_rules! all {
        ($byte:expr) => {
            _mm256_set1_epi8(u8::cast_signed($byte))
        };
    }

    macro_rules! is {
        ($half:expr, $byte:expr) => {
            _mm256_cmpeq_epi8($half, all!($byte))
        };
    }

    impl Classify for Avx2 {
        #[inline(always)]
        #[allow(clippy::cast_ptr_alignment, reason = "the loads are unaligned")]
        fn masks(self, block: &[u8; BLOCK]) -> Masks {
            let start = block.as_ptr().cast::<__m256i>();
            // SAFETY: the block has 64 bytes, two unaligned loads of 32; `self` exists, so the processor has AVX2.
            unsafe {
                let (low, high) = (_mm256_loadu_si256(start), _mm256_loadu_si256(start.add(1)));
                macro_rules! bits {
                    ($half:ident => $mask:expr) => {{
                        let low = {
                            let $half = low;
                            _mm256_movemask_epi8($mask)
                        };
                        let high = {
                            let $half = high;
                            _mm256_movemask_epi8($mask)
                        };
                        u64::from(low.cast_unsigned()) | u64::from(high.cast_unsigned()) << 32
                    }};
                }
                Masks {
                    quote: bits!(half => is!(half, b'"')),
                    backslash: bits!(half => is!(half, b'\\')),
                    open: bits!(half => is!(_mm256_or_si256(half, all!(0x20)), b'{')),
                    close: bits!(half => is!(_mm256_or_si256(half, all!(0x20)), b'}')),
                    colon: bits!(half => is!(half, b':')),
                    comma: bits!(half => is!(half, b',')),
                    space: bits!(half => is!(half, b' ')),
                    newline: bits!(half => is!(half, b'\n')),
                    control: bits!(half => _mm256_cmpeq_epi8(_mm256_min_epu8(half, all!(0x1f)), half)),
                    hint: bits!(half =>
                        _mm256_or_si256(is!(half, b'd'), _mm256_or_si256(is!(half, b'b'), is!(half, b'n')))),
                }
            }
        }

        #[inline(always)]
        fn prefix_xor(self, bits: u64) -> u64 {
            // SAFETY: `self` exists, so the processor has carry-less multiplication.
            unsafe {
                let bits = _mm_set_epi64x(0, bits.cast_signed());
                _mm_cvtsi128_si64(_mm_clmulepi64_si128(bits, _mm_set1_epi8(-1), 0)).cast_unsigned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks() -> impl Iterator<Item = [u8; BLOCK]> {
        let mut rng = fastrand::Rng::with_seed(7);
        (0..2_000).map(move |_| {
            std::array::from_fn(|_| if rng.bool() { rng.u8(..) } else { b"\"\\{}[]:, \ndbn"[rng.usize(..13)] })
        })
    }

    #[test]
    fn prefix_xor_counts_the_bits_so_far() {
        for block in blocks().take(100) {
            let bits = Portable.masks(&block).quote;
            let counted = (0..64).fold(0, |odd, at| odd | u64::from((bits << (63 - at)).count_ones() % 2) << at);
            assert_eq!(Portable.prefix_xor(bits), counted);
        }
    }

    #[test]
    fn eight_at_once_say_what_bytes_say() {
        for block in blocks() {
            let bits = |is: fn(u8) -> bool| {
                block.iter().enumerate().fold(0, |bits, (at, &byte)| bits | u64::from(is(byte)) << at)
            };
            let masks = Masks {
                quote: bits(|byte| byte == b'"'),
                backslash: bits(|byte| byte == b'\\'),
                open: bits(|byte| byte | 0x20 == b'{'),
                close: bits(|byte| byte | 0x20 == b'}'),
                colon: bits(|byte| byte == b':'),
                comma: bits(|byte| byte == b','),
                space: bits(|byte| byte == b' '),
                newline: bits(|byte| byte == b'\n'),
                control: bits(|byte| byte < 0x20),
                hint: bits(|byte| matches!(byte, b'd' | b'b' | b'n')),
            };
            assert_eq!(Portable.masks(&block), masks, "{block:?}");
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn vectors_say_what_bytes_say() {
        let Some(avx2) = avx2::Avx2::detect() else { return };
        for block in blocks() {
            let masks = Portable.masks(&block);
            assert_eq!(avx2.run(|| avx2.masks(&block)), masks, "{block:?}");
            assert_eq!(avx2.run(|| avx2.prefix_xor(masks.quote)), Portable.prefix_xor(masks.quote));
        }
    }
}
