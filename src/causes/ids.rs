//! Declares the causes that show in the session id itself.

use uuid::Uuid;

use super::code::{
    AMPLITUDE_TIME, KSUID_TIME, NODE_FROM_TIME, OWN_MOBILE_ID, PREFIXED_TIME, PYTHON_FROM_TIME, ULID_TIME,
};
use super::shape::{BRACKETS, QUOTES, Rest, Shape, is_valid};
use super::{Cause, CauseContext, Snippet};
use crate::event::id::{embedded_ms, is_rfc_variant};
use crate::event::time::{US_PER_DAY, US_PER_MS, US_PER_S, format_us};
use crate::sessions::SessionKey;
use crate::span::humane;

/// A token's time is its own if the events are within so much of it.
const NEAR_US: i64 = 400 * US_PER_DAY;

/// Amplitude's session id is the time at which the session begins; events are within so much of it.
const AMPLITUDE_NEAR_US: i64 = 7 * US_PER_DAY;

/// An id's time is none if the events are farther from it.
const ABSURD_US: i64 = 366 * US_PER_DAY;

/// 2010 and 2050, between which times are where no event has one, in microseconds since 1970.
const PLAUSIBLE_US: std::ops::Range<i64> = 1_262_304_000 * US_PER_S..2_524_608_000 * US_PER_S;

const NODE_UUIDV7: Snippet = Snippet {
    library: "Node",
    code: "\
import { v7 as uuidv7 } from 'uuid'
// Better: take the browser's id, see the header below. Only a session without a browser needs an id of its own.
const sessionId = req.get('X-POSTHOG-SESSION-ID') ?? uuidv7()
posthog.capture({ distinctId, event: 'order paid', properties: { $session_id: sessionId } })",
};

const PYTHON_UUIDV7: Snippet = Snippet {
    library: "Python and Django",
    code: "\
import uuid  # Python 3.14 has uuid7(); older ones: pip install uuid6
# Better: take the browser's id (Django: posthog.integrations.django.PosthogContextMiddleware does).
session_id = request.headers.get(\"X-POSTHOG-SESSION-ID\") or str(uuid.uuid7())
posthog.capture(\"order paid\", distinct_id=user_id, properties={\"$session_id\": session_id})",
};

const BROWSER_UUIDV7: Snippet = Snippet {
    library: "JavaScript in the browser",
    code: "\
// posthog-js mints and renews session ids itself; do not register a $session_id of your own.
posthog.init(KEY, { tracing_headers: ['api.example.com'] })  // sends its id along with requests to your server
const sessionId = posthog.get_session_id()                  // or hand it over yourself",
};

const BARE_UUID: Snippet = Snippet {
    library: "JavaScript and Python",
    code: "\
const sessionId = raw.match(/[\\da-f]{8}(-?[\\da-f]{4}){3}-?[\\da-f]{12}/i)?.[0].toLowerCase()   // JavaScript
session_id = str(uuid.UUID(re.search(r\"[\\da-f]{8}(-?[\\da-f]{4}){3}-?[\\da-f]{12}\", raw, re.I)[0]))   # Python",
};

const OWN_PROPERTY: Snippet = Snippet {
    library: "any language",
    code: "\
properties: { checkout_id: 'order-10023' }   // your own id in a property of its own
session-audit check --session-key checkout_id export/   # tells whether it and the session ids go together",
};

const WITHOUT_MISSING: Snippet = Snippet {
    library: "JavaScript and Python",
    code: "\
properties: { ...(sessionId ? { $session_id: sessionId } : {}) }          // JavaScript: `${undefined}` is a text
properties = {**({\"$session_id\": session_id} if session_id else {})}      # Python: str(None) is a text",
};

/// The causes in the order in which they are asked.
pub(super) static CAUSES: &[Cause] = &[
    Cause {
        name: "untrimmed",
        label: "valid UUIDv7 with something around it",
        looks: "Without the spaces, quotes, braces or urn:uuid: around it, the id is a valid UUIDv7.",
        why: "\
A library or a template formats the UUID (C# and Windows write braces, Java and RDF write urn:uuid:, JSON encoded twice
leaves quotes) or a line break was read with it. ClickHouse trims nothing, and so it is no UUID to PostHog.",
        fix: "trim the id before it is sent: 36 characters, lower case, nothing around them",
        code: &[BARE_UUID],
        sources: &["measured on ClickHouse 26.9: braces, quotes, white space and urn:uuid: are no UUID"],
        explains: &["not-a-uuid"],
        check: |case| matches!(case.shape, Shape::Wrapped(id) if is_valid(id)),
        evidence: |case| format!("a UUIDv7 with {} around it", case.around()),
    },
    Cause {
        name: "missing-value-text",
        label: "missing value turned into text",
        looks: "\
The id is what a language writes for a value that is not there: undefined, None, [object Object], nan, also behind a
prefix, as in session_undefined; or it is true or false.",
        why: "\
There was no session id where the event was made, and string formatting made a text of nothing; or what was sent is
whether there is one. All such events of all users are one session, which PostHog never sees.",
        fix: "leave $session_id out where there is none",
        code: &[WITHOUT_MISSING],
        sources: &[],
        explains: &["not-a-uuid"],
        check: |case| matches!(case.shape, Shape::MissingValue | Shape::PrefixedMissing | Shape::Truth),
        evidence: |case| match case.shape {
            Shape::PrefixedMissing => "a word for no value behind a prefix".to_owned(),
            Shape::Truth => "a truth value".to_owned(),
            _ => "a word for no value".to_owned(),
        },
    },
    Cause {
        name: "amplitude-session-id",
        label: "Amplitude's session id",
        looks: "The id is 13 digits, the time at which the session began in epoch milliseconds, or -1 or 0.",
        why: "\
Amplitude's session id is the start of the session in milliseconds (-1 for events outside any session). Events that are
imported from Amplitude, or sent to both, carry it as it is.",
        fix: "make a UUIDv7 from that time; leave out -1 and 0, which stand for no session",
        code: &[AMPLITUDE_TIME, NODE_FROM_TIME, PYTHON_FROM_TIME, OWN_MOBILE_ID],
        sources: &["PostHog issue 85739"],
        explains: &["not-a-uuid"],
        check: |case| match case.shape {
            Shape::EpochMs(us) => case.is_near(us, AMPLITUDE_NEAR_US),
            shape => shape == Shape::AmplitudeNone,
        },
        evidence: |case| match case.shape {
            Shape::EpochMs(us) => format!("{} in epoch milliseconds{}", time(us), case.beside_first(us)),
            _ => "Amplitude's word for no session".to_owned(),
        },
    },
    Cause {
        name: "ulid",
        label: "ULID",
        looks: "The id is 26 characters of Crockford's base 32 whose time is near the events'.",
        why: "A ULID has the same 128 bits as a UUID, but another spelling, which ClickHouse does not read as a UUID.",
        fix: "mint a UUIDv7 instead; for old data, make one from the ULID's time",
        code: &[NODE_UUIDV7, PYTHON_UUIDV7, ULID_TIME, NODE_FROM_TIME, PYTHON_FROM_TIME],
        sources: &["the ULID specification"],
        explains: &["not-a-uuid"],
        check: |case| matches!(case.shape, Shape::Ulid(us) if case.is_near(us, NEAR_US)),
        evidence: |case| case.token_evidence(),
    },
    Cause {
        name: "ksuid",
        label: "KSUID",
        looks: "The id is 27 characters of base 62 whose time, as a KSUID's, is near the events'.",
        why: "A KSUID (Segment's sortable id) has 160 bits and seconds: it is no UUID in any spelling.",
        fix: "mint a UUIDv7 instead; for old data, make one from the KSUID's time",
        code: &[NODE_UUIDV7, PYTHON_UUIDV7, KSUID_TIME, NODE_FROM_TIME, PYTHON_FROM_TIME],
        sources: &["MCPCat/mcpcat-typescript-sdk issue 33"],
        explains: &["not-a-uuid"],
        check: |case| matches!(case.shape, Shape::Ksuid(us) if case.is_near(us, NEAR_US)),
        evidence: |case| case.token_evidence(),
    },
    Cause {
        name: "prefixed-id",
        label: "vendor id with a prefix",
        looks: "The id begins with ses_, sess-, session: or another word, and a token follows: a KSUID, a UUID, hex digits.",
        why: "\
Another vendor's or a framework's id is sent as it is. PostHog's own MCP libraries send ses_ and a KSUID, too: their
sessions never aggregate.",
        fix: "make a UUIDv7 from the id's own time (the same one for the same id); keep the vendor's id in a property",
        code: &[PREFIXED_TIME, NODE_FROM_TIME, PYTHON_FROM_TIME, OWN_MOBILE_ID, OWN_PROPERTY],
        sources: &["MCPCat/mcpcat-typescript-sdk issue 33"],
        explains: &["not-a-uuid"],
        check: |case| matches!(case.shape, Shape::Prefixed(_)),
        evidence: |case| case.token_evidence(),
    },
    Cause {
        name: "business-id",
        label: "business id",
        looks: "The id is an e-mail address, a number or a slug of words and numbers: an order, a user, a checkout.",
        why: "The application's own id for the thing that the session is about was taken for the session's id.",
        fix: "keep your own id in a property of its own, and mint a UUIDv7 for the session",
        code: &[OWN_PROPERTY, NODE_UUIDV7, PYTHON_UUIDV7],
        sources: &["PostHog pull request 100663"],
        explains: &["not-a-uuid"],
        check: |case| match case.shape {
            Shape::EpochMs(us) => !case.is_near(us, AMPLITUDE_NEAR_US),
            shape => matches!(shape, Shape::Email | Shape::Number | Shape::Slug),
        },
        evidence: |case| match case.shape {
            Shape::Email => "an e-mail address".to_owned(),
            Shape::Slug => "words and numbers".to_owned(),
            _ => "a number".to_owned(),
        },
    },
    Cause {
        name: "uuid-v4",
        label: "UUIDv4",
        looks: "The id is a random UUID: version 4, with the variant that RFC 9562 asks for.",
        why: "\
crypto.randomUUID(), uuid4(), a database's default and most UUID libraries make version 4. It has no time in it, so
PostHog's sessions tables cannot take it.",
        fix: "mint the id with a UUIDv7 function, or take the browser's id",
        code: &[BROWSER_UUIDV7, NODE_UUIDV7, PYTHON_UUIDV7, OWN_MOBILE_ID],
        sources: &["AntSeed/antseed issue 974", "zeronsh/zeron issue 251", "RFC 9562"],
        explains: &["not-version-7", "not-a-uuid"],
        check: |case| case.inner_uuid().is_some_and(|id| id.get_version_num() == 4 && is_rfc_variant(id)),
        evidence: |case| format!("version 4{}", case.form()),
    },
    Cause {
        name: "hex-digest",
        label: "trace id or digest",
        looks: "\
The id is 16, 24, 32, 40 or more hex digits without hyphens, and no plausible time is in it: as version 7, which one in
16 passes for, its time would be over a year from the events.",
        why: "\
A trace or span id (OpenTelemetry), an MD5 or SHA digest or a database's object id was taken for a session's id. Of 32
hex digits ClickHouse makes a UUID of any version, by chance.",
        fix: "mint a UUIDv7 for the session, and keep the trace id or digest in a property of its own",
        code: &[OWN_PROPERTY, NODE_UUIDV7, PYTHON_UUIDV7],
        sources: &["measured: one in 16 random ids of 32 hex digits has a 7 for its version"],
        explains: &["not-a-uuid", "not-version-7", "not-rfc-variant", "id-after-first-event", "past-24-hours"],
        check: |case| case.is_digest(),
        evidence: |case| match case.shape {
            Shape::Hex(digits) => format!("{digits} hex digits"),
            _ => case.digest_evidence(),
        },
    },
    Cause {
        name: "other-uuid-version",
        label: "UUID of another version",
        looks: "The id is a UUID of version 1, 2, 3, 5, 6 or 8, or the nil or the max UUID.",
        why: "\
Version 1 is the default of Java, Cassandra and older libraries, versions 3 and 5 are made from names; the nil UUID is
what an empty field becomes. PostHog reads the time of version 7 only.",
        fix: "mint the id with a UUIDv7 function; leave $session_id out where there is none",
        code: &[NODE_UUIDV7, PYTHON_UUIDV7],
        sources: &["RFC 9562"],
        explains: &["not-version-7", "not-a-uuid"],
        check: |case| {
            let is_other = |id: &Uuid| matches!(id.get_version_num(), 1 | 2 | 3 | 5 | 6 | 8) && is_rfc_variant(*id);
            case.inner_uuid().is_some_and(|id| id.is_nil() || id.is_max() || is_other(&id))
        },
        evidence: |case| match case.inner_uuid() {
            Some(id) if id.is_nil() => "the nil UUID".to_owned(),
            Some(id) if id.is_max() => "the max UUID".to_owned(),
            id => format!("version {}{}", id.map_or(0, |id| id.get_version_num()), case.form()),
        },
    },
];

impl CauseContext<'_> {
    /// The UUID, or the one that has something around it.
    fn inner_uuid(&self) -> Option<Uuid> {
        match (self.key(), self.shape) {
            (SessionKey::Uuid(id), _) | (_, Shape::Wrapped(id)) => Some(id),
            _ => None,
        }
    }

    /// What is around a UUID.
    fn around(&self) -> String {
        let SessionKey::Text(text) = self.key() else { return String::new() };
        let kinds: [(&str, bool); 4] = [
            ("white space", text.contains(char::is_whitespace)),
            ("quotes", text.contains(|c| QUOTES.contains(c))),
            ("brackets", text.contains(|c| BRACKETS.contains(c))),
            ("urn:uuid:", text.contains(':')),
        ];
        let kinds: Vec<_> = kinds.into_iter().filter(|(_, is_there)| *is_there).map(|(kind, _)| kind).collect();
        kinds.join(" and ")
    }

    /// How the UUID is written, where that is worth a word.
    fn form(&self) -> &'static str {
        match self.key() {
            SessionKey::Text(_) => ", with something around it",
            SessionKey::Uuid(_) if self.is_bare() => ", without hyphens",
            SessionKey::Uuid(_) => "",
        }
    }

    /// Whether all events spell the UUID without hyphens.
    fn is_bare(&self) -> bool {
        self.uuid().is_some() && self.rows().iter().all(|row| !row.spelling().has_hyphens())
    }

    fn is_digest(&self) -> bool {
        let SessionKey::Uuid(id) = self.key() else { return matches!(self.shape, Shape::Hex(_)) };
        let Some(ms) = embedded_ms(id) else { return self.is_bare() };
        self.is_bare() && !self.is_near(ms * US_PER_MS, ABSURD_US)
    }

    fn digest_evidence(&self) -> String {
        let us = self.key().embedded_us();
        let as_version_7 = us.map(|us| format!(", whose time as version 7 would be {}", time(us)));
        format!("32 hex digits{}", as_version_7.unwrap_or_default())
    }

    /// Whether the events are within so much of a time; where none has a time, whether it is one of our days.
    fn is_near(&self, us: i64, near_us: i64) -> bool {
        match self.times_us() {
            Some((first_us, last_us)) => (first_us - near_us..=last_us + near_us).contains(&us),
            None => PLAUSIBLE_US.contains(&us),
        }
    }

    /// `, 0.2s before the first event`.
    fn beside_first(&self, us: i64) -> String {
        let Some((first_us, _)) = self.times_us() else { return String::new() };
        let side = if us <= first_us { "before" } else { "after" };
        format!(", {} {side} the first event", humane(first_us - us))
    }

    /// What kind of token it is.
    fn token_evidence(&self) -> String {
        match self.shape {
            Shape::Ulid(us) => format!("a ULID of {}{}", time(us), self.beside_first(us)),
            Shape::Ksuid(us) => format!("a KSUID of {}{}", time(us), self.beside_first(us)),
            Shape::Prefixed(Rest::Ulid(us)) if self.is_near(us, NEAR_US) => {
                format!("a prefix and a ULID of {}", time(us))
            }
            Shape::Prefixed(Rest::Ksuid(us)) if self.is_near(us, NEAR_US) => {
                format!("a prefix and a KSUID of {}", time(us))
            }
            // By chance, most tokens of that length can be read as one of another century.
            Shape::Prefixed(Rest::Ulid(_)) => "a prefix and 26 characters".to_owned(),
            Shape::Prefixed(Rest::Ksuid(_)) => "a prefix and 27 characters".to_owned(),
            Shape::Prefixed(Rest::Uuid(version)) => format!("a prefix and a UUID of version {version}"),
            Shape::Prefixed(Rest::Hex(digits)) => format!("a prefix and {digits} hex digits"),
            Shape::Prefixed(Rest::Characters(count)) => format!("a prefix and {count} characters"),
            _ => String::new(),
        }
    }
}

fn time(us: i64) -> String {
    format_us(us, 3).unwrap_or_else(|| "a time past the year 9999".to_owned())
}
