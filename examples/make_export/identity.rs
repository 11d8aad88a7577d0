//! Mints session ids, sound ones and broken ones, and spells them.

use super::broken::Broken;
use super::json;
use super::rng::Rng;

const SECOND: u64 = 1_000_000;
const HOUR: u64 = 3600 * SECOND;
const DAY: u64 = 24 * HOUR;

/// A session id as its application minted it.
pub(crate) enum SessionId {
    Uuid(u128),
    /// Escaped as JSON wants it.
    Text(Vec<u8>),
    Number(u64),
}

/// How one event spells a UUID.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    Usual,
    Upper,
    Bare,
}

impl SessionId {
    pub(crate) fn write(&self, out: &mut Vec<u8>, spelling: Spelling) {
        match self {
            Self::Uuid(id) => spelled(out, *id, spelling),
            Self::Number(id) => json::number(out, *id),
            Self::Text(id) => {
                out.push(b'"');
                out.extend_from_slice(id);
                out.push(b'"');
            }
        }
    }

    /// Careless code gives every visitor this same id.
    pub(crate) fn is_undefined(&self) -> bool {
        matches!(self, Self::Text(text) if text == b"undefined")
    }
}

fn spelled(out: &mut Vec<u8>, id: u128, spelling: Spelling) {
    let mut text = Vec::with_capacity(36);
    json::uuid(&mut text, id);
    match spelling {
        Spelling::Usual => {}
        Spelling::Upper => text.make_ascii_uppercase(),
        Spelling::Bare => text.retain(|byte| *byte != b'-'),
    }
    out.push(b'"');
    out.extend_from_slice(&text);
    out.push(b'"');
}

/// An id with the times that go with it.
pub(crate) struct Minted {
    pub(crate) id: SessionId,
    /// Microseconds by which the client's clock is ahead.
    pub(crate) skew: u64,
    /// Microseconds from the first event to the last, where the way to break wants it.
    pub(crate) span: Option<u64>,
}

/// The id of a session whose first event is at `start`, a whole millisecond.
pub(crate) fn mint(broken: Option<Broken>, start: u64, size: u64, rng: &mut Rng) -> Minted {
    let minted = start - rng.between(100, 900) * 1000;
    let id = match broken {
        Some(Broken::NotAUuid) => text(start, rng),
        Some(Broken::NotVersion7) => SessionId::Uuid(rng.uuid(4)),
        Some(Broken::NotRfcVariant) => SessionId::Uuid(wrong_variant(minted, rng)),
        Some(Broken::IdAfterFirstEvent) => return ahead(start, rng),
        Some(Broken::Past24Hours) => return overlong(minted, start, size, rng),
        _ => SessionId::Uuid(rng.uuid7(minted / 1000)),
    };
    Minted { id, skew: 0, span: None }
}

fn wrong_variant(minted: u64, rng: &mut Rng) -> u128 {
    let id = rng.uuid7(minted / 1000) & !(0b11 << 62);
    id | (rng.pick(&[0b00, 0b01, 0b11]) << 62)
}

/// The correction of a fast clock moves the event's time and not the id's.
fn ahead(start: u64, rng: &mut Rng) -> Minted {
    let far = rng.percent(15);
    let skew = if far { 3 * DAY + rng.between(HOUR, 20 * DAY) } else { rng.between(SECOND, 600 * SECOND) };
    let id = SessionId::Uuid(rng.uuid7((start + skew) / 1000));
    Minted { id, skew: skew - skew % 1000, span: None }
}

fn overlong(minted: u64, start: u64, size: u64, rng: &mut Rng) -> Minted {
    let far = rng.percent(15);
    let span = if far { 3 * DAY + rng.between(HOUR, 2 * DAY) } else { DAY + rng.between(60 * SECOND, 5 * HOUR) };
    // The one event of a session can only be late by itself.
    let minted = if size == 1 { start - span } else { minted };
    Minted { id: SessionId::Uuid(rng.uuid7(minted / 1000)), skew: 0, span: Some(span) }
}

/// The text is unique where the times are, except for `undefined`.
fn text(start: u64, rng: &mut Rng) -> SessionId {
    let mut text = Vec::new();
    match rng.below(8) {
        0 => return SessionId::Number(start / 1000),
        1 => json::number(&mut text, start / 1000),
        2 => json::push(&mut text, "undefined"),
        3 => braced(&mut text, start, rng),
        4 => order_number(&mut text, rng),
        _ => prefixed(&mut text, rng),
    }
    SessionId::Text(text)
}

fn braced(out: &mut Vec<u8>, start: u64, rng: &mut Rng) {
    out.push(b'{');
    json::uuid(out, rng.uuid7(start / 1000));
    out.push(b'}');
}

fn order_number(out: &mut Vec<u8>, rng: &mut Rng) {
    json::push(out, r#"order \"B\" "#);
    json::number(out, rng.next());
}

fn prefixed(out: &mut Vec<u8>, rng: &mut Rng) {
    json::push(out, "ses_");
    for _ in 0..26 {
        out.push(rng.pick(b"0123456789abcdefghjkmnpqrstvwxyz"));
    }
}
