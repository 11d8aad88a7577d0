//! Judges every session and keeps the result, which all reports render.

mod finding;
mod summary;

use std::collections::BTreeSet;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::collect::{Collection, Team};
use crate::count::counted;
use crate::input::Position;
use crate::rules::{Case, Context, Effect, Rule, RuleSet, judge};
use crate::safe::{data_text, escape_controls};
use crate::session::{Look, NO_APP_SESSION, Origin, Session, SessionKey, Shard};
use crate::tally::{Counts, InputTally};
use crate::{Contract, Options};
pub use finding::{Finding, Reason};
use summary::Judged;
pub use summary::{ReasonCount, ReasonSource, Summary};

/// How many distinct ids of a session `--show-users` shows.
const SHOWN_USERS: usize = 20;

/// How many malformed records are told of in all.
const SHOWN_WARNINGS: usize = 10;

/// The result of an audit.
#[derive(Debug)]
pub struct Audit {
    /// What the sessions are measured by.
    pub contract: Contract,
    /// What the time rules allow, in microseconds.
    pub tolerance_us: i64,
    /// The inputs in their order.
    pub inputs: Vec<InputTally>,
    /// What could not be found or read, one line each.
    pub failures: Vec<String>,
    /// What was counted in all inputs.
    pub counts: Counts,
    /// What was counted of sessions.
    pub summary: Summary,
    reported: Vec<Reported>,
    shards: Vec<Shard>,
    context: Context,
    teams: Vec<Team>,
    origins: Vec<Origin>,
    show_users: bool,
}

/// What a session that breaks a rule means for the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Left out of session analytics, by the contract chosen.
    Dropped,
    /// Kept so far.
    AtRisk,
}

impl Verdict {
    /// The name that reports use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Dropped => "dropped",
            Self::AtRisk => "at-risk",
        }
    }
}

/// A session that breaks a rule, by its place in the shards.
#[derive(Debug, Clone, Copy)]
struct Reported {
    shard: u32,
    number: u32,
    broken: RuleSet,
    effect: Effect,
}

impl Audit {
    /// Judges all sessions.
    pub(crate) fn new(options: &Options, mut collection: Collection, failures: Vec<String>) -> Self {
        let (inputs, app_sessions) = (collection.take_inputs(), collection.app_sessions());
        let looks = collection.looks.into_items();
        let shards = collection.sessions.into_shards();
        let straying = straying(&shards, &looks, app_sessions);
        let users = collection.users.resolve();
        let mut audit = Self {
            contract: options.contract,
            tolerance_us: options.tolerance_us,
            counts: Counts::default(),
            summary: Summary::default(),
            reported: Vec::new(),
            context: Context { users, looks, straying, tolerance_us: options.tolerance_us },
            teams: collection.teams.into_items(),
            origins: collection.origins.into_items(),
            show_users: options.show_users,
            inputs,
            failures,
            shards,
        };
        for input in &audit.inputs {
            audit.counts.add(&input.counts);
            let failure = input.failure.as_ref();
            let name = input.name();
            audit.failures.extend(failure.map(|failure| escape_controls(&format!("{name} {failure}"))));
        }
        audit.judge(options.rules);
        audit
    }

    /// The reported sessions in the order of files: by team, then by key.
    pub fn findings(&self) -> impl Iterator<Item = Finding> {
        self.reported.iter().map(|reported| self.finding(*reported))
    }

    /// The first few reported sessions, worst first: by effect, then by number of events.
    #[must_use]
    pub fn worst_findings(&self, limit: usize) -> Vec<Finding> {
        let mut worst: Vec<_> = self.reported.iter().collect();
        worst.sort_by_key(|reported| (reported.effect, std::cmp::Reverse(self.session(**reported).events())));
        worst.into_iter().take(limit).map(|reported| self.finding(*reported)).collect()
    }

    /// What is wrong with records, one line each: the first malformed ones of every input, and how many more there are.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let all = self.inputs.iter().flat_map(|input| {
            let name = input.name();
            input.malformed().map(move |(line, malformed)| {
                let excerpt = escape_controls(&malformed.excerpt);
                let excerpt = if excerpt.is_empty() { excerpt } else { format!(": {excerpt}") };
                format!("{name}:{line}: {}{excerpt}", escape_controls(&malformed.reason))
            })
        });
        let mut warnings: Vec<_> = all.take(SHOWN_WARNINGS).collect();
        let more = self.counts.malformed_records - warnings.len() as u64;
        if more > 0 {
            warnings.push(counted(more, "more malformed record"));
        }
        warnings
    }

    /// How many sessions are reported.
    #[must_use]
    pub fn reported(&self) -> usize {
        self.reported.len()
    }

    fn session(&self, reported: Reported) -> Session<'_> {
        Session::new(self.shards[reported.shard as usize].session(reported.number))
    }

    fn case<'a>(&'a self, session: Session<'a>) -> Case<'a> {
        Case { session, context: &self.context }
    }

    fn verdict(&self, effect: Effect) -> Verdict {
        match self.contract {
            Contract::Observed if effect > Effect::Unreachable => Verdict::AtRisk,
            Contract::Documented | Contract::Observed => Verdict::Dropped,
        }
    }

    fn judge(&mut self, rules: RuleSet) {
        let numbers: Vec<_> = (0..).zip(&self.shards).collect();
        let parts: Vec<_> = numbers.par_iter().map(|(number, shard)| self.judge_shard(*number, shard, rules)).collect();
        let mut tally = Judged::new(self.origins.len());
        for part in parts {
            tally.add(part);
        }
        let teams = self.team_ranks();
        let mut reported = std::mem::take(&mut tally.reported);
        reported.sort_by_cached_key(|reported| {
            let session = self.session(*reported);
            (teams[session.team() as usize], OwnedKey::new(session.key()), session.first().0.at)
        });
        self.summary = tally.summary(&self.origins);
        self.summary.sessions = self.shards.iter().map(|shard| u64::from(shard.len())).sum();
        self.reported = reported;
    }

    fn judge_shard(&self, shard_number: u32, shard: &Shard, rules: RuleSet) -> Judged {
        let mut judged = Judged::new(self.origins.len());
        for number in 0..shard.len() {
            let case = self.case(Session::new(shard.session(number)));
            for origin in case.session.origins() {
                judged.sessions_by_origin[origin as usize] += 1;
            }
            let Some((broken, effect)) = judge(rules, &case) else { continue };
            judged.reported.push(Reported { shard: shard_number, number, broken, effect });
            judged.count(&case, broken, effect, self.verdict(effect));
            let proof = broken.iter().next().and_then(|rule| Some((rule, rule.check(&case)?.proof)));
            if let Some((rule, proof)) = proof {
                *judged.by_reason.entry((rule.number(), self.origin(proof.0.look))).or_default() += 1;
            }
            for lib in self.libs(case.session) {
                *judged.summary.by_lib.entry(data_text(lib)).or_default() += 1;
            }
        }
        judged
    }

    /// The libraries that sent events of a session.
    fn libs(&self, session: Session<'_>) -> BTreeSet<&str> {
        session.origins().filter_map(|origin| self.origins[origin as usize].lib.as_deref()).collect()
    }

    fn origin(&self, look: u32) -> usize {
        self.context.looks[look as usize].origin as usize
    }

    /// The place of every team in reports: the unnamed one, then numbers by value, then other texts.
    fn team_ranks(&self) -> Vec<usize> {
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

    fn finding(&self, reported: Reported) -> Finding {
        let session = self.session(reported);
        let case = self.case(session);
        Finding {
            session_id: match session.key() {
                SessionKey::Uuid(id) => id.to_string(),
                SessionKey::Text(text) => data_text(text),
            },
            team_id: self.teams[session.team() as usize].as_deref().map(data_text),
            verdict: self.verdict(reported.effect),
            effect: reported.effect,
            reasons: reported.broken.iter().filter_map(|rule| self.reason(rule, &case)).collect(),
            events: session.events(),
            users: case.users(),
            id_us: session.key().embedded_us(),
            times_us: session.times_us(),
            offsets_us: case.offsets_us(),
            libs: self.libs(session).into_iter().map(data_text).collect(),
            distinct_ids: self.show_users.then(|| self.distinct_ids(session)),
        }
    }

    fn reason(&self, rule: &'static Rule, case: &Case<'_>) -> Option<Reason> {
        let broken = rule.check(case)?;
        let seen = broken.proof.0;
        let input = &self.inputs[seen.at.input as usize];
        Some(Reason {
            rule,
            effect: broken.effect,
            message: rule.message(case),
            file: input.name(),
            line: self.line(seen.at),
            event_uuid: seen.event.text().as_deref().map(data_text),
        })
    }

    fn line(&self, at: Position) -> u64 {
        self.inputs[at.input as usize].line(at)
    }

    fn distinct_ids(&self, session: Session<'_>) -> Vec<String> {
        let ids: BTreeSet<_> = session.seen().filter_map(|seen| self.context.users.text(seen.user)).collect();
        ids.into_iter().take(SHOWN_USERS).map(data_text).collect()
    }
}

/// For every value of the application's own session, whether it occurs in several sessions.
fn straying(shards: &[Shard], looks: &[Look], app_sessions: usize) -> Vec<bool> {
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

/// A key to sort by: UUIDs by value, then texts by bytes.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum OwnedKey {
    Uuid(uuid::Uuid),
    Text(Box<str>),
}

impl OwnedKey {
    fn new(key: SessionKey<'_>) -> Self {
        match key {
            SessionKey::Uuid(id) => Self::Uuid(id),
            SessionKey::Text(text) => Self::Text(text.into()),
        }
    }
}
