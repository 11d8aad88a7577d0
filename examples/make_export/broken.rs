//! Names the ways in which a session can break and the share of sessions that break in each.

use std::fmt;
use std::str::FromStr;

use super::planted::CAUSES;
use super::rng::{Rng, WHOLE};

/// A way to break, named after the rule that finds it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Broken {
    NotAUuid,
    NotVersion7,
    NotRfcVariant,
    SharedByUsers,
    MixedSpelling,
    IdAfterFirstEvent,
    Past24Hours,
    SharedBySessions,
    InconsistentId,
}

/// Every way with its name and its usual share in parts of a million.
const WAYS: [(Broken, &str, u64); 9] = [
    (Broken::NotAUuid, "not-a-uuid", 3000),
    (Broken::NotVersion7, "not-version-7", 8000),
    (Broken::NotRfcVariant, "not-rfc-variant", 500),
    (Broken::SharedByUsers, "shared-by-users", 3000),
    (Broken::MixedSpelling, "mixed-spelling", 2000),
    (Broken::IdAfterFirstEvent, "id-after-first-event", 10_000),
    (Broken::Past24Hours, "past-24-hours", 4000),
    (Broken::SharedBySessions, "shared-by-sessions", 10_000),
    (Broken::InconsistentId, "inconsistent-id", 10_000),
];

/// The first so many of the ways exclude each other; those after them need a checkout id and are drawn apart.
const EXCLUSIVE: usize = 7;

/// The share of sessions that break in each way, in parts of a million.
///
/// Parsed from a list such as `0,past-24-hours=0.5`: a bare number is the share of all broken sessions, spread over the
/// ways as in life; the empty text is as in life.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shares([u64; WAYS.len()]);

impl Default for Shares {
    fn default() -> Self {
        Self(WAYS.map(|(_, _, share)| share))
    }
}

impl FromStr for Shares {
    type Err = String;

    fn from_str(list: &str) -> Result<Self, String> {
        let mut shares = Self::default();
        for item in list.split(',').filter(|item| !item.is_empty()) {
            match item.split_once('=') {
                Some((name, share)) => shares.0[place(name)?] = parts(share)?,
                None => shares.scale(parts(item)?),
            }
        }
        if shares.exclusive() > WHOLE {
            return Err("the shares of broken sessions add up to more than 1".to_owned());
        }
        Ok(shares)
    }
}

impl Shares {
    fn exclusive(&self) -> u64 {
        self.0[..EXCLUSIVE].iter().sum()
    }

    fn scale(&mut self, total: u64) {
        let usual = Self::default();
        // Rounded down, so that the sum never passes the whole.
        self.0 = usual.0.map(|share| (share * total / usual.exclusive()).min(WHOLE));
    }

    pub(crate) fn draw(&self, rng: &mut Rng) -> Option<Broken> {
        draw(rng, &self.0[..EXCLUSIVE], 0)
    }

    pub(crate) fn draw_checkout(&self, rng: &mut Rng) -> Option<Broken> {
        draw(rng, &self.0[EXCLUSIVE..], EXCLUSIVE)
    }
}

fn draw(rng: &mut Rng, shares: &[u64], first: usize) -> Option<Broken> {
    let mut left = rng.below(WHOLE);
    for (place, &share) in shares.iter().enumerate() {
        if left < share {
            return Some(WAYS[first + place].0);
        }
        left -= share;
    }
    None
}

fn place(name: &str) -> Result<usize, String> {
    let found = WAYS.iter().position(|(_, known, _)| *known == name);
    found.ok_or_else(|| format!("no way to break is named {name:?}; there are {}", names()))
}

fn names() -> String {
    WAYS.map(|(_, name, _)| name).join(", ")
}

fn parts(share: &str) -> Result<u64, String> {
    let wrong = || format!("{share:?} is no share from 0 to 1");
    let value: f64 = share.trim().parse().map_err(|_| wrong())?;
    if !(0.0..=1.0).contains(&value) {
        return Err(wrong());
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to a million")]
    let parts = (value * 1e6).round() as u64;
    Ok(parts)
}

/// What was written: the truth that an audit of the export must find.
#[derive(Clone, Debug, Default)]
pub(crate) struct Made {
    pub(crate) events: u64,
    pub(crate) without_session_id: u64,
    pub(crate) sessions: u64,
    broken: [u64; WAYS.len()],
    /// Planted sessions of every cause.
    planted: u64,
    /// Who had the session id `undefined` first, and whether others have it too.
    undefined: Option<(u64, bool)>,
}

impl Made {
    /// All sessions named `undefined` are one in the end, and the second user makes it shared.
    pub(crate) fn count_undefined(&mut self, user: u64) {
        match self.undefined {
            None => {
                self.sessions += 1;
                self.count(Broken::NotAUuid);
                self.undefined = Some((user, false));
            }
            Some((first, false)) if first != user => {
                self.count(Broken::SharedByUsers);
                self.undefined = Some((first, true));
            }
            Some(_) => {}
        }
    }

    /// Counts so many planted sessions of every cause.
    pub(crate) fn plant(&mut self, sessions: u64, events: u64) {
        self.planted = sessions;
        self.events += events;
        self.sessions += sessions * CAUSES.len() as u64;
        for (_, rule, _) in CAUSES {
            if let Some(place) = WAYS.iter().position(|(_, name, _)| *name == rule) {
                self.broken[place] += sessions;
            }
        }
    }

    /// The planted sessions of every cause, if there are any.
    pub(crate) fn causes(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let planted = self.planted;
        CAUSES.into_iter().map(move |(cause, _, _)| (cause, planted)).filter(|(_, sessions)| *sessions > 0)
    }

    pub(crate) fn count(&mut self, way: Broken) {
        if let Some(place) = WAYS.iter().position(|(known, _, _)| *known == way) {
            self.broken[place] += 1;
        }
    }
}

impl fmt::Display for Made {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "events {}", self.events)?;
        writeln!(out, "events-without-session-id {}", self.without_session_id)?;
        writeln!(out, "sessions {}", self.sessions)?;
        for ((_, name, _), count) in WAYS.iter().zip(self.broken) {
            writeln!(out, "{name} {count}")?;
        }
        self.causes().try_for_each(|(cause, sessions)| writeln!(out, "cause {cause} {sessions}"))
    }
}
