//! Keeps what the rules need to know of every session, and no event.

mod kept;
mod kinds;
mod name;
mod noted;
mod outside;
mod profile;
mod row;
mod seen;
mod sets;
mod shard;
mod store;
mod view;

use uuid::Uuid;

use crate::event::id;

pub use name::SessionName;
pub(crate) use name::kept_text;
pub(crate) use noted::{Alike, CLIENT, NO_GROUP, Note, Sum};
pub(crate) use outside::{Late, Outside, Sightings, Spread};
pub(crate) use row::{NO_DEVICE, Row, RowKey, SEVERAL_DEVICES};
pub(crate) use seen::{EventId, Look, NO_APP_SESSION, Origin, OriginRef, Seen, cut};
pub(crate) use shard::Shard;
pub(crate) use store::Sessions;
pub use view::{Devices, Proof, Session};

/// What makes events one session, beside their team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SessionKey<'a> {
    /// An id that ClickHouse reads as a UUID.
    Uuid(Uuid),
    /// Any other text; of an absurdly long one, its start.
    Text(&'a str),
}

impl SessionKey<'_> {
    /// The time in microseconds since 1970 that a UUID of version 7 embeds.
    #[must_use]
    pub fn embedded_us(self) -> Option<i64> {
        match self {
            Self::Uuid(id) => id::embedded_us(id),
            Self::Text(_) => None,
        }
    }
}
