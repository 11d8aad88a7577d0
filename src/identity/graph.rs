//! Links ids to users, as a forest.

use std::collections::HashMap;

use super::resolved::Resolved;
use super::users::NewEvidence;
use super::{NO_USER, UserNumber};
use crate::intern::IdTable;
use crate::slab::Slab;

#[derive(Debug, Default)]
pub(super) struct Graph {
    ids: IdTable,
    /// A forest: each id's parent, a root its own.
    parents: Slab<u32>,
    marks: Slab<Marks>,
    texts: HashMap<u32, Box<str>>,
    /// Whether ids that are linked are one user.
    links_count: bool,
}

/// What is known of an id.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Marks(u8);

impl Marks {
    /// A user was identified by it, or by one that it is linked to.
    pub(super) const IDENTIFIED: Self = Self(1);
    /// It is a user's that may be anybody.
    pub(super) const GENERIC: Self = Self(2);

    fn add(&mut self, others: Self) {
        self.0 |= others.0;
    }

    pub(super) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl Graph {
    /// No ids yet; with `links_count`, ids that are linked are one user.
    pub(super) fn new(links_count: bool) -> Self {
        Self { links_count, ..Self::default() }
    }

    /// Adds what an event says, and gives its user.
    pub(super) fn add(&mut self, evidence: NewEvidence) -> UserNumber {
        let user = evidence.user.map_or(NO_USER, |user| self.number(user));
        for (mark, is_so) in [(Marks::IDENTIFIED, evidence.ids.is_identified), (Marks::GENERIC, evidence.is_generic)] {
            if is_so && user != NO_USER {
                self.marks[user].add(mark);
            }
        }
        for (one, other) in evidence.links.into_iter().flatten() {
            let (one, other) = (self.number(one), self.number(other));
            self.union(one, other);
        }
        if let Some(text) = evidence.text {
            self.texts.entry(user).or_insert(text);
            return user;
        }
        // The oldest id that this one is linked to as far as is known, so that a user has one number nearly always.
        if user == NO_USER || !self.links_count { user } else { self.root(user) }
    }

    fn number(&mut self, id: u128) -> u32 {
        let number = self.ids.number(id);
        if self.ids.len() > self.parents.len() {
            self.parents.push(number);
            self.marks.push(Marks::default());
        }
        number
    }

    fn root(&mut self, mut id: u32) -> u32 {
        while self.parents[id] != id {
            let grandparent = self.parents[self.parents[id]];
            self.parents[id] = grandparent;
            id = grandparent;
        }
        id
    }

    /// Hangs the younger root below the older one.
    fn union(&mut self, one: u32, other: u32) {
        let (one, other) = (self.root(one), self.root(other));
        self.parents[one.max(other)] = one.min(other);
    }

    /// Settles who is who.
    pub(super) fn resolve(mut self) -> Resolved {
        for id in (0..).take(self.parents.len()) {
            let root = self.root(id);
            self.parents[id] = root;
            let marks = self.marks[id];
            self.marks[root].add(marks);
        }
        let Self { parents, marks, texts, links_count, .. } = self;
        Resolved { components: parents, marks, texts, links_count }
    }
}
