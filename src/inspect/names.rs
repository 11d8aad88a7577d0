//! Counts names that the data writes, of which there may be millions, in bounded memory.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::shown::shown;
use crate::rows::cut;

/// How many different names are counted; those that are met later are only counted together.
const KEPT: usize = 1000;
/// How many names are shown.
const SHOWN: usize = 10;

/// Names and how many events have each.
#[derive(Debug, Default)]
pub struct Names {
    counts: BTreeMap<Box<str>, u64>,
    /// Events with names that are not kept.
    unkept: u64,
}

/// A name, safe to print, and how many events have it.
#[derive(Debug, PartialEq, Eq)]
pub struct Named {
    /// The name.
    pub name: String,
    /// The events.
    pub events: u64,
}

impl Names {
    pub(super) fn add(&mut self, name: &str) {
        let name = cut(name);
        if let Some(events) = self.counts.get_mut(name) {
            *events += 1;
        } else if self.counts.len() < KEPT {
            self.counts.insert(name.into(), 1);
        } else {
            self.unkept += 1;
        }
    }

    /// The names of most events, most first.
    #[must_use]
    pub fn top(&self) -> Vec<Named> {
        let mut names: Vec<_> = self.counts.iter().collect();
        names.sort_by_key(|(_, events)| Reverse(**events));
        names.into_iter().take(SHOWN).map(|(name, events)| Named { name: shown(name), events: *events }).collect()
    }

    /// How many different names there are, as far as they were counted.
    #[must_use]
    pub fn different(&self) -> usize {
        self.counts.len()
    }

    /// Whether there are more different names than were counted.
    #[must_use]
    pub fn are_more(&self) -> bool {
        self.unkept > 0
    }

    /// The events with other names than the top ones.
    #[must_use]
    pub fn others(&self) -> u64 {
        let shown: u64 = self.top().iter().map(|named| named.events).sum();
        self.counts.values().sum::<u64>() + self.unkept - shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bounded_and_the_most_frequent_come_first() {
        let mut names = Names::default();
        for name in ["web", "web", "node"] {
            names.add(name);
        }
        assert_eq!((names.others(), names.are_more()), (0, false));
        (0..5_000).for_each(|number| names.add(&format!("hostile {number:04}")));
        names.add("web");
        assert_eq!(names.top()[0], Named { name: "web".to_owned(), events: 3 });
        assert_eq!((names.top().len(), names.different(), names.are_more()), (SHOWN, KEPT, true));
        assert_eq!(names.others(), 5_004 - 3 - 9);
    }
}
