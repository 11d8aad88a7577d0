//! The table of rules: each is declared here, once.

use super::{Condition, Consequence, Effect, Rule};
use crate::count::{counted, grouped};
use crate::event::time::US_PER_DAY;
use crate::span::humane;

/// The rules in the order of precedence: a session's reason is the first one that it breaks.
pub static RULES: [Rule; 9] = [
    Rule {
        name: "not-a-uuid",
        requirement: 3,
        summary: "the session id is not a UUID",
        doc: "\
PostHog's sessions tables take only events whose $session_id casts to a UUID: exactly 36 characters with hyphens at 8,
13, 18 and 23, or exactly 32 hex digits, in either case. Spaces, braces, quotes or urn:uuid: around a UUID make it
another text. Events with such an id are stored, and trends count the text as a session, but no session of that id
exists: no duration, no bounce rate, no entry page, nothing in web analytics.

Usual causes: an id of the application's own (an order, an e-mail address, a slug), the id of another vendor or library
(ses_..., a KSUID, a ULID), Amplitude's session id (epoch milliseconds), a missing value turned into text (undefined,
None, [object Object]), or a UUID with something around it.",
        help: "mint a UUIDv7 for the session, and keep your own id in a property of its own",
        breaks_if: Condition::NotAUuid,
        consequence: Consequence::Always(Effect::Excluded),
        message: |_| "the session id is not a UUID".to_owned(),
    },
    Rule {
        name: "not-version-7",
        requirement: 3,
        summary: "the session id is a UUID of another version than 7",
        doc: "\
PostHog orders and filters sessions by the time inside a UUIDv7, so its sessions tables take no other version: the
filter is that bits 76 to 79 of the id are 7. Events with another version are stored, but no session of that id exists.

Usual causes: crypto.randomUUID(), uuid4() or a database's default, all of which make version 4, on a server, in a
desktop application or in an older mobile application; a trace id or an MD5 digest of 32 hex digits.",
        help: "mint the id with a UUIDv7 function (or take the browser's id) instead of a random UUID",
        breaks_if: Condition::OtherVersion,
        consequence: Consequence::Always(Effect::Excluded),
        message: |session| {
            let version = session.uuid().map_or(0, |id| id.get_version_num());
            format!("the session id is a UUID of version {version}; PostHog needs version 7")
        },
    },
    Rule {
        name: "not-rfc-variant",
        requirement: 3,
        summary: "the session id says version 7, but its variant bits are not 10",
        doc: "\
RFC 9562 asks for the bits 10 at the start of the fourth group, so that it begins with 8, 9, a or b. An id of version 7
with another variant is no valid UUIDv7. PostHog's code does not look at the variant today and aggregates such sessions
as usual; the documentation asks for a valid UUIDv7, and a later check may refuse them.

Usual causes: a UUIDv7 put together by hand; a random 32-digit hex string that happens to have a 7 in the right place.",
        help: "mint the id with a UUIDv7 library instead of putting it together by hand",
        breaks_if: Condition::OtherVariant,
        consequence: Consequence::Always(Effect::Kept),
        message: |_| "the session id is of version 7, but its variant bits are not 10".to_owned(),
    },
    Rule {
        name: "shared-by-users",
        requirement: 2,
        summary: "events of two or more users carry the session id",
        doc: "\
A session id belongs to one user. When two users send the same one, PostHog makes one session of both: the last distinct
id wins, the entry page and the campaign of the first are credited to all, and the replay shows under the wrong person.

Who is one user is found out over the whole input: distinct ids and persons are linked by the events that carry both, by
$identify, by $create_alias and by $merge_dangerously. A login inside a session is one user. Ids that everybody may have
(anonymous, null, undefined, ...) link nobody, as PostHog refuses to merge by them.

Usual causes: logout without posthog.reset(), so that the next user of the browser goes on with the same session;
impersonation by support; one id for a whole server process or build; a server that sends its own user id with the
browser's session id while no $identify ever links the two.",
        help: "call posthog.reset() on logout, keep the id per request on servers, and identify users by one id",
        breaks_if: Condition::SeveralUsers,
        consequence: Consequence::Always(Effect::Merged),
        message: |session| format!("events of {} carry the session id", counted(session.users() as u64, "user")),
    },
    Rule {
        name: "shared-by-sessions",
        requirement: 2,
        summary: "events of two or more of the application's own sessions carry the session id",
        doc: "\
With --session-key PROPERTY, the values of that property are the application's own idea of a session: a checkout, a
conversation, a game. Two values under one session id mean that the id was used again for another session. PostHog makes
one session of both.

Usual causes: the id is made once per process, per login or per device instead of once per session; it is kept in a
cache or in storage that outlives the session.",
        help: "mint a new session id when the application's own session begins",
        breaks_if: Condition::SeveralAppSessions,
        consequence: Consequence::Always(Effect::Merged),
        message: |session| {
            format!("events of {} of your sessions carry the session id", grouped(session.app_sessions() as u64))
        },
    },
    Rule {
        name: "inconsistent-id",
        requirement: 1,
        summary: "one of the application's own sessions has several session ids",
        doc: "\
With --session-key PROPERTY, the values of that property are the application's own idea of a session. All events of one
session need the same session id; where one value occurs under two ids, PostHog counts two sessions, each with a part of
the events.

Usual causes: the id is made anew per request, per event, per page or per worker; the browser and the server each make
their own.",
        help: "mint the id once per session and hand it to everything that sends events of that session",
        breaks_if: Condition::SharedAppSession,
        consequence: Consequence::Always(Effect::Split),
        message: |_| "one of your sessions also has events under another session id".to_owned(),
    },
    Rule {
        name: "mixed-spelling",
        requirement: 1,
        summary: "events spell one UUID in two or more ways",
        doc: "\
Upper and lower case, with and without hyphens, are one UUID, and so one session in PostHog's sessions tables; but
trends and all else that compares the text count each spelling as a session of its own, and links from events to replays
miss. Ids with hyphens are lower-cased at ingestion since 2026-02-25 (PostHog pull request 49046); older events and ids
without hyphens keep their spelling.

Usual causes: iOS sent upper-case ids until June 2026; a server library that writes UUIDs without hyphens; a database
that changes their case.",
        help: "write the id in lower case with hyphens everywhere",
        breaks_if: Condition::SeveralSpellings,
        consequence: Consequence::Always(Effect::Split),
        message: |session| {
            let spellings = session.spellings().len();
            format!("events spell the session id in {} ways", grouped(spellings as u64))
        },
    },
    Rule {
        name: "id-after-first-event",
        requirement: 4,
        summary: "the time inside the session id is later than the session's first event",
        doc: "\
The first 48 bits of a UUIDv7 are its time in milliseconds. PostHog takes it for the start of the session, so it must be
at or before the first event's timestamp (compared in microseconds; --tolerance allows for a little). The session has a
row, but web analytics' pre-aggregated tables can lose it or count it at another time; with more than 3 days between the
id's time and the event, queries with a date filter miss the row.

Usual causes: a device clock that is ahead (PostHog corrects the event's time by the clock's skew, but not the id); the
id is minted when events are sent while they happened earlier; timestamps cut to whole seconds; a time zone lost in
parsing. posthog-js takes the event's time a moment before it mints the id, so a few milliseconds are normal.",
        help: "mint the id before the session's first event, or from that event's time; --tolerance allows for clocks",
        breaks_if: Condition::FirstEventBeforeId,
        consequence: Consequence::OF_TIME,
        message: |session| {
            let late_us = session.offsets_us().map_or(0, |(first_us, _)| -first_us);
            format!("the id's time is {} after the session's first event", humane(late_us))
        },
    },
    Rule {
        name: "past-24-hours",
        requirement: 5,
        summary: "the session's last event is 24 hours or more after the time inside the session id",
        doc: "\
A session lasts less than 24 hours from the time inside its id; an event exactly 24 hours later breaks the requirement
(compared in microseconds; --tolerance allows for more). The session has a row, but the pre-aggregated tables of
PostHog's web analytics look only 24 hours past an id's time and can lose or misplace what comes later; with more than 3
days between the id's time and the event, queries with a date filter miss the row.

Usual causes: the id is never renewed (mobile SDKs had no 24 hour limit for years); a job queue, a cache or a cookie
hands an old id to later work; a device clock that is a day behind.",
        help: "start a new session after 30 minutes without events and after 24 hours at the latest",
        breaks_if: Condition::LastEventFrom(US_PER_DAY),
        consequence: Consequence::OF_TIME,
        message: |session| {
            let past_us = session.offsets_us().map_or(0, |(_, last_us)| last_us - US_PER_DAY);
            if past_us == 0 {
                return "the session's last event is exactly 24 hours after the id's time".to_owned();
            }
            format!("the session's last event is {} past the id's 24 hours", humane(past_us))
        },
    },
];
