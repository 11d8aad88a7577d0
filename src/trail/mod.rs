//! Follows one session: keeps what its events show, the first and the last of them where there are very many, and those
//! that prove what it breaks.

mod steps;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::audit::{Audit, Finding, Followed};
use crate::event::Event;
use crate::event::id::{Spelling, parse_uuid};
use crate::identity::UserNumber;
use crate::input::Position;
use crate::intern::lock;
use crate::rules::Rule;
use crate::safe::data_text;
use crate::session::{EventId, OriginRef, RowKey, Session, cut};
pub use steps::{Choice, Part};
use steps::{Step, Steps};

/// Follows a session while everything is read; shared by all threads.
#[derive(Debug)]
pub(crate) struct Trail {
    id: String,
    /// How many events are shown, beside those that prove something.
    limit: usize,
    steps: Mutex<BTreeMap<RowKey, Steps>>,
}

/// Those of a chunk, with the places of their rows.
#[derive(Debug, Default)]
pub(crate) struct Batch(Vec<(usize, RowKey, Step)>);

/// A session with its events.
#[derive(Debug)]
pub struct Trace<'a> {
    /// The team, if the events name one.
    pub team_id: Option<String>,
    /// The session.
    pub session: Session<'a>,
    /// What it breaks, if anything.
    pub finding: Option<Finding>,
    /// Its events by time, those without one last; at most as many as were asked for, and those that prove something.
    pub events: Vec<TracedEvent>,
    /// How many events of each part, in the order of [`Part::ALL`], are left out behind the first ones.
    pub left_out: [u64; Part::ALL.len()],
}

/// An event as it is shown; texts are safe to print.
#[derive(Debug)]
pub struct TracedEvent {
    /// Where it is in the session.
    pub part: Part,
    /// Why it is shown.
    pub choice: Choice,
    /// The rules that it proves broken.
    pub proves: Vec<&'static Rule>,
    /// Its time in microseconds since 1970.
    pub time_us: Option<i64>,
    /// Its name.
    pub name: Option<String>,
    /// The library that sent it, with its version.
    pub library: Option<String>,
    /// Its user: numbers from 1 in the order in which users come.
    pub user: Option<usize>,
    /// The user's distinct id (or person id), where that is asked.
    pub distinct_id: Option<String>,
    /// How it spells the session's id.
    pub spelling: Spelling,
    /// The input.
    pub file: String,
    /// The line.
    pub line: u64,
    /// Its own id.
    pub uuid: Option<String>,
}

impl Trail {
    /// Follows the sessions of this id, of whatever team, in so many events.
    pub(crate) fn new(id: &str, events: usize) -> Self {
        Self { id: id.to_owned(), limit: events.max(1), steps: Mutex::default() }
    }

    /// Notes an event if it is of this session; its row is at a place among those of the chunk.
    pub(crate) fn note(&self, event: &Event<'_>, (place, key, at): (usize, RowKey, Position), batch: &mut Batch) {
        let Some(id) = event.session_id.as_deref() else { return };
        let uuid = parse_uuid(id.as_bytes());
        let is_it = match (uuid, parse_uuid(self.id.as_bytes())) {
            (Some((one, _)), Some((other, _))) => one == other,
            _ => id == self.id,
        };
        if !is_it {
            return;
        }
        let origin = OriginRef::new(event.lib.as_deref(), event.lib_version.as_deref());
        let step = Step {
            time_us: event.time_us,
            at,
            user: 0,
            own_look: 0,
            name: event.name.as_deref().map(|name| cut(name).into()),
            library: crate::session::Origin::from(&origin).text(),
            spelling: uuid.map(|(_, spelling)| spelling).unwrap_or_default(),
            uuid: EventId::new(event.uuid.as_deref()),
        };
        batch.0.push((place, key, step));
    }

    /// Adds what was noted of a chunk, with the users of its rows, and the numbers of what these show beside.
    pub(crate) fn add(&self, batch: &mut Batch, kind: impl Fn(usize) -> (UserNumber, u32)) {
        if batch.0.is_empty() {
            return;
        }
        let mut steps = lock(&self.steps);
        for (place, key, step) in batch.0.drain(..) {
            let (user, own_look) = kind(place);
            steps.entry(key).or_default().add(Step { user, own_look, ..step }, key.embedded_us(), self.limit);
        }
    }

    /// The sessions, by team.
    pub(crate) fn trace(self, audit: &Audit) -> Vec<Trace<'_>> {
        let limit = self.limit;
        let all = self.steps.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut traces: Vec<_> = all.into_iter().filter_map(|(key, steps)| trace(key, steps, limit, audit)).collect();
        traces.sort_by_key(|(rank, _)| *rank);
        traces.into_iter().map(|(_, trace)| trace).collect()
    }
}

fn trace(key: RowKey, steps: Steps, limit: usize, audit: &Audit) -> Option<(usize, Trace<'_>)> {
    let Followed { session, finding, proofs } = audit.find(key)?;
    let mut users = BTreeMap::new();
    for user in steps.users().into_iter().filter_map(|user| audit.user(user)) {
        let number = users.len() + 1;
        users.entry(user).or_insert(number);
    }
    let id_us = session.key().embedded_us();
    let (steps, left_out) = steps.shown(limit, proofs.iter().map(|(_, at)| *at).collect(), id_us);
    let eye = Eye { audit, users, proofs, id_us };
    let events = steps.into_iter().map(|(step, choice)| eye.event(&step, choice)).collect();
    let (rank, team_id) = audit.team(session);
    Some((rank, Trace { team_id, session, finding, events, left_out }))
}

/// What a session's events are seen by.
struct Eye<'a> {
    audit: &'a Audit,
    /// The numbers of users from 1.
    users: BTreeMap<u32, usize>,
    proofs: Vec<(&'static Rule, Position)>,
    id_us: Option<i64>,
}

impl Eye<'_> {
    fn event(&self, step: &Step, choice: Choice) -> TracedEvent {
        let (file, line) = self.audit.place(step.at);
        let user = self.audit.user(step.user).and_then(|user| self.users.get(&user).copied());
        TracedEvent {
            part: Part::of(step.time_us, self.id_us),
            choice,
            proves: self.proofs.iter().filter(|(_, at)| *at == step.at).map(|(rule, _)| *rule).collect(),
            time_us: step.time_us,
            name: step.name.as_deref().map(data_text),
            library: step.library.clone(),
            user,
            distinct_id: self.audit.user_text(step.user).map(data_text),
            spelling: step.spelling,
            file,
            line,
            uuid: step.uuid.text().as_deref().map(data_text),
        }
    }
}
