//! Counts reported sessions by rule, effect and library, shard by shard.

use std::collections::BTreeMap;

use super::finding::lib_text;
use super::{Reported, Verdict};
use crate::rules::{Case, Effect, RULES, Rule, RuleSet};
use crate::session::Origin;

/// Counts of sessions.
#[derive(Debug, Default, Clone)]
pub struct Summary {
    /// All sessions.
    pub sessions: u64,
    /// Sessions whose verdict is dropped.
    pub dropped: u64,
    /// Sessions whose verdict is at risk.
    pub at_risk: u64,
    /// The events of dropped sessions.
    pub events_in_dropped_sessions: u64,
    /// Sessions that break each rule, in the order of [`RULES`].
    pub by_rule: [u64; RULES.len()],
    /// Reported sessions of each effect, in the order of [`Effect::ALL`].
    pub by_effect: [u64; Effect::ALL.len()],
    /// Reported sessions in which each library occurs.
    pub by_lib: BTreeMap<String, u64>,
    /// Reported sessions by their first broken rule, most sessions first.
    pub reasons: Vec<ReasonCount>,
}

/// How many sessions have one rule as their reason, and where most of them come from.
#[derive(Debug, Clone)]
pub struct ReasonCount {
    /// The rule.
    pub rule: &'static Rule,
    /// Sessions that break it first.
    pub sessions: u64,
    /// The library and version of most proving events.
    pub lib: Option<String>,
    /// How many of these sessions that library proves.
    pub sessions_of_lib: u64,
    /// How many sessions, healthy ones included, the library has events in.
    pub all_sessions_of_lib: u64,
}

/// What a shard adds to the summary.
pub(super) struct Judged {
    pub(super) summary: Summary,
    pub(super) reported: Vec<Reported>,
    pub(super) sessions_by_origin: Vec<u64>,
    /// Reported sessions by their first rule and by the origin of its proof.
    pub(super) by_reason: BTreeMap<(usize, usize), u64>,
}

impl Judged {
    pub(super) fn new(origins: usize) -> Self {
        Self {
            summary: Summary::default(),
            reported: Vec::new(),
            sessions_by_origin: vec![0; origins],
            by_reason: BTreeMap::new(),
        }
    }

    pub(super) fn count(&mut self, case: &Case<'_>, broken: RuleSet, effect: Effect, verdict: Verdict) {
        let summary = &mut self.summary;
        for rule in broken.iter() {
            summary.by_rule[rule.number()] += 1;
        }
        summary.by_effect[effect as usize] += 1;
        match verdict {
            Verdict::Dropped => {
                summary.dropped += 1;
                summary.events_in_dropped_sessions += case.session.events();
            }
            Verdict::AtRisk => summary.at_risk += 1,
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        let (sum, part) = (&mut self.summary, other.summary);
        sum.dropped += part.dropped;
        sum.at_risk += part.at_risk;
        sum.events_in_dropped_sessions += part.events_in_dropped_sessions;
        sum.by_rule.iter_mut().zip(part.by_rule).for_each(|(sum, part)| *sum += part);
        sum.by_effect.iter_mut().zip(part.by_effect).for_each(|(sum, part)| *sum += part);
        part.by_lib.into_iter().for_each(|(lib, count)| *sum.by_lib.entry(lib).or_default() += count);
        self.sessions_by_origin.iter_mut().zip(other.sessions_by_origin).for_each(|(sum, part)| *sum += part);
        other.by_reason.into_iter().for_each(|(reason, count)| *self.by_reason.entry(reason).or_default() += count);
        self.reported.extend(other.reported);
    }

    /// The summary, with what each reason mostly comes from.
    pub(super) fn summary(mut self, origins: &[Origin]) -> Summary {
        for rule in &RULES {
            let of_rule = || self.by_reason.range((rule.number(), 0)..(rule.number() + 1, 0));
            let sessions = of_rule().map(|(_, count)| count).sum();
            // Origins are numbered in the order in which threads met them, so ties go by name.
            let most = of_rule().max_by_key(|((_, origin), count)| (**count, std::cmp::Reverse(&origins[*origin])));
            let Some((&(_, origin), &sessions_of_lib)) = most else { continue };
            let (lib, all_sessions_of_lib) = (lib_text(&origins[origin]), self.sessions_by_origin[origin]);
            self.summary.reasons.push(ReasonCount { rule, sessions, lib, sessions_of_lib, all_sessions_of_lib });
        }
        self.summary.reasons.sort_by_key(|reason| std::cmp::Reverse(reason.sessions));
        self.summary
    }
}
