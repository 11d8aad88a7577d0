//! Counts sessions by the set of origins of their events, so that a healthy session costs an addition.

use std::collections::BTreeSet;

use super::Shard;
use super::view::Session;

impl Shard {
    /// Sets of origins and how many sessions have them; a set can come several times.
    pub(crate) fn origin_sets(&self) -> Vec<(BTreeSet<u32>, u64)> {
        let mut sets = Vec::new();
        // By number of the profile: one session that has it, and how many do.
        let mut alike: Vec<(u32, u64)> = Vec::new();
        for number in 0..self.len() {
            let (kept, _, aside) = self.session(number);
            if aside.is_some_and(|aside| !aside.origins.is_empty()) {
                sets.push((self.origins(number), 1));
                continue;
            }
            let profile = kept.profile as usize;
            if alike.len() <= profile {
                alike.resize(profile + 1, (number, 0));
            }
            alike[profile] = (number, alike[profile].1 + 1);
        }
        let alike = alike.into_iter().filter(|(_, sessions)| *sessions > 0);
        sets.extend(alike.map(|(number, sessions)| (self.origins(number), sessions)));
        sets
    }

    fn origins(&self, number: u32) -> BTreeSet<u32> {
        Session::new(self.session(number)).origins().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::hash::BuildHasher;

    use hashbrown::DefaultHashBuilder;
    use uuid::Uuid;

    use super::*;
    use crate::session::{Row, RowKey, Seen};

    #[test]
    fn every_session_is_in_one_set() {
        let (mut shard, hasher) = (Shard::new(0), DefaultHashBuilder::default());
        let mut add = |id, origin| {
            let key = RowKey::uuid(Uuid::from_u128(id), 0);
            let row = Row { origin, ..Row::new(key, Seen::at_line(0, 0)) };
            shard.add(hasher.hash_one(key.hashed()), row, &hasher);
        };
        // Two sessions of origins 1 and 2, one of origin 2, and two of more origins than a profile has.
        for (id, origin) in [(1, 1), (1, 2), (1, 1), (2, 2), (2, 1), (3, 2)] {
            add(id, origin);
        }
        (0..20).for_each(|origin| add(4, origin));
        (0..20).rev().for_each(|origin| add(5, origin));
        let mut sets = BTreeMap::<_, u64>::new();
        for (origins, sessions) in shard.origin_sets() {
            *sets.entry(origins.into_iter().collect::<Vec<_>>()).or_default() += sessions;
        }
        assert_eq!(sets.into_iter().collect::<Vec<_>>(), [((0..20).collect(), 2), (vec![1, 2], 2), (vec![2], 1)]);
    }
}
