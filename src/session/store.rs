//! Groups events by session in shards that many threads fill; memory follows sessions, not events.

use std::collections::BTreeSet;
use std::hash::BuildHasher;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashMap, HashTable};
use uuid::Uuid;

use super::kinds::{Kinds, OwnLooks};
use super::noted::{Alike, CLIENT, Counted, NO_GROUP, Note, Sum, UserSet};
use super::profile::{Profile, Profiles};
use super::{EventId, Outside, Seen, kept_text};
use crate::event::Arrival;
use crate::event::id::{Side, Window, embedded_us, parse_uuid};
use crate::event::time::{US_PER_DAY, US_PER_HOUR};
use crate::identity::{NO_USER, UserNumber};
use crate::input::Position;
use crate::intern::lock;
use crate::library::Sides;
use crate::slab::Slab;

const SHARDS: usize = 64;

/// A session's key in 128 bits: the UUID, or a hash of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct RowKey {
    pub(crate) bits: [u64; 2],
    pub(crate) team: u32,
    pub(crate) is_text: bool,
}

impl RowKey {
    pub(crate) fn uuid(id: Uuid, team: u32) -> Self {
        let (high, low) = id.as_u64_pair();
        Self { bits: [high, low], team, is_text: false }
    }

    /// The time in microseconds since 1970 that it embeds, if it is a UUID of version 7.
    pub(crate) fn embedded_us(&self) -> Option<i64> {
        let id = Uuid::from_u64_pair(self.bits[0], self.bits[1]);
        embedded_us(id).filter(|_| !self.is_text)
    }

    /// What it is found by.
    pub(super) fn hashed(&self) -> ([u64; 2], u32) {
        (self.bits, self.team)
    }

    pub(crate) fn text(hash: u128, team: u32) -> Self {
        let (high, low) = Uuid::from_u128(hash).as_u64_pair();
        Self { bits: [high, low], team, is_text: true }
    }
}

/// One event of a session on its way into the store.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) key: RowKey,
    pub(crate) time_us: Option<i64>,
    pub(crate) seen: Seen,
    /// The number of its origin, and the side that this is on.
    pub(crate) origin: u32,
    pub(crate) side: Sides,
    /// The number of its look, of no origin.
    pub(crate) own_look: u32,
    /// What is kept of the key's text, of text keys.
    pub(crate) text: Option<Box<str>>,
    /// What tells its device from others ([`NO_DEVICE`] for none); two devices can be the same in it, but hardly are.
    pub(crate) device: u32,
    /// When it arrived, where that is asked.
    pub(crate) arrival: Option<Box<Arrival>>,
    /// What is noted of it beside.
    pub(crate) note: Note,
}

/// The device of events that name none.
pub(crate) const NO_DEVICE: u32 = 0;

/// In place of a session's device: its events name several.
pub(crate) const SEVERAL_DEVICES: u32 = 1;

/// All sessions; shared by all threads.
#[derive(Debug)]
pub(crate) struct Sessions {
    shards: Vec<Mutex<Shard>>,
    count: AtomicU64,
    hasher: DefaultHashBuilder,
}

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

/// What is kept of every session.
#[derive(Debug)]
pub(crate) struct Kept {
    bits: [u64; 2],
    /// Greater than `last_us` while no event has a time.
    pub(crate) first_us: i64,
    pub(crate) last_us: i64,
    /// One of the kinds of events seen; the others are aside.
    pub(crate) seen: Seen,
    /// Modulo 2^32; what is above is aside.
    events: u32,
    /// The number of its profile.
    pub(super) profile: u32,
    /// What its events name: [`NO_DEVICE`], [`SEVERAL_DEVICES`], or one.
    pub(crate) device: u32,
    /// In which hours of the id's 24 there are events, the first hour in the lowest bit; then the flags of its events; and
    /// the marks.
    hours: u32,
}

/// In front of the hours there are flags.
const HOURS: u32 = 24;

/// Set in a session's hours if something of it is kept aside.
const HAS_ASIDE: u32 = 1 << 31;

/// Set in a session's hours if it has events of several kinds.
const HAS_KINDS: u32 = 1 << 30;

/// What is kept only of sessions that are not as simple as most.
#[derive(Debug, Default)]
pub(crate) struct Aside {
    /// What is kept of the key's text.
    pub(crate) text: Option<Box<str>>,
    /// The events before the id's own time (and the tolerance).
    pub(crate) early: Option<Box<Outside>>,
    /// The events 24 hours or more behind the id's own time (and the tolerance).
    pub(crate) late: Option<Box<Outside>>,
    /// The first event of every other kind.
    pub(crate) others: Kinds,
    /// The users of client events, where there are others.
    pub(crate) clients: UserSet,
    /// The sides of the events of the one kind that is kept with the session; while there is no other one, those in
    /// its profile are of it, too.
    pub(crate) sides: Sides,
    /// The origins that its profile has no room for.
    pub(crate) origins: BTreeSet<u32>,
    events_2_to_32: u32,
}

impl Sessions {
    /// No sessions yet. Only events outside the id's own 24 hours by more than the slack are remembered as such.
    pub(crate) fn new(slack_us: i64) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::new(Shard::new(slack_us))).collect();
        Self { shards, count: AtomicU64::new(0), hasher: DefaultHashBuilder::default() }
    }

    /// The number of sessions so far.
    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// Adds the events of a chunk; every shard is locked once at the most.
    pub(crate) fn add(&self, rows: &mut Vec<Row>) {
        let mut by_shard: Vec<(u64, Row)> =
            rows.drain(..).map(|row| (self.hasher.hash_one(row.key.hashed()), row)).collect();
        by_shard.sort_by_key(|(hash, _)| shard_of(*hash));
        let mut new = 0;
        let mut rows = by_shard.into_iter().peekable();
        while let Some(&(hash, _)) = rows.peek() {
            let shard_number = shard_of(hash);
            let mut shard = lock(&self.shards[shard_number]);
            while let Some((hash, row)) = rows.next_if(|(hash, _)| shard_of(*hash) == shard_number) {
                new += u64::from(shard.add(hash, row, &self.hasher));
            }
        }
        self.count.fetch_add(new, Ordering::Relaxed);
    }

    /// The shards, once everything is read.
    pub(crate) fn into_shards(self) -> Vec<Shard> {
        let shards = self.shards.into_iter().map(|shard| shard.into_inner().expect("no thread panicked"));
        shards.map(Shard::settled).collect()
    }
}

/// The hash table takes the hash's low bits and its very highest; these are others.
fn shard_of(hash: u64) -> usize {
    (hash >> 48) as usize % SHARDS
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
        self.sessions[number].hours |= HAS_ASIDE;
        self.asides.entry(number).or_default()
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
            let aside = self.asides.entry(number).or_default();
            if had_clients && aside.is_uniform() {
                aside.clients.note(kept.seen.user);
            }
            aside.others.note(seen, &self.looks);
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
        let aside = self.aside(number);
        let all = match side {
            Side::Early => &mut aside.early,
            Side::Late => &mut aside.late,
        };
        let all = all.get_or_insert_with(|| Box::new(Outside::new(us, row.seen.clone())));
        all.add(us, &row.seen, row.origin, row.arrival.as_deref().copied(), id_us);
        Some(side)
    }

    fn settled(mut self) -> Self {
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

impl Aside {
    /// Whether all events are of the kind of the one that is not aside.
    pub(crate) fn is_uniform(&self) -> bool {
        self.others.iter().next().is_none()
    }
}

impl Row {
    /// An event without a time that shows nothing else.
    pub(crate) fn new(key: RowKey, seen: Seen) -> Self {
        let (origin, side, own_look, device) = (0, Sides::default(), 0, NO_DEVICE);
        let (text, arrival, note) = (None, None, Note::NONE);
        Self { key, time_us: None, seen, origin, side, own_look, text, device, arrival, note }
    }
}

impl Kept {
    fn new(row: &Row, profile: u32) -> Self {
        let (bits, seen) = (row.key.bits, row.seen.clone());
        Self { bits, first_us: i64::MAX, last_us: i64::MIN, seen, events: 0, profile, device: NO_DEVICE, hours: 0 }
    }

    fn note_device(&mut self, device: u32) {
        self.device = match self.device {
            _ if device == NO_DEVICE => return,
            NO_DEVICE => device,
            known if known == device => return,
            _ => SEVERAL_DEVICES,
        };
    }

    /// In which hours of the id's 24 there are events, the first hour in the lowest bit.
    pub(crate) fn hours(&self) -> u32 {
        self.hours & ((1 << HOURS) - 1)
    }

    /// What its events were noted with.
    pub(crate) fn flags(&self) -> u8 {
        self.hours.to_be_bytes()[0] & !(HAS_ASIDE | HAS_KINDS).to_be_bytes()[0]
    }

    pub(crate) fn row_key(&self, profile: &Profile) -> RowKey {
        RowKey { bits: self.bits, team: profile.team, is_text: profile.is_text }
    }

    /// The key, of a session whose key is a UUID.
    pub(crate) fn uuid(&self) -> Uuid {
        Uuid::from_u64_pair(self.bits[0], self.bits[1])
    }

    pub(crate) fn events(&self, aside: Option<&Aside>) -> u64 {
        u64::from(self.events) | u64::from(aside.map_or(0, |aside| aside.events_2_to_32)) << 32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_healthy_session_is_small() {
        assert_eq!(size_of::<Kept>(), 88);
        assert_eq!(size_of::<Option<Box<Aside>>>(), 8);
    }

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
    fn one_id_in_many_teams_takes_time_in_proportion() {
        let (mut shard, hasher) = (Shard::new(0), DefaultHashBuilder::default());
        for team in 0..100_000 {
            let key = RowKey { bits: [7, 7], team, is_text: false };
            let row = Row::new(key, Seen::at_line(0, 0));
            shard.add(hasher.hash_one(key.hashed()), row, &hasher);
        }
        assert_eq!(shard.len(), 100_000);
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
