//! Adds up on which sides of the network events were sent.

use crate::rows::{LibrarySide, Row};

/// Some sides of the network; libraries that are not PostHog's are a third one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Sides(u8);

impl Sides {
    const fn of(side: Option<LibrarySide>) -> Self {
        match side {
            Some(LibrarySide::Client) => Self(1),
            Some(LibrarySide::Server) => Self(2),
            None => Self(4),
        }
    }

    /// Adds the side of an event.
    pub(crate) fn add(&mut self, row: &Row) {
        self.0 |= Self::of(row.library_side()).0;
    }

    pub(crate) fn has(self, side: LibrarySide) -> bool {
        self.0 & Self::of(Some(side)).0 != 0
    }

    /// Whether there is this side, and no other.
    pub(crate) fn is_only(self, side: LibrarySide) -> bool {
        self == Self::of(Some(side))
    }
}
