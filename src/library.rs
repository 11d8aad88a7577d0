//! Knows PostHog's libraries by the name that they send as `$lib`.

/// On which side of the network a library runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// In a browser or a mobile application: it mints session ids and measures time by the user's device.
    Client,
    /// On a server: it takes session ids from requests or from the caller.
    Server,
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
}
