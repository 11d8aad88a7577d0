//! Remembers what is known of an audit, so that a later run fails only for what is new.
//!
//! Fixtures keep their session ids: their baseline lists every finding by session and rule. The ids of exports are new
//! every day: theirs lists how many percent of the sessions break each rule, by library.

mod file;
mod known;
mod rates;
mod write;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::Options;
use crate::audit::{Rate, Report};
use crate::gate::Limits;
use crate::safe::{data_text, escape_controls};
use crate::span::ms_number;
pub use known::{KnownFindings, Recognized, Stale};
pub use rates::{Change, Fraction, KnownRates};
pub use write::write;

/// What a baseline remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Every finding, by session and rule.
    Findings,
    /// Shares of broken sessions, by rule and library.
    Rates,
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Findings, Self::Rates];

    /// The name in the file and in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Findings => "findings",
            Self::Rates => "rates",
        }
    }
}

/// A baseline, as it was read.
#[derive(Debug)]
pub enum Baseline {
    /// Findings that are known.
    Findings(KnownFindings),
    /// Rates that are known.
    Rates(KnownRates),
}

/// What a baseline says of an audit.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Held {
    /// Which sessions are known.
    Findings(Recognized),
    /// Which rates are over the baseline's.
    Rates {
        /// By how many percentage points a rate may be over.
        margin: f64,
        /// How many sessions a library needs to be held against the baseline by itself.
        min_sessions: u64,
        /// The rates that are over.
        exceeded: Vec<Change>,
    },
}

impl Held {
    /// What the baseline remembers.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Findings(_) => Kind::Findings,
            Self::Rates { .. } => Kind::Rates,
        }
    }
}

/// The fields that are read elsewhere than by default, in text order.
fn field_texts(options: &Options) -> Vec<String> {
    let mut texts: Vec<_> = options.fields.iter().map(ToString::to_string).collect();
    texts.sort();
    texts.dedup();
    texts
}

impl Baseline {
    /// Reads a baseline that an audit with these options is held against.
    ///
    /// # Errors
    ///
    /// A file that cannot be read or is no baseline; rates that were counted in another way.
    pub fn read(path: &Path, options: &Options) -> Result<Self> {
        let could_not = || format!("could not read the baseline {}", path.display());
        let text = fs::read(path).with_context(could_not)?;
        // The text of the error may show what is in the file.
        let parsed = file::parse(&text).map_err(|error| anyhow!(escape_controls(&format!("{error:#}"))));
        let baseline = parsed.with_context(could_not)?;
        baseline.fits(options).with_context(|| format!("could not use the baseline {}", path.display()))?;
        Ok(baseline)
    }

    /// Findings are facts of a session, but rates are as they are counted.
    fn fits(&self, options: &Options) -> Result<()> {
        let Self::Rates(rates) = self else { return Ok(()) };
        let (theirs, ours) = (ms_number(rates.tolerance_us), ms_number(options.tolerance_us));
        ensure!(theirs == ours, "its rates are of --tolerance {theirs}ms, this run is of --tolerance {ours}ms");
        let (theirs, ours) = (rates.identity.name(), options.identity.name());
        ensure!(theirs == ours, "its rates are of --identity {theirs}, this run is of --identity {ours}");
        // A rule that did not hold then has no rates, which are those of nothing broken.
        if let (Some(theirs), Some(ours)) = (&rates.session_key, &options.session_key)
            && options.held_rules().iter().any(|rule| rule.breaks_if.needs_app_sessions())
        {
            let shown = (data_text(theirs), data_text(ours));
            ensure!(
                theirs == ours,
                "its rates are of --session-key {}, this run is of --session-key {}",
                shown.0,
                shown.1
            );
        }
        let (theirs, ours) = (rates.fields.as_deref(), field_texts(options));
        if let Some(theirs) = theirs.filter(|theirs| **theirs != ours) {
            let shown = |fields: &[String]| match fields {
                [] => "no --field".to_owned(),
                fields => format!("--field {}", data_text(&fields.join(" --field "))),
            };
            bail!("its rates are of {}, this run is of {}", shown(theirs), shown(&ours));
        }
        Ok(())
    }

    /// Holds the report of an audit with these options against it, and notes in the report what is known; `rates` are
    /// those of the rules that hold.
    #[must_use]
    pub fn hold(self, report: &mut Report, rates: Vec<Rate>, options: &Options, limits: &Limits) -> Held {
        match self {
            Self::Findings(findings) => Held::Findings(findings.recognize(report, options.held_rules())),
            Self::Rates(known) => {
                let (margin, min_sessions) = (limits.baseline_margin, limits.baseline_min_sessions);
                let changes = known.changes(rates).filter(|change| change.is_over(margin, min_sessions));
                Held::Rates { margin, min_sessions, exceeded: changes.collect() }
            }
        }
    }
}
