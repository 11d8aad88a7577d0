//! Decides under which distinct id and person a visitor's events are sent, before and after a login.

use super::json::{self, Members};
use super::rng::Rng;

const FIRST_NAMES: [&str; 8] = ["maya", "jonas", "aiko", "li", "sofia", "omar", "ana", "noah"];
const PLANS: [&str; 4] = ["free", "starter", "team", "enterprise"];

/// A distinct id: the device's own before a login, the member's after it.
#[derive(Clone, Copy)]
pub(crate) enum DistinctId {
    Device(u64),
    Member(u64),
}

impl DistinctId {
    pub(crate) fn write(self, out: &mut Vec<u8>) {
        out.push(b'"');
        match self {
            Self::Device(seed) => json::uuid(out, derived(seed, 1)),
            Self::Member(seed) => member(out, seed),
        }
        out.push(b'"');
    }
}

/// Applications use e-mail addresses, prefixed ids and numbers for their members.
fn member(out: &mut Vec<u8>, seed: u64) {
    match seed % 3 {
        0 => email(out, seed),
        1 => {
            json::push(out, "usr_");
            json::hex(out, seed);
        }
        _ => json::number(out, seed),
    }
}

fn email(out: &mut Vec<u8>, seed: u64) {
    json::push(out, Rng::new(seed).pick(&FIRST_NAMES));
    out.push(b'.');
    json::hex(out, seed);
    json::push(out, "@example.com");
}

fn derived(seed: u64, salt: u64) -> u128 {
    Rng::new(seed ^ salt.rotate_left(40)).uuid(5)
}

/// How a visitor goes through one session.
#[derive(Clone, Copy)]
pub(crate) enum Login {
    Never,
    Before,
    /// At this event of the session.
    At(u64),
}

/// Somebody who visits, on some device.
#[derive(Clone, Copy)]
pub(crate) struct Visitor {
    pub(crate) user: u64,
    pub(crate) device: u64,
    pub(crate) login: Login,
}

impl Visitor {
    pub(crate) fn stranger(rng: &mut Rng) -> Self {
        let login = if rng.percent(30) { Login::Before } else { Login::Never };
        Self { user: rng.next(), device: rng.next(), login }
    }

    /// Whether the event at this place is sent by somebody known.
    pub(crate) fn is_member(&self, place: u64) -> bool {
        match self.login {
            Login::Never => false,
            Login::Before => true,
            Login::At(login) => place >= login,
        }
    }

    pub(crate) fn who(&self, place: u64) -> Who {
        let device = DistinctId::Device(self.device);
        if self.is_member(place) {
            Who { distinct: DistinctId::Member(self.user), device, person: derived(self.user, 2), known: true }
        } else {
            Who { distinct: device, device, person: derived(self.device, 3), known: false }
        }
    }

    /// The same visitor when they come again: on the device they are known on, or on a new one where they log in.
    pub(crate) fn again(self, rng: &mut Rng, size: u64) -> Self {
        let known = !matches!(self.login, Login::Never);
        if known && size > 1 && rng.percent(20) {
            let login = Login::At(rng.between(1, size - 1));
            return Self { device: rng.next(), login, ..self };
        }
        let login = if known { Login::Before } else { Login::Never };
        Self { login, ..self }
    }

    /// Somebody new, who may log in during a session of this size.
    pub(crate) fn new(rng: &mut Rng, size: u64) -> Self {
        let mut visitor = Self::stranger(rng);
        if size > 1 && rng.percent(30) {
            visitor.login = Login::At(rng.between(1, size - 1));
        }
        visitor
    }
}

/// Whose event it is.
#[derive(Clone, Copy)]
pub(crate) struct Who {
    pub(crate) distinct: DistinctId,
    pub(crate) device: DistinctId,
    pub(crate) person: u128,
    pub(crate) known: bool,
}

impl Who {
    /// What the export says about the person: nothing or little while anonymous.
    pub(crate) fn properties(&self, out: &mut Vec<u8>, members: &mut Members, rng: &mut Rng) {
        if rng.percent(if self.known { 10 } else { 80 }) {
            return json::push(out, rng.pick(&["null", "{}"]));
        }
        members.clear();
        members.uuid("$creator_event_uuid", derived(rng.next(), 4));
        members.raws(&INITIAL);
        if self.known {
            self.known_properties(members, rng);
        }
        if rng.percent(5) {
            members.uuid("$session_id", rng.uuid(4));
        }
        members.shuffle(rng);
        members.write(out);
    }

    fn known_properties(&self, members: &mut Members, rng: &mut Rng) {
        members.with("email", |out| {
            out.push(b'"');
            email(out, u64::try_from(self.person >> 64).unwrap_or_default());
            out.push(b'"');
        });
        members.text("plan", rng.pick(&PLANS));
        members.raw(r#""name":"Maya \"M\" O\u2019Neil""#);
        members.number("logins", rng.below(500));
        members.raw(r#""last_search":null"#);
    }
}

const INITIAL: [&str; 9] = [
    r#""$initial_referrer":"$direct""#,
    r#""$initial_referring_domain":"$direct""#,
    r#""$initial_current_url":"https://www.example.com/?utm_source=news&utm_campaign=spring""#,
    r#""$initial_host":"www.example.com""#,
    r#""$initial_pathname":"/""#,
    r#""$initial_utm_source":"news""#,
    r#""$initial_utm_campaign":"spring""#,
    r#""$initial_gclid":null"#,
    r#""$initial_geoip_country_code":"PT""#,
];
