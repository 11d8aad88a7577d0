//! Picks the wanted values of a record while it is scanned, and makes an event of them.

use std::borrow::Cow;

use super::super::id::parse_uuid;
use super::super::text::{is_text_like_an_id, string_end, unescape};
use super::super::{Arrival, Event, time};
use super::classify::Instructions;
use super::keys::{EventKey, Keys, LOOK_ALIKE_SLOTS, Slot, event_key, property_slot};

const SLOTS: usize = Slot::TeamId as usize + 1;

/// What properties begin with that are no string.
const OBJECT: &[u8] = b"{";

/// The texts of a record are checked together to be UTF-8 where they are within so many bytes; in a longer record most
/// of what lies between them is not wanted.
const CHECKED_TOGETHER: usize = 1 << 10;

/// The values of a record so far.
#[derive(Debug, Default)]
pub(super) struct Slots {
    values: [Value; SLOTS],
    has_name: bool,
    /// Whether only the start of the name is known, up to its first escape.
    is_name_cut: bool,
    /// Where the inside of the string begins that the last `properties`, the ones that count, are.
    string_properties: Option<u32>,
}

/// Where a text stands in the bytes; absent while it is empty.
#[derive(Debug, Default, Clone, Copy)]
struct Value {
    start: u32,
    length: u32,
}

impl Slots {
    /// Reads the value behind the colon of a property, if it is wanted; `None` if it is odd.
    #[inline(always)]
    pub(super) fn property<I: Instructions>(
        &mut self,
        instructions: I,
        keys: &Keys,
        bytes: &[u8],
        colon: usize,
    ) -> Option<()> {
        if let Some(slot) = property_slot(bytes, colon) {
            let may_be_literal = matches!(slot, Slot::IsServer | Slot::RecordingStatus);
            let value = match may_be_literal.then(|| literal_at(bytes, colon)).flatten() {
                None => field_at(instructions, bytes, colon)?,
                Some(literal) => literal,
            };
            self.set(slot, value);
        }
        if keys.is_app_session(&bytes[..colon]) {
            self.set(Slot::AppSession, field_at(instructions, bytes, colon)?);
        }
        Some(())
    }

    /// Reads the value behind the colon of a key of the event, if it is wanted; `None` if it is odd.
    #[inline(always)]
    pub(super) fn own<I: Instructions>(&mut self, instructions: I, bytes: &[u8], colon: usize) -> Option<()> {
        match event_key(bytes, colon) {
            EventKey::Other => {}
            EventKey::Field(slot) => self.set(slot, field_at(instructions, bytes, colon)?),
            EventKey::Timestamp => self.set(Slot::Timestamp, text_at(instructions, bytes, colon)?),
            EventKey::Name => {
                let plain = text_at(instructions, bytes, colon);
                (self.has_name, self.is_name_cut) = (true, plain.is_none());
                // No closure, as none is compiled for the vector instructions unless it is inlined.
                self.set(Slot::Name, if plain.is_none() { escaped_name_at(bytes, colon)? } else { plain? });
            }
            EventKey::Person => {
                text_at(instructions, bytes, colon).filter(|value| value.is_absent())?;
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
        let texts = Texts::new(own, start, properties);
        let session_id = self.first_text(&[Slot::PropertySessionId, Slot::SessionId], texts)?;
        let session_id = session_id.filter(|id| id != "null");
        let session_uuid = session_id.as_deref().and_then(|id| parse_uuid(id.as_bytes()));
        let time_us = self.time_us(own);
        let uuid = self.first_text(&[Slot::Uuid, Slot::Id], texts)?;
        let has_id = session_id.is_some();
        if !self.has_name
            || Arrival::is_asked(session_uuid.map(|(id, _)| id), time_us, uuid.as_deref())
            || !has_id && self.may_look_alike(keys, &own[start..], properties)
        {
            return None;
        }
        let merged = merged_slot(self.values[Slot::Name as usize].bytes(own));
        let distinct_ids = [Slot::DistinctId, Slot::DollarDistinctId, Slot::PropertyDistinctId];
        Some(Event {
            time_us,
            distinct_id: self.first_text(&distinct_ids, texts)?,
            person_id: self.text(Slot::PersonId, texts)?,
            merged_id: if let Some(merged) = merged { self.text(merged, texts)? } else { None },
            merges: merged.is_some(),
            uuid,
            lib: self.text(Slot::Lib, texts)?,
            lib_version: self.text(Slot::LibVersion, texts)?,
            team_id: self.text(Slot::TeamId, texts)?,
            app_session: self.text(Slot::AppSession, texts)?,
            device_id: self.text(Slot::DeviceId, texts)?,
            arrival: None,
            name: self.name(texts),
            look_alike: if has_id { None } else { self.look_alike(properties) },
            session_id,
            session_uuid,
            is_server: self.values[Slot::IsServer as usize].bytes(properties) == b"true",
            recording_status: self.text(Slot::RecordingStatus, texts)?,
        })
    }

    /// The text of a slot; `None` if it is not UTF-8.
    #[inline(always)]
    #[allow(clippy::option_option, reason = "absent and odd are two things")]
    fn text<'b>(&self, slot: Slot, texts: Texts<'b>) -> Option<Option<Cow<'b, str>>> {
        let is_own = slot as usize >= Slot::Name as usize;
        self.values[slot as usize].text(if is_own { texts.own } else { texts.properties })
    }

    /// The text of the first of some slots that has a value; `None` if it is not UTF-8.
    #[inline(always)]
    #[allow(clippy::option_option, reason = "absent and odd are two things")]
    fn first_text<'b>(&self, slots: &[Slot], texts: Texts<'b>) -> Option<Option<Cow<'b, str>>> {
        for slot in slots {
            if !self.values[*slot as usize].is_absent() {
                return self.text(*slot, texts);
            }
        }
        Some(None)
    }

    #[inline(always)]
    fn time_us(&self, own: &[u8]) -> Option<i64> {
        time::parse_us(self.values[Slot::Timestamp as usize].bytes(own))
    }

    /// The event's name, if it has one.
    #[inline(always)]
    fn name<'b>(&self, texts: Texts<'b>) -> Option<Cow<'b, str>> {
        let name = self.values[Slot::Name as usize];
        match name.text(texts.own) {
            Some(text) if !self.is_name_cut => text,
            _ => Some(Cow::Owned(odd_text(texts.own.bytes, name.start as usize))),
        }
    }

    /// The first property that looks like a session id; its value is a plain string or a number.
    fn look_alike(&self, properties: &[u8]) -> Option<&'static str> {
        let is_like_an_id = |slot: Slot| {
            let value = self.values[slot as usize].bytes(properties);
            std::str::from_utf8(value).map_or(true, is_text_like_an_id)
        };
        let found = LOOK_ALIKE_SLOTS.into_iter().find(|(slot, _)| is_like_an_id(*slot));
        found.map(|(_, look_alike)| look_alike.trim_matches('"'))
    }

    fn may_look_alike(&self, keys: &Keys, record: &[u8], properties: &[u8]) -> bool {
        keys.may_look_alike(record) || self.string_properties.is_some() && keys.may_look_alike(properties)
    }
}

/// What the string says whose inside begins at an offset, which has escapes or is not UTF-8.
#[cold]
fn odd_text(bytes: &[u8], start: usize) -> String {
    let inner = String::from_utf8_lossy(&bytes[start..string_end(bytes, start - 1) - 1]);
    let mut text = String::with_capacity(inner.len());
    unescape(&inner, &mut text);
    text
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
    fn text(self, text: Text<'_>) -> Option<Option<Cow<'_, str>>> {
        if self.is_absent() {
            return Some(None);
        }
        let text = match text.checked {
            Some((start, checked)) => {
                let start = self.start as usize - start;
                checked.get(start..start + self.length as usize)?
            }
            None => std::str::from_utf8(self.bytes(text.bytes)).ok()?,
        };
        Some(Some(Cow::Borrowed(text)))
    }
}

/// The texts that the values of a record are in: its own, and its properties'.
#[derive(Clone, Copy)]
struct Texts<'b> {
    own: Text<'b>,
    properties: Text<'b>,
}

/// A text that values are in.
#[derive(Clone, Copy)]
struct Text<'b> {
    bytes: &'b [u8],
    /// The part that has all values, from an offset on, if it is known to be UTF-8.
    checked: Option<(usize, &'b str)>,
}

impl<'b> Texts<'b> {
    /// Of a record whose own text begins at an offset.
    #[inline(always)]
    fn new(own: &'b [u8], start: usize, properties: &'b [u8]) -> Self {
        let own = Text::new(own, start);
        let is_same = std::ptr::eq(own.bytes, properties);
        Self { own, properties: if is_same { own } else { Text::new(properties, 0) } }
    }
}

impl<'b> Text<'b> {
    #[inline(always)]
    fn new(bytes: &'b [u8], start: usize) -> Self {
        let values = &bytes[start..];
        let checked = if values.len() <= CHECKED_TOGETHER { std::str::from_utf8(values).ok() } else { None };
        Self { bytes, checked: checked.map(|checked| (start, checked)) }
    }
}

#[inline(always)]
fn value_start(bytes: &[u8], colon: usize) -> usize {
    colon + 1 + usize::from(bytes.get(colon + 1) == Some(&b' '))
}

/// The value of a field behind a colon: a plain string, a whole number, or `null`; `None` if it is anything else.
#[inline(always)]
fn field_at<I: Instructions>(instructions: I, bytes: &[u8], colon: usize) -> Option<Value> {
    // No closure, as none is compiled for the vector instructions unless it is inlined.
    match text_at(instructions, bytes, colon) {
        None => number_at(bytes, colon),
        text => text,
    }
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
fn text_at<I: Instructions>(instructions: I, bytes: &[u8], colon: usize) -> Option<Value> {
    let start = value_start(bytes, colon);
    let value = bytes.get(start..)?;
    if value.first() == Some(&b'"') {
        let text = &value[1..];
        let length = instructions.first_quote_or_backslash(text)?;
        return if text[length] == b'"' { Value::new(start + 1, length) } else { None };
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

/// The start of an event's name with escapes behind a colon, which is enough to tell that it is none of those that say
/// who is who, unless they are spelled with code points.
#[cold]
fn escaped_name_at(bytes: &[u8], colon: usize) -> Option<Value> {
    let start = value_start(bytes, colon);
    let text = bytes.get(start..)?.strip_prefix(b"\"")?;
    let escape = memchr::memchr2(b'"', b'\\', text)?;
    matches!(text.get(escape + 1)?, b'"' | b'\\' | b'n' | b't').then(|| Value::new(start + 1, escape + 2))?
}
