//! Hashes ids to 128 bits under keys that nobody outside knows, so that nobody can make two ids the same.

use std::hash::{BuildHasher, Hasher, RandomState};

use siphasher::sip128::{Hasher128, SipHasher13};

/// What an id names; the same text names different things.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    DistinctId,
    Person,
    Session,
    AppSession,
}

/// Hashes the ids of one run. For a billion ids, two are the same with a probability under 1e-20.
#[derive(Debug)]
pub(crate) struct IdHasher(SipHasher13);

impl IdHasher {
    /// A hasher with keys of its own.
    pub(crate) fn new() -> Self {
        let random = RandomState::new();
        Self(SipHasher13::new_with_keys(random.hash_one(0), random.hash_one(1)))
    }

    /// The hash of an id of a team.
    pub(crate) fn hash(&self, team: u32, kind: Kind, id: &str) -> u128 {
        let mut hasher = self.0;
        hasher.write_u64(u64::from(team) << 2 | kind as u64);
        hasher.write(id.as_bytes());
        hasher.finish128().as_u128()
    }
}
