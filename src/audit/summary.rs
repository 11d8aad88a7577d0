//! Counts reported sessions by rule, effect and library, shard by shard.

use std::collections::BTreeMap;

use super::{Reported, Verdict};
use crate::count::percent_of;
use crate::rules::{Case, Effect, RULES, Rule, RuleSet};
use crate::safe::data_text;
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
    /// Where most of the proving events come from.
    pub source: ReasonSource,
}

/// Where half or more of the sessions of a reason come from.
#[derive(Debug, Clone, PartialEq)]
pub enum ReasonSource {
    /// One version of a library, and how many percent of the sessions with its events these are.
    Version(String, f64),
    /// Several versions of one library.
    Library(String),
    /// Events without a library.
    NoLibrary,
    /// Nothing in particular.
    Several,
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
            if sessions > 0 {
                let by_origin: Vec<_> = of_rule().map(|((_, origin), count)| (*origin, *count)).collect();
                let source = self.source(&by_origin, sessions, origins);
                self.summary.reasons.push(ReasonCount { rule, sessions, source });
            }
        }
        self.summary.reasons.sort_by_key(|reason| std::cmp::Reverse(reason.sessions));
        self.summary
    }

    /// Where half or more of some sessions come from; there is one such place at the most, or two with half each, of which
    /// the first by name is taken, since origins are numbered in the order in which threads met them.
    fn source(&self, by_origin: &[(usize, u64)], sessions: u64, origins: &[Origin]) -> ReasonSource {
        let half = |count: u64| count * 2 >= sessions;
        let versions = by_origin.iter().filter(|(origin, count)| half(*count) && origins[*origin].lib.is_some());
        if let Some((origin, count)) = versions.min_by_key(|(origin, _)| &origins[*origin]) {
            let share = percent_of(*count, self.sessions_by_origin[*origin]);
            return ReasonSource::Version(lib_text(&origins[*origin]).unwrap_or_default(), share);
        }
        let mut by_lib = BTreeMap::<_, u64>::new();
        for (origin, count) in by_origin {
            *by_lib.entry(origins[*origin].lib.as_deref()).or_default() += count;
        }
        match by_lib.into_iter().find(|(_, count)| half(*count)) {
            Some((Some(lib), _)) => ReasonSource::Library(data_text(lib)),
            Some((None, _)) => ReasonSource::NoLibrary,
            None => ReasonSource::Several,
        }
    }
}

/// A library with its version.
fn lib_text(origin: &Origin) -> Option<String> {
    let lib = origin.lib.as_deref()?;
    let version = origin.version.as_deref().map(|version| format!(" {}", data_text(version)));
    Some(data_text(lib) + version.as_deref().unwrap_or_default())
}
