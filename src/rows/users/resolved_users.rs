//! Says who is who, once everything is read.

use std::collections::HashMap;

use super::UserNumber;
use super::id_table::{Marks, place};
use super::links::Forest;

/// Who is who, once everything is read.
#[derive(Debug, Default)]
pub(crate) struct ResolvedUsers {
    /// Of each id, the id that stands for its user; by shard.
    roots: Vec<Vec<u32>>,
    marks: Vec<Vec<Marks>>,
    texts: HashMap<u32, Box<str>>,
    links_count: bool,
}

impl ResolvedUsers {
    /// With `links_count`, ids that are linked are one user.
    pub(super) fn new(
        forest: Forest,
        mut marks: Vec<Vec<Marks>>,
        texts: HashMap<u32, Box<str>>,
        links_count: bool,
    ) -> Self {
        let roots = forest.into_roots();
        for (shard, ids) in roots.iter().enumerate() {
            for (local, root) in ids.iter().enumerate() {
                let (root_shard, root_local) = place(*root);
                let own = marks[shard][local];
                marks[root_shard][root_local].add(own);
            }
        }
        Self { roots, marks, texts, links_count }
    }

    /// The user that an event's user number belongs to.
    #[inline]
    pub(crate) fn user(&self, number: UserNumber) -> Option<u32> {
        self.person(number).map(|person| if self.links_count { person } else { number })
    }

    /// The user that an event's user number belongs to by all that links ids, whatever is to count as one user.
    #[inline]
    pub(crate) fn person(&self, number: UserNumber) -> Option<u32> {
        let (shard, local) = place(number);
        self.roots.get(shard)?.get(local).copied()
    }

    /// Whether an event shows that this user, as [`Self::person`] gives it, was identified.
    pub(crate) fn is_identified(&self, person: u32) -> bool {
        self.has(person, Marks::IDENTIFIED)
    }

    /// Whether this user, as [`Self::user`] gives it, has an id that may be anybody's.
    pub(crate) fn is_generic(&self, user: u32) -> bool {
        self.has(user, Marks::GENERIC)
    }

    fn has(&self, id: u32, mark: Marks) -> bool {
        let (shard, local) = place(id);
        self.marks.get(shard).and_then(|marks| marks.get(local)).is_some_and(|marks| marks.has(mark))
    }

    /// The distinct id (or person id) of a user number, if texts were kept.
    pub(crate) fn text(&self, number: UserNumber) -> Option<&str> {
        self.texts.get(&number).map(AsRef::as_ref)
    }
}
