//! Tells who is who, once everything is read.

use std::collections::HashMap;

use super::UserNumber;
use super::graph::Marks;
use crate::slab::Slab;

/// Who is who, once everything is read.
#[derive(Debug, Default)]
pub struct Resolved {
    pub(super) components: Slab<u32>,
    pub(super) marks: Slab<Marks>,
    pub(super) texts: HashMap<u32, Box<str>>,
    pub(super) links_count: bool,
}

impl Resolved {
    /// The user that an event's user number belongs to.
    #[must_use]
    pub fn user(&self, number: UserNumber) -> Option<u32> {
        self.person(number).map(|person| if self.links_count { person } else { number })
    }

    /// The user that an event's user number belongs to by all that links ids, whatever is to count as one user.
    #[must_use]
    pub fn person(&self, number: UserNumber) -> Option<u32> {
        self.components.get(number).copied()
    }

    /// How many user numbers there are.
    #[must_use]
    pub fn ids(&self) -> usize {
        self.components.len()
    }

    /// Whether an event shows that this user, as [`Resolved::person`] gives it, was identified.
    #[must_use]
    pub fn is_identified(&self, person: u32) -> bool {
        self.marks.get(person).is_some_and(|marks| marks.has(Marks::IDENTIFIED))
    }

    /// Whether this user, as [`Resolved::user`] gives it, has an id that may be anybody's.
    #[must_use]
    pub fn is_generic(&self, user: u32) -> bool {
        self.marks.get(user).is_some_and(|marks| marks.has(Marks::GENERIC))
    }

    /// The distinct id (or person id) behind a user number, if texts were kept.
    #[must_use]
    pub fn text(&self, number: UserNumber) -> Option<&str> {
        self.texts.get(&number).map(AsRef::as_ref)
    }
}
