//! Knows PostHog's libraries by the name that they send as `$lib`.

/// On which side of the network a library runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// In a browser or a mobile application: it mints session ids and measures time by the user's device.
    Client,
    /// On a server: it takes session ids from requests or from the caller.
    Server,
}

/// Some sides of the network; libraries that are not PostHog's are a third one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Sides(u8);

impl Sides {
    /// The one of a library.
    pub(crate) fn of(lib: Option<&str>) -> Self {
        Self::of_side(lib.and_then(side))
    }

    const fn of_side(side: Option<Side>) -> Self {
        match side {
            Some(Side::Client) => Self(1),
            Some(Side::Server) => Self(2),
            None => Self(4),
        }
    }

    pub(crate) fn add(&mut self, others: Self) {
        self.0 |= others.0;
    }

    pub(crate) fn has(self, side: Side) -> bool {
        self.0 & Self::of_side(Some(side)).0 != 0
    }

    /// Whether there is this side, and no other.
    pub(crate) fn is_only(self, side: Side) -> bool {
        self == Self::of_side(Some(side))
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

/// The side of a library; `None` if it is not one of PostHog's.
#[must_use]
pub fn side(lib: &str) -> Option<Side> {
    if CLIENTS.contains(&lib) {
        return Some(Side::Client);
    }
    SERVERS.contains(&lib).then_some(Side::Server)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_of_libraries() {
        assert_eq!(side("web"), Some(Side::Client));
        assert_eq!(side("posthog-node"), Some(Side::Server));
        assert_eq!((side("Web"), side(""), side("posthog")), (None, None, None));
    }

    #[test]
    fn sides_add_up() {
        let mut sides = Sides::of(Some("web"));
        assert!(sides.is_only(Side::Client) && !sides.has(Side::Server));
        sides.add(Sides::of(None));
        assert!(sides.has(Side::Client) && !sides.is_only(Side::Client) && !sides.has(Side::Server));
    }
}
