//! Chooses the sessions that the page shows.

use crate::audit::{Finding, Report, worst as worst_of};
use crate::rules::{RULES, Rule};

/// The sessions of one reason.
pub(super) struct Worst<'a> {
    /// The rule that they break first.
    pub(super) rule: &'static Rule,
    /// How many there are.
    pub(super) count: usize,
    /// The first few, worst first, and those alike in the order of reports.
    pub(super) findings: Vec<&'a Finding>,
}

/// The worst sessions of every reason that there is, in the order of the rules.
pub(super) fn worst(report: &Report, limit: usize) -> Vec<Worst<'_>> {
    let mut by_rule: [Vec<&Finding>; RULES.len()] = Default::default();
    for finding in &report.sessions {
        by_rule[finding.reason().rule.number()].push(finding);
    }
    let reasons = RULES.iter().zip(by_rule).filter(|(_, findings)| !findings.is_empty());
    let worst =
        |(rule, findings): (_, Vec<_>)| Worst { rule, count: findings.len(), findings: worst_of(findings, limit) };
    reasons.map(worst).collect()
}
