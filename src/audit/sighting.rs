//! Counts sessions that show the same, and names the first few.

use std::collections::BTreeSet;

use super::order::Place;

/// How many sessions are named.
const EXAMPLES: usize = 3;

/// Sessions that show the same; of them the first few by team and key.
#[derive(Debug, Default)]
pub(super) struct Sighting {
    pub(super) sessions: u64,
    first: BTreeSet<Place>,
}

impl Sighting {
    /// Counts a session.
    pub(super) fn see(&mut self, place: Place) {
        self.sessions += 1;
        self.keep(place);
    }

    fn keep(&mut self, place: Place) {
        self.first.insert(place);
        if self.first.len() > EXAMPLES {
            self.first.pop_last();
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.sessions += other.sessions;
        other.first.into_iter().for_each(|place| self.keep(place));
    }

    /// The ids of the first few, by team and key.
    pub(super) fn examples(&self) -> Vec<String> {
        self.first.iter().map(Place::session_id).collect()
    }
}
