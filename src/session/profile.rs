//! Numbers what many sessions have in common: their team, and the libraries that sent their events.

use hashbrown::HashMap;

use crate::library::Sides;

/// What a session has in common with many others.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Profile {
    /// The number of its team.
    pub(crate) team: u32,
    /// Whether its key is a text.
    pub(crate) is_text: bool,
    /// The numbers of the origins of its events, ascending, [`MOST_ORIGINS`] at the most.
    pub(crate) origins: Box<[u32]>,
    /// The sides of the network that these are on.
    pub(crate) sides: Sides,
}

/// A session with more origins keeps the others aside: nobody but a test of patience has so many.
const MOST_ORIGINS: usize = 8;

/// Profiles by their numbers.
#[derive(Debug, Default)]
pub(crate) struct Profiles {
    all: Vec<Profile>,
    numbers: HashMap<Profile, u32>,
    /// The profile with one more origin.
    with_origin: HashMap<(u32, u32), u32>,
}

impl Profiles {
    /// The number of a profile without any origin yet.
    pub(super) fn number(&mut self, team: u32, is_text: bool) -> u32 {
        self.intern(Profile { team, is_text, origins: Box::default(), sides: Sides::default() })
    }

    pub(super) fn profile(&self, number: u32) -> &Profile {
        &self.all[number as usize]
    }

    /// The number of the profile that has this origin of that side, too; `None` if it has too many.
    pub(super) fn with_origin(&mut self, number: u32, origin: u32, side: Sides) -> Option<u32> {
        let profile = self.profile(number);
        if profile.origins.contains(&origin) {
            return Some(number);
        }
        if let Some(&other) = self.with_origin.get(&(number, origin)) {
            return Some(other);
        }
        if profile.origins.len() == MOST_ORIGINS {
            return None;
        }
        let (mut origins, mut sides) = (profile.origins.to_vec(), profile.sides);
        origins.push(origin);
        origins.sort_unstable();
        sides.add(side);
        let other = self.intern(Profile { origins: origins.into(), sides, ..*profile });
        self.with_origin.insert((number, origin), other);
        Some(other)
    }

    fn intern(&mut self, profile: Profile) -> u32 {
        *self.numbers.entry(profile).or_insert_with_key(|profile| {
            let number = u32::try_from(self.all.len()).expect("fewer than 2^32 items fit into memory");
            self.all.push(profile.clone());
            number
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_come_in_any_order() {
        let mut profiles = Profiles::default();
        let bare = profiles.number(3, false);
        let mut with = |origins: &[u32]| {
            let number =
                origins.iter().try_fold(bare, |number, origin| profiles.with_origin(number, *origin, Sides::default()));
            number.map(|number| (number, profiles.profile(number).origins.to_vec()))
        };
        assert_eq!(with(&[7, 1, 7]), with(&[1, 7]));
        assert_eq!(with(&[7, 1]).map(|(_, origins)| origins), Some(vec![1, 7]));
        assert_eq!(with(&[0, 1, 2, 3, 4, 5, 6, 7]).map(|(_, origins)| origins.len()), Some(MOST_ORIGINS));
        assert_eq!(with(&[0, 1, 2, 3, 4, 5, 6, 7, 8]), None);
        assert_eq!(profiles.number(3, false), bare);
        assert_ne!(profiles.number(3, true), bare);
    }
}
