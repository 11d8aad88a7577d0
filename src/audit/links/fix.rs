//! Says what to do about events that lead nowhere, by who sends them.

use super::reason::{Reason, TIME_BEFORE_EVENTS, VALID_ID};
use crate::rules::Rule;

/// Who sends events that lead nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sender<'a> {
    /// The library.
    pub lib: Option<&'a str>,
    /// Whether it is a browser or a mobile application that sends them.
    pub is_client: bool,
}

impl Reason {
    /// What the one who sends such events can do about it; the rule is that which the session breaks, or that of the side
    /// on which the events are outside.
    #[must_use]
    pub fn fix(self, rule: Option<&Rule>, sender: Sender<'_>) -> String {
        match (self, rule) {
            (Self::BrokenSessionId, Some(rule)) if rule.requirement != VALID_ID => of_session(rule),
            (Self::OutsideSession, Some(rule)) if rule.requirement == TIME_BEFORE_EVENTS => EARLY.to_owned(),
            (Self::OutsideSession, Some(rule)) if sender.is_client => rule.help.to_owned(),
            _ => match self.in_client() {
                Some(fix) if sender.is_client => fix.to_owned(),
                _ => self.on_server(sender.lib),
            },
        }
    }

    /// Where libraries make session ids and distinct ids themselves.
    fn in_client(self) -> Option<&'static str> {
        match self {
            Self::NoSessionId => Some(
                "the library sends $session_id by itself: update it, and let nothing (before_send, property_denylist, a \
                 proxy) take it out",
            ),
            Self::BrokenSessionId => Some("let the library mint the session id, and set no $session_id of your own"),
            Self::OtherUser => Some("send the event with the distinct id of its user"),
            Self::LookAlikeProperty | Self::NoClientEvents | Self::OutsideSession => None,
        }
    }

    /// Where they come from the browser, if from anywhere.
    fn on_server(self, lib: Option<&str>) -> String {
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

const EARLY: &str = "where clocks differ, allow for that with --tolerance; where the event's time is set by hand or \
                     back-filled, correct it";

const BROWSER: &str = "list the server's host in posthog-js's tracing_headers";

/// What to do about a session that breaks a rule by its events, whichever they are.
fn of_session(rule: &Rule) -> String {
    format!(
        "the session as a whole is at fault, perhaps through other events: {} (session-audit explain {})",
        rule.help, rule.name
    )
}

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
