//! Declares why a backend event does not lead to its user's session, and what to do about it.

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

    /// What to do about it where events come from this library.
    #[must_use]
    pub fn fix(self, lib: Option<&str>) -> String {
        match self {
            Self::NoSessionId => format!("{BROWSER}; {}", take_it(lib)),
            Self::LookAlikeProperty => "rename the property to $session_id".to_owned(),
            Self::BrokenSessionId => {
                format!("take the browser's session id instead of one of your own: {}", take_it(lib))
            }
            Self::NoClientEvents => format!("do not mint ids on the server: {BROWSER}; {}", take_it(lib)),
            Self::OutsideSession => {
                "do not hand the session id to queues and caches; send what is done much later without one".to_owned()
            }
            Self::OtherUser => {
                format!(
                    "send the browser's distinct id along (X-POSTHOG-DISTINCT-ID), or identify the user in the browser; {}",
                    take_it(lib)
                )
            }
        }
    }
}

const BROWSER: &str = "list the server's host in posthog-js's tracing_headers";

/// How a library takes the ids that the browser sends.
fn take_it(lib: Option<&str>) -> String {
    let by_hand = "read X-POSTHOG-SESSION-ID from the request and pass it as $session_id";
    match lib {
        Some("posthog-python") => {
            format!("add posthog.integrations.django.PosthogContextMiddleware (Django), or {by_hand}")
        }
        Some("posthog-node" | "posthog-edge") => format!("add setupExpressRequestContext (Express), or {by_hand}"),
        _ => by_hand.to_owned(),
    }
}
