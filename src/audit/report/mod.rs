//! The result of an audit as plain facts: what every format shows, what json is, and what is read back from it.

mod finding;
mod groups;
mod largest;
mod names;
mod summary;
mod texts;

use serde::{Deserialize, Serialize};

use crate::audit::links::Links;
use crate::gate::Gate;
use crate::options::{Contract, Options};
use crate::safe::data_text;

use super::advisories::Advisory;
use super::offsets::Offsets;
pub use finding::{ExactName, Finding, Proof, Rank, Reason};
pub use groups::{Cluster, Example, Library, SessionlessEvents, look_alikes};
pub use largest::Largest;
pub use names::KnownName;
pub(crate) use names::{advisory, detail, unknown};
pub use summary::{Day, ReasonCount, ReasonSource, Share, Summary};
use texts::tolerance;
pub(crate) use texts::{TeamId, as_text, team};

/// The version of the json, which changes when its fields do.
pub const SCHEMA_VERSION: u32 = 1;

/// The result of an audit; texts are safe to print.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Report {
    /// What ran, and what it was asked for.
    #[serde(flatten)]
    pub run: Run,
    /// What was found, but for the single sessions.
    #[serde(flatten)]
    pub overview: Overview,
    /// The reported sessions, by team and key.
    pub sessions: Vec<Finding>,
}

/// What ran, and what it was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The program.
    pub tool: Tool,
    /// What the sessions are measured by.
    pub contract: Contract,
    /// What the time rules allow, in microseconds.
    #[serde(rename = "tolerance_ms", with = "tolerance")]
    pub tolerance_us: i64,
    /// What else was asked for.
    #[serde(rename = "options")]
    pub settings: Settings,
}

/// The program that audited.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// What was asked for that changes what is reported.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// What counts as one user.
    pub identity: String,
    /// The property that holds the application's own session.
    pub session_key: Option<String>,
    /// The names of the rules that hold.
    pub rules: Vec<String>,
    /// Fields that are read elsewhere than by default, as `NAME=PATH`.
    pub fields: Vec<String>,
}

/// What was found, but for the single sessions.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Overview {
    /// Whether there is a verdict, as the gate says.
    pub complete: bool,
    /// The inputs in their order.
    pub inputs: Vec<Input>,
    /// What was counted of events and sessions.
    pub summary: Summary,
    /// What the limits say.
    pub gate: Gate,
    /// Reported sessions by their first broken rule, most sessions first.
    pub reasons: Vec<ReasonCount>,
    /// Reported sessions by cause and library, most sessions first.
    #[serde(rename = "causes")]
    pub clusters: Vec<Cluster>,
    /// Every version of every library with the sessions in which it occurs, most dropped sessions first.
    pub libraries: Largest<Library>,
    /// All sessions by the day on which they begin.
    pub days: Vec<Day>,
    /// How far first and last events are from the ids' times.
    pub offsets: Offsets,
    /// Events without a session id by name and library, most events first.
    #[serde(rename = "without_session_id")]
    pub sessionless: Largest<SessionlessEvents>,
    /// What breaks no rule but is worth a look.
    pub advisories: Vec<Advisory>,
    /// Where backend events lead, if that was asked.
    pub links: Option<Links>,
    /// What could not be found or read, one line each; the gate makes problems of it.
    #[serde(skip)]
    pub failures: Vec<String>,
}

/// What was read of an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// As the user named it.
    #[serde(rename = "path")]
    pub name: String,
    /// How it is compressed; `None` if it could not be opened.
    pub compression: Option<String>,
    /// The bytes read, as compressed as they are.
    pub bytes: u64,
    /// Its events.
    pub events: u64,
    /// Its malformed records.
    pub malformed: u64,
}

impl Report {
    /// Takes what the limits say.
    pub fn set_gate(&mut self, gate: Gate) {
        self.overview.complete = gate.is_complete();
        self.overview.gate = gate;
    }

    /// How many reported sessions are wanted.
    #[must_use]
    pub fn count(&self, is_wanted: impl Fn(&Finding) -> bool) -> u64 {
        self.sessions.iter().filter(|finding| is_wanted(finding)).count() as u64
    }

    /// The first few reported sessions, worst first, and those alike in their order.
    #[must_use]
    pub fn worst(&self, limit: usize) -> Vec<&Finding> {
        worst(&self.sessions, limit)
    }
}

/// The first few of these sessions, worst first, and those alike in their order.
pub(crate) fn worst<'a>(findings: impl IntoIterator<Item = &'a Finding>, limit: usize) -> Vec<&'a Finding> {
    let mut worst: Vec<_> = findings.into_iter().enumerate().map(|(place, of)| ((of.rank(), place), of)).collect();
    if worst.len() > limit {
        // There can be very many: the few that are shown are found without sorting all.
        worst.select_nth_unstable_by_key(limit, |(order, _)| *order);
        worst.truncate(limit);
    }
    worst.sort_unstable_by_key(|(order, _)| *order);
    worst.into_iter().map(|(_, finding)| finding).collect()
}

impl Run {
    /// A run of this program.
    pub(super) fn new(options: &Options) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            tool: Tool { name: env!("CARGO_PKG_NAME").to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
            contract: options.contract,
            tolerance_us: options.tolerance_us,
            settings: Settings::new(options),
        }
    }
}

impl Settings {
    fn new(options: &Options) -> Self {
        Self {
            identity: options.identity.name().to_owned(),
            session_key: options.session_key.as_deref().map(data_text),
            rules: options.held_rules().iter().map(|rule| rule.name.to_owned()).collect(),
            fields: options.fields.iter().map(|field| data_text(&field.to_string())).collect(),
        }
    }
}
