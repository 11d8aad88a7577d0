//! Keeps one small row for each event, and brings the rows of a session together.
//!
//! - [`ingest`] makes a [`Row`] of every event: numbers, with texts as numbers into [`Tables`];
//! - [`users`] finds out which ids are one user;
//! - [`partitions`] collects rows on all workers without a lock, and gives them back by session;
//! - [`spill`] holds all of that within a budget of memory, with temporary files beyond it.

mod app_sessions;
mod counts;
mod hash;
mod ingest;
mod library;
mod order;
mod partitions;
mod row;
mod spill;
mod text_log;
mod text_table;
mod texts;
mod users;
mod without_session;

use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::{DefaultHashBuilder, HashMap};

use crate::event::id::parse_uuid;

pub(crate) use app_sessions::{AppSessionUse, straying};
pub(crate) use counts::{Counts, InputRecords, Lines};
use hash::IdHasher;
pub(crate) use ingest::Ingest;
pub(crate) use ingest::RowOptions;
pub(crate) use library::{Libraries, LibrarySide, LibraryVersion};
pub(crate) use order::by_session;
pub(crate) use partitions::{Appender, Blocks, PARTITIONS, Partitions};
pub(crate) use row::{EventId, Flags, Row, RowKey, UNTIMED};
pub(crate) use spill::Budget;
pub use spill::MemoryLimit;
pub(crate) use text_log::{TextRef, Texts};
use text_table::FOLDED;
pub(crate) use texts::{DIGEST_DIGITS, MaybeText, cut, hex, kept_text, parts};
pub use users::Identity;
pub(crate) use users::{GENERIC_IN_ANY_CASE, GENERIC_IN_THIS_CASE, ResolvedUsers};
pub(crate) use without_session::{EventGroup, Sum, WithoutSession};

/// Everything that was read.
#[derive(Debug)]
pub(crate) struct Rows {
    /// One row for each event with a session id; those of one session are in one partition.
    pub(crate) events: Partitions<Row>,
    /// The values of `--session-key`; those of one value are in one partition.
    pub(crate) app_sessions: Partitions<AppSessionUse>,
    pub(crate) tables: Tables,
    pub(crate) without_session: WithoutSession,
    /// What was counted of each input that has any record.
    pub(crate) inputs: HashMap<u32, InputRecords>,
    pub(crate) budget: Arc<Budget>,
    hasher: IdHasher,
    short_hasher: DefaultHashBuilder,
}

/// What the numbers in rows mean.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    pub(crate) users: ResolvedUsers,
    pub(crate) libraries: Libraries,
    /// The names of events; `None` of those that there was no room for.
    pub(crate) names: Vec<Option<MaybeText>>,
    pub(crate) teams: Vec<MaybeText>,
    /// The texts of session ids and of event ids that are no UUIDs.
    pub(crate) texts: Texts,
}

impl Tables {
    /// Whether there was no room for some event names or libraries, so that they have several numbers until
    /// [`Self::renumber`] gives them one.
    pub(crate) fn have_folded(&self) -> bool {
        self.names.contains(&None) || self.libraries.have_folded()
    }

    /// Gives the numbers of an event's name and library that there was no room for the number of all such.
    pub(crate) fn renumber(&self, name: &mut u32, library: &mut u32) {
        if !self.names.get(*name as usize).is_some_and(Option::is_some) {
            *name = FOLDED;
        }
        if self.libraries.name_number(*library) == FOLDED {
            *library = FOLDED;
        }
    }

    /// The name of an event.
    pub(crate) fn name(&self, number: u32) -> Option<&str> {
        match self.names.get(number as usize) {
            Some(Some(name)) => name.as_deref(),
            Some(None) | None => Some("(other events)"),
        }
    }

    /// The text of an event's own id.
    ///
    /// # Errors
    ///
    /// What keeps a temporary file from being read.
    pub(crate) fn event_id(&self, row: &Row) -> anyhow::Result<Option<String>> {
        Ok(match row.event_id() {
            None => None,
            Some(EventId::Uuid(id)) => Some(id.to_string()),
            Some(EventId::Text(at)) => Some(self.texts.read(at)?),
        })
    }
}

impl Rows {
    /// The key of a session id in any team, and the partition in which its events are.
    pub(crate) fn find(&self, session_id: &str) -> ([u64; 2], usize) {
        let bits = match parse_uuid(session_id.as_bytes()) {
            Some((id, _)) => <[u64; 2]>::from(id.as_u64_pair()),
            None => ingest::halves(self.hasher.hash(0, hash::Kind::Session, session_id)),
        };
        let [partition, ..] = self.short_hasher.hash_one(bits).to_be_bytes();
        (bits, usize::from(partition))
    }
}
