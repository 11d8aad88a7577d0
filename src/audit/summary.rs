//! Counts reported sessions by rule, effect and library, shard by shard.

use std::collections::BTreeMap;

use super::by_origin::ByOrigin;
use super::clusters::{Clusters, day};
use super::offsets::Offsets;
use super::{Day, ReasonCount, ReasonSource, Reported, Share, Summary, Verdict};
use crate::rules::{Case, RULES, RuleSet};
use crate::safe::data_text;
use crate::session::Origin;

/// What shards add to the summary.
#[derive(Default)]
pub(super) struct Judged {
    pub(super) summary: Summary,
    /// All sessions by the day since 1970, UTC, on which they begin.
    days: BTreeMap<i64, Share>,
    pub(super) offsets: Offsets,
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
            self.days.entry(day).or_default().add(share);
        }
        self.offsets.count(case, broken);
    }

    /// Counts a reported session.
    pub(super) fn count(&mut self, case: &Case<'_>, reported: &Reported, verdict: Verdict) {
        self.clusters.count(reported, case);
        let summary = &mut self.summary;
        for rule in reported.broken.iter() {
            summary.by_rule[rule.number()] += 1;
        }
        summary.by_effect[reported.effect as usize] += 1;
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
        other.days.into_iter().for_each(|(day, share)| self.days.entry(day).or_default().add(share));
        self.offsets.add(&other.offsets);
        self.by_origin.add(other.by_origin);
        self.clusters.add(other.clusters);
        other.by_reason.into_iter().for_each(|(reason, count)| *self.by_reason.entry(reason).or_default() += count);
        self.reported.extend(other.reported);
    }

    /// All sessions by the day on which they begin.
    pub(super) fn days(&self) -> Vec<Day> {
        self.days.iter().map(|(day, share)| Day { day: *day, share: *share }).collect()
    }

    /// The reasons with what each mostly comes from, most sessions first.
    pub(super) fn reasons(&self, origins: &[Origin]) -> Vec<ReasonCount> {
        let mut reasons = Vec::new();
        for rule in &RULES {
            let of_rule = || self.by_reason.range((rule.number(), 0)..(rule.number() + 1, 0));
            let sessions = of_rule().map(|(_, count)| count).sum();
            if sessions > 0 {
                let by_origin: Vec<_> = of_rule().map(|((_, origin), count)| (*origin, *count)).collect();
                let source = self.source(&by_origin, sessions, origins);
                reasons.push(ReasonCount { rule, sessions, source });
            }
        }
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.sessions));
        reasons
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
            Some((lib, _)) => ReasonSource::Library { lib: lib.map(data_text) },
            None => ReasonSource::Several,
        }
    }
}
