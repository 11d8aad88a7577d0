//! Tells which part of an application an event comes from, and whether it shows a recording.

use hashbrown::Equivalent;

use crate::event::Event;
use crate::intern::{Interner, Known};
use crate::library::{Side, side};
use crate::session::cut;

/// Where an event comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    /// Of events of servers and of language models, the number of their row.
    pub(super) row: Option<u32>,
    /// Whether a browser or a mobile application sends it. What a language model says there is both.
    pub(super) is_client: bool,
}

/// Backend events that are counted as one, by one number: those of a row, clients' apart from servers'.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Group(pub(super) u32);

impl Group {
    fn new(row: u32, is_client: bool) -> Self {
        Self(row << 1 | u32::from(is_client))
    }

    /// The place of the row.
    pub(super) fn row(self) -> usize {
        self.0 as usize >> 1
    }

    pub(super) fn is_client(self) -> bool {
        self.0 & 1 == 1
    }
}

impl Part {
    /// The group of a backend event.
    pub(super) fn group(self) -> Option<Group> {
        self.row.map(|row| Group::new(row, self.is_client))
    }
}

/// What a row is about: events of one name and library.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Name {
    pub(super) event: Option<Box<str>>,
    pub(super) lib: Option<Box<str>>,
}

/// A [`Name`] to look up.
#[derive(Hash)]
struct NameRef<'a> {
    event: Option<&'a str>,
    lib: Option<&'a str>,
}

impl Equivalent<Name> for NameRef<'_> {
    fn equivalent(&self, name: &Name) -> bool {
        (self.event, self.lib) == (name.event.as_deref(), name.lib.as_deref())
    }
}

impl From<&NameRef<'_>> for Name {
    fn from(name: &NameRef<'_>) -> Self {
        Self { event: name.event.map(Box::from), lib: name.lib.map(Box::from) }
    }
}

/// The flag of an event that shows that its session is recorded.
const RECORDED: u8 = 2;

/// The flag of an event that says that nothing is recorded.
const NOT_RECORDED: u8 = 4;

/// The flag of an event that leaves it open.
const OPEN: u8 = 8;

/// What an event shows of a recording: by `$recording_status`, which posthog-js sends with its events, or because the
/// event is a part of a recording. The status is that of the moment: `disabled` until the recorder takes over, then
/// perhaps one of many that say nothing of what comes of it (`lazy_loading`, `buffering`, `paused`, ...).
pub(super) fn recording(event: &Event<'_>) -> u8 {
    if matches!(event.name.as_deref(), Some("$snapshot" | "$snapshot_items")) {
        return RECORDED;
    }
    match event.recording_status.as_deref() {
        None => 0,
        Some("active" | "sampled") => RECORDED,
        Some("disabled" | "missing_config") => NOT_RECORDED,
        Some(_) => OPEN,
    }
}

/// Whether a session is recorded, by the flags of its events; `None` if they do not tell. No event by itself proves that
/// nothing is recorded: all that say anything have to say so.
pub(super) fn is_recorded(flags: u8) -> Option<bool> {
    match flags & (RECORDED | NOT_RECORDED | OPEN) {
        NOT_RECORDED => Some(false),
        flags => (flags & RECORDED != 0).then_some(true),
    }
}

/// Knows the parts of an application, and numbers the rows.
#[derive(Debug)]
pub(super) struct Parts {
    backend_libs: Vec<String>,
    names: Interner<Name>,
}

impl Parts {
    pub(super) fn new(backend_libs: &[String]) -> Self {
        Self { backend_libs: backend_libs.to_vec(), names: Interner::with([]) }
    }

    /// The part that an event comes from. What a language model says (`$ai_...`) is a backend event, whoever sends it.
    pub(super) fn part(&self, event: &Event<'_>, known: &mut Known<Name>) -> Part {
        let lib = event.lib.as_deref();
        let is_named = |lib: &str| self.backend_libs.iter().any(|known| known == lib);
        let side = if lib.is_some_and(is_named) { Some(Side::Server) } else { lib.and_then(side) };
        let is_model = event.name.as_deref().is_some_and(|name| name.starts_with("$ai_"));
        let is_backend = event.is_server || is_model || side == Some(Side::Server);
        let name = || NameRef { event: event.name.as_deref().map(cut), lib: lib.map(cut) };
        Part {
            row: is_backend.then(|| known.number(&name(), &self.names)),
            is_client: side == Some(Side::Client) && !event.is_server,
        }
    }

    pub(super) fn into_names(self) -> Vec<Name> {
        self.names.into_items()
    }
}
