//! Vector instructions of x86-64 behind run-time detection. All `unsafe` of the crate is in this file.

use std::arch::x86_64::{
    __m256i, _mm_clmulepi64_si128, _mm_cvtsi128_si64, _mm_set_epi64x, _mm_set1_epi8, _mm256_cmpeq_epi8,
    _mm256_loadu_si256, _mm256_min_epu8, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8, _mm512_add_epi32,
    _mm512_castsi512_si128, _mm512_cmpeq_epi8_mask, _mm512_cmplt_epu8_mask, _mm512_cvtepu8_epi32, _mm512_loadu_si512,
    _mm512_maskz_compress_epi8, _mm512_or_si512, _mm512_set1_epi8, _mm512_set1_epi32, _mm512_storeu_si512, _pdep_u64,
    _pext_u64,
};

use super::classify::{BLOCK, Instructions, Masks};

/// Proof that the processor has AVX2, PCLMULQDQ and BMI: x86-64 since 2013.
#[derive(Debug, Clone, Copy)]
pub(super) struct Avx2(());

/// Proof that the processor has AVX-512 with VBMI2 as well: since 2019.
#[derive(Debug, Clone, Copy)]
pub(super) struct Avx512(Avx2);

impl Avx2 {
    /// The proof, if the processor has what it takes.
    pub(super) fn detect() -> Option<Self> {
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
    pub(super) fn run<R>(self, work: impl FnOnce() -> R) -> R {
        #[target_feature(enable = "avx2,pclmulqdq,bmi1,bmi2,lzcnt,popcnt")]
        fn compiled<R>(work: impl FnOnce() -> R) -> R {
            work()
        }
        // SAFETY: `self` exists, so the processor has these features.
        unsafe { compiled(work) }
    }
}

impl Avx512 {
    /// The proof, if the processor has what it takes.
    pub(super) fn detect() -> Option<Self> {
        let has = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vbmi2");
        Avx2::detect().filter(|_| has).map(Self)
    }

    /// Runs a function compiled for this processor; what it calls must be inlined into it.
    #[allow(clippy::unused_self, reason = "it is the proof")]
    pub(super) fn run<R>(self, work: impl FnOnce() -> R) -> R {
        #[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,avx2,pclmulqdq,bmi1,bmi2,lzcnt,popcnt")]
        fn compiled<R>(work: impl FnOnce() -> R) -> R {
            work()
        }
        // SAFETY: `self` exists, so the processor has these features.
        unsafe { compiled(work) }
    }
}

// Macros and no closures, since closures are not compiled for the processor's vectors.

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

impl Instructions for Avx2 {
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
                slash: bits!(half => is!(half, b'/')),
                open: bits!(half => is!(_mm256_or_si256(half, all!(0x20)), b'{')),
                close: bits!(half => is!(_mm256_or_si256(half, all!(0x20)), b'}')),
                colon: bits!(half => is!(half, b':')),
                comma: bits!(half => is!(half, b',')),
                space: bits!(half => is!(half, b' ')),
                newline: bits!(half => is!(half, b'\n')),
                control: bits!(half => _mm256_cmpeq_epi8(_mm256_min_epu8(half, all!(0x1f)), half)),
            }
        }
    }

    #[inline(always)]
    fn condense(self, block: &[u8; BLOCK], keep: u64, out: &mut [u8; BLOCK]) {
        let (words, _) = block.as_chunks::<8>();
        let mut length = 0;
        for (word, keep) in words.iter().zip(keep.to_le_bytes()) {
            // SAFETY: `self` exists, so the processor has BMI2.
            let kept = unsafe {
                let bytes = _pdep_u64(u64::from(keep), 0x0101_0101_0101_0101) * 0xff;
                _pext_u64(u64::from_le_bytes(*word), bytes)
            };
            // Seven words before keep 56 bytes at the most, so that all eight fit.
            if let Some(place) = out[length..].first_chunk_mut::<8>() {
                *place = kept.to_le_bytes();
            }
            length += keep.count_ones() as usize;
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

/// Every byte of a block is its own place.
static PLACES: [u8; BLOCK] = {
    let mut places = [0; BLOCK];
    let mut at = 1;
    while at < BLOCK {
        places[at] = places[at - 1] + 1;
        at += 1;
    }
    places
};

impl Instructions for Avx512 {
    #[inline(always)]
    fn masks(self, block: &[u8; BLOCK]) -> Masks {
        macro_rules! all {
            ($byte:expr) => {
                _mm512_set1_epi8(u8::cast_signed($byte))
            };
        }
        // SAFETY: the block has 64 bytes, one unaligned load; `self` exists, so the processor has AVX-512.
        unsafe {
            let bytes = _mm512_loadu_si512(block.as_ptr().cast());
            let folded = _mm512_or_si512(bytes, all!(0x20));
            Masks {
                quote: _mm512_cmpeq_epi8_mask(bytes, all!(b'"')),
                backslash: _mm512_cmpeq_epi8_mask(bytes, all!(b'\\')),
                slash: _mm512_cmpeq_epi8_mask(bytes, all!(b'/')),
                open: _mm512_cmpeq_epi8_mask(folded, all!(b'{')),
                close: _mm512_cmpeq_epi8_mask(folded, all!(b'}')),
                colon: _mm512_cmpeq_epi8_mask(bytes, all!(b':')),
                comma: _mm512_cmpeq_epi8_mask(bytes, all!(b',')),
                space: _mm512_cmpeq_epi8_mask(bytes, all!(b' ')),
                newline: _mm512_cmpeq_epi8_mask(bytes, all!(b'\n')),
                control: _mm512_cmplt_epu8_mask(bytes, all!(0x20)),
            }
        }
    }

    #[inline(always)]
    fn condense(self, block: &[u8; BLOCK], keep: u64, out: &mut [u8; BLOCK]) {
        // SAFETY: both have 64 bytes, as the unaligned load and store; `self` exists, so the processor has VBMI2.
        unsafe {
            let bytes = _mm512_loadu_si512(block.as_ptr().cast());
            _mm512_storeu_si512(out.as_mut_ptr().cast(), _mm512_maskz_compress_epi8(keep, bytes));
        }
    }

    #[inline(always)]
    fn prefix_xor(self, bits: u64) -> u64 {
        self.0.prefix_xor(bits)
    }

    #[inline(always)]
    fn offsets(self, at: u32, bits: u64, out: &mut [u32; BLOCK]) {
        let (sixteens, _) = out.as_chunks_mut::<16>();
        let mut rest = bits;
        for sixteen in sixteens {
            // SAFETY: `PLACES` has 64 bytes and sixteen u32 have as many; `self` exists, so the processor has VBMI2.
            unsafe {
                let places = _mm512_loadu_si512(PLACES.as_ptr().cast());
                let places = _mm512_castsi512_si128(_mm512_maskz_compress_epi8(rest, places));
                let places = _mm512_add_epi32(_mm512_cvtepu8_epi32(places), _mm512_set1_epi32(at.cast_signed()));
                _mm512_storeu_si512(sixteen.as_mut_ptr().cast(), places);
                if rest.count_ones() <= 16 {
                    return;
                }
                rest &= !_pdep_u64(0xffff, rest);
            }
        }
    }
}
