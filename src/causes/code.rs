//! Shows the fixes in code of the causes in ids and in times.

use super::Snippet;

pub(super) const NODE_FROM_TIME: Snippet = Snippet {
    library: "Node",
    code: "\
// A UUIDv7 of the time at which the session began; the rest is a hash of the old id, so that the same session gets the
// same id wherever this code runs.
import { v7 as uuidv7 } from 'uuid'
import { createHash } from 'crypto'
const random = createHash('sha256').update(oldId).digest().subarray(0, 16)
const sessionId = uuidv7({ msecs: startMs, random, seq: random.readUInt32BE(0) })",
};

pub(super) const PYTHON_FROM_TIME: Snippet = Snippet {
    library: "Python",
    code: "\
# The same: 48 bits of milliseconds, version 7, variant 10, and a hash. Use one of the two, for they hash differently.
import hashlib, uuid
def uuid7_from(old_id, start_ms):
    rest = int.from_bytes(hashlib.sha256(old_id.encode()).digest()[:10], \"big\") & ~(0xF << 76 | 3 << 62)
    return str(uuid.UUID(int=start_ms << 80 | 7 << 76 | 2 << 62 | rest))
session_id = uuid7_from(old_id, start_ms)",
};

pub(super) const AMPLITUDE_TIME: Snippet = Snippet {
    library: "the time of an Amplitude id",
    code: "\
const startMs = Number(oldId)              // JavaScript; leave $session_id out where it is not above 0
start_ms = int(float(old_id))              # Python; float, for a table may have made it 1749543207345.0",
};

pub(super) const ULID_TIME: Snippet = Snippet {
    library: "the time of a ULID",
    code: "\
import { decodeTime } from 'ulid'
const startMs = decodeTime(oldId)          // JavaScript
start_ms = int(old_id[:10].upper().translate(str.maketrans(\"JKMNPQRSTVWXYZ\", \"IJKLMNOPQRSTUV\")), 32)   # Python",
};

pub(super) const KSUID_TIME: Snippet = Snippet {
    library: "the time of a KSUID",
    code: "\
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'   // JavaScript
const number = [...oldId].reduce((sum, digit) => sum * 62n + BigInt(DIGITS.indexOf(digit)), 0n)
const startMs = (Number(number >> 128n) + 1_400_000_000) * 1000

DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase          # Python
number = functools.reduce(lambda sum, digit: sum * 62 + DIGITS.index(digit), old_id, 0)
start_ms = ((number >> 128) + 1_400_000_000) * 1000",
};

/// Where the old id has no time of its own.
pub(super) const PREFIXED_TIME: Snippet = Snippet {
    library: "where the token has no time of its own",
    code: "\
const startMs = events[0].timestamp.getTime()          // JavaScript; for others, see explain ulid and explain ksuid
start_ms = int(events[0].timestamp.timestamp() * 1000)  # Python; the session's first event",
};

pub(super) const OWN_MOBILE_ID: Snippet = Snippet {
    library: "Swift, Kotlin, React Native and Flutter",
    code: "\
// PostHog's mobile libraries mint UUIDv7 session ids themselves: update the library, and send no $session_id of another
// vendor's or of your own with capture() or register().",
};

pub(super) const PRECISE_TIMES: Snippet = Snippet {
    library: "Python and JavaScript",
    code: "\
timestamp=datetime.now(timezone.utc)     # Python: not .replace(microsecond=0), not int(time.time())
timestamp: new Date()                    // Node: not new Date(Math.floor(Date.now() / 1000) * 1000)",
};

pub(super) const TIMES_WITH_A_ZONE: Snippet = Snippet {
    library: "Python and Django",
    code: "\
timestamp=datetime.now(timezone.utc)     # not datetime.now(), which is local and says no zone
timestamp=timezone.now()                 # Django, with USE_TZ = True",
};

pub(super) const PYTHON_FROM_FIRST_EVENT: Snippet = Snippet {
    library: "Python",
    code: "\
import secrets, uuid
def uuid7_at(ms):                        # uuid.uuid7() takes no time of your own
    return str(uuid.UUID(int=ms << 80 | 7 << 76 | secrets.randbits(12) << 64 | 2 << 62 | secrets.randbits(62)))
session_id = uuid7_at(int(events[0].timestamp.timestamp() * 1000))      # the events of one session, oldest first
for event in events:
    posthog.capture(event.name, distinct_id=user_id, timestamp=event.timestamp, properties={\"$session_id\": session_id})",
};

pub(super) const CLOCK: [Snippet; 2] = [
    Snippet {
        library: "any library of PostHog's",
        code: "session-audit check --tolerance 3m export/   # newer PostHog leaves skews under 150 seconds as they are",
    },
    Snippet {
        library: "JavaScript and React Native, where your own code mints the ids",
        code: "\
const skewMs = Date.parse(response.headers.get('date')) - Date.now()   // from an answer of your server, once a start
const sessionId = uuidv7({ msecs: Date.now() + skewMs })",
    },
];

pub(super) const FROM_FIRST_EVENT: Snippet = Snippet {
    library: "Node",
    code: "\
import { v7 as uuidv7 } from 'uuid'
const sessionId = uuidv7({ msecs: events[0].timestamp.getTime() })   // the events of one session, oldest first
for (const event of events) {
  posthog.capture({ ...event, properties: { ...event.properties, $session_id: sessionId } })
}",
};

pub(super) const TASKS: [Snippet; 2] = [
    Snippet {
        library: "Python and Django, with Celery",
        code: "\
from posthog import new_context
@shared_task
def send_invoice(order_id):              # and no session_id among a task's arguments
    with new_context(fresh=True):        # nothing of the request's context, its session id included
        ...",
    },
    Snippet {
        library: "Node, with a job queue",
        code: "\
await queue.add('invoice', { orderId, userId })            // no sessionId in the job
new Worker('invoice', (job) =>
  posthog.withContext({ distinctId: job.data.userId }, () => sendInvoice(job.data), { fresh: true }))",
    },
];

pub(super) const ROTATION: Snippet = Snippet {
    library: "JavaScript",
    code: "\
const IDLE = 30 * 60e3, LONGEST = 24 * 3600e3
function sessionId(now = Date.now()) {
  if (!session || now - session.last >= IDLE || now - session.start >= LONGEST) {
    session = { id: uuidv7({ msecs: now }), start: now }
  }
  session.last = now
  return session.id
}
// PostHog's own libraries do this; the mobile ones do since their 24 hour limit: update them.",
};

pub(super) const MOBILE_ROTATION: Snippet = Snippet {
    library: "mobile",
    code: "\
// Update the library; where that has to wait, end the session when the app comes back after 30 minutes:
PostHogSDK.shared.endSession(); PostHogSDK.shared.startSession()   // Swift
PostHog.endSession(); PostHog.startSession()                       // Kotlin
posthog.resetSessionId()                                           // React Native",
};
