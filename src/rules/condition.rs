//! Says what a session shows when it breaks a rule; the checks are made from it, and so are the queries of `sql`.

use super::{Broken, Case, Effect};
use crate::event::id::{Side, embedded_ms, is_rfc_variant};
use crate::event::time::US_PER_DAY;
use crate::session::{Proof, Seen};

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
    pub(super) fn check<'a>(self, consequence: Consequence, case: &Case<'a>) -> Option<Broken<'a>> {
        let id = case.uuid();
        let whole = |is_broken: bool| is_broken.then(|| (case.session.first(), 0));
        let (proof, distance_us) = match self {
            Self::NotAUuid => whole(id.is_none()),
            Self::OtherVersion => whole(id.is_some_and(|id| embedded_ms(id).is_none())),
            Self::OtherVariant => whole(id.is_some_and(|id| embedded_ms(id).is_some() && !is_rfc_variant(id))),
            Self::SeveralUsers => second(case, |seen| case.context.users.user(seen.user)),
            Self::SeveralAppSessions => second(case, |seen| case.app_session(seen.look)),
            Self::SharedAppSession => whole(case.session.seen().any(|seen| case.strays(seen.look))),
            Self::SeveralSpellings => second(case, |seen| Some(case.context.looks[seen.look as usize].spelling)),
            Self::FirstEventBeforeId => first_before_id(case),
            Self::LastEventFrom(span_us) => last_from(span_us, case),
        }?;
        Some(Broken { effect: consequence.at(distance_us), proof })
    }
}

/// The first event of the second group, if the session's events fall into two.
fn second<'a, G: Ord>(case: &Case<'a>, group: impl Fn(&Seen) -> Option<G>) -> Option<(Proof<'a>, i64)> {
    let proof = if case.session.is_uniform() { None } else { case.session.second(group) };
    proof.map(|proof| (proof, 0))
}

/// The first event, if it is before the id's time by more than the tolerance, and by how much.
fn first_before_id<'a>(case: &Case<'a>) -> Option<(Proof<'a>, i64)> {
    let (window, (first_us, _)) = (case.window()?, case.session.times_us()?);
    let proof = if window.side(first_us) == Some(Side::Early) { case.session.too_early() } else { None };
    proof.map(|proof| (proof, window.id_us - first_us))
}

/// The last event, if it is the span and the tolerance or more after the id's time, and how much it is after that time.
fn last_from<'a>(span_us: i64, case: &Case<'a>) -> Option<(Proof<'a>, i64)> {
    let (window, (_, last_us)) = (case.window()?, case.session.times_us()?);
    let proof = if window.is_past(span_us, last_us) { case.session.too_late() } else { None };
    proof.map(|proof| (proof, last_us - window.id_us))
}
