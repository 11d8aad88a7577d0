//! Recognizes the findings that a baseline lists, and tells which of them are no longer found.

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

use serde::{Deserialize, Serialize};

use crate::audit::{ExactName, Report, Verdict, team};
use crate::rules::{Rule, RuleSet};
use crate::safe::data_text;
use crate::sessions::SessionName;

/// How many stale entries are named.
const NAMED_STALE: usize = 20;

/// The findings that a baseline lists.
#[derive(Debug, Default)]
pub struct KnownFindings {
    sessions: HashMap<(Option<Box<str>>, SessionName), Listed>,
}

#[derive(Debug)]
struct Listed {
    /// Its place in the baseline.
    place: usize,
    rules: RuleSet,
    found: RuleSet,
}

/// What of an audit a baseline lists, and what it lists beside that.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Recognized {
    /// Reported sessions of which all that they break is known.
    pub known: u64,
    /// Those of them that are dropped.
    #[serde(rename = "known_dropped")]
    pub dropped: u64,
    /// Those of them that are at risk.
    #[serde(rename = "known_at_risk")]
    pub at_risk: u64,
    /// Entries of the baseline that are no longer found.
    pub stale: u64,
    /// The first few of them, in the order of the baseline.
    pub first_stale: Vec<Stale>,
}

/// An entry of the baseline that is no longer found; texts are safe to print.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Stale {
    /// The session.
    pub session_id: String,
    /// The team, if there is one.
    #[serde(default, with = "team")]
    pub team_id: Option<String>,
    /// The rule.
    pub rule: &'static Rule,
}

impl KnownFindings {
    /// Adds an entry; one that is already there changes nothing.
    pub(super) fn add(&mut self, team: Option<Box<str>>, name: SessionName, rule: &'static Rule) {
        let (rules, place) = (RuleSet::of(|known| known.name == rule.name), self.sessions.len());
        match self.sessions.entry((team, name)) {
            Entry::Occupied(mut entry) => entry.get_mut().rules = entry.get().rules.or(rules),
            Entry::Vacant(entry) => _ = entry.insert(Listed { place, rules, found: RuleSet::NONE }),
        }
    }

    /// Notes in the report what is listed. Entries of rules that do not hold are not stale.
    pub(super) fn recognize(mut self, report: &mut Report, held: RuleSet) -> Recognized {
        let mut recognized = Recognized::default();
        for finding in &mut report.sessions {
            let ExactName { name, team } = finding.exact_name();
            let broken = finding.broken();
            let listed = self.sessions.get_mut(&(team, name));
            let found = listed.map_or(RuleSet::NONE, |listed| {
                listed.found = listed.rules.and(broken);
                listed.found
            });
            finding.known = Some(found);
            if found == broken {
                recognized.known += 1;
                match finding.verdict {
                    Verdict::Dropped => recognized.dropped += 1,
                    Verdict::AtRisk => recognized.at_risk += 1,
                }
            }
        }
        (recognized.stale, recognized.first_stale) = self.stale(held);
        recognized
    }

    fn stale(self, held: RuleSet) -> (u64, Vec<Stale>) {
        let missing = |listed: &Listed| listed.rules.and(held).without(listed.found);
        let mut stale: Vec<_> = self.sessions.into_iter().filter(|(_, listed)| !missing(listed).is_empty()).collect();
        stale.sort_unstable_by_key(|(_, listed)| listed.place);
        let count = stale.iter().map(|(_, listed)| missing(listed).iter().count() as u64).sum();
        let entries = stale.iter().flat_map(|((team, name), listed)| {
            missing(listed).iter().map(|rule| Stale {
                session_id: name.shown(),
                team_id: team.as_deref().map(data_text),
                rule,
            })
        });
        (count, entries.take(NAMED_STALE).collect())
    }
}
