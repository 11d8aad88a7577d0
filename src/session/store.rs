//! Groups events by session in shards that many threads fill; memory follows sessions, not events.

use std::hash::BuildHasher;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashMap, HashTable};
use uuid::Uuid;

use super::{EventId, Seen};
use crate::event::id::{embedded_ms, parse_uuid};
use crate::event::time::{US_PER_DAY, US_PER_MS};
use crate::identity::NO_USER;
use crate::input::Position;
use crate::intern::lock;
use crate::slab::Slab;

const SHARDS: usize = 64;

/// A session's key in 128 bits: the UUID, or a hash of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
    /// The key's text, of text keys.
    pub(crate) text: Option<Box<str>>,
}

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
    asides: HashMap<u32, Box<Aside>>,
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
    team_and_kind: u32,
}

/// What is kept only of sessions that are not as simple as most.
#[derive(Debug, Default)]
pub(crate) struct Aside {
    /// The key's text.
    pub(crate) text: Option<Box<str>>,
    /// The earliest event, if it is before the id's own time (and the tolerance).
    pub(crate) earliest: Option<(i64, Seen)>,
    /// The latest event, if it is 24 hours or more behind the id's own time (and the tolerance).
    pub(crate) latest: Option<(i64, Seen)>,
    /// The first event of every other kind.
    pub(crate) others: Kinds,
    events_2_to_32: u32,
}

/// The first event of each kind.
#[derive(Debug, Default)]
pub(crate) struct Kinds {
    /// Among them, behind the first `distinct` ones, may be later events of a kind.
    seen: Vec<Seen>,
    distinct: usize,
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
        let mut by_shard: Vec<(u64, Row)> = rows.drain(..).map(|row| (self.hasher.hash_one(row.key), row)).collect();
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
    fn new(slack_us: i64) -> Self {
        Self { numbers: HashTable::new(), sessions: Slab::default(), asides: HashMap::new(), slack_us }
    }

    /// Adds an event; true if its session is new.
    fn add(&mut self, hash: u64, row: Row, hasher: &DefaultHashBuilder) -> bool {
        let sessions = &self.sessions;
        let is_same = |&number: &u32| sessions[number].key() == row.key;
        let entry = self.numbers.entry(hash, is_same, |&number| hasher.hash_one(sessions[number].key()));
        let (number, is_new) = match entry {
            Entry::Occupied(entry) => (*entry.get(), false),
            Entry::Vacant(entry) => {
                let number = self.sessions.push(Kept::new(&row));
                entry.insert(number);
                (number, true)
            }
        };
        if is_new && row.text.is_some() {
            self.aside(number).text = row.text;
        }
        self.merge(number, row.time_us, row.seen, is_new);
        is_new
    }

    /// A session of this id with an event that says nothing, to ask the rules what the id breaks by itself.
    pub(crate) fn of_id(id: &str) -> Self {
        let mut shard = Self::new(0);
        let at = Position { input: 0, chunk: 0, line: 0, nth: 0 };
        let seen = Seen { event: EventId::NONE, at, user: NO_USER, look: 0 };
        let key = parse_uuid(id.as_bytes()).map_or(RowKey::text(0, 0), |(id, _)| RowKey::uuid(id, 0));
        let row = Row { key, time_us: None, seen, text: Some(id.into()).filter(|_| key.is_text) };
        shard.add(0, row, &DefaultHashBuilder::default());
        shard
    }

    fn aside(&mut self, number: u32) -> &mut Aside {
        self.asides.entry(number).or_default()
    }

    fn merge(&mut self, number: u32, time_us: Option<i64>, seen: Seen, is_new: bool) {
        if let Some(us) = time_us {
            self.merge_time(number, us, &seen);
        }
        let kept = &mut self.sessions[number];
        let (events, overflow) = kept.events.overflowing_add(1);
        kept.events = events;
        let known = kept.seen.kind() == seen.kind();
        if known && seen.at < kept.seen.at {
            (kept.seen.at, kept.seen.event) = (seen.at, seen.event);
        } else if !known && !is_new {
            self.aside(number).others.note(seen);
        }
        if overflow {
            self.aside(number).events_2_to_32 += 1;
        }
    }

    /// Moves the session's first and last time, and remembers the event that is outside the id's own 24 hours.
    fn merge_time(&mut self, number: u32, us: i64, seen: &Seen) {
        let slack_us = self.slack_us;
        let kept = &mut self.sessions[number];
        (kept.first_us, kept.last_us) = (kept.first_us.min(us), kept.last_us.max(us));
        let Some(id_us) = kept.id_us() else { return };
        if us < id_us.saturating_sub(slack_us) {
            let earliest = &mut self.aside(number).earliest;
            if earliest.as_ref().is_none_or(|(first, at)| (us, seen.at) < (*first, at.at)) {
                *earliest = Some((us, seen.clone()));
            }
        } else if us >= (id_us + US_PER_DAY).saturating_add(slack_us) {
            let latest = &mut self.aside(number).latest;
            if latest.as_ref().is_none_or(|(last, at)| us > *last || us == *last && seen.at < at.at) {
                *latest = Some((us, seen.clone()));
            }
        }
    }

    fn settled(mut self) -> Self {
        self.numbers = HashTable::new();
        for aside in self.asides.values_mut() {
            aside.others.settle();
        }
        self
    }

    /// The number of sessions.
    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.sessions.len()).expect("sessions have 32-bit numbers")
    }

    /// What is kept of a session.
    pub(crate) fn session(&self, number: u32) -> (&Kept, Option<&Aside>) {
        let aside = if self.asides.is_empty() { None } else { self.asides.get(&number) };
        (&self.sessions[number], aside.map(AsRef::as_ref))
    }
}

impl Kept {
    fn new(row: &Row) -> Self {
        Self {
            bits: row.key.bits,
            first_us: i64::MAX,
            last_us: i64::MIN,
            seen: row.seen.clone(),
            events: 0,
            team_and_kind: row.key.team << 1 | u32::from(row.key.is_text),
        }
    }

    fn key(&self) -> RowKey {
        RowKey { bits: self.bits, team: self.team(), is_text: self.team_and_kind & 1 == 1 }
    }

    pub(crate) fn team(&self) -> u32 {
        self.team_and_kind >> 1
    }

    pub(crate) fn uuid(&self) -> Option<Uuid> {
        (self.team_and_kind & 1 == 0).then(|| Uuid::from_u64_pair(self.bits[0], self.bits[1]))
    }

    fn id_us(&self) -> Option<i64> {
        Some(embedded_ms(self.uuid()?)? * US_PER_MS)
    }

    pub(crate) fn events(&self, aside: Option<&Aside>) -> u64 {
        u64::from(self.events) | u64::from(aside.map_or(0, |aside| aside.events_2_to_32)) << 32
    }
}

impl Kinds {
    /// Remembers an event if it may be the first of its kind. A session can have very many kinds (an id that all users
    /// share), so later events of a kind are only dropped now and then, when that pays.
    fn note(&mut self, seen: Seen) {
        const FEW: usize = 8;
        if self.seen.len() <= FEW
            && let Some(known) = self.seen.iter_mut().find(|known| known.kind() == seen.kind())
        {
            if seen.at < known.at {
                *known = seen;
            }
            return;
        }
        self.seen.push(seen);
        if self.seen.len() > FEW && self.seen.len() >= 2 * self.distinct {
            self.settle();
        }
    }

    fn settle(&mut self) {
        self.seen.sort_unstable_by_key(|seen| (seen.kind(), seen.at));
        self.seen.dedup_by(|later, first| later.kind() == first.kind());
        self.distinct = self.seen.len();
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Seen> {
        self.seen.iter()
    }
}

impl Seen {
    /// An event at a line of the first chunk, for tests.
    #[cfg(test)]
    fn at_line(line: u32, user: u32) -> Self {
        let at = Position { input: 0, chunk: 0, line, nth: 0 };
        Self { event: EventId::NONE, at, user, look: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_healthy_session_is_small() {
        assert_eq!(size_of::<Kept>(), 80);
        assert_eq!(size_of::<Option<Box<Aside>>>(), 8);
    }

    #[test]
    fn kinds_keep_the_first_event_of_each_in_little_memory() {
        let mut kinds = Kinds::default();
        for line in (0..10_000).rev() {
            kinds.note(Seen::at_line(line, line % 100));
        }
        assert!(kinds.seen.len() <= 200, "{}", kinds.seen.len());
        kinds.settle();
        let lines: Vec<_> = kinds.iter().map(|seen| (seen.user, seen.at.line)).collect();
        assert_eq!(lines, (0..100).map(|user| (user, user)).collect::<Vec<_>>());
    }

    #[test]
    fn events_are_counted_past_32_bits() {
        let mut shard = Shard::new(0);
        let row = || Row { key: RowKey::text(7, 0), time_us: None, seen: Seen::at_line(0, 0), text: None };
        let hasher = DefaultHashBuilder::default();
        shard.add(7, row(), &hasher);
        shard.sessions[0].events = u32::MAX;
        shard.add(7, row(), &hasher);
        let (kept, aside) = shard.session(0);
        assert_eq!(kept.events(aside), 1 << 32);
    }
}
