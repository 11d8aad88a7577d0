//! Names an input as CI services do: by its path in the repository, or as a URI.

use std::path::Path;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What a URI's path shows as it is: RFC 3986's unreserved characters, and the slash. A colon would make a scheme of
/// what is before it, and some take a plus for a space.
const IN_PATHS: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// Where an input is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// No file.
    Stdin,
    /// A path below the working directory, which in CI is the repository: no `/` and no `./` in front.
    Relative(String),
    /// A path from the root.
    Absolute(String),
}

impl Place {
    /// The place of an input by the name that reports show; below `base`, the working directory, it is relative.
    pub(super) fn of(name: &str, base: Option<&Path>) -> Self {
        if name == "-" {
            return Self::Stdin;
        }
        let path = if cfg!(windows) { name.replace('\\', "/") } else { name.to_owned() };
        let has_drive = cfg!(windows) && path.get(1..3) == Some(":/");
        let is_absolute = path.starts_with('/') || has_drive;
        let below = base.filter(|_| is_absolute).and_then(|base| Path::new(&path).strip_prefix(base).ok());
        let below =
            below.and_then(Path::to_str).map(|below| below.replace('\\', if cfg!(windows) { "/" } else { "\\" }));
        if is_absolute && below.is_none() {
            return Self::Absolute(path);
        }
        let path = below.unwrap_or(path);
        let parts: Vec<_> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        Self::Relative(parts.join("/"))
    }

    /// The path, if it is a file.
    pub(super) fn path(&self) -> Option<&str> {
        match self {
            Self::Stdin => None,
            Self::Relative(path) | Self::Absolute(path) => Some(path),
        }
    }

    /// The URI, relative where the path is, if it is a file.
    pub(super) fn uri(&self) -> Option<String> {
        let encoded = |path: &str| utf8_percent_encode(path, IN_PATHS).to_string();
        match self {
            Self::Stdin => None,
            Self::Relative(path) => Some(encoded(path)),
            Self::Absolute(path) => Some(match path.split_once(":/").filter(|_| !path.starts_with('/')) {
                Some((drive, path)) => format!("file:///{drive}:/{}", encoded(path)),
                None => format!("file://{}", encoded(path)),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(name: &str) -> Option<String> {
        Place::of(name, None).uri()
    }

    #[test]
    fn paths_are_relative_and_encoded() {
        assert_eq!(uri("./a//b/./c.jsonl").as_deref(), Some("a/b/c.jsonl"));
        let name = "2025-03-14T00:00:00+00:00-1.jsonl.gz";
        assert_eq!(uri(name).as_deref(), Some("2025-03-14T00%3A00%3A00%2B00%3A00-1.jsonl.gz"));
        assert_eq!(Place::of(name, None).path(), Some(name));
        assert_eq!(uri("my export/é#?%25.jsonl").as_deref(), Some("my%20export/%C3%A9%23%3F%2525.jsonl"));
        assert_eq!(uri("javascript:alert(1)").as_deref(), Some("javascript%3Aalert%281%29"));
        assert_eq!(uri("../x").as_deref(), Some("../x"));
    }

    #[test]
    fn below_the_working_directory_paths_are_relative() {
        let path = |name| Place::of(name, Some(Path::new("/a/b"))).path().map(ToOwned::to_owned);
        assert_eq!(path("/a/b/./c//d.jsonl").as_deref(), Some("c/d.jsonl"));
        assert_eq!(path("/a/bc/d").as_deref(), Some("/a/bc/d"));
        assert_eq!(path("c").as_deref(), Some("c"));
        assert_eq!(path("-"), None);
    }

    #[test]
    fn other_places() {
        assert_eq!(uri("/tmp/a b").as_deref(), Some("file:///tmp/a%20b"));
        assert_eq!((Place::of("-", None), uri("-"), Place::of("-", None).path()), (Place::Stdin, None, None));
        assert_eq!(uri("./-").as_deref(), Some("-"));
    }
}
