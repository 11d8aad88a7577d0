//! Plants sessions whose probable cause is known, so that an audit must give back how many there are of each.

use serde_json::{Value, json};

use super::planted_times as times;
use super::planted_users as users;
use super::rng::Rng;

pub(super) const SECOND: i64 = 1_000_000;
pub(super) const MINUTE: i64 = 60 * SECOND;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;

/// 2025-03-12T00:00:00Z in microseconds: planted sessions begin on the two days before all others.
const BEGIN: i64 = 1_741_737_600_000_000;

/// An event with only what tells the cause of its session.
pub(super) struct Event {
    pub(super) session_id: Value,
    pub(super) time: i64,
    pub(super) uuid: u128,
    pub(super) user: String,
    pub(super) device: Option<String>,
    pub(super) lib: [&'static str; 2],
    /// What the client's clock said when it was sent, and when it was stored.
    pub(super) arrival: Option<(i64, i64)>,
}

/// One session to plant: when it begins, and what makes it unlike all others.
pub(super) struct Seed<'r> {
    pub(super) start: i64,
    pub(super) number: u64,
    pub(super) rng: &'r mut Rng,
}

/// How the events of a session with a cause are made.
type Make = fn(&mut Seed<'_>) -> Vec<Event>;

/// Every cause with the rule that its sessions break first.
pub(super) const CAUSES: [(&str, &str, Make); 22] = [
    ("untrimmed", "not-a-uuid", |seed| seed.lone(untrimmed)),
    ("missing-value-text", "not-a-uuid", |seed| seed.lone(missing_value)),
    ("amplitude-session-id", "not-a-uuid", |seed| seed.lone(|seed| json!(seed.start / 1000))),
    ("ulid", "not-a-uuid", |seed| seed.lone(|seed| json!(ulid(seed)))),
    ("ksuid", "not-a-uuid", |seed| seed.lone(|seed| json!(ksuid(seed)))),
    ("prefixed-id", "not-a-uuid", |seed| seed.lone(|seed| json!(format!("ses_{}", ulid(seed))))),
    ("business-id", "not-a-uuid", |seed| seed.lone(business_id)),
    ("uuid-v4", "not-version-7", |seed| seed.lone(|seed| json!(text(seed.rng.uuid(4))))),
    ("hex-digest", "not-version-7", |seed| seed.lone(|seed| json!(text(seed.rng.uuid(13)).replace('-', "")))),
    ("other-uuid-version", "not-version-7", |seed| seed.lone(|seed| json!(text(seed.rng.uuid(5))))),
    ("second-precision", "id-after-first-event", times::second_precision),
    ("minted-after-event", "id-after-first-event", times::minted_after_event),
    ("time-zone", "id-after-first-event", times::time_zone),
    ("minted-at-send", "id-after-first-event", times::minted_at_send),
    ("device-clock", "id-after-first-event", times::device_clock),
    ("stale-id", "past-24-hours", times::stale_id),
    ("never-rotated", "past-24-hours", times::never_rotated),
    ("process-wide-id", "shared-by-users", users::process_wide_id),
    ("backend-user-id", "shared-by-users", users::backend_user_id),
    ("missing-reset", "shared-by-users", users::missing_reset),
    ("upper-case-id", "mixed-spelling", users::upper_case_id),
    ("without-hyphens", "mixed-spelling", users::without_hyphens),
];

/// The lines of so many sessions of every cause, in no order.
pub(super) fn lines(sessions: u64, strings: bool, rng: &mut Rng) -> Vec<Vec<u8>> {
    let mut lines = Vec::new();
    for (place, (_, _, make)) in (0..).zip(CAUSES) {
        for session in 0..sessions {
            let number = place * sessions + session;
            // Odd times, so that none is near to whole seconds or hours but where that is wanted.
            let start = BEGIN + i64::try_from(number).unwrap_or_default() * 1_030_000 + 411_000;
            let events = make(&mut Seed { start, number, rng });
            lines.extend(events.iter().map(|event| event.line(strings)));
        }
    }
    rng.shuffle(&mut lines);
    lines
}

impl Event {
    fn line(&self, strings: bool) -> Vec<u8> {
        let mut properties = json!({
            "$session_id": self.session_id,
            "$lib": self.lib[0],
            "$lib_version": self.lib[1],
        });
        if let Some(device) = &self.device {
            properties["$device_id"] = json!(device);
        }
        let mut line = json!({
            "uuid": text(self.uuid),
            "event": "planted",
            "distinct_id": self.user,
            "timestamp": time(self.time),
        });
        if let Some((sent, created)) = self.arrival {
            properties["$sent_at"] = json!(time(sent));
            line["created_at"] = json!(time(created));
        }
        line["properties"] = if strings { json!(properties.to_string()) } else { properties };
        let mut bytes = line.to_string().into_bytes();
        bytes.push(b'\n');
        bytes
    }
}

impl Seed<'_> {
    /// An event of the browser, a microsecond time from the start on; its own id is minted by a right clock.
    pub(super) fn event(&mut self, session_id: &Value, after: i64) -> Event {
        let time = self.start + after;
        Event {
            session_id: session_id.clone(),
            time,
            uuid: self.uuid7(time),
            user: format!("planted-{}", self.number),
            device: None,
            lib: ["web", "1.230.4"],
            arrival: None,
        }
    }

    /// The same of a server, whose events have random ids.
    pub(super) fn server_event(&mut self, session_id: &Value, after: i64) -> Event {
        Event { lib: ["posthog-python", "6.7.4"], uuid: self.rng.uuid(4), ..self.event(session_id, after) }
    }

    pub(super) fn uuid7(&mut self, time: i64) -> u128 {
        self.rng.uuid7(u64::try_from(time / 1000).unwrap_or_default())
    }

    /// A session id of this time.
    pub(super) fn session_id(&mut self, time: i64) -> Value {
        json!(text(self.uuid7(time)))
    }

    /// A session of two events with this id.
    fn lone(&mut self, id: impl Fn(&mut Self) -> Value) -> Vec<Event> {
        let id = id(self);
        vec![self.event(&id, 1000), self.event(&id, MINUTE)]
    }
}

fn untrimmed(seed: &mut Seed<'_>) -> Value {
    let id = text(seed.uuid7(seed.start));
    json!(match seed.number % 4 {
        0 => format!("{{{id}}}"),
        1 => format!("urn:uuid:{id}"),
        2 => format!("\"{id}\""),
        _ => format!("{id}\n"),
    })
}

/// Every one of other spaces, so that each is a session of its own.
fn missing_value(seed: &mut Seed<'_>) -> Value {
    let word = ["NaN", "None", "[object Object]", "(null)"][usize::try_from(seed.number % 4).unwrap_or_default()];
    let spaces = " ".repeat(usize::try_from(seed.number).unwrap_or_default());
    json!(format!("{word}{spaces}"))
}

fn business_id(seed: &mut Seed<'_>) -> Value {
    json!(match seed.number % 3 {
        0 => format!("ann.{}@example.com", seed.number),
        1 => format!("order-{}", seed.number),
        _ => (100_000 + seed.number).to_string(),
    })
}

fn ulid(seed: &mut Seed<'_>) -> String {
    let random = seed.rng.uuid(4) >> 48;
    let value = u128::try_from(seed.start / 1000).unwrap_or_default() << 80 | random;
    digits(value, 26, b"0123456789ABCDEFGHJKMNPQRSTVWXYZ")
}

/// Of the 160 bits, those beyond 128 are zero: the time and the first bits of what is random.
fn ksuid(seed: &mut Seed<'_>) -> String {
    const DIGITS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let seconds = u128::try_from(seed.start / SECOND - 1_400_000_000).unwrap_or_default();
    let mut number = [seconds, seed.rng.uuid(4) >> 64, seed.rng.uuid(4) >> 64];
    let digit = |_| {
        let mut rest = 0;
        for part in &mut number {
            let value = rest << 64 | *part;
            (*part, rest) = (value / 62, value % 62);
        }
        DIGITS[usize::try_from(rest).unwrap_or_default()]
    };
    let mut digits: Vec<u8> = (0..27).map(digit).collect();
    digits.reverse();
    String::from_utf8(digits).unwrap_or_default()
}

fn digits(mut value: u128, count: usize, digits: &[u8]) -> String {
    let base = digits.len() as u128;
    let digit = |_| {
        let digit = digits[usize::try_from(value % base).unwrap_or_default()];
        value /= base;
        char::from(digit)
    };
    let text: Vec<char> = (0..count).map(digit).collect();
    text.into_iter().rev().collect()
}

fn text(id: u128) -> String {
    uuid::Uuid::from_u128(id).to_string()
}

fn time(us: i64) -> String {
    let time = jiff::Timestamp::from_microsecond(us).unwrap_or_default();
    format!("{time:.6}")
}
