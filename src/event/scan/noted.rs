//! Notes places to look at when a record has ended, so that the loop over blocks has no surprising branches.

/// The places that are noted at once, without asking how many there are.
const AT_ONCE: usize = 2;
/// What a record may have noted at the most; one with more is left to others.
const MOST: usize = 2048;

/// What was noted of a record so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Noted {
    pub(super) event_colons: Places,
    pub(super) property_colons: Places,
    pub(super) scalars: Places,
}

/// Offsets in the order of the bytes.
#[derive(Debug, Clone)]
pub(super) struct Places {
    offsets: Vec<usize>,
    taken: usize,
    length: usize,
}

impl Default for Places {
    fn default() -> Self {
        Self { offsets: vec![0; MOST + 64], taken: 0, length: 0 }
    }
}

impl Noted {
    /// Forgets all.
    pub(super) fn clear(&mut self) {
        for places in [&mut self.event_colons, &mut self.property_colons, &mut self.scalars] {
            (places.taken, places.length) = (0, 0);
        }
    }

    /// Forgets what was taken.
    pub(super) fn forget(&mut self) {
        for places in [&mut self.event_colons, &mut self.property_colons, &mut self.scalars] {
            places.offsets.copy_within(places.taken..places.length, 0);
            places.length -= places.taken;
            places.taken = 0;
        }
    }
}

impl Places {
    /// Notes the places of the bits of a block that begins at `at`; `None` when there are too many.
    #[inline(always)]
    pub(super) fn push(&mut self, at: usize, mut bits: u64) -> Option<()> {
        let count = bits.count_ones() as usize;
        let spare = self.offsets[self.length..].first_chunk_mut::<64>()?;
        for place in &mut spare[..AT_ONCE] {
            *place = at + bits.trailing_zeros() as usize;
            bits &= bits.wrapping_sub(1);
        }
        if count > AT_ONCE {
            for place in &mut spare[AT_ONCE..count] {
                *place = at + bits.trailing_zeros() as usize;
                bits &= bits.wrapping_sub(1);
            }
        }
        self.length += count;
        Some(())
    }

    /// The places before `end` that were not taken yet.
    #[inline(always)]
    pub(super) fn take_until(&mut self, end: usize) -> impl Iterator<Item = usize> {
        let left = &self.offsets[self.taken..self.length];
        let count = left.iter().rposition(|place| *place < end).map_or(0, |last| last + 1);
        self.taken += count;
        left[..count].iter().copied()
    }
}
