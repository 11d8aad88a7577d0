//! Shows to other programs what the baseline says; these types are the format, and they change only with
//! `schema_version`.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::saved::{percent, rule};
use super::session::TeamId;
use crate::audit::Lib;
use crate::baseline::{Change, Fraction, Held, Recognized, Stale};
use crate::count::rounded;
use crate::gate::Limits;
use crate::safe::data_text;

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum BaselineResult {
    Findings { known: u64, known_dropped: u64, known_at_risk: u64, stale: u64, first_stale: Vec<StaleResult> },
    Rates { margin: f64, min_sessions: u64, exceeded: Vec<ChangeResult> },
}

#[derive(Serialize, Deserialize)]
pub(super) struct StaleResult {
    session_id: String,
    team_id: Option<TeamId>,
    rule: Cow<'static, str>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct ChangeResult {
    rule: Cow<'static, str>,
    #[serde(flatten)]
    lib: LibField,
    sessions: u64,
    broken: u64,
    percent: f64,
    baseline_sessions: u64,
    baseline_broken: u64,
    baseline_percent: f64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum LibField {
    All(bool),
    Lib(Option<String>),
}

impl BaselineResult {
    pub(super) fn new(held: &Held, limits: &Limits) -> Self {
        let (margin, min_sessions) = (limits.baseline_margin, limits.baseline_min_sessions);
        match held {
            Held::Findings(Recognized { dropped, at_risk, stale, first_stale }) => Self::Findings {
                known: dropped + at_risk,
                known_dropped: *dropped,
                known_at_risk: *at_risk,
                stale: *stale,
                first_stale: first_stale.iter().map(StaleResult::new).collect(),
            },
            Held::Rates(changes) => {
                let over = changes.iter().filter(|change| change.is_over(margin, min_sessions));
                Self::Rates { margin, min_sessions, exceeded: over.map(ChangeResult::new).collect() }
            }
        }
    }
}

impl BaselineResult {
    /// What the baseline said, with the limits that it was held by; of rates only those that were over.
    pub(super) fn restore(self, limits: Limits) -> Result<(Held, Limits), String> {
        match self {
            Self::Findings { known_dropped: dropped, known_at_risk: at_risk, stale, first_stale, .. } => {
                let first_stale = first_stale.into_iter().map(StaleResult::restore).collect::<Result<_, _>>()?;
                Ok((Held::Findings(Recognized { dropped, at_risk, stale, first_stale }), limits))
            }
            Self::Rates { margin: baseline_margin, min_sessions: baseline_min_sessions, exceeded } => {
                percent("margin", Some(baseline_margin))?;
                let changes = exceeded.into_iter().map(ChangeResult::restore).collect::<Result<_, _>>()?;
                let limits = Limits { has_rates: true, baseline_margin, baseline_min_sessions, ..limits };
                Ok((Held::Rates(changes), limits))
            }
        }
    }
}

impl StaleResult {
    fn restore(self) -> Result<Stale, String> {
        let Self { session_id, team_id, rule: name } = self;
        Ok(Stale { session_id, team_id: team_id.map(TeamId::text), rule: rule(&name)?.name })
    }

    fn new(stale: &Stale) -> Self {
        let Stale { session_id, team_id, rule } = stale.clone();
        Self { session_id, team_id: team_id.as_deref().map(TeamId::new), rule: rule.into() }
    }
}

impl ChangeResult {
    fn restore(self) -> Result<Change, String> {
        Ok(Change {
            rule: rule(&self.rule)?.name,
            lib: match self.lib {
                LibField::All(_) => Lib::All,
                LibField::Lib(None) => Lib::None,
                LibField::Lib(Some(lib)) => Lib::Named(lib.into()),
            },
            now: Fraction::stated(self.broken, self.sessions)?,
            before: Fraction::stated(self.baseline_broken, self.baseline_sessions)?,
        })
    }

    fn new(change: &Change) -> Self {
        Self {
            rule: change.rule.into(),
            lib: match &change.lib {
                Lib::All => LibField::All(true),
                Lib::None => LibField::Lib(None),
                Lib::Named(lib) => LibField::Lib(Some(data_text(lib))),
            },
            sessions: change.now.sessions,
            broken: change.now.broken,
            percent: rounded(change.now.percent()),
            baseline_sessions: change.before.sessions,
            baseline_broken: change.before.broken,
            baseline_percent: rounded(change.before.percent()),
        }
    }
}
