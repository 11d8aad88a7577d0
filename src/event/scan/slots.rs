//! Picks the wanted values of a record while it is scanned, and makes an event of them.

use std::borrow::Cow;

use super::super::{Event, Fields, time};

/// The values that an event is made of: first those of its properties, then its own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Slot {
    PropertySessionId,
    PropertyDistinctId,
    Lib,
    LibVersion,
    AnonDistinctId,
    AppSession,
    Name,
    SessionId,
    Timestamp,
    DistinctId,
    DollarDistinctId,
    PersonId,
    Uuid,
    Id,
    TeamId,
}

const SLOTS: usize = Slot::TeamId as usize + 1;

/// The keys that are wanted.
#[derive(Debug, Clone)]
pub(super) struct Keys {
    /// `"PROPERTY"`, of `--session-key`, with its quotes.
    app_session: Option<Vec<u8>>,
}

/// The values of a record so far.
#[derive(Debug, Default)]
pub(super) struct Slots {
    values: [Value; SLOTS],
    has_name: bool,
    /// The colon behind the last `properties`, which are the ones that count.
    properties: usize,
}

/// Where a text stands in the bytes; absent while it is empty.
#[derive(Debug, Default, Clone, Copy)]
struct Value {
    start: u32,
    length: u32,
}

impl Keys {
    /// The keys for these fields, unless `--field` moves one.
    pub(super) fn new(fields: &Fields) -> Option<Self> {
        let app_session = fields.app_session.as_ref().map(|key| [b"\"", key.as_bytes(), b"\""].concat());
        let is_plain = fields.app_session.iter().all(|key| key.bytes().all(|b| b >= b' ' && b != b'"' && b != b'\\'));
        (fields.columns.is_empty() && !fields.is_moved && is_plain).then_some(Self { app_session })
    }

    /// Whether keys are wanted that the hint does not know.
    pub(super) fn has_others(&self) -> bool {
        self.app_session.is_some()
    }

    fn is_app_session(&self, key: &[u8]) -> bool {
        self.app_session.as_ref().is_some_and(|wanted| key.ends_with(wanted))
    }
}

/// The slot of the property whose key ends before `colon`.
#[inline(always)]
fn property_slot(bytes: &[u8], colon: usize) -> Option<Slot> {
    let key = &bytes[..colon];
    match last_eight(key) {
        end if end == *b"sion_id\"" && key.ends_with(b"\"$session_id\"") => Some(Slot::PropertySessionId),
        end if end == *b"inct_id\"" && key.ends_with(b"\"distinct_id\"") => Some(Slot::PropertyDistinctId),
        end if end == *b"inct_id\"" && key.ends_with(b"\"$anon_distinct_id\"") => Some(Slot::AnonDistinctId),
        end if end == *b"version\"" && key.ends_with(b"\"$lib_version\"") => Some(Slot::LibVersion),
        end if end[2..] == *b"\"$lib\"" => Some(Slot::Lib),
        _ => None,
    }
}

/// The last eight bytes, zeros before the first one.
#[inline(always)]
fn last_eight(bytes: &[u8]) -> [u8; 8] {
    bytes.last_chunk::<8>().copied().unwrap_or_else(|| {
        let mut end = [0; 8];
        end[8 - bytes.len()..].copy_from_slice(bytes);
        end
    })
}

/// What is to be done with a key of the event itself.
enum EventKey {
    Text(Slot),
    TextOrNumber(Slot),
    Properties,
    Person,
    Other,
}

#[inline(always)]
fn event_key(bytes: &[u8], colon: usize) -> EventKey {
    let key = &bytes[..colon];
    let end = last_eight(key);
    match &end {
        b"mestamp\"" if key.ends_with(b"\"timestamp\"") => EventKey::Text(Slot::Timestamp),
        b"inct_id\"" if key.ends_with(b"\"distinct_id\"") => EventKey::Text(Slot::DistinctId),
        b"inct_id\"" if key.ends_with(b"\"$distinct_id\"") => EventKey::Text(Slot::DollarDistinctId),
        b"rson_id\"" if key.ends_with(b"\"person_id\"") => EventKey::Text(Slot::PersonId),
        b"sion_id\"" if key.ends_with(b"\"$session_id\"") => EventKey::Text(Slot::SessionId),
        b"perties\"" if key.ends_with(b"\"properties\"") => EventKey::Properties,
        b"team_id\"" if key.ends_with(b"\"team_id\"") => EventKey::TextOrNumber(Slot::TeamId),
        b"\"person\"" => EventKey::Person,
        [_, b'"', b'e', b'v', b'e', b'n', b't', b'"'] => EventKey::Text(Slot::Name),
        [_, _, b'"', b'u', b'u', b'i', b'd', b'"'] => EventKey::Text(Slot::Uuid),
        [_, _, _, _, b'"', b'i', b'd', b'"'] => EventKey::TextOrNumber(Slot::Id),
        _ => EventKey::Other,
    }
}

impl Slots {
    /// Reads the value behind the colon of a property, if it is wanted; `None` if it is odd. The keys of the event itself
    /// have to be read before.
    #[inline(always)]
    pub(super) fn property(&mut self, keys: &Keys, bytes: &[u8], colon: usize) -> Option<()> {
        if colon < self.properties {
            return Some(());
        }
        if let Some(slot) = property_slot(bytes, colon) {
            self.set(slot, text_at(bytes, colon)?);
        }
        if keys.is_app_session(&bytes[..colon]) {
            self.set(Slot::AppSession, text_at(bytes, colon)?);
        }
        Some(())
    }

    /// Reads the value behind the colon of a key of the event, if it is wanted; `None` if it is odd.
    #[inline(always)]
    pub(super) fn own(&mut self, bytes: &[u8], colon: usize) -> Option<()> {
        match event_key(bytes, colon) {
            EventKey::Other => {}
            EventKey::Text(slot) => {
                self.has_name |= slot == Slot::Name;
                self.set(slot, text_at(bytes, colon)?);
            }
            EventKey::TextOrNumber(slot) => {
                let value = text_at(bytes, colon).or_else(|| number_at(bytes, colon))?;
                self.set(slot, value);
            }
            EventKey::Person => {
                text_at(bytes, colon).filter(|value| value.is_absent())?;
            }
            EventKey::Properties => {
                self.properties = colon;
                let value = &bytes[value_start(bytes, colon).min(bytes.len())..];
                (value.starts_with(b"{") || value.starts_with(b"null")).then_some(())?;
            }
        }
        Some(())
    }

    fn set(&mut self, slot: Slot, value: Value) {
        self.values[slot as usize] = value;
    }

    /// The event of these values; `None` if it takes more to read it.
    #[inline(always)]
    pub(super) fn event<'b>(&self, bytes: &'b [u8], wants_session_id: bool) -> Option<Event<'b>> {
        let text = |slot: Slot| self.values[slot as usize].text(bytes);
        let first =
            |slots: &[Slot]| slots.iter().map(|slot| self.values[*slot as usize]).find(|value| !value.is_absent());
        let first_text = |slots: &[Slot]| first(slots).unwrap_or_default().text(bytes);
        if !self.has_name {
            return None;
        }
        let session_id = first_text(&[Slot::PropertySessionId, Slot::SessionId])?.filter(|id| id != "null");
        if wants_session_id && session_id.is_none() {
            return None;
        }
        let (merges, merged_id) = match text(Slot::Name)?.as_deref() {
            Some("$create_alias" | "$merge_dangerously") => return None,
            Some("$identify") => (true, text(Slot::AnonDistinctId)?),
            _ => (false, None),
        };
        Some(Event {
            session_id,
            time_us: text(Slot::Timestamp)?.and_then(|text| time::parse_us(text.as_bytes())),
            distinct_id: first_text(&[Slot::DistinctId, Slot::DollarDistinctId, Slot::PropertyDistinctId])?,
            person_id: text(Slot::PersonId)?,
            merged_id,
            merges,
            uuid: first_text(&[Slot::Uuid, Slot::Id])?,
            lib: text(Slot::Lib)?,
            lib_version: text(Slot::LibVersion)?,
            team_id: text(Slot::TeamId)?,
            app_session: text(Slot::AppSession)?,
            look_alike: None,
        })
    }
}

impl Value {
    fn is_absent(self) -> bool {
        self.length == 0
    }

    /// The text, if it is there; `None` if it is not UTF-8.
    #[inline(always)]
    #[allow(clippy::option_option, reason = "absent and odd are two things")]
    fn text(self, bytes: &[u8]) -> Option<Option<Cow<'_, str>>> {
        if self.is_absent() {
            return Some(None);
        }
        let start = self.start as usize;
        let text = std::str::from_utf8(&bytes[start..start + self.length as usize]).ok()?;
        Some(Some(Cow::Borrowed(text)))
    }
}

#[inline(always)]
fn value_start(bytes: &[u8], colon: usize) -> usize {
    colon + 1 + usize::from(bytes.get(colon + 1) == Some(&b' '))
}

/// The plain string behind a colon, or `null`; `None` if it is neither.
#[inline(always)]
fn text_at(bytes: &[u8], colon: usize) -> Option<Value> {
    let start = value_start(bytes, colon);
    let value = bytes.get(start..)?;
    if value.first() == Some(&b'"') {
        let text = &value[1..];
        let length = memchr::memchr2(b'"', b'\\', text).filter(|&end| text[end] == b'"')?;
        return Some(Value { start: u32::try_from(start + 1).ok()?, length: u32::try_from(length).ok()? });
    }
    value.starts_with(b"null").then(Value::default)
}

/// The whole number behind a colon; `None` if it is anything else.
fn number_at(bytes: &[u8], colon: usize) -> Option<Value> {
    let start = value_start(bytes, colon);
    let length = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let is_whole = matches!(bytes.get(start + length), Some(b',' | b'}'));
    (length > 0 && is_whole).then_some(Value { start: u32::try_from(start).ok()?, length: u32::try_from(length).ok()? })
}
