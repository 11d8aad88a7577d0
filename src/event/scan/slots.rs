//! Picks the wanted values of a record while it is scanned, and makes an event of them.

use std::borrow::Cow;

use memchr::memmem;

use super::super::{Arrival, Event, Fields, time};

/// The values that an event is made of: first those of its properties, then its own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Slot {
    PropertySessionId,
    PropertyDistinctId,
    Lib,
    LibVersion,
    AnonDistinctId,
    Alias,
    DeviceId,
    IsServer,
    RecordingStatus,
    SessionIdOfOthers,
    PosthogSessionId,
    DollarAmplitudeSessionId,
    AmplitudeSessionId,
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

/// Properties that look like a session id; the others that do are left to `serde_json`.
const LOOK_ALIKE_SLOTS: [(Slot, &str); 4] = [
    (Slot::SessionIdOfOthers, "\"session_id\""),
    (Slot::PosthogSessionId, "\"posthog_session_id\""),
    (Slot::DollarAmplitudeSessionId, "\"$amplitude_session_id\""),
    (Slot::AmplitudeSessionId, "\"amplitude_session_id\""),
];

const SLOTS: usize = Slot::TeamId as usize + 1;

/// What properties begin with that are no string.
const OBJECT: &[u8] = b"{";

/// The keys that are wanted.
#[derive(Debug, Clone)]
pub(super) struct Keys {
    /// `"PROPERTY"`, of `--session-key`, with its quotes.
    app_session: Option<Vec<u8>>,
    /// Whether events show what tells backend events and recordings.
    links: bool,
    /// What every property that looks like a session id has in its key.
    session: memmem::Finder<'static>,
}

/// The values of a record so far.
#[derive(Debug, Default)]
pub(super) struct Slots {
    values: [Value; SLOTS],
    has_name: bool,
    /// Where the inside of the string begins that the last `properties`, the ones that count, are.
    string_properties: Option<u32>,
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
        // U+FFFD is what bytes that are no UTF-8 are read as.
        let is_odd = |c: char| c < ' ' || matches!(c, '"' | '\\' | '\u{fffd}');
        let is_plain = !fields.app_session.iter().any(|key| key.contains(is_odd));
        let (links, session) = (fields.links, memmem::Finder::new("ession"));
        (fields.columns.is_empty() && !fields.is_moved && is_plain).then_some(Self { app_session, links, session })
    }

    /// Whether a property may look like a session id that has no slot: its key ends like one of those that do.
    fn may_look_alike(&self, text: &[u8]) -> bool {
        let mut places = self.session.find_iter(text).map(|at| &text[at + "ession".len()..]);
        places.any(|end| [&b"\":"[..], b"Id\":", b"id\":"].iter().any(|known| end.starts_with(known)))
    }

    fn is_app_session(&self, key: &[u8]) -> bool {
        self.app_session.as_ref().is_some_and(|wanted| key.ends_with(wanted))
    }
}

/// The slot of the property whose key ends before `colon`.
#[inline(always)]
fn property_slot(bytes: &[u8], colon: usize) -> Option<Slot> {
    let key = &bytes[..colon];
    let end = last_eight(key);
    may_be_wanted(u64::from_le_bytes(end)).then_some(())?;
    let (slot, wanted) = match &end {
        b"sion_id\"" => return session_slot(key),
        b"inct_id\"" if key.ends_with(b"\"distinct_id\"") => return Some(Slot::PropertyDistinctId),
        b"inct_id\"" => (Slot::AnonDistinctId, "\"$anon_distinct_id\""),
        b"vice_id\"" => (Slot::DeviceId, "\"$device_id\""),
        b"version\"" => (Slot::LibVersion, "\"$lib_version\""),
        _ if end.ends_with(b"\"$lib\"") => return Some(Slot::Lib),
        _ => (Slot::Alias, "\"alias\""),
    };
    key.ends_with(wanted.as_bytes()).then_some(slot)
}

/// The slot of a property whose key ends like that of a session id.
#[inline(always)]
fn session_slot(key: &[u8]) -> Option<Slot> {
    if key.ends_with(b"\"$session_id\"") {
        return Some(Slot::PropertySessionId);
    }
    LOOK_ALIKE_SLOTS.into_iter().find(|(_, look_alike)| key.ends_with(look_alike.as_bytes())).map(|(slot, _)| slot)
}

/// Whether a wanted property ends like this; asked of every property, so without a branch.
#[inline(always)]
fn may_be_wanted(end: u64) -> bool {
    let ends = |wanted: &[u8; 8], bytes: u32| {
        let unlike = end ^ u64::from_le_bytes(*wanted);
        unlike >> (64 - 8 * bytes) == 0
    };
    ends(b"sion_id\"", 8)
        | ends(b"inct_id\"", 8)
        | ends(b"version\"", 8)
        | ends(b"..\"$lib\"", 6)
        | ends(b".\"alias\"", 7)
        | ends(b"vice_id\"", 8)
}

/// The slot of a property that tells backend events or recordings.
fn link_slot(key: &[u8]) -> Option<Slot> {
    let wanted = [(Slot::IsServer, "\"$is_server\""), (Slot::RecordingStatus, "\"$recording_status\"")];
    wanted.into_iter().find(|(_, wanted)| key.ends_with(wanted.as_bytes())).map(|(slot, _)| slot)
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
    Name,
    Timestamp,
    Field(Slot),
    Properties,
    Person,
    Other,
}

#[inline(always)]
fn event_key(bytes: &[u8], colon: usize) -> EventKey {
    let key = &bytes[..colon];
    let end = last_eight(key);
    match &end {
        b"mestamp\"" if key.ends_with(b"\"timestamp\"") => EventKey::Timestamp,
        b"inct_id\"" if key.ends_with(b"\"distinct_id\"") => EventKey::Field(Slot::DistinctId),
        b"inct_id\"" if key.ends_with(b"\"$distinct_id\"") => EventKey::Field(Slot::DollarDistinctId),
        b"rson_id\"" if key.ends_with(b"\"person_id\"") => EventKey::Field(Slot::PersonId),
        b"sion_id\"" if key.ends_with(b"\"$session_id\"") => EventKey::Field(Slot::SessionId),
        b"perties\"" if key.ends_with(b"\"properties\"") => EventKey::Properties,
        b"team_id\"" if key.ends_with(b"\"team_id\"") => EventKey::Field(Slot::TeamId),
        b"\"person\"" => EventKey::Person,
        [_, b'"', b'e', b'v', b'e', b'n', b't', b'"'] => EventKey::Name,
        [_, _, b'"', b'u', b'u', b'i', b'd', b'"'] => EventKey::Field(Slot::Uuid),
        [_, _, _, _, b'"', b'i', b'd', b'"'] => EventKey::Field(Slot::Id),
        _ => EventKey::Other,
    }
}

impl Slots {
    /// Reads the value behind the colon of a property, if it is wanted; `None` if it is odd.
    #[inline(always)]
    pub(super) fn property(&mut self, keys: &Keys, bytes: &[u8], colon: usize) -> Option<()> {
        if let Some(slot) = property_slot(bytes, colon) {
            self.set(slot, field_at(bytes, colon)?);
        }
        if keys.links
            && let Some(slot) = link_slot(&bytes[..colon])
        {
            self.set(slot, literal_at(bytes, colon).or_else(|| field_at(bytes, colon))?);
        }
        if keys.is_app_session(&bytes[..colon]) {
            self.set(Slot::AppSession, field_at(bytes, colon)?);
        }
        Some(())
    }

    /// Reads the value behind the colon of a key of the event, if it is wanted; `None` if it is odd.
    #[inline(always)]
    pub(super) fn own(&mut self, bytes: &[u8], colon: usize) -> Option<()> {
        match event_key(bytes, colon) {
            EventKey::Other => {}
            EventKey::Field(slot) => self.set(slot, field_at(bytes, colon)?),
            EventKey::Timestamp => self.set(Slot::Timestamp, text_at(bytes, colon)?),
            EventKey::Name => {
                self.has_name = true;
                self.set(Slot::Name, name_at(bytes, colon)?);
            }
            EventKey::Person => {
                text_at(bytes, colon).filter(|value| value.is_absent())?;
            }
            EventKey::Properties => self.begin_properties(bytes, colon)?,
        }
        Some(())
    }

    /// Forgets other properties before these.
    #[inline(always)]
    fn begin_properties(&mut self, bytes: &[u8], colon: usize) -> Option<()> {
        self.values[..=Slot::AppSession as usize].fill(Value::default());
        self.string_properties = None;
        let start = value_start(bytes, colon);
        let value = bytes.get(start..)?;
        if value.starts_with(b"\"") {
            self.string_properties = Some(u32::try_from(start + 1).ok()?);
            return Some(());
        }
        (value.starts_with(OBJECT) || value.starts_with(b"null")).then_some(())
    }

    /// Where the inside of the string begins that the properties are, if they are one.
    pub(super) fn string_properties(&self) -> Option<usize> {
        self.string_properties.map(|start| start as usize)
    }

    fn set(&mut self, slot: Slot, value: Value) {
        self.values[slot as usize] = value;
    }

    /// The event of these values, whose record is what is in `own` from `start` on, and whose properties' values are in
    /// `properties`; `None` if it takes more to read it.
    #[inline(always)]
    pub(super) fn event<'b>(
        &self,
        keys: &Keys,
        own: &'b [u8],
        start: usize,
        properties: &'b [u8],
    ) -> Option<Event<'b>> {
        let text = |slot: Slot| {
            let is_own = slot as usize >= Slot::Name as usize;
            self.values[slot as usize].text(if is_own { own } else { properties })
        };
        let first = |slots: &[Slot]| {
            let present = slots.iter().find(|slot| !self.values[**slot as usize].is_absent());
            present.map_or(Some(None), |slot| text(*slot))
        };
        if !self.has_name {
            return None;
        }
        let session_id = first(&[Slot::PropertySessionId, Slot::SessionId])?.filter(|id| id != "null");
        let (time_us, uuid) = (self.time_us(own), first(&[Slot::Uuid, Slot::Id])?);
        if Arrival::is_asked(session_id.as_deref(), time_us, uuid.as_deref()) {
            return None;
        }
        let mut name = None;
        if session_id.is_none() || keys.links {
            name = self.whole_name(own)?;
        }
        if session_id.is_none() && self.may_look_alike(keys, &own[start..], properties) {
            return None;
        }
        let merged = merged_slot(self.values[Slot::Name as usize].bytes(own));
        Some(Event {
            time_us,
            distinct_id: first(&[Slot::DistinctId, Slot::DollarDistinctId, Slot::PropertyDistinctId])?,
            person_id: text(Slot::PersonId)?,
            merged_id: merged.map_or(Some(None), text)?,
            merges: merged.is_some(),
            uuid,
            lib: text(Slot::Lib)?,
            lib_version: text(Slot::LibVersion)?,
            team_id: text(Slot::TeamId)?,
            app_session: text(Slot::AppSession)?,
            device_id: text(Slot::DeviceId)?,
            arrival: None,
            name,
            look_alike: if session_id.is_none() { self.look_alike() } else { None },
            session_id,
            is_server: self.values[Slot::IsServer as usize].bytes(properties) == b"true",
            recording_status: text(Slot::RecordingStatus)?,
        })
    }

    #[inline(always)]
    fn time_us(&self, own: &[u8]) -> Option<i64> {
        time::parse_us(self.values[Slot::Timestamp as usize].bytes(own))
    }

    /// The event's name, if it has one; `None` if it has escapes.
    #[allow(clippy::option_option, reason = "absent and odd are two things")]
    fn whole_name<'b>(&self, own: &'b [u8]) -> Option<Option<Cow<'b, str>>> {
        let name = self.values[Slot::Name as usize];
        if name.bytes(own).contains(&b'\\') { None } else { name.text(own) }
    }

    fn look_alike(&self) -> Option<&'static str> {
        let present = LOOK_ALIKE_SLOTS.into_iter().find(|(slot, _)| !self.values[*slot as usize].is_absent());
        present.map(|(_, look_alike)| look_alike.trim_matches('"'))
    }

    fn may_look_alike(&self, keys: &Keys, record: &[u8], properties: &[u8]) -> bool {
        keys.may_look_alike(record) || self.string_properties.is_some() && keys.may_look_alike(properties)
    }
}

/// The slot of the other distinct id, of events that say that two are one user.
fn merged_slot(name: &[u8]) -> Option<Slot> {
    match name {
        b"$create_alias" | b"$merge_dangerously" => Some(Slot::Alias),
        b"$identify" => Some(Slot::AnonDistinctId),
        _ => None,
    }
}

impl Value {
    fn new(start: usize, length: usize) -> Option<Self> {
        Some(Self { start: u32::try_from(start).ok()?, length: u32::try_from(length).ok()? })
    }

    fn is_absent(self) -> bool {
        self.length == 0
    }

    #[inline(always)]
    fn bytes(self, bytes: &[u8]) -> &[u8] {
        &bytes[self.start as usize..][..self.length as usize]
    }

    /// The text, if it is there; `None` if it is not UTF-8.
    #[inline(always)]
    #[allow(clippy::option_option, reason = "absent and odd are two things")]
    fn text(self, bytes: &[u8]) -> Option<Option<Cow<'_, str>>> {
        if self.is_absent() {
            return Some(None);
        }
        let text = std::str::from_utf8(self.bytes(bytes)).ok()?;
        Some(Some(Cow::Borrowed(text)))
    }
}

#[inline(always)]
fn value_start(bytes: &[u8], colon: usize) -> usize {
    colon + 1 + usize::from(bytes.get(colon + 1) == Some(&b' '))
}

/// The value of a field behind a colon: a plain string, a whole number, or `null`; `None` if it is anything else.
#[inline(always)]
fn field_at(bytes: &[u8], colon: usize) -> Option<Value> {
    text_at(bytes, colon).or_else(|| number_at(bytes, colon))
}

/// `true` or `false` behind a colon.
fn literal_at(bytes: &[u8], colon: usize) -> Option<Value> {
    let start = value_start(bytes, colon);
    let value = bytes.get(start..)?;
    let literal = [&b"true"[..], b"false"].into_iter().find(|literal| value.starts_with(literal))?;
    Value::new(start, literal.len())
}

/// The plain string behind a colon, or `null`; `None` if it is neither.
#[inline(always)]
fn text_at(bytes: &[u8], colon: usize) -> Option<Value> {
    let start = value_start(bytes, colon);
    let value = bytes.get(start..)?;
    if value.first() == Some(&b'"') {
        let text = &value[1..];
        let length = memchr::memchr2(b'"', b'\\', text).filter(|&end| text[end] == b'"')?;
        return Value::new(start + 1, length);
    }
    value.starts_with(b"null").then(Value::default)
}

/// The whole number behind a colon; `None` if it is anything else.
fn number_at(bytes: &[u8], colon: usize) -> Option<Value> {
    let start = value_start(bytes, colon);
    let number = bytes.get(start..)?;
    let sign = usize::from(number.first() == Some(&b'-'));
    let digits = number[sign..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let is_whole = matches!(number.get(sign + digits), Some(b',' | b'}'));
    if digits > 0 && is_whole { Value::new(start, sign + digits) } else { None }
}

/// The event's name behind a colon; of one with escapes only the start, which is enough to tell that it is none of those
/// that say who is who, unless they are spelled with code points.
#[inline(always)]
fn name_at(bytes: &[u8], colon: usize) -> Option<Value> {
    text_at(bytes, colon).or_else(|| escaped_name_at(bytes, colon))
}

#[cold]
fn escaped_name_at(bytes: &[u8], colon: usize) -> Option<Value> {
    let start = value_start(bytes, colon);
    let text = bytes.get(start..)?.strip_prefix(b"\"")?;
    let escape = memchr::memchr2(b'"', b'\\', text)?;
    matches!(text.get(escape + 1)?, b'"' | b'\\' | b'n' | b't').then(|| Value::new(start + 1, escape + 2))?
}
