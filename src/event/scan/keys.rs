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
    /// Whether events show what tells backend events and recordings.
    pub(super) links: bool,
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
        let (links, session) = (fields.links, memmem::Finder::new("ession"));
        (fields.columns.is_empty() && !fields.is_moved() && is_plain).then_some(Self { app_session, links, session })
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

/// The slot of the property whose key ends before `colon`; those that tell backend events or recordings have none unless
/// `links` asks for them.
#[inline(always)]
pub(super) fn property_slot(bytes: &[u8], colon: usize, links: bool) -> Option<Slot> {
    let key = &bytes[..colon];
    let end = last_eight(key);
    may_be_wanted(u64::from_le_bytes(end), links).then_some(())?;
    let (slot, wanted) = match &end {
        b"sion_id\"" => return session_slot(key),
        b"inct_id\"" if key.ends_with(b"\"distinct_id\"") => return Some(Slot::PropertyDistinctId),
        b"inct_id\"" => (Slot::AnonDistinctId, "\"$anon_distinct_id\""),
        b"vice_id\"" => (Slot::DeviceId, "\"$device_id\""),
        b"version\"" => (Slot::LibVersion, "\"$lib_version\""),
        b"_server\"" => (Slot::IsServer, "\"$is_server\""),
        b"_status\"" => (Slot::RecordingStatus, "\"$recording_status\""),
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
fn may_be_wanted(end: u64, links: bool) -> bool {
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
        | links & (ends(b"_server\"", 8) | ends(b"_status\"", 8))
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
