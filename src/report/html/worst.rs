//! Chooses the sessions that the page shows, before any of them is made.

use crate::audit::Findings;
use crate::rules::{RULES, Rule};

/// The sessions of one reason.
pub(super) struct Worst {
    /// The rule that they break first.
    pub(super) rule: &'static Rule,
    /// How many there are.
    pub(super) count: usize,
    /// The places of the first few, worst first, and those alike in the order of reports.
    pub(super) places: Vec<usize>,
}

/// The worst sessions of every reason that there is, in the order of the rules.
pub(super) fn worst(findings: &dyn Findings, limit: usize) -> Vec<Worst> {
    let mut by_rule: [Vec<usize>; RULES.len()] = Default::default();
    for place in 0..findings.count() {
        if let Some(rule) = findings.rule(place) {
            by_rule[rule.number()].push(place);
        }
    }
    let reasons = RULES.iter().zip(by_rule).filter(|(_, places)| !places.is_empty());
    reasons
        .map(|(rule, mut places)| {
            let count = places.len();
            let order = |place: &usize| (findings.rank(*place), *place);
            if count > limit {
                // There can be very many: the few that are shown are found without sorting all.
                places.select_nth_unstable_by_key(limit, order);
                places.truncate(limit);
            }
            places.sort_by_cached_key(order);
            Worst { rule, count, places }
        })
        .collect()
}
