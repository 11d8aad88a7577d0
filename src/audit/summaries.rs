//! Brings sessions of one user together: what advisories ask of several sessions.

use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use bytemuck::{Pod, Zeroable};
use hashbrown::DefaultHashBuilder;
use uuid::Uuid;

use super::order::{OrderKey, Place, Places};
use crate::input::lock;
use crate::rows::{Appender, Budget, Flags, Partitions, Tables, TextRef, UNTIMED};
use crate::sessions::Session;

/// What is kept of a session whose first event has a user that is not anybody.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(super) struct SessionSummary {
    key: [u64; 2],
    /// Where the text of a text key is kept.
    text: u64,
    /// The first and the last time, or [`UNTIMED`].
    pub(super) first_us: i64,
    pub(super) last_us: i64,
    team: u32,
    /// The user of the first event.
    pub(super) user: u32,
    /// Tells the device of the first event from others; 0 without one.
    pub(super) device: u32,
    /// The number of the library and version of the first event.
    pub(super) library: u32,
    flags: Flags,
    /// How many events it has, as far as 32 bits go.
    pub(super) events: u32,
}

/// Session summaries by user, while the sweep goes on.
#[derive(Debug)]
pub(super) struct Summaries {
    budget: Arc<Budget>,
    hasher: DefaultHashBuilder,
    /// Appenders that no thread has in its hands.
    appenders: Mutex<Vec<Appender<SessionSummary>>>,
    threads: usize,
}

/// Appends session summaries for one thread.
pub(super) struct SummaryAppender<'s> {
    summaries: &'s Summaries,
    appender: Option<Appender<SessionSummary>>,
}

impl Summaries {
    /// No summaries yet; so many threads append them.
    pub(super) fn new(budget: &Arc<Budget>, threads: usize) -> Self {
        let (hasher, appenders) = Default::default();
        Self { budget: Arc::clone(budget), hasher, appenders, threads }
    }

    /// An appender for the calling thread.
    pub(super) fn appender(&self) -> SummaryAppender<'_> {
        let spare = lock(&self.appenders).pop();
        let appender = spare.unwrap_or_else(|| Appender::new(&self.budget, self.threads));
        SummaryAppender { summaries: self, appender: Some(appender) }
    }

    /// All summaries; those of one user are in one partition.
    pub(super) fn finish(self) -> Partitions<SessionSummary> {
        let appenders = self.appenders.into_inner().unwrap_or_else(PoisonError::into_inner);
        Partitions::new(appenders, &self.budget)
    }
}

impl SummaryAppender<'_> {
    /// Keeps a session, if its first event has a user.
    pub(super) fn push(&mut self, session: &Session<'_>) {
        let first = session.first();
        let users = &session.context.tables.users;
        let Some(user) = session.user(first).filter(|_| !users.is_generic(first.user)) else { return };
        let (first_us, last_us) = session.times_us().unwrap_or((UNTIMED, UNTIMED));
        let summary = SessionSummary {
            key: first.key,
            text: first.spelling,
            first_us,
            last_us,
            team: first.team,
            user,
            device: first.device,
            library: first.library,
            flags: first.flags,
            events: u32::try_from(session.events()).unwrap_or(u32::MAX),
        };
        if let Some(appender) = &mut self.appender {
            appender.push(self.summaries.hasher.hash_one(user), summary);
        }
    }
}

impl Drop for SummaryAppender<'_> {
    fn drop(&mut self) {
        lock(&self.summaries.appenders).extend(self.appender.take());
    }
}

impl SessionSummary {
    /// Whether any of its events has a time.
    pub(super) fn is_timed(&self) -> bool {
        self.first_us != UNTIMED
    }

    /// Its place in reports.
    ///
    /// # Errors
    ///
    /// What keeps a temporary file from being read.
    pub(super) fn place(&self, tables: &Tables, places: &Places) -> Result<Place> {
        let [high, low] = self.key;
        let key = if self.flags.has(Flags::TEXT_KEY) {
            OrderKey::Text(tables.texts.read(TextRef(self.text))?.into())
        } else {
            OrderKey::Uuid(Uuid::from_u64_pair(high, low))
        };
        Ok(places.of_key(self.team, key))
    }
}
