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
