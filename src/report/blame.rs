//! Finds what is behind the limits that a run is over, so that CI shows it in red, and nothing else.

use crate::audit::{Finding, Lib, Report};
use crate::baseline::{Change, Held};
use crate::rules::{Rule, RuleSet};
use crate::safe::data_text;

/// What the limits say of sessions, one by one.
pub(super) struct Blame<'a> {
    report: &'a Report,
    /// Whether the run is over a limit of all sessions that count.
    is_on_all: bool,
    /// The rules that are over limits of their own.
    rules: RuleSet,
    /// The causes that are over limits of their own.
    causes: Vec<&'static str>,
    /// The rates that are over those of the baseline.
    rates: &'a [Change],
}

impl<'a> Blame<'a> {
    pub(super) fn new(report: &'a Report) -> Self {
        let limits = &report.overview.gate.limits;
        let failing = report.count(|finding| limits.count(finding));
        Self {
            report,
            is_on_all: limits.are_exceeded(failing, report.overview.summary.sessions),
            rules: limits.bounds.rules_over(report),
            causes: limits.bounds.causes_over(report),
            rates: match &report.overview.gate.baseline {
                Some(Held::Rates { exceeded, .. }) => exceeded,
                Some(Held::Findings(_)) | None => &[],
            },
        }
    }

    /// Whether the run is over a limit of all sessions that count.
    pub(super) fn is_on_all(&self) -> bool {
        self.is_on_all
    }

    /// Whether a reported session is behind a limit, as far as that is about these rules.
    pub(super) fn is_on(&self, finding: &Finding, rules: RuleSet) -> bool {
        (self.is_on_all && self.report.overview.gate.limits.count(finding))
            || self.causes.contains(&finding.cause.name)
            || !rules.and(self.rules).is_empty()
            || self.is_on_rates(finding, rules)
    }

    /// Whether a rule is over a limit of its own or over the baseline's rate.
    pub(super) fn is_on_rule(&self, rule: &Rule) -> bool {
        self.rules.has(rule.name) || self.rates.iter().any(|change| change.rule.name == rule.name)
    }

    fn is_on_rates(&self, finding: &Finding, rules: RuleSet) -> bool {
        let mut of_rules = self.rates.iter().filter(|change| rules.has(change.rule.name));
        of_rules.any(|change| match &change.lib {
            Lib::All => true,
            Lib::None => finding.libs.is_empty(),
            // One that is read back is safe to print already.
            Lib::Named(lib) => finding.libs.iter().any(|of| **of == **lib || **of == data_text(lib)),
        })
    }
}
