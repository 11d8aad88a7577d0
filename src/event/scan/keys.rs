//! Tells which keys of a record are wanted, by their last bytes.

use memchr::memmem;

use super::super::Fields;

/// The values that an event is made of: first those of its properties, then its own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
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
pub(super) const LOOK_ALIKE_SLOTS: [(Slot, &str); 4] = [
    (Slot::SessionIdOfOthers, "\"session_id\""),
    (Slot::PosthogSessionId, "\"posthog_session_id\""),
    (Slot::DollarAmplitudeSessionId, "\"$amplitude_session_id\""),
    (Slot::AmplitudeSessionId, "\"amplitude_session_id\""),
];

/// The keys that are wanted.
#[derive(Debug, Clone)]
pub(super) struct Keys {
    /// `"PROPERTY"`, of `--session-key`, with its quotes.
    app_session: Option<Vec<u8>>,
    /// What every property that looks like a session id has in its key.
    session: memmem::Finder<'static>,
}

impl Keys {
    /// The keys for these fields, unless `--field` moves one.
    pub(super) fn new(fields: &Fields) -> Option<Self> {
        let app_session = fields.app_session.as_ref().map(|key| [b"\"", key.as_bytes(), b"\""].concat());
        // U+FFFD is what bytes that are no UTF-8 are read as.
        let is_odd = |c: char| c < ' ' || matches!(c, '"' | '\\' | '\u{fffd}');
        let is_plain = !fields.app_session.iter().any(|key| key.contains(is_odd));
        let session = memmem::Finder::new("ession");
        (fields.columns.is_empty() && !fields.is_moved() && is_plain).then_some(Self { app_session, session })
    }

    /// Whether a property may look like a session id that has no slot: its key ends like one of those that do.
    pub(super) fn may_look_alike(&self, text: &[u8]) -> bool {
        let mut places = self.session.find_iter(text).map(|at| &text[at + "ession".len()..]);
        places.any(|end| [&b"\":"[..], b"Id\":", b"id\":"].iter().any(|known| end.starts_with(known)))
    }

    pub(super) fn is_app_session(&self, key: &[u8]) -> bool {
        self.app_session.as_ref().is_some_and(|wanted| key.ends_with(wanted))
    }
}

/// The slot of the property whose key ends before `colon`.
#[inline(always)]
pub(super) fn property_slot(bytes: &[u8], colon: usize) -> Option<Slot> {
    let key = &bytes[..colon];
    // Each compared with a text of known length, which takes no call.
    let (slot, is_whole) = match PROPERTY_ENDS.find(last_eight(key))? {
        PropertyEnd::SessionId => return session_slot(key),
        PropertyEnd::DistinctId if key.ends_with(b"\"distinct_id\"") => (Slot::PropertyDistinctId, true),
        PropertyEnd::DistinctId => (Slot::AnonDistinctId, key.ends_with(b"\"$anon_distinct_id\"")),
        PropertyEnd::DeviceId => (Slot::DeviceId, key.ends_with(b"\"$device_id\"")),
        PropertyEnd::LibVersion => (Slot::LibVersion, key.ends_with(b"\"$lib_version\"")),
        PropertyEnd::IsServer => (Slot::IsServer, key.ends_with(b"\"$is_server\"")),
        PropertyEnd::RecordingStatus => (Slot::RecordingStatus, key.ends_with(b"\"$recording_status\"")),
        PropertyEnd::Whole(slot) => (slot, true),
    };
    is_whole.then_some(slot)
}

/// The slot of a property whose key ends like that of a session id.
#[inline(always)]
fn session_slot(key: &[u8]) -> Option<Slot> {
    if key.ends_with(b"\"$session_id\"") {
        return Some(Slot::PropertySessionId);
    }
    LOOK_ALIKE_SLOTS.into_iter().find(|(_, look_alike)| key.ends_with(look_alike.as_bytes())).map(|(slot, _)| slot)
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
#[derive(Clone, Copy)]
pub(super) enum EventKey {
    Name,
    Timestamp,
    Field(Slot),
    Properties,
    Person,
    Other,
}

#[inline(always)]
pub(super) fn event_key(bytes: &[u8], colon: usize) -> EventKey {
    let key = &bytes[..colon];
    let end = last_eight(key);
    let Some(end) = OWN_ENDS.find(end) else {
        return if end.ends_with(b"\"id\"") { EventKey::Field(Slot::Id) } else { EventKey::Other };
    };
    match end {
        OwnEnd::Whole(known) => known,
        OwnEnd::DistinctId if key.ends_with(b"\"distinct_id\"") => EventKey::Field(Slot::DistinctId),
        OwnEnd::DistinctId if key.ends_with(b"\"$distinct_id\"") => EventKey::Field(Slot::DollarDistinctId),
        OwnEnd::SessionOrPersonId if key.ends_with(b"\"person_id\"") => EventKey::Field(Slot::PersonId),
        OwnEnd::SessionOrPersonId if key.ends_with(b"\"$session_id\"") => EventKey::Field(Slot::SessionId),
        OwnEnd::Timestamp if key.ends_with(b"\"timestamp\"") => EventKey::Timestamp,
        OwnEnd::Properties if key.ends_with(b"\"properties\"") => EventKey::Properties,
        OwnEnd::TeamId if key.ends_with(b"\"team_id\"") => EventKey::Field(Slot::TeamId),
        _ => EventKey::Other,
    }
}

/// Whose end a wanted property may have.
#[derive(Clone, Copy)]
enum PropertyEnd {
    /// A session id's, or that of a property that looks like one.
    SessionId,
    /// One of two distinct ids.
    DistinctId,
    DeviceId,
    LibVersion,
    IsServer,
    RecordingStatus,
    /// This key's, all of which it is.
    Whole(Slot),
}

static PROPERTY_ENDS: KeyEnds<PropertyEnd> = KeyEnds::new(&[
    ("sion_id\"", PropertyEnd::SessionId),
    ("inct_id\"", PropertyEnd::DistinctId),
    ("vice_id\"", PropertyEnd::DeviceId),
    ("version\"", PropertyEnd::LibVersion),
    ("_server\"", PropertyEnd::IsServer),
    ("_status\"", PropertyEnd::RecordingStatus),
    ("\"$lib\"", PropertyEnd::Whole(Slot::Lib)),
    ("\"alias\"", PropertyEnd::Whole(Slot::Alias)),
]);

/// Whose end a wanted key of the event itself may have.
#[derive(Clone, Copy)]
enum OwnEnd {
    /// One of two distinct ids.
    DistinctId,
    /// That of the session, or of the person.
    SessionOrPersonId,
    Timestamp,
    Properties,
    TeamId,
    /// This key's, all of which it is.
    Whole(EventKey),
}

static OWN_ENDS: KeyEnds<OwnEnd> = KeyEnds::new(&[
    ("inct_id\"", OwnEnd::DistinctId),
    ("on_id\"", OwnEnd::SessionOrPersonId),
    ("mestamp\"", OwnEnd::Timestamp),
    ("perties\"", OwnEnd::Properties),
    ("team_id\"", OwnEnd::TeamId),
    ("\"person\"", OwnEnd::Whole(EventKey::Person)),
    ("\"event\"", OwnEnd::Whole(EventKey::Name)),
    ("\"uuid\"", OwnEnd::Whole(EventKey::Field(Slot::Uuid))),
]);

/// Ends of keys with the closing quote, five to eight bytes each. Most keys are not wanted, so it takes one look into a
/// table to tell that.
struct KeyEnds<E> {
    multiplier: u32,
    entries: [KeyEnd<E>; ENTRIES],
}

/// An end: which of the last eight bytes count, and what they are.
#[derive(Clone, Copy)]
struct KeyEnd<E> {
    mask: u64,
    bytes: u64,
    whose: E,
}

const ENTRIES: usize = 32;

impl<E: Copy> KeyEnds<E> {
    /// A table without collisions.
    const fn new(ends: &[(&str, E)]) -> Self {
        let mut multiplier = 0x9e37_79b1_u32;
        loop {
            if let Some(entries) = Self::entries(ends, multiplier) {
                return Self { multiplier, entries };
            }
            multiplier = multiplier.wrapping_add(2);
        }
    }

    const fn entries(ends: &[(&str, E)], multiplier: u32) -> Option<[KeyEnd<E>; ENTRIES]> {
        // No key ends with eight zeros.
        let mut entries = [KeyEnd { mask: u64::MAX, bytes: 0, whose: ends[0].1 }; ENTRIES];
        let mut at = 0;
        while at < ends.len() {
            let (end, whose) = ends[at];
            let mut bytes = [0; 8];
            let mut behind = 0;
            while behind < end.len() {
                bytes[7 - behind] = end.as_bytes()[end.len() - 1 - behind];
                behind += 1;
            }
            let bytes = u64::from_le_bytes(bytes);
            let entry = &mut entries[place(bytes, multiplier)];
            if entry.bytes != 0 {
                return None;
            }
            *entry = KeyEnd { mask: u64::MAX << (64 - 8 * end.len()), bytes, whose };
            at += 1;
        }
        Some(entries)
    }

    /// Whose end these last eight bytes of a key are.
    #[inline(always)]
    fn find(&self, end: [u8; 8]) -> Option<E> {
        let end = u64::from_le_bytes(end);
        let entry = &self.entries[place(end, self.multiplier)];
        ((end ^ entry.bytes) & entry.mask == 0).then_some(entry.whose)
    }
}

/// The place of an end in the table, by the four bytes before the quote.
#[inline(always)]
#[allow(clippy::cast_possible_truncation, reason = "other bytes are shifted or cut off")]
const fn place(end: u64, multiplier: u32) -> usize {
    ((end >> 24) as u32).wrapping_mul(multiplier) as usize >> 27 & (ENTRIES - 1)
}
