//! Says what a session shows when it breaks a rule; the checks are made from it, and so are the queries of `sql`.

use super::{Broken, Effect};
use crate::event::id::{Side, embedded_ms, is_rfc_variant};
use crate::event::time::US_PER_DAY;
use crate::rows::Row;
use crate::sessions::Session;

/// What a session shows when it breaks a rule.
///
/// Every condition has its meaning twice: here, of a session in memory, and in `sql`, of a row of an engine. Both are a
/// `match` without a default, so that no rule can be in one of them only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// The id is no UUID.
    NotAUuid,
    /// The id is a UUID of another version than 7.
    OtherVersion,
    /// The id is of version 7 and of another variant than RFC 9562's.
    OtherVariant,
    /// Its events belong to two or more users.
    SeveralUsers,
    /// Its events belong to two or more of the application's own sessions.
    SeveralAppSessions,
    /// One of the application's own sessions to which its events belong has events under another session id, too.
    SharedAppSession,
    /// Its events spell the id in two or more ways.
    SeveralSpellings,
    /// Its first event is before the id's time, by more than the tolerance.
    FirstEventBeforeId,
    /// Its last event is so many microseconds, and the tolerance, or more after the id's time.
    LastEventFrom(i64),
}

/// What PostHog does with a session that breaks a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consequence {
    /// Always the same.
    Always(Effect),
    /// It depends on how far the event that proves it is from the id's time.
    ByDistance {
        /// Up to [`REACH_US`].
        within: Effect,
        /// Beyond it.
        beyond: Effect,
    },
}

/// Beyond this many microseconds between the id's time and an event, date-filtered queries can miss the session's row
/// (`SESSION_BUFFER_DAYS` in PostHog's `where_clause_extractor.py`).
pub const REACH_US: i64 = 3 * US_PER_DAY;

impl Consequence {
    /// What comes of an event outside the id's 24 hours.
    pub(super) const OF_TIME: Self = Self::ByDistance { within: Effect::Misplaced, beyond: Effect::Unreachable };

    /// The effect of a proof that is so many microseconds from the id's time.
    fn at(self, distance_us: i64) -> Effect {
        match self {
            Self::ByDistance { beyond, .. } if distance_us > REACH_US => beyond,
            Self::Always(effect) | Self::ByDistance { within: effect, .. } => effect,
        }
    }

    /// Whether it can be this effect.
    #[must_use]
    pub fn can_be(self, wanted: Effect) -> bool {
        match self {
            Self::Always(effect) => effect == wanted,
            Self::ByDistance { within, beyond } => within == wanted || beyond == wanted,
        }
    }
}

impl Condition {
    /// Whether it is asked of events only where the application's own sessions are known (`--session-key`).
    #[must_use]
    pub fn needs_app_sessions(self) -> bool {
        matches!(self, Self::SeveralAppSessions | Self::SharedAppSession)
    }

    /// The broken rule, if the session shows this.
    pub(super) fn check<'a>(self, consequence: Consequence, session: &Session<'a>) -> Option<Broken<'a>> {
        let id = session.uuid();
        let whole = |is_broken: bool| is_broken.then(|| (session.first(), 0));
        let second = |proof: Option<&'a Row>| proof.map(|proof| (proof, 0));
        let (proof, distance_us) = match self {
            Self::NotAUuid => whole(id.is_none()),
            Self::OtherVersion => whole(id.is_some_and(|id| embedded_ms(id).is_none())),
            Self::OtherVariant => whole(id.is_some_and(|id| embedded_ms(id).is_some() && !is_rfc_variant(id))),
            Self::SeveralUsers => second(session.second(|row| session.user(row))),
            Self::SeveralAppSessions => second(session.second_app_session()),
            Self::SharedAppSession => whole(session.is_straying()),
            Self::SeveralSpellings => second(session.second(|row| Some(row.spelling()))),
            Self::FirstEventBeforeId => first_before_id(session),
            Self::LastEventFrom(span_us) => last_from(span_us, session),
        }?;
        Some(Broken { effect: consequence.at(distance_us), proof })
    }
}

/// The first event, if it is before the id's time by more than the tolerance, and by how much.
fn first_before_id<'a>(session: &Session<'a>) -> Option<(&'a Row, i64)> {
    let first = *session.outside(Side::Early).first()?;
    Some((first, session.id_us()? - first.time_us))
}

/// The last event, if it is the span and the tolerance or more after the id's time, and how much it is after that time.
fn last_from<'a>(span_us: i64, session: &Session<'a>) -> Option<(&'a Row, i64)> {
    let window = session.window()?;
    let latest = session.latest().filter(|latest| window.is_past(span_us, latest.time_us))?;
    Some((latest, latest.time_us - window.id_us))
}
