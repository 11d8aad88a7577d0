//! Finds what is behind the limits that a run is over, so that CI shows it in red, and nothing else.

use super::Report;
use crate::audit::Lib;
use crate::baseline::{Change, Held};
use crate::rules::{Rule, RuleSet};
use crate::safe::data_text;

/// What the limits say of sessions, one by one.
pub(super) struct Blame<'a> {
    report: Report<'a>,
    /// Whether the run is over a limit of all sessions that count.
    is_on_all: bool,
    /// The rules that are over limits of their own.
    rules: RuleSet,
    /// The causes that are over limits of their own.
    causes: Vec<&'static str>,
    /// The rates that are over those of the baseline.
    rates: Vec<&'a Change>,
}

impl<'a> Blame<'a> {
    pub(super) fn new(report: Report<'a>) -> Self {
        let (limits, summary) = (&report.gate.limits, &report.overview.summary);
        let failing = (0..report.findings.count()).filter(|place| report.counts(*place)).count() as u64;
        let rates = match &report.gate.baseline {
            Some(Held::Rates(changes)) => changes.as_slice(),
            Some(Held::Findings(_)) | None => &[],
        };
        let is_over = |change: &&Change| change.is_over(limits.baseline_margin, limits.baseline_min_sessions);
        Self {
            report,
            is_on_all: limits.are_exceeded(failing, summary.sessions),
            rules: limits.bounds.rules_over(summary),
            causes: limits.bounds.causes_over(summary),
            rates: rates.iter().filter(is_over).collect(),
        }
    }

    /// Whether the run is over a limit of all sessions that count.
    pub(super) fn is_on_all(&self) -> bool {
        self.is_on_all
    }

    /// Whether the reported session at a place is behind a limit, as far as that is about these rules.
    pub(super) fn is_on(&self, place: usize, rules: RuleSet) -> bool {
        (self.is_on_all && self.report.counts(place))
            || self.causes.contains(&self.report.findings.cause(place).name)
            || !rules.and(self.rules).is_empty()
            || self.is_on_rates(place, rules)
    }

    /// Whether a rule is over a limit of its own or over the baseline's rate.
    pub(super) fn is_on_rule(&self, rule: &Rule) -> bool {
        self.rules.has(rule.name) || self.rates.iter().any(|change| change.rule == rule.name)
    }

    fn is_on_rates(&self, place: usize, rules: RuleSet) -> bool {
        let of_rules: Vec<_> = self.rates.iter().filter(|change| rules.has(change.rule)).collect();
        if of_rules.is_empty() {
            return false;
        }
        let libs = self.report.findings.finding(place).libs;
        of_rules.iter().any(|change| match &change.lib {
            Lib::All => true,
            Lib::None => libs.is_empty(),
            // One that is read back is safe to print already.
            Lib::Named(lib) => libs.iter().any(|of| **of == **lib || *of == data_text(lib)),
        })
    }
}
