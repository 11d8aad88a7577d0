//! Keeps of one event what the audit needs, in a row of fixed size.

use bytemuck::{Pod, Zeroable};
use uuid::Uuid;

use super::library::LibrarySide;
use super::text_log::TextRef;
use super::users::UserNumber;
use crate::event::id::{self, Spelling, Window};
use crate::input::Position;

/// What an export's event says about its session, user and library.
///
/// A row is plain numbers, so that millions of them can be kept, sorted and written to disk as they
/// are; texts are numbers into the tables of [`super::Tables`].
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Row {
    /// The session's UUID, or a keyed hash of its text (see [`Flags::TEXT_KEY`]).
    pub(crate) key: [u64; 2],
    /// The event's own id: a UUID; or where its text is kept, and the time inside it (a `UUIDv7`
    /// in upper case is text, too) or [`UNTIMED`]. See [`Row::event_id`].
    pub(crate) event_id: [u64; 2],
    /// `timestamp` in microseconds since 1970; [`UNTIMED`] without one.
    pub(crate) time_us: i64,
    /// `$sent_at` in microseconds since 1970, or [`UNTIMED`]. Only known of events whose time is
    /// outside the 24 hours of their session id; see [`crate::event::Arrival`].
    pub(crate) sent_us: i64,
    /// `created_at`, as above.
    pub(crate) stored_us: i64,
    /// Tells the application's own session from others of the same session id; 0 without one.
    pub(crate) app_session: u64,
    /// How the session's UUID is spelled, or where the text of a text key is kept.
    pub(crate) spelling: u64,
    /// Where the event is.
    pub(crate) at: Position,
    /// The number of the team.
    pub(crate) team: u32,
    /// The number of the distinct id (or person id) that says whose event it is.
    pub(crate) user: UserNumber,
    /// The number of the library and its version.
    pub(crate) library: u32,
    /// The number of the event's name.
    pub(crate) name: u32,
    /// Tells the device from others; 0 where the event names none.
    pub(crate) device: u32,
    /// What else is known of the event.
    pub(crate) flags: Flags,
}

/// The time of an event that has none; later than any other, so that such rows sort last.
pub(crate) const UNTIMED: i64 = i64::MAX;

/// Yes-or-no facts of an event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Pod, Zeroable)]
#[repr(transparent)]
pub(crate) struct Flags(u32);

impl Flags {
    /// The session id is no UUID.
    pub(crate) const TEXT_KEY: Self = Self(1);
    /// The event has an id of its own.
    pub(crate) const EVENT_ID: Self = Self(1 << 1);
    /// That id is no UUID in its canonical spelling, so that its text is kept.
    pub(crate) const TEXT_EVENT_ID: Self = Self(1 << 2);
    /// The library is one of PostHog's for browsers and mobile applications.
    pub(crate) const CLIENT_LIBRARY: Self = Self(1 << 3);
    /// The library is one of PostHog's for servers.
    pub(crate) const SERVER_LIBRARY: Self = Self(1 << 4);
    /// `$is_server` is true.
    pub(crate) const IS_SERVER: Self = Self(1 << 5);
    /// The event is one of language models (`$ai_...`).
    pub(crate) const AI: Self = Self(1 << 6);
    /// It shows that its session is recorded.
    pub(crate) const RECORDED: Self = Self(1 << 7);
    /// It says that nothing is recorded.
    pub(crate) const NOT_RECORDED: Self = Self(1 << 8);
    /// It leaves open whether its session is recorded.
    pub(crate) const MAYBE_RECORDED: Self = Self(1 << 9);
    /// The library is one of servers that the user names.
    pub(crate) const BACKEND_LIBRARY: Self = Self(1 << 10);

    /// The flag if something is so, else none.
    pub(crate) fn when(self, is_so: bool) -> Self {
        if is_so { self } else { Self::default() }
    }

    /// These and others.
    pub(crate) fn with(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Whether any of these flags is set.
    pub(crate) fn has(self, any: Self) -> bool {
        self.0 & any.0 != 0
    }
}

/// What makes events one session: all events with the same key are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct RowKey {
    pub(crate) bits: [u64; 2],
    pub(crate) team: u32,
    pub(crate) is_text: bool,
}

/// An event's own id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventId {
    Uuid(Uuid),
    Text(TextRef),
}

impl Row {
    /// Which session the event belongs to.
    pub(crate) fn key(&self) -> RowKey {
        RowKey { bits: self.key, team: self.team, is_text: self.flags.has(Flags::TEXT_KEY) }
    }

    /// The session's UUID; `None` for a text key.
    pub(crate) fn uuid(&self) -> Option<Uuid> {
        let [high, low] = self.key;
        (!self.flags.has(Flags::TEXT_KEY)).then(|| Uuid::from_u64_pair(high, low))
    }

    /// The time inside the session's id in microseconds since 1970, of a UUID of version 7.
    pub(crate) fn id_us(&self) -> Option<i64> {
        self.uuid().and_then(id::embedded_us)
    }

    /// Where the text of a text key is kept.
    pub(crate) fn key_text(&self) -> Option<TextRef> {
        self.flags.has(Flags::TEXT_KEY).then_some(TextRef(self.spelling))
    }

    /// How the event spells the session's UUID.
    pub(crate) fn spelling(&self) -> Spelling {
        if self.flags.has(Flags::TEXT_KEY) {
            return Spelling::CANONICAL;
        }
        Spelling::from_bits(self.spelling)
    }

    /// The event's own id, if it has one.
    pub(crate) fn event_id(&self) -> Option<EventId> {
        let [high, low] = self.event_id;
        if !self.flags.has(Flags::EVENT_ID) {
            return None;
        }
        Some(if self.flags.has(Flags::TEXT_EVENT_ID) {
            EventId::Text(TextRef(high))
        } else {
            EventId::Uuid(Uuid::from_u64_pair(high, low))
        })
    }

    /// The event's time in microseconds since 1970, if it has one.
    pub(crate) fn time_us(&self) -> Option<i64> {
        (self.time_us != UNTIMED).then_some(self.time_us)
    }

    /// The side of the network that the library runs on, if it is one of PostHog's.
    pub(crate) fn library_side(&self) -> Option<LibrarySide> {
        if self.flags.has(Flags::CLIENT_LIBRARY) {
            return Some(LibrarySide::Client);
        }
        self.flags.has(Flags::SERVER_LIBRARY).then_some(LibrarySide::Server)
    }

    /// By the client's clock, when the event was made, in microseconds since 1970: the time inside
    /// its own `UUIDv7`.
    pub(crate) fn minted_us(&self) -> Option<i64> {
        match self.event_id()? {
            EventId::Uuid(id) => id::embedded_us(id),
            EventId::Text(_) => known(self.event_id[1].cast_signed()),
        }
    }

    /// How far the client's clock was ahead of the event's time, in microseconds: by its own
    /// `UUIDv7`, or else by when it was sent and stored.
    pub(crate) fn clock_ahead_us(&self) -> Option<i64> {
        let by_arrival = || Some(known(self.sent_us)? - known(self.stored_us)?);
        let by_id = self.minted_us().map(|minted_us| minted_us - self.time_us);
        by_id.or_else(by_arrival)
    }

    /// When the event was made or stored, whatever its time says, in microseconds since 1970.
    pub(crate) fn arrived_us(&self) -> Option<i64> {
        self.minted_us().or_else(|| known(self.stored_us))
    }

    /// The 24 hours of the session's id, of a UUID of version 7.
    pub(crate) fn window(&self, slack_us: i64) -> Option<Window> {
        self.id_us().map(|id_us| Window { id_us, slack_us })
    }
}

fn known(us: i64) -> Option<i64> {
    (us != UNTIMED).then_some(us)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_112_bytes() {
        assert!(size_of::<Row>() <= 112);
    }

    #[test]
    fn clocks_are_told_by_the_events_own_id_and_else_by_its_arrival() {
        let id: Uuid = "019cadc6-9a80-7c1e-9a4b-5d0e6f7a8b9c".parse().expect("a UUID");
        let id_us = 0x019c_adc6_9a80 * 1000;
        let (high, low) = id.as_u64_pair();
        let row = Row { sent_us: UNTIMED, stored_us: UNTIMED, ..Row::zeroed() };
        let by_id = Row { event_id: [high, low], flags: Flags::EVENT_ID, time_us: id_us - 5_000_000, ..row };
        assert_eq!((by_id.clock_ahead_us(), by_id.arrived_us()), (Some(5_000_000), Some(id_us)));
        let by_arrival = Row { sent_us: id_us + 4_000_000, stored_us: id_us, ..row };
        assert_eq!(by_arrival.clock_ahead_us(), Some(4_000_000));
        assert_eq!(by_arrival.arrived_us(), Some(id_us));
        assert_eq!((row.clock_ahead_us(), row.arrived_us()), (None, None));
    }
}
