//! Follows one session: keeps what its events show, the first and the last of them where there are very many.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::audit::{Audit, Finding};
use crate::event::Event;
use crate::event::id::{Spelling, parse_uuid};
use crate::identity::UserNumber;
use crate::input::Position;
use crate::intern::lock;
use crate::safe::data_text;
use crate::session::{EventId, OriginRef, RowKey, Session, cut};

/// What is kept of an event.
#[derive(Debug, Clone)]
struct Step {
    time_us: Option<i64>,
    at: Position,
    user: UserNumber,
    name: Option<Box<str>>,
    library: Option<String>,
    spelling: Spelling,
    uuid: EventId,
}

/// Follows a session while everything is read; shared by all threads.
#[derive(Debug)]
pub(crate) struct Trail {
    id: String,
    /// Of so many events the first are kept, and of as many the last.
    half: usize,
    steps: Mutex<BTreeMap<RowKey, Vec<Step>>>,
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
    /// Its events by time, those without one last; at most as many as were asked for.
    pub events: Vec<TracedEvent>,
    /// How many events are left out behind the first ones.
    pub left_out: u64,
    /// How many of the events come before those that are left out.
    pub first: usize,
}

/// An event as it is shown; texts are safe to print.
#[derive(Debug)]
pub struct TracedEvent {
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
        Self { id: id.to_owned(), half: events.div_ceil(2).max(1), steps: Mutex::default() }
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
            name: event.name.as_deref().map(|name| cut(name).into()),
            library: crate::session::Origin::from(&origin).text(),
            spelling: uuid.map(|(_, spelling)| spelling).unwrap_or_default(),
            uuid: EventId::new(event.uuid.as_deref()),
        };
        batch.0.push((place, key, step));
    }

    /// Adds what was noted of a chunk, with the users of its rows.
    pub(crate) fn add(&self, batch: &mut Batch, user: impl Fn(usize) -> UserNumber) {
        if batch.0.is_empty() {
            return;
        }
        let mut steps = lock(&self.steps);
        for (place, key, step) in batch.0.drain(..) {
            let steps = steps.entry(key).or_default();
            steps.push(Step { user: user(place), ..step });
            if steps.len() > 8 * self.half {
                prune(steps, self.half);
            }
        }
    }

    /// The sessions, by team.
    pub(crate) fn trace(self, audit: &Audit) -> Vec<Trace<'_>> {
        let half = self.half;
        let all = self.steps.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut traces: Vec<_> = all.into_iter().filter_map(|(key, steps)| trace(key, steps, half, audit)).collect();
        traces.sort_by_key(|(rank, _)| *rank);
        traces.into_iter().map(|(_, trace)| trace).collect()
    }
}

/// By time, those without one last, and by place.
fn sort(steps: &mut [Step]) {
    steps.sort_by_key(|step| (step.time_us.is_none(), step.time_us, step.at));
}

/// Leaves the first and the last steps; whatever the order in which steps come, these are the same.
fn prune(steps: &mut Vec<Step>, half: usize) {
    sort(steps);
    if steps.len() > 2 * half {
        steps.drain(half..steps.len() - half);
    }
}

fn trace(key: RowKey, mut steps: Vec<Step>, half: usize, audit: &Audit) -> Option<(usize, Trace<'_>)> {
    let (session, finding) = audit.find(key)?;
    prune(&mut steps, half);
    let mut users: Vec<_> = steps.iter().filter_map(|step| Some((step.at, audit.user(step.user)?))).collect();
    users.sort_unstable();
    let mut numbers = Vec::new();
    for (_, user) in users {
        if !numbers.contains(&user) {
            numbers.push(user);
        }
    }
    let left_out = session.events().saturating_sub(steps.len() as u64);
    let first = if left_out > 0 { half } else { steps.len() };
    let events = steps.iter().map(|step| traced(step, &numbers, audit)).collect();
    let (rank, team_id) = audit.team(session);
    Some((rank, Trace { team_id, session, finding, events, left_out, first }))
}

fn traced(step: &Step, users: &[u32], audit: &Audit) -> TracedEvent {
    let (file, line) = audit.place(step.at);
    let user = audit.user(step.user).and_then(|user| users.iter().position(|known| *known == user));
    TracedEvent {
        time_us: step.time_us,
        name: step.name.as_deref().map(data_text),
        library: step.library.clone(),
        user: user.map(|place| place + 1),
        distinct_id: audit.user_text(step.user).map(data_text),
        spelling: step.spelling,
        file,
        line,
        uuid: step.uuid.text().as_deref().map(data_text),
    }
}
