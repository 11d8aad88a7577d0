//! Judges every session, shard by shard, and puts those that are reported into their order.

use std::cmp::Reverse;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::advisories::{Evidence, advise};
use super::by_origin::ByOrigin;
use super::summary::Judged;
use super::{Audit, Example, Largest, Library, Overview, Reported, Summary, Verdict};
use crate::causes::Symptoms;
use crate::rules::{Case, Rule, RuleSet, judge};
use crate::safe::data_text;
use crate::session::{Look, NO_APP_SESSION, Origin, Proof, Session, SessionKey, Shard};

impl Audit {
    /// Judges all sessions by these rules.
    pub(super) fn judge(&mut self, rules: RuleSet) {
        let numbers: Vec<_> = (0..).zip(&self.shards).collect();
        let parts = numbers.par_iter().map(|(number, shard)| self.judge_shard(*number, shard, rules));
        let mut tally = parts.reduce(Judged::default, |mut sum, part| {
            sum.add(part);
            sum
        });
        let teams = self.team_ranks();
        let mut reported = std::mem::take(&mut tally.reported);
        reported.sort_by_cached_key(|reported| {
            let session = self.session(*reported);
            (teams[session.team() as usize], OwnedKey::new(session))
        });
        let origins = &self.context.origins;
        let example = |reported| Example::from(&self.finding_of(reported));
        let (reasons, days, offsets) = (tally.reasons(origins), tally.days(), tally.offsets);
        let clusters = tally.clusters.finish(&reported, origins, &tally.by_origin, example);
        let evidence = Evidence {
            shards: &self.shards,
            users: &self.context.users,
            origins,
            teams: &teams,
            last_us: self.overview.summary.times_us.map(|(_, last_us)| last_us),
        };
        let advisories = advise(&evidence);
        let libraries = libraries(origins, &tally.by_origin);
        let Summary { counts, times_us, .. } = std::mem::take(&mut self.overview.summary);
        let sessions = self.shards.iter().map(|shard| u64::from(shard.len())).sum();
        let summary = Summary { counts, sessions, times_us, ..tally.summary };
        let overview = std::mem::take(&mut self.overview);
        self.overview = Overview { summary, reasons, clusters, libraries, days, offsets, advisories, ..overview };
        self.reported = reported;
    }

    fn judge_shard(&self, shard_number: u32, shard: &Shard, rules: RuleSet) -> Judged {
        let mut judged = Judged::default();
        for number in 0..shard.len() {
            let case = self.case(Session::new(shard.session(number)));
            let found = judge(rules, &case);
            let is_dropped = found.is_some_and(|(_, effect)| self.verdict(effect) == Verdict::Dropped);
            judged.see(&case, found.map_or(RuleSet::NONE, |(broken, _)| broken), is_dropped);
            let Some((broken, effect)) = found else { continue };
            let Some((rule, proof)) = reason(broken, &case) else { continue };
            let origin = self.origin(proof.seen.look);
            let probable = Symptoms::new(case, rule).cause();
            let shard = shard_number;
            let reported = Reported { shard, number, broken, effect, cause: probable, origin };
            judged.count(&case, &reported, self.verdict(effect));
            *judged.by_reason.entry((rule.number(), origin)).or_default() += 1;
            judged.reported.push(reported);
            for lib in self.libs(case.session) {
                *judged.summary.by_lib.entry(data_text(lib)).or_default() += 1;
            }
        }
        judged
    }

    /// The place of every team in reports: the unnamed one, then numbers by value, then other texts.
    pub(super) fn team_ranks(&self) -> Vec<usize> {
        let mut order: Vec<_> = (0..self.teams.len()).collect();
        order.sort_by_cached_key(|&team| {
            let name = self.teams[team].as_deref();
            let number = name.filter(|name| name.bytes().all(|b| b.is_ascii_digit()));
            let digits =
                number.map(|name| name.trim_start_matches('0')).map(|digits| (digits.len(), digits.to_owned()));
            (name.is_some(), number.is_none(), digits, name.map(str::to_owned))
        });
        let mut ranks = vec![0; order.len()];
        for (rank, team) in order.into_iter().enumerate() {
            ranks[team] = rank;
        }
        ranks
    }
}

/// The first of the broken rules, and the event that proves it.
pub(super) fn reason<'a>(broken: RuleSet, case: &Case<'a>) -> Option<(&'static Rule, Proof<'a>)> {
    broken.iter().next().and_then(|rule| Some((rule, rule.check(case)?.proof)))
}

/// The libraries with their shares, most dropped sessions first.
fn libraries(origins: &[Origin], by_origin: &ByOrigin) -> Largest<Library> {
    let named = |(origin, share): (u32, _)| (&origins[origin as usize], share);
    let mut libraries: Vec<_> = by_origin.iter().map(named).collect();
    libraries.sort_by_key(|(origin, share)| (Reverse(share.dropped), Reverse(share.sessions), *origin));
    let text = |text: &Option<Box<str>>| text.as_deref().map(data_text);
    let library =
        |(origin, share): (&Origin, _)| Library { lib: text(&origin.lib), version: text(&origin.version), share };
    Largest::new(libraries.into_iter().map(library), |sum, library| sum.share.add(library.share))
        .named("version", |sum| &mut sum.lib)
}

/// For every value of the application's own session, whether it occurs in several sessions.
pub(super) fn straying(shards: &[Shard], looks: &[Look], app_sessions: usize) -> Vec<bool> {
    let mut home = vec![None; app_sessions];
    let mut straying = vec![false; app_sessions];
    if app_sessions == 0 {
        return straying;
    }
    for (shard_number, shard) in shards.iter().enumerate() {
        for number in 0..shard.len() {
            for seen in Session::new(shard.session(number)).seen() {
                let own = looks[seen.look as usize].app_session;
                if own != NO_APP_SESSION {
                    let here = (shard_number, number);
                    straying[own as usize] |= *home[own as usize].get_or_insert(here) != here;
                }
            }
        }
    }
    straying
}

/// A key to sort by: UUIDs by value, then texts by bytes, of absurdly long ones by their start and then their digest.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum OwnedKey {
    Uuid(uuid::Uuid),
    Text(Box<str>),
}

impl OwnedKey {
    fn new(session: Session<'_>) -> Self {
        match session.key() {
            SessionKey::Uuid(id) => Self::Uuid(id),
            SessionKey::Text(_) => Self::Text(session.kept_text().into()),
        }
    }
}
