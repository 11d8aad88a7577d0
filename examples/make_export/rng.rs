//! Draws the random numbers that make an export repeatable.
//!
//! Splitmix64 is written out here because `fastrand` does not promise the same stream in every version, and a test that
//! names a seed must get the same bytes on every machine and after every `cargo update`. For the same reason nothing
//! random is computed in floating point: shares are parts in a million.

/// One million, the whole of which shares are parts.
pub(crate) const WHOLE: u64 = 1_000_000;

/// A stream of random numbers, fixed by its seed.
#[derive(Clone)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number under `limit`, or 0 when `limit` is 0.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        let wide = u128::from(self.next()) * u128::from(limit);
        u64::try_from(wide >> 64).unwrap_or_default()
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// True in `parts` of a million draws.
    pub(crate) fn chance(&mut self, parts: u64) -> bool {
        self.below(WHOLE) < parts
    }

    /// True in `percent` of a hundred draws.
    pub(crate) fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// A place in something of `length` places.
    pub(crate) fn index(&mut self, length: usize) -> usize {
        let limit = u64::try_from(length).unwrap_or(u64::MAX);
        usize::try_from(self.below(limit)).unwrap_or_default()
    }

    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.index(choices.len())]
    }

    /// One of the choices, each as likely as its weight.
    pub(crate) fn weighted<T: Copy>(&mut self, choices: &[(u64, T)]) -> T {
        let mut left = self.below(choices.iter().map(|(weight, _)| weight).sum());
        for &(weight, choice) in choices {
            if left < weight {
                return choice;
            }
            left -= weight;
        }
        choices[0].1
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.index(last + 1));
        }
    }

    /// A UUID with this version nibble, the variant of RFC 9562, and random bits elsewhere.
    pub(crate) fn uuid(&mut self, version: u8) -> u128 {
        let random = (u128::from(self.next()) << 64) | u128::from(self.next());
        with_bits(random, version)
    }

    /// A version 7 UUID of this millisecond.
    pub(crate) fn uuid7(&mut self, millis: u64) -> u128 {
        let random = self.uuid(7);
        (random & ((1 << 80) - 1)) | (u128::from(millis) << 80)
    }
}

fn with_bits(random: u128, version: u8) -> u128 {
    let cleared = random & !(0xf << 76) & !(0b11 << 62);
    cleared | (u128::from(version) << 76) | (0b10 << 62)
}
