//! Gives ids 128 bits under keys that nobody outside knows, so that nobody can make two ids the same.

use std::hash::{BuildHasher, Hasher, RandomState};

use siphasher::sip128::{Hasher128, SipHasher13};

use crate::event::id::{Spelling, parse_uuid};

/// What an id names; the same text names different things.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    DistinctId,
    Person,
    Session,
    AppSession,
}

/// Turns the ids of one run into 128 bits. For a billion ids, two are the same with a probability under 1e-20.
#[derive(Debug)]
pub(crate) struct IdHasher {
    sip: SipHasher13,
    /// The masks of the unnamed team, by kind.
    masks: [u128; 4],
}

impl IdHasher {
    /// A hasher with keys of its own.
    pub(crate) fn new() -> Self {
        let random = RandomState::new();
        let sip = SipHasher13::new_with_keys(random.hash_one(0), random.hash_one(1));
        let kinds = [Kind::DistinctId, Kind::Person, Kind::Session, Kind::AppSession];
        Self { sip, masks: kinds.map(|kind| mask(sip, 0, kind)) }
    }

    /// The 128 bits of an id of a team.
    ///
    /// A UUID in its canonical spelling has 128 bits already: they are only masked by secret bits, so that the same
    /// UUID of another kind or team is another id. Whatever finds ids by these bits has to hash them again under a key,
    /// since anybody can choose UUIDs that are alike in some of their bits.
    #[inline]
    pub(crate) fn hash(&self, team: u32, kind: Kind, id: &str) -> u128 {
        if let Some((uuid, Spelling::CANONICAL)) = parse_uuid(id.as_bytes()) {
            let mask = if team == 0 { self.masks[kind as usize] } else { mask(self.sip, team, kind) };
            return uuid.as_u128() ^ mask;
        }
        let mut hasher = self.sip;
        hasher.write_u64(scope(team, kind));
        hasher.write(id.as_bytes());
        hasher.finish128().as_u128()
    }
}

fn scope(team: u32, kind: Kind) -> u64 {
    u64::from(team) << 2 | kind as u64
}

fn mask(mut sip: SipHasher13, team: u32, kind: Kind) -> u128 {
    sip.write_u64(scope(team, kind));
    sip.finish128().as_u128()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_differ_by_text_kind_and_team() {
        let hasher = IdHasher::new();
        let uuid = "019cadc6-9a80-7c1e-9a4b-5d0e6f7a8b9c";
        let mut all = BTreeSet::new();
        for id in [uuid, &uuid.to_uppercase(), &uuid.replace('-', ""), "ann", ""] {
            for kind in [Kind::DistinctId, Kind::Person, Kind::Session, Kind::AppSession] {
                for team in [0, 1, 7] {
                    assert_eq!(hasher.hash(team, kind, id), hasher.hash(team, kind, id));
                    assert!(all.insert(hasher.hash(team, kind, id)), "{id} {kind:?} {team}");
                }
            }
        }
    }
}
