//! Says what a run was asked.

use crate::event::{FieldPath, Fields};
use crate::input::Decompress;
use crate::rows::{Identity, MemoryLimit, RowOptions};
use crate::rules::RuleSet;

/// What to audit, and by what.
#[derive(Debug, Clone)]
pub struct Options {
    /// How the inputs are compressed.
    pub decompress: Decompress,
    /// Fields that are read elsewhere than by default.
    pub fields: Vec<FieldPath>,
    /// The property that holds the application's own session.
    pub session_key: Option<String>,
    /// What counts as one user.
    pub identity: Identity,
    /// What the time rules allow, in microseconds, from 0 to [`crate::rules::MAX_TOLERANCE_US`].
    pub tolerance_us: i64,
    /// What sessions are measured by.
    pub contract: Contract,
    /// The rules that hold.
    pub rules: RuleSet,
    /// Threads to use; 0 for one a core.
    pub threads: usize,
    /// How much memory what is kept of events may take.
    pub memory: MemoryLimit,
    /// Whether the texts of distinct ids are kept for reports.
    pub show_users: bool,
    /// Whether backend events are followed, and which libraries are servers' beside those that are known.
    pub links: Option<Vec<String>>,
}

impl Options {
    /// The rules that a session of this run can break.
    #[must_use]
    pub fn held_rules(&self) -> RuleSet {
        self.rules.and(RuleSet::of(|rule| !rule.breaks_if.needs_app_sessions() || self.session_key.is_some()))
    }

    /// What is asked of events, by so many workers.
    pub(crate) fn of_rows(&self, workers: usize) -> RowOptions {
        RowOptions {
            fields: Fields::new(&self.fields, self.session_key.as_deref()),
            identity: self.identity,
            keep_user_texts: self.show_users,
            server_libs: self.links.clone().unwrap_or_default(),
            memory: self.memory.clone(),
            workers,
        }
    }
}

/// What a broken rule is measured by (`--contract`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Contract {
    /// PostHog's documentation: breaking any requirement means dropped.
    #[default]
    Documented,
    /// What PostHog's code does today: dropped is what is excluded or cannot be found; the rest is at risk.
    Observed,
}

impl Contract {
    /// The contract of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Documented, Self::Observed].into_iter().find(|contract| contract.name() == name)
    }

    /// The name on the command line and in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Observed => "observed",
        }
    }
}
