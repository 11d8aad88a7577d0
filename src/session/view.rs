//! Shows a finished session to the rules and reports.

use std::collections::{BTreeMap, BTreeSet};

use super::kept::{Aside, Kept};
use super::name::{SessionName, parts};
use super::profile::Profile;
use super::row::{NO_DEVICE, RowKey, SEVERAL_DEVICES};
use super::seen::Seen;
use super::{CLIENT, Late, Outside, SessionKey};
use crate::identity::UserNumber;
use crate::library::Sides;

/// A session, once everything is read.
#[derive(Debug, Clone, Copy)]
pub struct Session<'a> {
    kept: &'a Kept,
    profile: &'a Profile,
    aside: Option<&'a Aside>,
}

/// What the events of a session say of the device (`$device_id`) that they come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Devices {
    /// Nothing.
    None,
    /// All that name one name the same.
    One,
    /// Two or more are named.
    Several,
}

/// An event that the audit can name.
#[derive(Debug, Clone, Copy)]
pub struct Proof<'a> {
    pub(crate) seen: &'a Seen,
    /// Its time in microseconds since 1970, where it is the earliest or the latest event.
    pub(crate) time_us: Option<i64>,
}

impl<'a> Proof<'a> {
    /// An event whose time is not kept.
    fn of(seen: &'a Seen) -> Self {
        Self { seen, time_us: None }
    }

    fn farthest(outside: &'a Outside) -> Self {
        Self { seen: &outside.farthest, time_us: Some(outside.farthest_us) }
    }
}

impl<'a> Session<'a> {
    pub(crate) fn new((kept, profile, aside): (&'a Kept, &'a Profile, Option<&'a Aside>)) -> Self {
        Self { kept, profile, aside }
    }

    /// The session's key.
    #[must_use]
    pub fn key(&self) -> SessionKey<'a> {
        if !self.profile.is_text {
            return SessionKey::Uuid(self.kept.uuid());
        }
        SessionKey::Text(parts(self.kept_text()).0)
    }

    /// What names it in every run, beside its team.
    pub(crate) fn name(&self) -> SessionName {
        match self.key() {
            SessionKey::Uuid(id) => SessionName::Uuid(id),
            SessionKey::Text(_) => SessionName::of_kept(self.kept_text()),
        }
    }

    /// What is kept of the text, of a text key; no other session of its team has it.
    pub(crate) fn kept_text(&self) -> &'a str {
        self.aside.and_then(|aside| aside.text.as_deref()).unwrap_or_default()
    }

    /// Its key and team in the form that events come with.
    pub(crate) fn row_key(&self) -> RowKey {
        self.kept.row_key(self.profile)
    }

    /// The number of its team.
    #[must_use]
    pub(crate) fn team(&self) -> u32 {
        self.profile.team
    }

    /// The numbers of the origins of its events.
    pub(crate) fn origins(&self) -> impl Iterator<Item = u32> + use<'a> {
        let others = self.aside.into_iter().flat_map(|aside| &aside.origins);
        self.profile.origins.iter().chain(others).copied()
    }

    /// How many events it has.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.kept.events(self.aside)
    }

    /// The smallest and the largest time of its events in microseconds since 1970.
    #[must_use]
    pub fn times_us(&self) -> Option<(i64, i64)> {
        (self.kept.first_us <= self.kept.last_us).then_some((self.kept.first_us, self.kept.last_us))
    }

    /// The earliest event, if it is before the id's own time by more than the tolerance.
    pub(crate) fn too_early(&self) -> Option<Proof<'a>> {
        self.early().map(Proof::farthest)
    }

    /// The latest event, if it is 24 hours and the tolerance behind the id's own time.
    pub(crate) fn too_late(&self) -> Option<Proof<'a>> {
        self.late().map(|late| Proof::farthest(&late.outside))
    }

    /// The events before the id's time by more than the tolerance.
    pub(crate) fn early(&self) -> Option<&'a Outside> {
        self.aside?.early.as_deref()
    }

    /// The events 24 hours and the tolerance behind the id's time.
    pub(crate) fn late(&self) -> Option<&'a Late> {
        self.aside?.late.as_deref()
    }

    /// In which hours of the id's 24 there are events, the first hour in the lowest bit.
    pub(crate) fn hours(&self) -> u32 {
        self.kept.hours()
    }

    /// What its events say of their device.
    #[must_use]
    pub fn devices(&self) -> Devices {
        match self.kept.device {
            NO_DEVICE => Devices::None,
            SEVERAL_DEVICES => Devices::Several,
            _ => Devices::One,
        }
    }

    /// The first event of every kind.
    pub(crate) fn seen(&self) -> impl Iterator<Item = &'a Seen> + use<'a> {
        let others = self.aside.into_iter().flat_map(|aside| aside.others.iter());
        std::iter::once(&self.kept.seen).chain(others)
    }

    /// The users of its events with the sides that sent them, each user once or more; of a look's number, its side is
    /// asked.
    pub(crate) fn sides(&self, side: impl Fn(u32) -> Sides) -> impl Iterator<Item = (UserNumber, Sides)> {
        let mut sides = self.aside.map_or_else(Sides::default, |aside| aside.sides);
        if self.is_uniform() {
            sides.add(self.profile.sides);
        }
        let others = self.aside.into_iter().flat_map(|aside| aside.others.iter());
        let others = others.map(move |seen| (seen.user, side(seen.look)));
        std::iter::once((self.kept.seen.user, sides)).chain(others)
    }

    /// The session's first event.
    #[must_use]
    pub fn first(&self) -> Proof<'a> {
        Proof::of(self.seen().min_by_key(|seen| seen.at).unwrap_or(&self.kept.seen))
    }

    /// How many groups its events fall into.
    pub(crate) fn count<G: Ord>(&self, group: impl Fn(&Seen) -> Option<G>) -> usize {
        self.seen().filter_map(group).collect::<BTreeSet<_>>().len()
    }

    /// The first event of the second group that occurs, if there are two.
    pub(crate) fn second<G: Ord>(&self, group: impl Fn(&Seen) -> Option<G>) -> Option<Proof<'a>> {
        let mut firsts = BTreeMap::new();
        for seen in self.seen() {
            let Some(group) = group(seen) else { continue };
            let first = firsts.entry(group).or_insert(seen);
            if seen.at < first.at {
                *first = seen;
            }
        }
        let mut firsts: Vec<_> = firsts.into_values().collect();
        firsts.sort_by_key(|seen| seen.at);
        firsts.get(1).copied().map(Proof::of)
    }

    /// Whether all its events are of one kind, as those of most sessions are.
    pub(crate) fn is_uniform(&self) -> bool {
        self.aside.is_none_or(Aside::is_uniform)
    }

    /// What its events were noted with: see [`super::Note`].
    pub(crate) fn flags(&self) -> u8 {
        self.kept.flags()
    }

    /// The users of its client events, each once or several times.
    pub(crate) fn clients(&self) -> impl Iterator<Item = UserNumber> + use<'a> {
        let one = (self.is_uniform() && self.flags() & CLIENT != 0).then_some(self.kept.seen.user);
        one.into_iter().chain(self.aside.into_iter().flat_map(|aside| aside.clients.iter()))
    }
}
