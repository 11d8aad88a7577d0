//! Shows to other programs what the baseline says; these types are the format, and they change only with
//! `schema_version`.

use serde::Serialize;

use super::diagnosis::rounded;
use super::session::TeamId;
use crate::audit::Lib;
use crate::baseline::{Change, Held, Recognized, Stale};
use crate::gate::Limits;
use crate::safe::data_text;

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum BaselineResult {
    Findings { known: u64, known_dropped: u64, known_at_risk: u64, stale: u64, first_stale: Vec<StaleResult> },
    Rates { margin: f64, min_sessions: u64, exceeded: Vec<ChangeResult> },
}

#[derive(Serialize)]
pub(super) struct StaleResult {
    session_id: String,
    team_id: Option<TeamId>,
    rule: &'static str,
}

#[derive(Serialize)]
pub(super) struct ChangeResult {
    rule: &'static str,
    #[serde(flatten)]
    lib: LibField,
    sessions: u64,
    broken: u64,
    percent: f64,
    baseline_percent: f64,
}

#[derive(Serialize)]
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

impl StaleResult {
    fn new(stale: &Stale) -> Self {
        let Stale { session_id, team_id, rule } = stale.clone();
        Self { session_id, team_id: team_id.as_deref().map(TeamId::new), rule }
    }
}

impl ChangeResult {
    fn new(change: &Change) -> Self {
        Self {
            rule: change.rule,
            lib: match &change.lib {
                Lib::All => LibField::All(true),
                Lib::None => LibField::Lib(None),
                Lib::Named(lib) => LibField::Lib(Some(data_text(lib))),
            },
            sessions: change.now.sessions,
            broken: change.now.broken,
            percent: rounded(change.now.percent()),
            baseline_percent: rounded(change.before.percent()),
        }
    }
}
