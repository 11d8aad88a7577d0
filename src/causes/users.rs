//! Declares the causes that show in who sent a session's events, and in how they spell its id.

use std::collections::BTreeSet;

use super::{Cause, Snippet};
use crate::count::counted;
use crate::rows::{Flags, LibrarySide};
use crate::sessions::{Devices, Sides};

/// From so many users on, an id is no session's any more.
const VERY_MANY_USERS: usize = 10;

/// From so many libraries of servers and others on, none of them a browser's, whose servers hand its session's id on.
const VERY_MANY_LIBS: usize = 5;

const CONTEXTS: [Snippet; 2] = [
    Snippet {
        library: "Python and Django",
        code: "\
from posthog import new_context, identify_context, set_context_session
with new_context(fresh=True):            # one a request; PosthogContextMiddleware does it in Django
    identify_context(user_id)
    set_context_session(request.headers.get(\"X-POSTHOG-SESSION-ID\"))
    posthog.capture(\"order paid\")",
    },
    Snippet {
        library: "Node",
        code: "\
import { setupExpressRequestContext } from 'posthog-node'
setupExpressRequestContext(posthog, app)  // before the routes: each request has its own ids
// elsewhere: posthog.withContext({ distinctId, sessionId }, () => handle(request))",
    },
];

const IDENTIFY: [Snippet; 2] = [
    Snippet {
        library: "JavaScript in the browser",
        code: "\
posthog.identify(user.id)                 // on login and on load, with the id that the server sends as distinct id
posthog.init(KEY, { tracing_headers: ['api.example.com'] })  // or let the server take the browser's distinct id",
    },
    Snippet { library: "Node", code: "const distinctId = req.get('X-POSTHOG-DISTINCT-ID') ?? req.user.id" },
];

const RESET: [Snippet; 2] = [
    Snippet {
        library: "JavaScript and React Native",
        code: "async function logOut() { await api.logOut(); posthog.reset() }",
    },
    Snippet {
        library: "mobile",
        code: "\
PostHogSDK.shared.reset()                 // Swift
PostHog.reset()                           // Kotlin
await Posthog().reset();                  // Flutter",
    },
];

const LOWER_CASE: [Snippet; 1] =
    [Snippet { library: "Swift", code: "let sessionId = uuid.uuidString.lowercased()   // uuidString is upper case" }];

const WITH_HYPHENS: [Snippet; 1] =
    [Snippet { library: "Python", code: "session_id = str(session_uuid)            # not session_uuid.hex" }];

/// The causes in the order in which they are asked.
pub(super) static CAUSES: &[Cause] = &[
    Cause {
        name: "backend-user-id",
        label: "server's own user id never linked to the browser's",
        looks: "\
The session has two users: one is seen in events of a browser or mobile library, the other in those of a server library
only, and no $identify or alias links the two.",
        why: "\
The server takes the session id from the request, but not the distinct id: it sends its own user id, which the browser
never identifies with. PostHog takes the two for different people.",
        fix: "call posthog.identify() in the browser with the server's user id, or take X-POSTHOG-DISTINCT-ID",
        code: &IDENTIFY,
        sources: &[],
        explains: &["shared-by-users"],
        check: |case| {
            let sides: Vec<_> = case.sides_by_user().into_values().collect();
            let is_pair = |one: Sides, other: Sides| one.has(LibrarySide::Client) && other.is_only(LibrarySide::Server);
            matches!(sides[..], [one, other] if is_pair(one, other) || is_pair(other, one))
        },
        evidence: |_| "one user in client events, another in server events only".to_owned(),
    },
    Cause {
        name: "missing-reset",
        label: "logout without reset",
        looks: "\
Two or more identified users share the session on one device: all events that name a $device_id name the same one, and
every user is seen in events of a browser or mobile library.",
        why: "\
Somebody logs out and somebody else logs in (or support impersonates a user) while the library goes on with the same
session, because posthog.reset() was not called in between.",
        fix: "call posthog.reset() on logout and before impersonating somebody",
        code: &RESET,
        sources: &["latitude-dev/latitude-llm issue 2960"],
        explains: &["shared-by-users"],
        check: |case| {
            let sides = case.sides_by_user();
            let identified = sides.keys().filter(|user| case.context.tables.users.is_identified(**user)).count();
            let are_clients = sides.values().all(|sides| sides.has(LibrarySide::Client));
            are_clients && identified >= 2 && case.devices() == Devices::One
        },
        evidence: |case| format!("{} on one device", counted(case.sides_by_user().len() as u64, "user")),
    },
    Cause {
        name: "process-wide-id",
        label: "one id for a whole process or build",
        looks: "\
Ten or more users, or five or more libraries, none of them a browser's or a mobile one, share one session id.",
        why: "\
The id is minted once when a server process, a worker or a build starts, or is kept in a global variable, and goes to
the events of everybody whom that process serves.",
        fix: "keep the session id with the request (a context, request-local storage), never in a global or a build",
        code: &CONTEXTS,
        sources: &["PostHog pull request 25897"],
        explains: &["shared-by-users", "shared-by-sessions"],
        check: |case| {
            let is_traced = case.flags().has(Flags::CLIENT_LIBRARY);
            case.sides_by_user().len() >= VERY_MANY_USERS || case.libs().len() >= VERY_MANY_LIBS && !is_traced
        },
        evidence: |case| {
            let (users, libs) = (counted(case.sides_by_user().len() as u64, "user"), case.libs().len());
            format!("{users} and {libs} librar{} under one id", if libs == 1 { "y" } else { "ies" })
        },
    },
    Cause {
        name: "upper-case-id",
        label: "id in upper and in lower case",
        looks: "Events spell the session's id in upper (or mixed) case and in lower case.",
        why: "\
PostHog's iOS library sent ids in upper case until June 2026, and PostHog lower-cases ids with hyphens only since
2026-02-25, so that older and newer events, or those of a client and a server, differ.",
        fix: "write the id in lower case everywhere",
        code: &LOWER_CASE,
        sources: &["PostHog pull request 49046"],
        explains: &["mixed-spelling"],
        check: |case| case.spellings().iter().map(|spelling| spelling.letter_case()).collect::<BTreeSet<_>>().len() > 1,
        evidence: |case| format!("{} spellings that differ in case", case.spellings().len()),
    },
    Cause {
        name: "without-hyphens",
        label: "id with and without hyphens",
        looks: "Events spell the session's id with hyphens and without.",
        why: "\
One side writes the id as 32 hex digits (uuid.hex in Python, a binary column, a trace library), the other one with
hyphens. ClickHouse reads both as one UUID, but everything that compares text sees two sessions.",
        fix: "write the id with hyphens everywhere, in lower case",
        code: &WITH_HYPHENS,
        sources: &[],
        explains: &["mixed-spelling"],
        check: |case| case.spellings().iter().map(|spelling| spelling.has_hyphens()).collect::<BTreeSet<_>>().len() > 1,
        evidence: |_| "with and without hyphens".to_owned(),
    },
];
