//! Finds the sessions that PostHog leaves out of its session analytics, in exported events.
//!
//! The way of an export through the program:
//!
//! - [`input`] finds the files, opens and decompresses them, and cuts them into chunks of whole records;
//! - [`event`] reads the records of a chunk, of any shape, as plain [`event::Event`]s;
//! - `feed` does both on all threads, and `collect` hands what was read to `session` and [`identity`], which keep
//!   what the rules need of every session and user, and no event;
//! - [`rules`] declares the rules and [`causes`] why sessions break them, and [`audit`] judges every session by both: its
//!   [`audit::Report`] is the result, which is plain facts;
//! - [`links`] follows the events of servers to the sessions of their users, and [`trail`] the events of one session;
//! - [`baseline`] remembers what is known, to tell it from what is new;
//! - [`mod@inspect`] looks at inputs as they are, without a verdict;
//! - [`sql`] prints the audit as one query for an engine that already holds the events;
//! - [`gate`] holds the result against the limits, with the [`bounds`] of single rules and causes, and [`report`] renders
//!   it, in any number of formats, and reads it back from json.

pub mod audit;
pub mod baseline;
pub mod bounds;
pub mod causes;
mod collect;
mod count;
pub mod event;
pub mod explain;
mod feed;
pub mod gate;
mod hash;
pub mod identity;
pub mod input;
pub mod inspect;
mod intern;
pub mod library;
pub mod likeness;
pub mod links;
pub mod progress;
pub mod report;
pub mod rules;
mod safe;
pub mod session;
mod sessionless;
mod slab;
pub mod span;
pub mod sql;
mod tally;
pub mod trail;

use std::path::PathBuf;

use anyhow::{Context, Result};

use audit::{Audit, Report, Verdict};
use collect::Collection;
use event::FieldPath;
use identity::Identity;
use input::{Decompress, Discovery};
use links::Links;
use progress::Progress;
use rules::{Effect, RuleSet};
pub use safe::escape_controls;
pub use tally::{Counts, InputTally};
use trail::{Trace, Trail};

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
    /// What the time rules allow, in microseconds, from 0 to [`rules::MAX_TOLERANCE_US`].
    pub tolerance_us: i64,
    /// What sessions are measured by.
    pub contract: Contract,
    /// The rules that hold.
    pub rules: RuleSet,
    /// Threads to use; 0 for one a core.
    pub threads: usize,
    /// Whether the texts of distinct ids are kept for reports.
    pub show_users: bool,
    /// Whether backend events are followed, and which libraries are servers' beside those that are known.
    pub links: Option<Vec<String>>,
    /// A session whose events are kept to be shown.
    pub follow: Option<Follow>,
}

impl Options {
    /// The rules that a session of this run can break.
    #[must_use]
    pub fn held_rules(&self) -> RuleSet {
        self.rules.and(RuleSet::of(|rule| !rule.breaks_if.needs_app_sessions() || self.session_key.is_some()))
    }
}

/// A session whose events are kept to be shown.
#[derive(Debug, Clone)]
pub struct Follow {
    /// Its id, however it is spelled.
    pub session_id: String,
    /// How many of its events are kept at the most, half of them its first and half its last, beside those that prove
    /// something.
    pub events: usize,
}

/// What came of reading everything once.
#[derive(Debug)]
pub struct Outcome {
    /// What reports show; the limits have yet to decide.
    pub report: Report,
    /// The sessions.
    pub audit: Audit,
    trail: Option<Trail>,
}

impl Outcome {
    /// The sessions of the id that was to be followed, with their events, by team.
    #[must_use]
    pub fn traces(&mut self) -> Vec<Trace<'_>> {
        self.trail.take().map_or(Vec::new(), |trail| trail.trace(&self.audit))
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

    /// What a session with this effect is.
    #[must_use]
    pub fn verdict(self, effect: Effect) -> Verdict {
        match self {
            Self::Observed if effect > Effect::Unreachable => Verdict::AtRisk,
            Self::Documented | Self::Observed => Verdict::Dropped,
        }
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

/// Finds the inputs that the arguments name; see [`input::discover`].
#[must_use]
pub fn discover(arguments: &[PathBuf]) -> Discovery {
    input::discover(arguments)
}

/// Reads everything that was found, once, and judges every session; where [`Options::links`] asks for it, backend events
/// are followed, too.
///
/// # Errors
///
/// Threads that the system does not give. What is wrong with the inputs is part of the result.
pub fn check(options: &Options, found: Discovery, progress: &Progress) -> Result<Outcome> {
    let threads =
        rayon::ThreadPoolBuilder::new().num_threads(options.threads).build().context("could not start threads")?;
    let failures = found.failures.iter().map(|failure| safe::escape_controls(&format!("{failure:#}"))).collect();
    Ok(threads.install(|| {
        let mut collection = Collection::read(options, found.sources, progress);
        progress.finish();
        let (store, trail) = (collection.links.take(), collection.trail.take());
        let audit = Audit::new(options, collection, failures);
        let links = store.map(|store| Links::new(store, &audit, options.rules));
        Outcome { report: audit.report(links), audit, trail }
    }))
}
