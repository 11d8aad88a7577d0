//! Shows a session to rules, causes and reports: its rows in time order, and what follows from them.

mod name;
mod session;
mod sides;

use hashbrown::HashSet;
use uuid::Uuid;

use crate::event::id;
use crate::rows::{RowKey, Tables};

pub(crate) use name::SessionName;
pub(crate) use session::{Devices, Session};
pub(crate) use sides::Sides;

/// What a session's rows are looked at by.
#[derive(Debug, Default)]
pub(crate) struct Context {
    /// What the numbers in rows mean.
    pub(crate) tables: Tables,
    /// What the time rules allow, in microseconds; not negative.
    pub(crate) tolerance_us: i64,
    /// The sessions whose application's own session also occurs under another session id.
    pub(crate) straying: HashSet<RowKey>,
}

/// What makes events one session, beside their team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SessionKey<'a> {
    /// An id that ClickHouse reads as a UUID.
    Uuid(Uuid),
    /// Any other text; of an absurdly long one, its start.
    Text(&'a str),
}

impl SessionKey<'_> {
    /// The time in microseconds since 1970 that a UUID of version 7 embeds.
    pub(crate) fn embedded_us(self) -> Option<i64> {
        match self {
            Self::Uuid(id) => id::embedded_us(id),
            Self::Text(_) => None,
        }
    }
}
