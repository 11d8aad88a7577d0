//! Says who is who, once everything is read.

use std::collections::HashMap;
use std::hint::black_box;

use super::UserNumber;
use super::id_table::place;
use super::links::Forest;
use super::marks::{Marked, Marks};

/// Who is who, once everything is read.
#[derive(Debug, Default)]
pub(crate) struct ResolvedUsers {
    /// Of each number, the number that stands for its user, with what is known of that; by shard.
    users: Vec<Vec<Marked>>,
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
                let own = marks[shard][local];
                let (root_shard, root_local) = place(*root);
                marks[root_shard][root_local].add(own);
            }
        }
        let user = |root: u32| {
            let (shard, local) = place(root);
            Marked::new(root, marks[shard][local])
        };
        let users = roots.into_iter().map(|roots| roots.into_iter().map(user).collect()).collect();
        Self { users, texts, links_count }
    }

    fn marked(&self, number: UserNumber) -> Option<Marked> {
        let (shard, local) = place(number);
        self.users.get(shard)?.get(local).copied()
    }

    /// Looks users up that are asked for next, so that they are in the processor's cache then.
    pub(crate) fn look_ahead(&self, numbers: impl Iterator<Item = UserNumber>) {
        black_box(numbers.filter_map(|number| self.person(number)).fold(0, |all, user| all ^ user));
    }

    /// The user that an event's user number belongs to.
    #[inline]
    pub(crate) fn user(&self, number: UserNumber) -> Option<u32> {
        self.person(number).map(|person| if self.links_count { person } else { number })
    }

    /// The user that an event's user number belongs to by all that links ids, whatever is to count as one user.
    #[inline]
    pub(crate) fn person(&self, number: UserNumber) -> Option<u32> {
        self.marked(number).map(Marked::id)
    }

    /// Whether an event shows that the user of this number was identified.
    pub(crate) fn is_identified(&self, number: UserNumber) -> bool {
        self.marked(number).is_some_and(|user| user.marks().has(Marks::IDENTIFIED))
    }

    /// Whether the user of this number has an id that may be anybody's.
    pub(crate) fn is_generic(&self, number: UserNumber) -> bool {
        self.marked(number).is_some_and(|user| user.marks().has(Marks::GENERIC))
    }

    /// The distinct id (or person id) of a user number, if texts were kept.
    pub(crate) fn text(&self, number: UserNumber) -> Option<&str> {
        self.texts.get(&number).map(AsRef::as_ref)
    }
}
