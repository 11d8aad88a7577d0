//! Counts reported sessions by rule, effect and library, shard by shard.

use std::collections::BTreeMap;

use super::by_origin::ByOrigin;
use super::clusters::{Clusters, day};
use super::offsets::Offsets;
use super::{Reported, Verdict};
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
    /// Reported sessions of each cause that occurs, by its name.
    pub by_cause: BTreeMap<&'static str, Verdicts>,
    /// Reported sessions in which each library occurs.
    pub by_lib: BTreeMap<String, u64>,
    /// Reported sessions by their first broken rule, most sessions first.
    pub reasons: Vec<ReasonCount>,
    /// All sessions by the day since 1970, UTC, on which they begin.
    pub days: BTreeMap<i64, Share>,
    /// How far first and last events are from the ids' times.
    pub offsets: Offsets,
}

/// How many sessions there are, and how many of them are dropped.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// All.
    pub sessions: u64,
    /// Those whose verdict is dropped.
    pub dropped: u64,
}

/// How many sessions have which verdict.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Verdicts {
    /// Dropped ones.
    pub dropped: u64,
    /// Those at risk.
    pub at_risk: u64,
}

impl Verdicts {
    /// Counts a session.
    pub(crate) fn count(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Dropped => self.dropped += 1,
            Verdict::AtRisk => self.at_risk += 1,
        }
    }

    fn add(&mut self, other: Self) {
        self.dropped += other.dropped;
        self.at_risk += other.at_risk;
    }
}

impl Share {
    pub(super) fn add(&mut self, other: Self) {
        self.sessions += other.sessions;
        self.dropped += other.dropped;
    }
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
    /// One version of a library.
    Version {
        /// The library.
        lib: String,
        /// Its version, if the events name one.
        version: Option<String>,
        /// How many of the sessions these are.
        sessions: u64,
        /// How many sessions have events of this version.
        sessions_of_lib: u64,
    },
    /// Several versions of one library.
    Library(String),
    /// Events without a library.
    NoLibrary,
    /// Nothing in particular.
    Several,
}

/// What shards add to the summary.
#[derive(Default)]
pub(super) struct Judged {
    pub(super) summary: Summary,
    pub(super) reported: Vec<Reported>,
    pub(super) by_origin: ByOrigin,
    pub(super) clusters: Clusters,
    /// Reported sessions by their first rule and by the origin of its proof.
    pub(super) by_reason: BTreeMap<(usize, u32), u64>,
}

impl Judged {
    /// Counts a session, whatever its verdict, with the rules that it breaks.
    pub(super) fn see(&mut self, case: &Case<'_>, broken: RuleSet, is_dropped: bool) {
        let share = Share { sessions: 1, dropped: u64::from(is_dropped) };
        for origin in case.session.origins() {
            self.by_origin.see(origin, share);
        }
        if let Some(day) = day(case) {
            self.summary.days.entry(day).or_default().add(share);
        }
        self.summary.offsets.count(case, broken);
    }

    /// Counts a reported session.
    pub(super) fn count(&mut self, case: &Case<'_>, reported: &Reported, verdict: Verdict) {
        self.clusters.count(reported, case);
        let summary = &mut self.summary;
        for rule in reported.broken.iter() {
            summary.by_rule[rule.number()] += 1;
        }
        summary.by_effect[reported.effect as usize] += 1;
        summary.by_cause.entry(reported.cause.name).or_default().count(verdict);
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
        part.by_cause.into_iter().for_each(|(cause, count)| sum.by_cause.entry(cause).or_default().add(count));
        part.by_lib.into_iter().for_each(|(lib, count)| *sum.by_lib.entry(lib).or_default() += count);
        part.days.into_iter().for_each(|(day, share)| sum.days.entry(day).or_default().add(share));
        sum.offsets.add(&part.offsets);
        self.by_origin.add(other.by_origin);
        self.clusters.add(other.clusters);
        other.by_reason.into_iter().for_each(|(reason, count)| *self.by_reason.entry(reason).or_default() += count);
        self.reported.extend(other.reported);
    }

    /// The summary, with what each reason mostly comes from.
    pub(super) fn summary(&mut self, origins: &[Origin]) -> Summary {
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
        std::mem::take(&mut self.summary)
    }

    /// Where half or more of some sessions come from; there is one such place at the most, or two with half each, of which
    /// the first by name is taken, since origins are numbered in the order in which threads met them.
    fn source(&self, by_origin: &[(u32, u64)], sessions: u64, origins: &[Origin]) -> ReasonSource {
        let half = |count: u64| count * 2 >= sessions;
        let origin_of = |number: u32| &origins[number as usize];
        let versions = by_origin.iter().filter(|(origin, count)| half(*count) && origin_of(*origin).lib.is_some());
        if let Some((origin, count)) = versions.min_by_key(|(origin, _)| origin_of(*origin)) {
            let Origin { lib, version } = origin_of(*origin);
            return ReasonSource::Version {
                lib: lib.as_deref().map(data_text).unwrap_or_default(),
                version: version.as_deref().map(data_text),
                sessions: *count,
                sessions_of_lib: self.by_origin.share(*origin).sessions,
            };
        }
        let mut by_lib = BTreeMap::<_, u64>::new();
        for (origin, count) in by_origin {
            *by_lib.entry(origin_of(*origin).lib.as_deref()).or_default() += count;
        }
        match by_lib.into_iter().find(|(_, count)| half(*count)) {
            Some((Some(lib), _)) => ReasonSource::Library(data_text(lib)),
            Some((None, _)) => ReasonSource::NoLibrary,
            None => ReasonSource::Several,
        }
    }
}
