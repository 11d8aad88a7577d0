//! Keeps many small items in segments, so that growing neither copies them nor doubles their memory.

use std::ops::{Index, IndexMut};

const SEGMENT: usize = 1024;

/// A list that only grows and whose items never move.
#[derive(Debug)]
pub(crate) struct Slab<T> {
    segments: Vec<Vec<T>>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { segments: Vec::new() }
    }
}

impl<T> Slab<T> {
    /// Appends an item and gives its index.
    ///
    /// # Panics
    ///
    /// Behind 2^32 items, which no memory holds.
    pub(crate) fn push(&mut self, item: T) -> u32 {
        let index = u32::try_from(self.len()).expect("fewer than 2^32 items fit into memory");
        match self.segments.last_mut() {
            Some(segment) if segment.len() < SEGMENT => segment.push(item),
            _ => {
                // A tiny run stays tiny: only the first segment grows.
                let mut segment = Vec::with_capacity(if self.segments.is_empty() { 4 } else { SEGMENT });
                segment.push(item);
                self.segments.push(segment);
            }
        }
        index
    }

    pub(crate) fn get(&self, index: u32) -> Option<&T> {
        self.segments.get(index as usize / SEGMENT)?.get(index as usize % SEGMENT)
    }

    pub(crate) fn len(&self) -> usize {
        self.segments.last().map_or(0, |last| (self.segments.len() - 1) * SEGMENT + last.len())
    }
}

impl<T> Index<u32> for Slab<T> {
    type Output = T;

    fn index(&self, index: u32) -> &T {
        &self.segments[index as usize / SEGMENT][index as usize % SEGMENT]
    }
}

impl<T> IndexMut<u32> for Slab<T> {
    fn index_mut(&mut self, index: u32) -> &mut T {
        &mut self.segments[index as usize / SEGMENT][index as usize % SEGMENT]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_keep_their_index_across_segments() {
        let mut slab = Slab::default();
        for item in 0..=3 * SEGMENT {
            assert_eq!(slab.push(item) as usize, item);
        }
        slab[2048] = 7;
        assert_eq!((slab.len(), slab[1023], slab[2048], slab[3072]), (3 * SEGMENT + 1, 1023, 7, 3072));
    }
}
