//! Knows PostHog's libraries by the name that they send as `$lib`, and numbers those of the events.

use hashbrown::{Equivalent, HashMap};

use super::row::Flags;
use super::text_table::FOLDED;
use super::texts::cut;
use crate::safe::data_text;

/// On which side of the network a library runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum LibrarySide {
    /// In a browser or a mobile application: it mints session ids and measures time by the user's device.
    Client,
    /// On a server: it takes session ids from requests or from the caller.
    Server,
}

/// The library that sent an event, with its version.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct LibraryVersion {
    pub(crate) lib: Option<Box<str>>,
    pub(crate) version: Option<Box<str>>,
}

/// A [`LibraryVersion`] to look up.
#[derive(Debug, Hash)]
pub(super) struct LibraryRef<'a> {
    lib: Option<&'a str>,
    version: Option<&'a str>,
}

/// All libraries by number; [`FOLDED`] is all those that the table had no room for.
#[derive(Debug)]
pub(crate) struct Libraries {
    versions: Vec<Option<LibraryVersion>>,
    /// By the number of a version, the number of the first version of the same library.
    names: Vec<u32>,
    others: LibraryVersion,
}

impl Default for Libraries {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl LibraryVersion {
    /// The library with its version, safe to print.
    pub(crate) fn text(&self) -> Option<String> {
        let lib = self.lib.as_deref()?;
        let version = self.version.as_deref().map(|version| format!(" {}", data_text(version)));
        Some(data_text(lib) + version.as_deref().unwrap_or_default())
    }
}

impl Libraries {
    /// The libraries of a table.
    pub(super) fn new(versions: Vec<Option<LibraryVersion>>) -> Self {
        let mut firsts = HashMap::new();
        let first = |(number, version): (u32, &Option<LibraryVersion>)| match version {
            Some(version) => *firsts.entry(version.lib.clone()).or_insert(number),
            None => FOLDED,
        };
        let names = (0..).zip(&versions).map(first).collect();
        let others = LibraryVersion { lib: Some("(other libraries)".into()), version: None };
        Self { versions, names, others }
    }

    /// All of them with their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &LibraryVersion)> {
        let kept = (0..).zip(&self.versions).filter_map(|(number, version)| Some((number, version.as_ref()?)));
        kept.chain([(FOLDED, &self.others)])
    }

    /// Whether there was no room for some.
    pub(super) fn have_folded(&self) -> bool {
        self.versions.contains(&None)
    }

    /// The library of a number.
    pub(crate) fn version(&self, number: u32) -> &LibraryVersion {
        self.versions.get(number as usize).and_then(Option::as_ref).unwrap_or(&self.others)
    }

    /// The name of the library of a number.
    pub(crate) fn lib(&self, number: u32) -> Option<&str> {
        self.version(number).lib.as_deref()
    }

    /// A number that all versions of one library have in common.
    pub(crate) fn name_number(&self, number: u32) -> u32 {
        self.names.get(number as usize).copied().unwrap_or(FOLDED)
    }
}

impl<'a> LibraryRef<'a> {
    pub(super) fn new(lib: Option<&'a str>, version: Option<&'a str>) -> Self {
        Self { lib: lib.map(cut), version: version.map(cut) }
    }
}

impl Equivalent<LibraryVersion> for LibraryRef<'_> {
    fn equivalent(&self, library: &LibraryVersion) -> bool {
        self.lib == library.lib.as_deref() && self.version == library.version.as_deref()
    }
}

impl From<&LibraryRef<'_>> for LibraryVersion {
    fn from(library: &LibraryRef<'_>) -> Self {
        Self { lib: library.lib.map(Box::from), version: library.version.map(Box::from) }
    }
}

/// Libraries of browsers and mobile applications.
const CLIENTS: [&str; 8] = [
    "web",
    "posthog-js-lite",
    "posthog-ios",
    "posthog-android",
    "posthog-react-native",
    "posthog-flutter",
    "posthog-unity",
    "posthog-kmp",
];

/// Libraries of servers.
const SERVERS: [&str; 12] = [
    "posthog-python",
    "posthog-node",
    "posthog-edge",
    "posthog-ruby",
    "posthog-go",
    "posthog-php",
    "posthog-java",
    "posthog-server",
    "posthog-dotnet",
    "posthog-elixir",
    "posthog-rs",
    "posthog-convex",
];

/// The side that a library runs on; `None` if it is not one of PostHog's.
fn side(lib: &str) -> Option<LibrarySide> {
    if CLIENTS.contains(&lib) {
        return Some(LibrarySide::Client);
    }
    SERVERS.contains(&lib).then_some(LibrarySide::Server)
}

/// The side that a library runs on, as the flags of its events.
pub(super) fn library_flags(lib: Option<&str>) -> Flags {
    match lib.and_then(side) {
        Some(LibrarySide::Client) => Flags::CLIENT_LIBRARY,
        Some(LibrarySide::Server) => Flags::SERVER_LIBRARY,
        None => Flags::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_of_libraries() {
        assert_eq!(side("web"), Some(LibrarySide::Client));
        assert_eq!(side("posthog-node"), Some(LibrarySide::Server));
        assert_eq!((side("Web"), side(""), side("posthog")), (None, None, None));
    }

    #[test]
    fn versions_of_one_library_have_a_number_in_common() {
        let version =
            |lib: &str, version: &str| Some(LibraryVersion { lib: Some(lib.into()), version: Some(version.into()) });
        let libraries = Libraries::new(vec![version("web", "1"), None, version("web", "2")]);
        assert_eq!((libraries.name_number(0), libraries.name_number(2)), (0, 0));
        assert_eq!(libraries.lib(1), libraries.lib(FOLDED), "there was no room for it");
        assert_eq!((libraries.name_number(1), libraries.name_number(FOLDED)), (FOLDED, FOLDED));
    }
}
