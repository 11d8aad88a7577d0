//! Groups events by session; memory follows sessions, not events.

use std::hash::BuildHasher;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashMap, HashTable};

use super::kept::{Aside, HAS_ASIDE, HAS_KINDS, HOURS, Kept};
use super::kinds::OwnLooks;
use super::noted::{Alike, CLIENT, Counted, NO_GROUP, Note, Sum};
use super::outside::{Filled, Late, Outside};
use super::profile::{Profile, Profiles};
use super::row::{Row, RowKey};
use super::{EventId, Seen, kept_text};
use crate::event::id::{Side, Window, embedded_us, parse_uuid};
use crate::event::time::{US_PER_DAY, US_PER_HOUR};
use crate::identity::{NO_USER, UserNumber};
use crate::input::Position;
use crate::slab::Slab;

/// Some of the sessions, by hash of the key.
#[derive(Debug)]
pub(crate) struct Shard {
    numbers: HashTable<u32>,
    sessions: Slab<Kept>,
    profiles: Profiles,
    asides: HashMap<u32, Box<Aside>>,
    looks: OwnLooks,
    counted: Counted,
    slack_us: i64,
}

impl Shard {
    pub(super) fn new(slack_us: i64) -> Self {
        let (sessions, profiles) = (Slab::default(), Profiles::default());
        let (asides, looks, counted) = (HashMap::new(), OwnLooks::default(), Counted::default());
        Self { numbers: HashTable::new(), sessions, profiles, asides, looks, counted, slack_us }
    }

    /// Adds an event; true if its session is new.
    pub(super) fn add(&mut self, hash: u64, mut row: Row, hasher: &DefaultHashBuilder) -> bool {
        let (number, is_new) = self.number(hash, &row, hasher);
        if is_new && row.text.is_some() {
            self.aside(number).text = row.text.take();
        }
        if is_new || self.sessions[number].seen.look != row.seen.look {
            self.looks.learn(row.seen.look, row.own_look, row.side);
        }
        self.sessions[number].note_device(row.device);
        let outside = row.time_us.and_then(|us| self.merge_time(number, us, &row));
        self.merge_kind(number, &row);
        let Row { note, seen, .. } = row;
        if note.group != NO_GROUP {
            let alike = Alike { session: number, group: note.group, user: seen.user, outside };
            self.counted.add(alike, seen.at);
        }
        self.merge(number, seen, note);
        is_new
    }

    /// The number of an event's session, and whether it is new.
    fn number(&mut self, hash: u64, row: &Row, hasher: &DefaultHashBuilder) -> (u32, bool) {
        let Self { sessions, profiles, .. } = self;
        let is_same = |&number: &u32| {
            let kept = &sessions[number];
            let profile = || profiles.profile(kept.profile);
            kept.bits == row.key.bits && (profile().team, profile().is_text) == (row.key.team, row.key.is_text)
        };
        let entry = self.numbers.entry(hash, is_same, |&number| {
            let kept = &sessions[number];
            hasher.hash_one((kept.bits, profiles.profile(kept.profile).team))
        });
        match entry {
            Entry::Occupied(entry) => (*entry.get(), false),
            Entry::Vacant(entry) => {
                let profile = profiles.number(row.key.team, row.key.is_text);
                let number = sessions.push(Kept::new(row, profile));
                entry.insert(number);
                (number, true)
            }
        }
    }

    /// Notes the event's origin; and its side, if the session has several kinds of events and this one is of the kind that
    /// is kept with the session.
    fn merge_kind(&mut self, number: u32, row: &Row) {
        let kept = &self.sessions[number];
        let (had_kinds, profile) = (kept.hours & HAS_KINDS != 0, kept.profile);
        let is_other = !self.looks.are_alike(&kept.seen, &row.seen);
        if is_other && !had_kinds {
            let sides = self.profiles.profile(profile).sides;
            self.aside(number).sides.add(sides);
            self.sessions[number].hours |= HAS_KINDS;
        }
        let profile = self.profiles.with_origin(profile, row.origin, row.side);
        match profile {
            Some(profile) => self.sessions[number].profile = profile,
            None => _ = self.aside(number).origins.insert(row.origin),
        }
        if !is_other && (had_kinds || profile.is_none()) {
            self.aside(number).sides.add(row.side);
        }
    }

    /// A session of this id with an event that says nothing, to ask the rules what the id breaks by itself.
    pub(crate) fn of_id(id: &str) -> Self {
        let mut shard = Self::new(0);
        let at = Position { input: 0, chunk: 0, line: 0, nth: 0 };
        let seen = Seen { event: EventId::NONE, at, user: NO_USER, look: 0 };
        let key = parse_uuid(id.as_bytes()).map_or(RowKey::text(0, 0), |(id, _)| RowKey::uuid(id, 0));
        let text = Some(kept_text(id)).filter(|_| key.is_text);
        let row = Row { text, ..Row::new(key, seen) };
        shard.add(0, row, &DefaultHashBuilder::default());
        shard
    }

    fn aside(&mut self, number: u32) -> &mut Aside {
        self.aside_and_looks(number).0
    }

    /// What is kept aside of a session, from now on, and what its events are compared by.
    fn aside_and_looks(&mut self, number: u32) -> (&mut Aside, &OwnLooks) {
        let Self { sessions, asides, looks, .. } = self;
        sessions[number].hours |= HAS_ASIDE;
        (asides.entry(number).or_default(), looks)
    }

    fn merge(&mut self, number: u32, seen: Seen, note: Note) {
        let kept = &mut self.sessions[number];
        let (events, overflow) = kept.events.overflowing_add(1);
        kept.events = events;
        let (known, user) = (self.looks.are_alike(&kept.seen, &seen), seen.user);
        let had_clients = kept.flags() & CLIENT != 0;
        kept.hours |= u32::from(note.flags) << HOURS;
        if known && seen.at < kept.seen.at {
            kept.seen = seen;
        } else if !known {
            let first_user = kept.seen.user;
            let (aside, looks) = self.aside_and_looks(number);
            if had_clients && aside.is_uniform() {
                aside.clients.note(first_user);
            }
            aside.others.note(seen, looks);
        }
        if note.is_client() {
            self.note_client(number, user);
        }
        if overflow {
            self.aside(number).events_2_to_32 += 1;
        }
    }

    /// Remembers whose client event a session has; while its events are of one kind, that is plain.
    fn note_client(&mut self, number: u32, user: UserNumber) {
        if self.sessions[number].hours & HAS_ASIDE != 0
            && let Some(aside) = self.asides.get_mut(&number).filter(|aside| !aside.is_uniform())
        {
            aside.clients.note(user);
        }
    }

    /// Moves the session's first and last time, and remembers an event that is outside the id's own 24 hours, of which it
    /// gives the side.
    fn merge_time(&mut self, number: u32, us: i64, row: &Row) -> Option<Side> {
        let slack_us = self.slack_us;
        let kept = &mut self.sessions[number];
        (kept.first_us, kept.last_us) = (kept.first_us.min(us), kept.last_us.max(us));
        if self.profiles.profile(kept.profile).is_text {
            return None;
        }
        let id_us = embedded_us(kept.uuid())?;
        let Some(side) = (Window { id_us, slack_us }).side(us) else {
            kept.hours |= 1 << ((us - id_us).clamp(0, US_PER_DAY - 1) / US_PER_HOUR);
            return None;
        };
        let Row { seen, origin, arrival, .. } = row;
        let first = || Outside::new(us, seen.clone(), *origin, arrival.clone());
        let aside = self.aside(number);
        let known = match side {
            Side::Early => aside.early.as_deref_mut(),
            Side::Late => aside.late.as_mut().map(|late| &mut late.outside),
        };
        match (known, side) {
            (Some(known), _) => known.add(side, us, seen, *origin, arrival.as_deref()),
            (None, Side::Early) => aside.early = Some(Box::new(first())),
            (None, Side::Late) => aside.late = Some(Box::new(Late { outside: first(), filled: Filled::default() })),
        }
        if let Some(late) = aside.late.as_mut().filter(|_| side == Side::Late) {
            late.filled.add(us - id_us - US_PER_DAY);
        }
        Some(side)
    }

    pub(super) fn settled(mut self) -> Self {
        self.numbers = HashTable::new();
        for aside in self.asides.values_mut() {
            aside.others.settle(&self.looks);
        }
        self
    }

    /// The number of sessions.
    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.sessions.len()).expect("sessions have 32-bit numbers")
    }

    /// What is kept of a session.
    pub(crate) fn session(&self, number: u32) -> (&Kept, &Profile, Option<&Aside>) {
        let kept = &self.sessions[number];
        let aside = if kept.hours & HAS_ASIDE == 0 { None } else { self.asides.get(&number) };
        (kept, self.profiles.profile(kept.profile), aside.map(AsRef::as_ref))
    }

    /// The events that were counted by group, by session.
    pub(crate) fn counted(&self) -> Vec<(Alike, Sum)> {
        self.counted.sorted()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use uuid::Uuid;

    use super::*;
    use crate::library::Sides;

    #[test]
    fn healthy_sessions_take_a_hundred_bytes_and_need_nothing_aside() {
        const SESSIONS: u32 = 60_000;
        let (mut shard, hasher) = (Shard::new(0), DefaultHashBuilder::default());
        for line in 0..3 * SESSIONS {
            let ms = 1_741_910_400_000 + u128::from(line % SESSIONS);
            let key = RowKey::uuid(Uuid::from_u128(ms << 80 | 7 << 76 | 2 << 62), 0);
            let (time_us, seen) = (Some(1_741_910_500_000_000), Seen::at_line(line, line % SESSIONS));
            // Three libraries, whose looks are one to the rules.
            let row = Row { time_us, origin: line / SESSIONS, device: 7, ..Row::new(key, seen) };
            shard.add(hasher.hash_one(key.hashed()), row, &hasher);
        }
        assert_eq!((shard.len(), shard.asides.len()), (SESSIONS, 0));
        let bytes = size_of::<Kept>() + shard.numbers.allocation_size() / SESSIONS as usize;
        assert!(bytes <= 100, "{bytes}");
    }

    #[test]
    fn users_have_their_sides_whatever_the_order_of_events() {
        let (client, server, other) = (Sides::of(Some("web")), Sides::of(Some("posthog-go")), Sides::of(None));
        let of_look = |look: u32| [client, server, other][look as usize];
        // The user, the look and the origin of events; there are more origins than a profile has.
        let events: Vec<_> = (0..30).map(|n| (n % 2, if n % 2 == 0 { n / 2 % 2 } else { 2 }, n / 2)).collect();
        for start in 0..events.len() {
            let mut shard = Shard::new(0);
            for (line, (user, look, origin)) in events[start..].iter().chain(&events[..start]).enumerate() {
                let seen = Seen { look: *look, ..Seen::at_line(u32::try_from(line).unwrap_or_default(), *user) };
                let row = Row { origin: *origin, side: of_look(*look), ..Row::new(RowKey::text(7, 0), seen) };
                shard.add(7, row, &DefaultHashBuilder::default());
            }
            let mut sides = [Sides::default(); 2];
            for (user, some) in crate::session::Session::new(shard.session(0)).sides(of_look) {
                sides[user as usize].add(some);
            }
            let mut both = client;
            both.add(server);
            assert_eq!(sides, [both, other], "{start}");
        }
    }

    #[test]
    fn one_id_in_many_teams_is_found_by_its_team() {
        const TEAMS: u32 = 100_000;
        let (mut shard, hasher) = (Shard::new(0), DefaultHashBuilder::default());
        let key = |team| RowKey { bits: [7, 7], team, is_text: false };
        let hash = |team| hasher.hash_one(key(team).hashed());
        assert_eq!(
            (0..TEAMS).map(hash).collect::<BTreeSet<_>>().len(),
            TEAMS as usize,
            "none is looked for among others"
        );
        for team in (0..TEAMS).chain(0..TEAMS) {
            shard.add(hash(team), Row::new(key(team), Seen::at_line(0, 0)), &hasher);
        }
        assert_eq!(shard.len(), TEAMS);
        assert!((0..TEAMS).all(|number| shard.sessions[number].events == 2));
    }

    #[test]
    fn users_of_client_events_are_known_whatever_comes_first() {
        let mut rng = fastrand::Rng::with_seed(5);
        let hasher = DefaultHashBuilder::default();
        for _ in 0..2_000 {
            let mut shard = Shard::new(0);
            let (users, mut expected) = (rng.u32(1..4), BTreeSet::new());
            for line in 0..rng.u32(1..8) {
                let (user, is_client) = (rng.u32(..users), rng.bool());
                expected.extend(is_client.then_some(user));
                let note = Note { group: u32::from(is_client), flags: u8::from(is_client) };
                let row = Row { note, ..Row::new(RowKey::text(7, 0), Seen::at_line(99 - line, user)) };
                shard.add(7, row, &hasher);
            }
            let session = crate::session::Session::new(shard.session(0));
            assert_eq!(session.clients().collect::<BTreeSet<_>>(), expected);
            assert_eq!(session.flags(), u8::from(!expected.is_empty()));
            assert_eq!(shard.counted().iter().map(|(_, sum)| sum.events).sum::<u64>(), session.events());
        }
    }

    #[test]
    fn events_are_counted_past_32_bits() {
        let mut shard = Shard::new(0);
        let key = RowKey::text(7, 0);
        let row = || Row::new(key, Seen::at_line(0, 0));
        let hasher = DefaultHashBuilder::default();
        shard.add(7, row(), &hasher);
        shard.sessions[0].events = u32::MAX;
        shard.add(7, row(), &hasher);
        let (kept, _, aside) = shard.session(0);
        assert_eq!(kept.events(aside), 1 << 32);
    }
}
