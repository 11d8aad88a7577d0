//! What an audit says beside the sessions that it reports: plain facts, fresh or read back from json.

use super::{Advisory, Cluster, Largest, SessionlessEvents, Share, Summary};
use crate::safe::data_text;
use crate::tally::{Counts, InputTally};
use crate::{Contract, Options};

/// The result of an audit but for the reported sessions; texts are safe to print.
#[derive(Debug, Clone, Default)]
pub struct Overview {
    /// The version of the tool that audited.
    pub version: String,
    /// What the sessions are measured by.
    pub contract: Contract,
    /// What the time rules allow, in microseconds.
    pub tolerance_us: i64,
    /// What else was asked for.
    pub settings: Settings,
    /// The inputs in their order.
    pub inputs: Vec<Input>,
    /// What was counted in all inputs.
    pub counts: Counts,
    /// What was counted of sessions.
    pub summary: Summary,
    /// Reported sessions by cause and library, most sessions first.
    pub clusters: Vec<Cluster>,
    /// Every version of every library with the sessions in which it occurs, most dropped sessions first.
    pub libraries: Largest<Library>,
    /// Events without a session id by name and library, most events first.
    pub sessionless: Largest<SessionlessEvents>,
    /// What breaks no rule but is worth a look.
    pub advisories: Vec<Advisory>,
}

/// What was asked for that changes what is reported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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

/// What was read of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// As the user named it.
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

/// The sessions in which a version of a library occurs.
#[derive(Debug, Clone, Default)]
pub struct Library {
    /// The library, if the events name one.
    pub lib: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// The sessions.
    pub share: Share,
}

impl From<&InputTally> for Input {
    fn from(input: &InputTally) -> Self {
        Self {
            name: input.name(),
            compression: input.compression.map(str::to_owned),
            bytes: input.bytes,
            events: input.counts.events,
            malformed: input.counts.malformed_records,
        }
    }
}

impl Overview {
    /// What is known before sessions are judged.
    pub(super) fn new(options: &Options, inputs: &[InputTally]) -> Self {
        let mut counts = Counts::default();
        for input in inputs {
            counts.add(&input.counts);
        }
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            contract: options.contract,
            tolerance_us: options.tolerance_us,
            settings: Settings::new(options),
            inputs: inputs.iter().map(Input::from).collect(),
            counts,
            ..Self::default()
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
