//! What is remembered of the first event of each kind in a session.

use std::num::NonZeroU64;

use hashbrown::Equivalent;
use uuid::Uuid;

use crate::event::id::{Spelling, embedded_us, parse_uuid};
use crate::identity::UserNumber;
use crate::input::Position;
use crate::safe::data_text;

/// The longest text from the data that is kept, in characters.
const TEXT_CHARS: usize = 200;

/// An event of a session: where it is, and what it shows of the session.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) event: EventId,
    pub(crate) at: Position,
    pub(crate) user: UserNumber,
    /// The number of its [`Look`].
    pub(crate) look: u32,
}

/// An event's own id: nearly always a UUID, else its text. A UUID whose first half is zero is kept as text, so that
/// there is room beside it to say which it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EventId {
    Uuid(NonZeroU64, u64),
    #[allow(clippy::box_collection, clippy::redundant_allocation, reason = "a thin pointer; texts are rare")]
    Other(Option<Box<Box<str>>>),
}

impl EventId {
    pub(crate) const NONE: Self = Self::Other(None);

    pub(crate) fn new(text: Option<&str>) -> Self {
        let Some(text) = text else { return Self::NONE };
        let uuid = parse_uuid(text.as_bytes()).filter(|(_, spelling)| *spelling == Spelling::CANONICAL);
        let halves = uuid.map(|(id, _)| id.as_u64_pair());
        match halves.and_then(|(high, low)| NonZeroU64::new(high).zip(Some(low))) {
            Some((high, low)) => Self::Uuid(high, low),
            None => Self::Other(Some(Box::new(cut(text).into()))),
        }
    }

    /// The time in microseconds since 1970 that it embeds, if it is a UUID of version 7.
    pub(crate) fn embedded_us(&self) -> Option<i64> {
        let id = match self {
            Self::Uuid(high, low) => Uuid::from_u64_pair(high.get(), *low),
            Self::Other(text) => parse_uuid(text.as_ref()?.as_bytes())?.0,
        };
        embedded_us(id)
    }

    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Self::Uuid(high, low) => Some(Uuid::from_u64_pair(high.get(), *low).to_string()),
            Self::Other(text) => text.as_ref().map(|text| String::from(&***text)),
        }
    }
}

impl Seen {
    /// An event at a line of the first chunk, for tests.
    #[cfg(test)]
    pub(super) fn at_line(line: u32, user: u32) -> Self {
        let at = Position { input: 0, chunk: 0, line, nth: 0 };
        Self { event: EventId::NONE, at, user, look: 0 }
    }
}

/// The start of a long text, one character longer than reports show, so that they see that it was cut.
pub(crate) fn cut(text: &str) -> &str {
    let end = text.char_indices().nth(TEXT_CHARS + 1).map_or(text.len(), |(at, _)| at);
    &text[..end]
}

/// The library that sent an event.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Origin {
    pub(crate) lib: Option<Box<str>>,
    pub(crate) version: Option<Box<str>>,
}

impl Origin {
    /// The library with its version, safe to print.
    pub(crate) fn text(&self) -> Option<String> {
        let lib = self.lib.as_deref()?;
        let version = self.version.as_deref().map(|version| format!(" {}", data_text(version)));
        Some(data_text(lib) + version.as_deref().unwrap_or_default())
    }
}

/// An [`Origin`] to look up.
#[derive(Debug, Hash)]
pub(crate) struct OriginRef<'a> {
    pub(crate) lib: Option<&'a str>,
    pub(crate) version: Option<&'a str>,
}

impl<'a> OriginRef<'a> {
    pub(crate) fn new(lib: Option<&'a str>, version: Option<&'a str>) -> Self {
        Self { lib: lib.map(cut), version: version.map(cut) }
    }
}

impl Equivalent<Origin> for OriginRef<'_> {
    fn equivalent(&self, origin: &Origin) -> bool {
        self.lib == origin.lib.as_deref() && self.version == origin.version.as_deref()
    }
}

impl From<&OriginRef<'_>> for Origin {
    fn from(origin: &OriginRef<'_>) -> Self {
        Self { lib: origin.lib.map(Box::from), version: origin.version.map(Box::from) }
    }
}

/// What an event shows beside its user. Two events of a session are of one kind to the rules if they have the same user
/// and show the same but for the origin; of these only the first is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Look {
    /// The number of its [`Origin`].
    pub(crate) origin: u32,
    /// How it spells the session's id.
    pub(crate) spelling: Spelling,
    /// The number of the application's own session, the value of the `--session-key` property, or [`NO_APP_SESSION`].
    pub(crate) app_session: u32,
}

impl Look {
    /// The same of no origin: what makes events of a user different to the rules.
    pub(crate) fn of_no_origin(self) -> Self {
        Self { origin: u32::MAX, ..self }
    }
}

/// The application's own session of events that have none.
pub(crate) const NO_APP_SESSION: u32 = u32::MAX;

impl From<&Look> for Look {
    fn from(look: &Look) -> Self {
        *look
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_ids_read_back_as_they_were_written() {
        const NIL: &str = "00000000-0000-0000-0000-000000000000";
        for text in ["019cadc6-9a80-7c1e-9a4b-5d0e6f7a8b9c", "019CADC6-9A80-7c1e-9a4b-5d0e6f7a8b9c", NIL, "7", ""] {
            assert_eq!(EventId::new(Some(text)).text().as_deref(), Some(text));
        }
        assert_eq!(EventId::new(None).text(), None);
    }

    #[test]
    fn long_texts_keep_one_character_more_than_reports_show() {
        assert_eq!(cut(&"é".repeat(300)).chars().count(), 201);
        assert_eq!(cut("short"), "short");
    }

    #[test]
    fn what_is_remembered_of_an_event_is_small() {
        assert_eq!(size_of::<Seen>(), 40);
    }
}
