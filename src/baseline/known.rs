//! Recognizes the findings that a baseline lists, and tells which of them are no longer found.

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

use crate::audit::{Audit, Findings, Verdict};
use crate::rules::{Rule, RuleSet};
use crate::safe::data_text;
use crate::session::SessionName;

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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recognized {
    /// Dropped sessions of which all that they break is known.
    pub dropped: u64,
    /// Sessions at risk of which all that they break is known.
    pub at_risk: u64,
    /// Entries of the baseline that are no longer found.
    pub stale: u64,
    /// The first few of them, in the order of the baseline.
    pub first_stale: Vec<Stale>,
}

/// An entry of the baseline that is no longer found; texts are safe to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    /// The session.
    pub session_id: String,
    /// The team, if there is one.
    pub team_id: Option<String>,
    /// The rule.
    pub rule: &'static str,
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

    /// Notes in the audit what is listed. Entries of rules that do not hold are not stale.
    pub(super) fn recognize(mut self, audit: &mut Audit, held: RuleSet) -> Recognized {
        let mut recognized = Recognized::default();
        let mut known = Vec::with_capacity(audit.count());
        for finding in audit.exact_findings() {
            let listed = self.sessions.get_mut(&(finding.team.map(Box::from), finding.name));
            let found = listed.map_or(RuleSet::NONE, |listed| {
                listed.found = listed.rules.and(finding.broken);
                listed.found
            });
            if found == finding.broken {
                match finding.verdict {
                    Verdict::Dropped => recognized.dropped += 1,
                    Verdict::AtRisk => recognized.at_risk += 1,
                }
            }
            known.push(found);
        }
        audit.note_known(known);
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
                rule: rule.name,
            })
        });
        (count, entries.take(NAMED_STALE).collect())
    }
}
