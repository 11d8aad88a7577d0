//! Collects what chunks hold, on all threads, into sessions and users.

use std::hash::BuildHasher;
use std::mem;
use std::sync::Mutex;

use hashbrown::DefaultHashBuilder;

use crate::Options;
use crate::event::id::Spelling;
use crate::event::{Event, EventReader, Fields, Found, walk};
use crate::hash::{IdHasher, Kind};
use crate::identity::{Evidence, KnownUsers, UserNumber, Users};
use crate::input::chunk::Chunk;
use crate::input::{Position, Reading, Source, read_all};
use crate::intern::{IdTable, Interner, Known, Numbering, lock};
use crate::library::Sides;
use crate::links::{self, LinkStore};
use crate::progress::Progress;
use crate::session::{
    EventId, Look, NO_APP_SESSION, NO_DEVICE, Note, Origin, OriginRef, Row, RowKey, SEVERAL_DEVICES, Seen, Sessions,
    kept_text,
};
use crate::sessionless::{self, Sessionless};
use crate::tally::{ChunkTally, InputTally};
use crate::trail::{self, Trail};

/// Everything that was read.
#[derive(Debug)]
pub(crate) struct Collection {
    pub(crate) sessions: Sessions,
    pub(crate) users: Users,
    pub(crate) teams: Interner<Team>,
    pub(crate) origins: Interner<Origin>,
    pub(crate) looks: Interner<Look>,
    pub(crate) sessionless: Sessionless,
    pub(crate) links: Option<LinkStore>,
    pub(crate) trail: Option<Trail>,
    hasher: IdHasher,
    device_hasher: DefaultHashBuilder,
    app_sessions: Mutex<IdTable>,
    inputs: Vec<Mutex<InputTally>>,
    fields: Fields,
}

/// A team's id as text, or that an event names none.
pub(crate) type Team = Option<Box<str>>;

/// What a thread needs to read chunks.
#[derive(Debug)]
struct Worker {
    reader: EventReader,
    batch: Batch,
}

/// What was read of a chunk, on its way to what all threads share.
#[derive(Debug, Default)]
struct Batch {
    rows: Vec<Row>,
    /// Which row each evidence is about; evidence of events without a session is about none.
    evidence: Vec<Evidence>,
    row_of: Vec<Option<usize>>,
    users: Vec<UserNumber>,
    known_users: KnownUsers,
    /// Rows with the application's own session: what they show beside it, and its hash.
    app_sessions: Vec<(usize, Look, u128)>,
    teams: Known<Team>,
    origins: Known<Origin>,
    looks: Known<Look>,
    sessionless: sessionless::Batch,
    links: links::Batch,
    trail: trail::Batch,
}

impl Collection {
    /// Reads all sources with the threads of the current pool.
    pub(crate) fn read(options: &Options, sources: &[Source], progress: &Progress) -> Self {
        let mut collection = Self {
            sessions: Sessions::new(options.tolerance_us),
            users: Users::new(options.identity, options.show_users),
            teams: Interner::with([None]),
            origins: Interner::with([]),
            looks: Interner::with([]),
            sessionless: Sessionless::default(),
            links: options.links.as_deref().map(LinkStore::new),
            trail: options.follow.as_ref().map(|follow| Trail::new(&follow.session_id, follow.events)),
            hasher: IdHasher::new(),
            device_hasher: DefaultHashBuilder::default(),
            app_sessions: Mutex::default(),
            inputs: sources.iter().cloned().map(|source| Mutex::new(InputTally::new(source))).collect(),
            fields: Fields::new(&options.fields, options.session_key.as_deref()),
        };
        let need = |path: &[String]| collection.fields.need(path);
        let reading = Reading { sources, decompress: options.decompress, need: &need, progress };
        let (outcomes, _) = read_all(
            &reading,
            || collection.worker(),
            |worker, input, chunk| {
                collection.read_chunk(worker, input, chunk);
                progress.set_sessions(collection.sessions.count());
            },
        );
        for (input, outcome) in collection.inputs.iter_mut().zip(outcomes) {
            input.get_mut().expect("no thread panicked").finish(outcome);
        }
        collection
    }

    /// The inputs in their order.
    pub(crate) fn take_inputs(&mut self) -> Vec<InputTally> {
        let inputs = mem::take(&mut self.inputs).into_iter();
        inputs.map(|input| input.into_inner().expect("no thread panicked")).collect()
    }

    /// How many values of the application's own session there are.
    pub(crate) fn app_sessions(&self) -> usize {
        lock(&self.app_sessions).len()
    }

    fn input(&self, number: u32) -> &Mutex<InputTally> {
        &self.inputs[number as usize]
    }

    /// Reads a chunk on this thread; what all threads share is locked when all of it is read.
    fn read_chunk(&self, worker: &mut Worker, number: u32, chunk: &Chunk) {
        let Worker { reader, batch } = worker;
        let mut tally = ChunkTally::default();
        let mut at = Position { input: number, chunk: chunk.number, line: 0, nth: 0 };
        tally.newlines = walk(chunk, reader, |line, found| {
            at = if line == at.line { Position { nth: at.nth + 1, ..at } } else { Position { line, nth: 0, ..at } };
            match found {
                Found::Event(event) => {
                    tally.counts.event(&event);
                    self.take(&event, at, batch);
                }
                Found::OtherModel => tally.counts.other_records += 1,
                Found::Malformed(malformed) => tally.malformed(at, malformed),
            }
        });
        self.add(batch);
        lock(self.input(number)).add(chunk.number, tally);
    }

    fn worker(&self) -> Worker {
        Worker { reader: EventReader::new(self.fields.clone()), batch: Batch::default() }
    }

    /// Takes what the audit needs from an event.
    fn take(&self, event: &Event<'_>, at: Position, batch: &mut Batch) {
        let origin = OriginRef::new(event.lib.as_deref(), event.lib_version.as_deref());
        let origin = batch.origins.number(&origin, &self.origins);
        if event.session_id.is_none() {
            batch.sessionless.add(event, origin);
            if let Some(links) = &self.links {
                links.note_lost(event, at, &mut batch.links);
            }
            if !event.merges {
                return;
            }
        }
        let team = batch.teams.number(&TeamRef(event.team_id.as_deref()), &self.teams);
        batch.evidence.push(self.users.evidence(event, team, &batch.known_users));
        batch.row_of.push(event.session_id.is_some().then_some(batch.rows.len()));
        let Some(id) = event.session_id.as_deref() else { return };
        let text_key = || RowKey::text(self.hasher.hash(team, Kind::Session, id), team);
        let (key, spelling, text) = match event.session_uuid {
            Some((id, spelling)) => (RowKey::uuid(id, team), spelling, None),
            None => (text_key(), Spelling::CANONICAL, Some(kept_text(id))),
        };
        let look = Look { origin, spelling, app_session: NO_APP_SESSION };
        let app_session = event.app_session.as_deref().map(|own| self.hasher.hash(team, Kind::AppSession, own));
        let (look, own_look) = self.number_look(look, app_session, batch);
        let event_id = EventId::new(event.uuid.as_deref());
        let seen = Seen { event: event_id, at, user: 0, look };
        let (time_us, device) = (event.time_us, self.device(event));
        let note = self.links.as_ref().map_or(Note::NONE, |links| links.note(event, &mut batch.links));
        if let Some(trail) = &self.trail {
            trail.note(event, (batch.rows.len(), key, at), &mut batch.trail);
        }
        let (side, arrival) = (Sides::of(event.lib.as_deref()), event.arrival.map(Box::new));
        batch.rows.push(Row { key, time_us, seen, origin, side, own_look, text, device, arrival, note });
    }

    /// What tells the event's device from others.
    fn device(&self, event: &Event<'_>) -> u32 {
        let hash = event.device_id.as_deref().map(|device| self.device_hasher.hash_one(device));
        #[allow(clippy::cast_possible_truncation, reason = "half of a hash is one, too")]
        hash.map_or(NO_DEVICE, |hash| (hash as u32).max(SEVERAL_DEVICES + 1))
    }

    /// The number of the look of the row that comes next, and of the same of no origin; these are numbered later where
    /// there is an application's own session, given by its hash.
    fn number_look(&self, look: Look, app_session: Option<u128>, batch: &mut Batch) -> (u32, u32) {
        let Some(own) = app_session else { return numbers(look, &mut batch.looks.numbering(&self.looks)) };
        batch.app_sessions.push((batch.rows.len(), look, own));
        (0, 0)
    }

    fn add(&self, batch: &mut Batch) {
        self.users.add(&mut batch.evidence, &mut batch.known_users, &mut batch.users);
        self.number_app_sessions(batch);
        for (row, user) in batch.row_of.drain(..).zip(&batch.users) {
            if let Some(row) = row {
                batch.rows[row].seen.user = *user;
            }
        }
        if let Some(links) = &self.links {
            links.add(&mut batch.links);
        }
        if let Some(trail) = &self.trail {
            trail.add(&mut batch.trail, |place| (batch.rows[place].seen.user, batch.rows[place].own_look));
        }
        self.sessions.add(&mut batch.rows);
        self.sessionless.add(&mut batch.sessionless);
    }

    /// Numbers the application's own sessions of the batch.
    fn number_app_sessions(&self, batch: &mut Batch) {
        if batch.app_sessions.is_empty() {
            return;
        }
        let mut app_sessions = lock(&self.app_sessions);
        for (_, look, own) in &mut batch.app_sessions {
            look.app_session = app_sessions.number(*own);
        }
        drop(app_sessions);
        let mut looks = batch.looks.numbering(&self.looks);
        for (row, look, _) in batch.app_sessions.drain(..) {
            (batch.rows[row].seen.look, batch.rows[row].own_look) = numbers(look, &mut looks);
        }
    }
}

/// The number of a look, and of the same of no origin.
fn numbers(look: Look, looks: &mut Numbering<'_, Look>) -> (u32, u32) {
    (looks.number(&look), looks.number(&look.of_no_origin()))
}

/// A [`Team`] to look up.
#[derive(Hash)]
struct TeamRef<'a>(Option<&'a str>);

impl hashbrown::Equivalent<Team> for TeamRef<'_> {
    fn equivalent(&self, team: &Team) -> bool {
        self.0 == team.as_deref()
    }
}

impl From<&TeamRef<'_>> for Team {
    fn from(team: &TeamRef<'_>) -> Self {
        team.0.map(Box::from)
    }
}
