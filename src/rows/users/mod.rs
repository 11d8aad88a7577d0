//! Finds out which distinct ids and persons are one user, over the whole input.

mod generic;
mod id_table;
mod known_users;
mod links;
mod marks;
mod resolved_users;
mod worker;

pub(crate) use generic::{GENERIC_IN_ANY_CASE, GENERIC_IN_THIS_CASE};
pub(crate) use resolved_users::ResolvedUsers;
pub(crate) use worker::{UserWorker, Users};

/// What counts as one user (`--identity`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Identity {
    /// Distinct ids and persons that any event links.
    #[default]
    Graph,
    /// A person id; the distinct id where there is none.
    Person,
    /// A distinct id.
    Distinct,
}

impl Identity {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Graph, Self::Person, Self::Distinct];

    /// The name on the command line and in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Graph => "graph",
            Self::Person => "person",
            Self::Distinct => "distinct",
        }
    }
}

/// The number of the id that says whose event it is; [`NO_USER`] for none. A user can have several: see
/// [`ResolvedUsers::user`].
pub(crate) type UserNumber = u32;

/// The user of an event without a distinct id and a person id.
pub(crate) const NO_USER: UserNumber = u32::MAX;
