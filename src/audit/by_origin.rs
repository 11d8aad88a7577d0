//! Counts sessions by the origins of their events.

use hashbrown::HashMap;

use super::Share;

/// Sessions by the numbers of origins. A map, since a shard meets few of the origins that hostile data can make up.
#[derive(Debug, Default)]
pub(super) struct ByOrigin(HashMap<u32, Share>);

impl ByOrigin {
    /// Counts sessions with events of an origin.
    pub(super) fn see(&mut self, origin: u32, share: Share) {
        self.0.entry(origin).or_default().add(share);
    }

    pub(super) fn add(&mut self, other: Self) {
        other.0.into_iter().for_each(|(origin, share)| self.see(origin, share));
    }

    /// The sessions with events of an origin.
    pub(super) fn share(&self, origin: u32) -> Share {
        self.0.get(&origin).copied().unwrap_or_default()
    }

    /// All origins that were met, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, Share)> {
        self.0.iter().map(|(origin, share)| (*origin, *share))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_follows_the_origins_that_are_met() {
        let (mut all, one) = (ByOrigin::default(), Share { sessions: 1, dropped: 1 });
        // What is met, far apart; no more than that is kept, in every part and in all.
        for part in 0..64 {
            let mut some = ByOrigin::default();
            (0..10).for_each(|n| some.see(n * 100_000_000 + part % 2, one));
            assert!(some.0.allocation_size() < 1000, "{}", some.0.allocation_size());
            all.add(some);
        }
        assert!(all.0.allocation_size() < 2000, "{}", all.0.allocation_size());
        assert_eq!(
            (all.iter().count(), all.share(100_000_001), all.share(7)),
            (20, Share { sessions: 32, dropped: 32 }, Share::default())
        );
    }
}
