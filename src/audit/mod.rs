//! Judges every session and puts together the result, which all reports render.

mod advisories;
mod clusters;
mod inputs;
pub mod links;
pub mod offsets;
mod order;
mod rates;
mod reasons;
mod report;
mod sessionless;
mod sighting;
mod summaries;
mod sweep;
mod tally;
mod trace;

use std::cmp::Reverse;
use std::mem;

use anyhow::Result;
use rayon::slice::ParallelSliceMut;

use crate::options::{Contract, Options};
use crate::rows::{Rows, straying};
use crate::rules::Effect;
use crate::safe::data_text;
use crate::sessions::Context;
use advisories::advise;
pub use advisories::{ADVISORIES, Advisory};
use clusters::clusters;
pub(crate) use inputs::ReadInputs;
use links::Links;
use rates::rates;
pub use rates::{Lib, Rate};
use reasons::reasons;
pub use report::{
    Cluster, Day, ExactName, Example, Finding, Input, KnownName, Largest, Library, Overview, Proof, Rank, Reason,
    ReasonCount, ReasonSource, Report, Run, SCHEMA_VERSION, SessionlessEvents, Settings, Share, Summary, Tool,
    look_alikes,
};
pub(crate) use report::{TeamId, advisory, as_text, detail, team, unknown, worst};
use summaries::Summaries;
use sweep::Sweep;
use tally::Tally;
pub(crate) use tally::both;
pub use trace::{Choice, Part, Trace, TracedEvent};

/// What came of reading everything once.
#[derive(Debug)]
pub struct Outcome {
    /// What reports show; the limits have yet to decide.
    pub report: Report,
    /// How many sessions break each rule that holds, by library.
    pub rates: Vec<Rate>,
    /// What is wrong with records, one line each.
    pub warnings: Vec<String>,
}

/// The sessions of one id.
#[derive(Debug)]
pub struct Traced {
    /// The sessions with their events, by team.
    pub traces: Vec<Trace>,
    /// What could not be found or read, one line each.
    pub failures: Vec<String>,
    /// What is wrong with records, one line each.
    pub warnings: Vec<String>,
}

/// What a session that breaks a rule means for the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Left out of session analytics, by the contract chosen.
    Dropped,
    /// Kept so far.
    AtRisk,
}

impl Verdict {
    /// The verdict of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Dropped, Self::AtRisk].into_iter().find(|verdict| verdict.name() == name)
    }

    /// What a session with this effect is by a contract.
    #[must_use]
    pub fn by(contract: Contract, effect: Effect) -> Self {
        match contract {
            Contract::Observed if effect > Effect::Unreachable => Self::AtRisk,
            Contract::Documented | Contract::Observed => Self::Dropped,
        }
    }

    /// The name that reports use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Dropped => "dropped",
            Self::AtRisk => "at-risk",
        }
    }
}

/// Judges all sessions; `failures` are of inputs that could not be found.
///
/// # Errors
///
/// What keeps a temporary file from being read or written.
pub(crate) fn audit(options: &Options, mut rows: Rows, inputs: &ReadInputs, failures: Vec<String>) -> Result<Outcome> {
    let sweep = sweep(options, &mut rows, inputs)?;
    let summaries = Summaries::new(&rows.budget, rayon::current_num_threads());
    let mut tally = sweep.run(&rows.events, &summaries)?;
    rows.budget.check()?;
    let advisories = advise(&sweep.context.tables, &sweep.places, &tally, summaries)?;
    let libraries = &sweep.context.tables.libraries;
    let rates = rates(&tally, options.held_rules(), libraries);
    let mut reported = mem::take(&mut tally.reported);
    reported.par_sort_unstable_by(|one, other| one.place.cmp(&other.place));
    let overview = Overview {
        inputs: inputs.reported(),
        summary: summary(&tally, &sweep),
        reasons: reasons(&tally, libraries),
        clusters: clusters(&tally, &reported, libraries),
        libraries: by_version(&tally, &sweep),
        days: tally.days.iter().map(|(day, share)| Day { day: *day, share: *share }).collect(),
        offsets: tally.offsets,
        sessionless: sessionless::by_name_and_lib(&rows.without_session, &sweep.context.tables),
        advisories,
        links: links(tally, &rows, &sweep),
        failures: failures.into_iter().chain(inputs.failures()).collect(),
        ..Overview::default()
    };
    let sessions = reported.into_iter().map(|reported| reported.finding).collect();
    let report = Report { run: Run::new(options), overview, sessions };
    Ok(Outcome { report, rates, warnings: inputs.warnings() })
}

/// The sessions of an id, with so many events each; `failures` are of inputs that could not be found.
///
/// # Errors
///
/// What keeps a temporary file from being read.
pub(crate) fn trace(
    options: &Options,
    mut rows: Rows,
    inputs: &ReadInputs,
    mut failures: Vec<String>,
    (session_id, events): (&str, usize),
) -> Result<Traced> {
    let sweep = sweep(options, &mut rows, inputs)?;
    let traces = sweep.trace(&rows, session_id, events)?;
    failures.extend(inputs.failures());
    Ok(Traced { traces, failures, warnings: inputs.warnings() })
}

fn sweep<'a>(options: &Options, rows: &mut Rows, inputs: &'a ReadInputs) -> Result<Sweep<'a>> {
    let context = Context {
        tables: mem::take(&mut rows.tables),
        tolerance_us: options.tolerance_us,
        straying: straying(&rows.app_sessions)?,
    };
    Ok(Sweep::new(options, context, inputs))
}

/// What was counted of events and sessions.
fn summary(tally: &Tally, sweep: &Sweep<'_>) -> Summary {
    let counts = sweep.inputs.counts();
    let mut summary = Summary {
        times_us: counts.times_us,
        counts,
        sessions: tally.sessions,
        dropped: tally.dropped,
        at_risk: tally.at_risk,
        events_in_dropped_sessions: tally.events_in_dropped_sessions,
        by_rule: tally.by_rule,
        by_effect: tally.by_effect,
        ..Summary::default()
    };
    for (lib, broken) in tally.by_lib.iter().filter(|(_, broken)| broken.reported > 0) {
        if let Some(lib) = sweep.context.tables.libraries.lib(*lib) {
            *summary.by_lib.entry(data_text(lib)).or_default() += broken.reported;
        }
    }
    summary
}

/// The libraries with their shares, most dropped sessions first.
fn by_version(tally: &Tally, sweep: &Sweep<'_>) -> Largest<Library> {
    let libraries = &sweep.context.tables.libraries;
    let mut shares: Vec<_> =
        tally.by_version.iter().map(|(number, share)| (libraries.version(*number), share)).collect();
    shares.sort_by_key(|(version, share)| (Reverse(share.dropped), Reverse(share.sessions), *version));
    let text = |text: &Option<Box<str>>| text.as_deref().map(data_text);
    let library = |(of, share): (&crate::rows::LibraryVersion, &Share)| Library {
        lib: text(&of.lib),
        version: text(&of.version),
        share: *share,
    };
    Largest::new(shares.into_iter().map(library), |sum, library| sum.share.add(library.share))
        .named("version", |sum| &mut sum.lib)
}

/// Where backend events lead, if they are followed.
fn links(tally: Tally, rows: &Rows, sweep: &Sweep<'_>) -> Option<Links> {
    let links = || tally.links.finish(&rows.without_session, &sweep.context.tables, sweep.inputs);
    sweep.follows_links.then(links)
}
