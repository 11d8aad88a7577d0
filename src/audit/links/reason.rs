//! Declares why a backend event does not lead to its user's session, and what to do about it.

use crate::rules::{RULES, Rule};

/// The requirement that the id itself is valid.
pub(super) const VALID_ID: u8 = 3;

/// The requirement that the id's time is not after any event.
pub(super) const TIME_BEFORE_EVENTS: u8 = 4;

/// The requirement that no event is 24 hours or more after the id's time.
pub(super) const WITHIN_24_HOURS: u8 = 5;

/// Why a backend event does not lead to its user's session, in the order in which it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// It has no `$session_id`.
    NoSessionId,
    /// It has none, but a property that looks like one.
    LookAlikeProperty,
    /// Its session breaks a rule.
    BrokenSessionId,
    /// No event of a browser or mobile application has its session id.
    NoClientEvents,
    /// Its time is outside the 24 hours of its session id.
    OutsideSession,
    /// Its user is none of those of the session's client events.
    OtherUser,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 6] = [
        Self::NoSessionId,
        Self::LookAlikeProperty,
        Self::BrokenSessionId,
        Self::NoClientEvents,
        Self::OutsideSession,
        Self::OtherUser,
    ];

    /// The name that reports use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NoSessionId => "no-session-id",
            Self::LookAlikeProperty => "look-alike-property",
            Self::BrokenSessionId => "broken-session-id",
            Self::NoClientEvents => "no-client-events",
            Self::OutsideSession => "outside-session",
            Self::OtherUser => "other-user",
        }
    }

    /// What it means, in a few words.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::NoSessionId => "the event has no $session_id",
            Self::LookAlikeProperty => "the session id is in a property that PostHog does not read",
            Self::BrokenSessionId => "the session breaks a rule: see session-audit check",
            Self::NoClientEvents => {
                "no browser or mobile event has this id: minted by the server, stale, or not exported"
            }
            Self::OutsideSession => "the event is before the id's time, or 24 hours or more after it",
            Self::OtherUser => "the event's user is not the one of the session's browser or mobile events",
        }
    }

    /// The reason of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }

    /// Why it happens, and what it means: the manual's text.
    #[must_use]
    pub fn doc(self) -> &'static str {
        match self {
            Self::NoSessionId => {
                "\
Server libraries never invent a session id: they send one only if it is in the request (the browser puts it there where
tracing headers are on) or if the caller passes it. Without one, the event is in no session, and no replay is behind it.
Browser and mobile libraries send one with every event, unless something takes it out."
            }
            Self::LookAlikeProperty => {
                "\
The event has a session id in session_id, sessionId, posthog_session_id or the like. PostHog reads $session_id only."
            }
            Self::BrokenSessionId => BROKEN_SESSION_ID,
            Self::NoClientEvents => {
                "\
No event of a browser or mobile library has this session id: the server made it up, or took it from a queue or a cache
after the session had ended, or the browser's events are not in the export (another time range, a filter). So this is only
as sure as the export is complete."
            }
            Self::OutsideSession => {
                "\
The event's time is outside the 24 hours that begin with the time inside its session id (and --tolerance). Long after them,
a job queue or a cache handed the id on, and the session had ended. Before them, no queue can have had it: the clock of the
device that minted the id is ahead of the server's, or the event's time is set by hand or back-filled. The two sides go with
the rules id-after-first-event and past-24-hours: where --select or --ignore leave one out, its side does not count."
            }
            Self::OtherUser => {
                "\
The browser's events of the session are of one user, and the server's event is of another, or of none: the server sends
its own user id, which no $identify and no alias ever linked to the browser's distinct id."
            }
        }
    }

    /// When fixes differ: in which case which one applies, each with a rule that stands for it.
    #[must_use]
    pub fn cases(self) -> Vec<(&'static str, Option<&'static Rule>)> {
        let rule = |requirement| RULES.iter().find(|rule| rule.requirement == requirement);
        match self {
            Self::BrokenSessionId => vec![("where the id itself is at fault", rule(VALID_ID))],
            Self::OutsideSession => {
                vec![("before", rule(TIME_BEFORE_EVENTS)), ("24 hours or more after", rule(WITHIN_24_HOURS))]
            }
            _ => vec![("", None)],
        }
    }
}

/// What it means that the session breaks a rule.
const BROKEN_SESSION_ID: &str = "\
The event has a session id, but its session breaks a rule of session-audit check, so that the sessions tables leave it out
or hold it wrongly. Where the id itself is at fault, the server most often mints it, as a UUIDv4 or as an id of its own.

Where the session breaks another rule, about time, sharing or spelling, the event may have taken the browser's id as it
should, and others break the session: events of the browser itself, a job of yesterday, another server. The fix is then the
rule's: session-audit explain RULE.";
