//! Turns the events of chunks into rows, on all workers side by side.

use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use bytemuck::Zeroable;
use hashbrown::{DefaultHashBuilder, HashMap};

use super::app_sessions::AppSessionUse;
use super::counts::{ChunkCounts, InputRecords};
use super::hash::{IdHasher, Kind};
use super::library::{Libraries, LibraryRef, LibraryVersion, library_flags};
use super::partitions::{Appender, Partitions};
use super::row::{Flags, Row, RowKey, UNTIMED};
use super::spill::{Budget, MemoryLimit};
use super::text_log::{TextAppender, TextRef, Texts};
use super::text_table::{KnownTexts, TextTable};
use super::texts::{MaybeText, MaybeTextRef, cut, kept_text};
use super::users::{Identity, NO_USER, UserWorker, Users};
use super::without_session::{EventGroup, WithoutSession};
use super::{Rows, Tables};
use crate::event::id::{Spelling, parse_uuid};
use crate::event::{Event, EventReader, Fields, Found, walk};
use crate::input::Position;
use crate::input::chunk::Chunk;

/// How many event names, and how many versions of libraries, are told apart. Anybody can make up
/// more of them, and no report shows as many.
const MOST_TEXTS: usize = 1 << 16;

/// How many text keys a worker remembers, so that it keeps the text of a session's events once.
const KNOWN_KEYS: usize = 4096;

/// How many events wait at the most for their users to be numbered together, however large a chunk is.
const MOST_PENDING: usize = 4096;

/// In place of the number of a row: an event that has none, but says who is who.
const NO_ROW: usize = usize::MAX;

/// What is asked of the events.
#[derive(Debug, Clone)]
pub(crate) struct RowOptions {
    /// Where the fields of an event are.
    pub(crate) fields: Fields,
    /// What counts as one user.
    pub(crate) identity: Identity,
    /// Whether the texts of distinct ids are kept for reports.
    pub(crate) keep_user_texts: bool,
    /// Libraries of servers beside PostHog's.
    pub(crate) server_libs: Vec<String>,
    /// How much memory rows may take.
    pub(crate) memory: MemoryLimit,
    /// How many workers there are.
    pub(crate) workers: usize,
}

/// What all workers share while events become rows.
#[derive(Debug)]
pub(crate) struct Ingest<'o> {
    options: &'o RowOptions,
    budget: Arc<Budget>,
    users: Users,
    teams: TextTable<MaybeText>,
    names: TextTable<MaybeText>,
    libraries: TextTable<LibraryVersion>,
    hasher: IdHasher,
    /// Chooses partitions and tells devices apart.
    short_hasher: DefaultHashBuilder,
    workers: AtomicUsize,
}

/// What one worker has, and what it made of the events that it read.
#[derive(Debug)]
pub(crate) struct IngestWorker {
    reader: EventReader,
    sink: Sink,
}

/// Where the rows of a worker go.
#[derive(Debug)]
struct Sink {
    /// The latest rows, some of them still without their users.
    pending: Vec<Row>,
    rows: Appender<Row>,
    app_sessions: Appender<AppSessionUse>,
    texts: TextAppender,
    users: UserWorker,
    known_keys: HashMap<u128, TextRef>,
    teams: KnownTexts<MaybeText>,
    names: KnownTexts<MaybeText>,
    libraries: KnownTexts<LibraryVersion>,
    without_session: WithoutSession,
    inputs: HashMap<u32, InputRecords>,
}

impl<'o> Ingest<'o> {
    /// # Errors
    ///
    /// A folder for temporary files that is none.
    pub(crate) fn new(options: &'o RowOptions) -> Result<Self> {
        Ok(Self {
            options,
            budget: Arc::new(Budget::new(&options.memory)?),
            users: Users::new(options.identity, options.keep_user_texts),
            teams: TextTable::unbounded(),
            names: TextTable::bounded(MOST_TEXTS),
            libraries: TextTable::bounded(MOST_TEXTS),
            hasher: IdHasher::new(),
            short_hasher: DefaultHashBuilder::default(),
            workers: AtomicUsize::new(0),
        })
    }

    /// A new worker.
    pub(crate) fn worker(&self) -> IngestWorker {
        let number = self.workers.fetch_add(1, Ordering::Relaxed);
        let (budget, workers) = (&self.budget, self.options.workers);
        let sink = Sink {
            pending: Vec::new(),
            rows: Appender::new(budget, workers),
            app_sessions: Appender::new(budget, workers),
            texts: TextAppender::new(number, budget),
            users: UserWorker::new(budget, workers),
            known_keys: HashMap::new(),
            teams: KnownTexts::default(),
            names: KnownTexts::default(),
            libraries: KnownTexts::default(),
            without_session: WithoutSession::default(),
            inputs: HashMap::new(),
        };
        IngestWorker { reader: EventReader::new(self.options.fields.clone()), sink }
    }

    /// Whether a temporary file could not be written, so that nothing will come of it.
    pub(crate) fn has_failed(&self) -> bool {
        self.budget.has_failed()
    }

    /// Makes rows of the events of a chunk of an input, and says how many events there were.
    pub(crate) fn read(&self, worker: &mut IngestWorker, input: u32, chunk: &Chunk) -> u64 {
        let IngestWorker { reader, sink } = worker;
        let mut counts = ChunkCounts::default();
        let mut at = Position { input, chunk: chunk.number, line: 0, nth: 0 };
        let newlines = walk(chunk, reader, |line, found| {
            at.nth = if line == at.line { at.nth + 1 } else { 0 };
            at.line = line;
            match found {
                Found::Event(event) => {
                    counts.event(&event);
                    self.take(&event, at, sink);
                }
                Found::OtherModel => counts.other_model(),
                Found::Malformed(malformed) => counts.malformed(at, malformed),
            }
        });
        self.settle(sink);
        let events = counts.events();
        sink.inputs.entry(input).or_default().add(chunk.number, newlines, counts);
        events
    }

    /// Takes what the audit needs from an event.
    fn take(&self, event: &Event<'_>, at: Position, sink: &mut Sink) {
        let library = LibraryRef::new(event.lib.as_deref(), event.lib_version.as_deref());
        let library = sink.libraries.number(&library, &self.libraries);
        let name = MaybeTextRef(event.name.as_deref().map(cut));
        let name = sink.names.number(&name, &self.names);
        let flags = event_flags(event).with(Flags::BACKEND_LIBRARY.when(self.is_server_lib(event)));
        if event.session_id.is_none() {
            let group = EventGroup { name, library, flags, look_alike: event.look_alike };
            sink.without_session.add(group, at);
            if !event.merges {
                return;
            }
        }
        let team = sink.teams.number(&MaybeTextRef(event.team_id.as_deref()), &self.teams);
        let next = if event.session_id.is_some() { sink.pending.len() } else { NO_ROW };
        let user = self.users.number((next, event), team, &self.hasher, &mut sink.users);
        if let Some(id) = event.session_id.as_deref() {
            let row = Row { at, team, library, name, user: user.unwrap_or(NO_USER), flags, ..Row::zeroed() };
            let row = self.row(event, id, row, sink);
            sink.pending.push(row);
        }
        if sink.pending.len().max(sink.users.pending()) >= MOST_PENDING {
            self.settle(sink);
        }
    }

    /// Whether the library is named as one of servers.
    fn is_server_lib(&self, event: &Event<'_>) -> bool {
        let named = &self.options.server_libs;
        !named.is_empty() && event.lib.as_deref().is_some_and(|lib| named.iter().any(|known| known == lib))
    }

    /// The row of an event of a session, of which the numbers are known.
    fn row(&self, event: &Event<'_>, id: &str, numbers: Row, sink: &mut Sink) -> Row {
        let (key, spelling) = self.key(event, id, numbers.team, sink);
        let (event_id, id_flags) = event_id(event, sink);
        let arrival = event.arrival.unwrap_or_default();
        Row {
            key: key.bits,
            event_id,
            time_us: event.time_us.unwrap_or(UNTIMED),
            sent_us: arrival.sent_us.unwrap_or(UNTIMED),
            stored_us: arrival.created_us.unwrap_or(UNTIMED),
            app_session: self.app_session(event, key, sink),
            spelling,
            device: self.device(event),
            flags: numbers.flags.with(id_flags).with(Flags::TEXT_KEY.when(key.is_text)),
            ..numbers
        }
    }

    /// Completes pending rows with their users.
    fn settle(&self, sink: &mut Sink) {
        let pending = &mut sink.pending;
        self.users.settle(&mut sink.users, |row, user| {
            if let Some(row) = pending.get_mut(row) {
                row.user = user;
            }
        });
        for row in sink.pending.drain(..) {
            sink.rows.push(self.short_hasher.hash_one(row.key), row);
        }
    }

    /// The session that an event's id names, and how it is spelled or where its text is kept.
    fn key(&self, event: &Event<'_>, id: &str, team: u32, sink: &mut Sink) -> (RowKey, u64) {
        if let Some((uuid, spelling)) = event.session_uuid {
            let (high, low) = uuid.as_u64_pair();
            return (RowKey { bits: [high, low], team, is_text: false }, spelling.bits());
        }
        // The same in every team, since a key has its team beside it.
        let hash = self.hasher.hash(0, Kind::Session, id);
        if sink.known_keys.len() == KNOWN_KEYS {
            sink.known_keys.clear();
        }
        let text = sink.known_keys.entry(hash).or_insert_with(|| sink.texts.push(&kept_text(id)));
        (RowKey { bits: halves(hash), team, is_text: true }, text.0)
    }

    /// What tells the application's own session of an event from others of the same session id; 0
    /// without one.
    fn app_session(&self, event: &Event<'_>, key: RowKey, sink: &mut Sink) -> u64 {
        let Some(own) = event.app_session.as_deref() else { return 0 };
        let value = halves(self.hasher.hash(key.team, Kind::AppSession, own));
        let partition = self.short_hasher.hash_one(value);
        sink.app_sessions.push(partition, AppSessionUse::new(value, key));
        // Two values are the same with a probability of 2^-64, which matters only where a session
        // has no third one.
        partition.max(1)
    }

    /// What tells the event's device from others; two can be the same, but hardly are.
    fn device(&self, event: &Event<'_>) -> u32 {
        let hash = event.device_id.as_deref().map(|device| self.short_hasher.hash_one(device));
        #[allow(clippy::cast_possible_truncation, reason = "half of a hash is one, too")]
        hash.map_or(0, |hash| (hash as u32).max(1))
    }

    /// Puts together what the workers made.
    ///
    /// # Errors
    ///
    /// What kept a temporary file from being written.
    pub(crate) fn finish(self, workers: Vec<IngestWorker>) -> Result<Rows> {
        let mut rows = Vec::new();
        let mut app_sessions = Vec::new();
        let mut texts = Vec::new();
        let mut users = Vec::new();
        let mut without_session = WithoutSession::default();
        let mut inputs = HashMap::<_, InputRecords>::new();
        for IngestWorker { sink, .. } in workers {
            rows.push(sink.rows);
            app_sessions.push(sink.app_sessions);
            texts.push(sink.texts);
            users.push(sink.users);
            without_session.merge(sink.without_session);
            for (input, records) in sink.inputs {
                inputs.entry(input).or_default().merge(records);
            }
        }
        self.budget.check()?;
        let tables = Tables {
            users: self.users.resolve(users, &self.budget)?,
            libraries: Libraries::new(self.libraries.into_items()),
            names: self.names.into_items(),
            teams: self.teams.into_items().into_iter().flatten().collect(),
            texts: Texts::new(texts),
        };
        Ok(Rows {
            events: Partitions::new(rows, &self.budget),
            app_sessions: Partitions::new(app_sessions, &self.budget),
            without_session: without_session.renumbered(&tables),
            tables,
            inputs,
            budget: self.budget,
            hasher: self.hasher,
            short_hasher: self.short_hasher,
        })
    }
}

/// The event's own id as a row has it, and the flags that go with it.
fn event_id(event: &Event<'_>, sink: &mut Sink) -> ([u64; 2], Flags) {
    let Some(text) = event.uuid.as_deref() else { return ([0, 0], Flags::default()) };
    let uuid = parse_uuid(text.as_bytes());
    if let Some((uuid, Spelling::CANONICAL)) = uuid {
        let (high, low) = uuid.as_u64_pair();
        return ([high, low], Flags::EVENT_ID);
    }
    let minted_us = uuid.and_then(|(uuid, _)| crate::event::id::embedded_us(uuid));
    let at = sink.texts.push(cut(text));
    let bits = [at.0, minted_us.unwrap_or(UNTIMED).cast_unsigned()];
    (bits, Flags::EVENT_ID.with(Flags::TEXT_EVENT_ID))
}

/// What an event says of where it comes from, and of a recording.
fn event_flags(event: &Event<'_>) -> Flags {
    let is_ai = event.name.as_deref().is_some_and(|name| name.starts_with("$ai_"));
    library_flags(event.lib.as_deref())
        .with(Flags::IS_SERVER.when(event.is_server))
        .with(Flags::AI.when(is_ai))
        .with(recording(event))
}

/// What an event shows of a recording: by `$recording_status`, which posthog-js sends with its
/// events, or because the event is a part of a recording. The status is that of the moment:
/// `disabled` until the recorder takes over, then perhaps one of many that say nothing of what comes
/// of it (`lazy_loading`, `buffering`, `paused`, ...).
fn recording(event: &Event<'_>) -> Flags {
    if matches!(event.name.as_deref(), Some("$snapshot" | "$snapshot_items")) {
        return Flags::RECORDED;
    }
    match event.recording_status.as_deref() {
        None => Flags::default(),
        Some("active" | "sampled") => Flags::RECORDED,
        Some("disabled" | "missing_config") => Flags::NOT_RECORDED,
        Some(_) => Flags::MAYBE_RECORDED,
    }
}

#[allow(clippy::cast_possible_truncation, reason = "the other half is there, too")]
pub(crate) fn halves(bits: u128) -> [u64; 2] {
    [(bits >> 64) as u64, bits as u64]
}
