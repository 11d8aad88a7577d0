//! Judges every session and keeps the result, which all reports render.

mod advisories;
mod by_origin;
mod clusters;
mod exact;
mod finding;
mod judging;
mod largest;
pub mod offsets;
mod overview;
mod rates;
mod sessionless;
mod summary;

use std::cmp::Reverse;
use std::collections::BTreeSet;

use hashbrown::HashMap;

use crate::Options;
use crate::causes::{Cause, Symptoms};
use crate::collect::{Collection, Team};
use crate::count::counted;
use crate::identity::UserNumber;
use crate::input::Position;
use crate::rules::{Case, Context, Effect, Rule, RuleSet};
use crate::safe::{data_text, escape_controls};
use crate::session::{Proof, RowKey, Session, SessionKey, Shard};
use crate::tally::{InputTally, skipped};
pub use advisories::{ADVISORIES, Advisory};
pub(crate) use clusters::both;
pub use clusters::{Cluster, Example};
pub use exact::ExactFinding;
pub use finding::{Finding, Findings, Rank, Reason};
use judging::{reason, straying};
pub use largest::Largest;
pub use overview::{Input, Library, Overview, Settings};
pub use rates::{Lib, Rate};
pub use sessionless::{SessionlessEvents, look_alikes};
pub use summary::{ReasonCount, ReasonSource, Share, Summary, Verdicts};

/// How many distinct ids of a session `--show-users` shows.
const SHOWN_USERS: usize = 20;

/// How many malformed records are told of in all.
const SHOWN_WARNINGS: usize = 10;

/// The result of an audit.
#[derive(Debug)]
pub struct Audit {
    /// All of it but the reported sessions.
    pub overview: Overview,
    /// What could not be found or read, one line each.
    pub failures: Vec<String>,
    inputs: Vec<InputTally>,
    reported: Vec<Reported>,
    shards: Vec<Shard>,
    context: Context,
    teams: Vec<Team>,
    show_users: bool,
}

/// A session that is followed.
#[derive(Debug)]
pub(crate) struct Followed<'a> {
    pub(crate) session: Session<'a>,
    /// What it breaks, if anything.
    pub(crate) finding: Option<Finding>,
    /// The rules that it breaks, with the places of the events that prove it.
    pub(crate) proofs: Vec<(&'static Rule, Position)>,
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
    /// The verdict of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Dropped, Self::AtRisk].into_iter().find(|verdict| verdict.name() == name)
    }

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
    /// What of it a baseline lists, where there is one.
    known: Option<RuleSet>,
    effect: Effect,
    cause: &'static Cause,
    /// The number of the origin of the event that proves the reason.
    origin: u32,
}

impl Reported {
    /// The number of its cause and of its origin.
    fn cluster(&self) -> (usize, u32) {
        (self.cause.number(), self.origin)
    }

    /// Whether a baseline lists all that it breaks.
    fn is_known(&self) -> bool {
        self.known == Some(self.broken)
    }
}

/// By team, then by key.
impl Findings for Audit {
    fn count(&self) -> usize {
        self.reported.len()
    }

    fn finding(&self, place: usize) -> Finding {
        self.finding_of(self.reported[place])
    }

    fn rank(&self, place: usize) -> Rank {
        let reported = self.reported[place];
        (reported.is_known(), reported.effect, Reverse(self.session(reported).events()))
    }

    fn rule(&self, place: usize) -> Option<&'static Rule> {
        self.reported[place].broken.iter().next()
    }

    fn broken(&self, place: usize) -> RuleSet {
        self.reported[place].broken
    }

    fn cause(&self, place: usize) -> &'static Cause {
        self.reported[place].cause
    }
}

impl Audit {
    /// Judges all sessions.
    pub(crate) fn new(options: &Options, mut collection: Collection, failures: Vec<String>) -> Self {
        let (inputs, app_sessions) = (collection.take_inputs(), collection.app_sessions());
        let (looks, origins) = (collection.looks.into_items(), collection.origins.into_items());
        let shards = collection.sessions.into_shards();
        let straying = straying(&shards, &looks, app_sessions);
        let users = collection.users.resolve();
        let mut overview = Overview::new(options, &inputs);
        overview.sessionless = sessionless::by_name_and_lib(collection.sessionless.into_groups(), &origins);
        let mut audit = Self {
            overview,
            reported: Vec::new(),
            context: Context { users, looks, origins, straying, tolerance_us: options.tolerance_us },
            teams: collection.teams.into_items(),
            show_users: options.show_users,
            inputs,
            failures,
            shards,
        };
        for input in &audit.inputs {
            let failure = input.failure.as_ref();
            let name = input.name();
            audit.failures.extend(failure.map(|failure| escape_controls(&format!("{name} {failure}"))));
        }
        audit.judge(options.rules);
        audit
    }

    /// What is wrong with records, one line each: the first malformed ones of every input, and how many more there are;
    /// in a last line, which columns are left out.
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
        let more = self.overview.counts.malformed_records - warnings.len() as u64;
        if more > 0 {
            warnings.push(counted(more, "more malformed record"));
        }
        warnings.extend(skipped(self.inputs.iter().map(|input| (input.name(), input.skipped_columns.as_slice()))));
        warnings
    }

    /// All sessions.
    pub(crate) fn shards(&self) -> &[Shard] {
        &self.shards
    }

    /// The first rule that each reported session breaks, by its places among the shards and in its shard.
    pub(crate) fn broken_sessions(&self) -> HashMap<(u32, u32), &'static Rule> {
        let broken = |reported: &Reported| Some(((reported.shard, reported.number), reported.broken.iter().next()?));
        self.reported.iter().filter_map(broken).collect()
    }

    /// The session of a key, and what it breaks.
    pub(crate) fn find(&self, key: RowKey) -> Option<Followed<'_>> {
        let sessions = self.shards.iter().flat_map(|shard| (0..shard.len()).map(|number| shard.session(number)));
        let session = sessions.map(Session::new).find(|session| session.row_key() == key)?;
        let reported = self.reported.iter().find(|reported| self.session(**reported).row_key() == key);
        let case = self.case(session);
        let broken = reported.into_iter().flat_map(|reported| reported.broken.iter());
        let proofs = broken.filter_map(|rule| Some((rule, rule.check(&case)?.proof.seen.at))).collect();
        Some(Followed { session, finding: reported.map(|reported| self.finding_of(*reported)), proofs })
    }

    /// The place of a session's team in reports, and its name.
    pub(crate) fn team(&self, session: Session<'_>) -> (usize, Option<String>) {
        let team = session.team() as usize;
        (self.team_ranks()[team], self.teams[team].as_deref().map(data_text))
    }

    /// The distinct id (or person id) behind a user number, if these were kept.
    pub(crate) fn user_text(&self, number: UserNumber) -> Option<&str> {
        self.context.users.text(number)
    }

    /// The user that a user number belongs to.
    pub(crate) fn user(&self, number: UserNumber) -> Option<u32> {
        self.context.users.user(number)
    }

    /// The input's name and the line of a position.
    pub(crate) fn place(&self, at: Position) -> (String, u64) {
        (self.inputs[at.input as usize].name(), self.line(at))
    }

    fn session(&self, reported: Reported) -> Session<'_> {
        Session::new(self.shards[reported.shard as usize].session(reported.number))
    }

    fn case<'a>(&'a self, session: Session<'a>) -> Case<'a> {
        Case { session, context: &self.context }
    }

    fn verdict(&self, effect: Effect) -> Verdict {
        self.overview.contract.verdict(effect)
    }

    /// The libraries that sent events of a session.
    fn libs(&self, session: Session<'_>) -> BTreeSet<&str> {
        session.origins().filter_map(|origin| self.context.origins[origin as usize].lib.as_deref()).collect()
    }

    fn origin(&self, look: u32) -> u32 {
        self.context.looks[look as usize].origin
    }

    fn finding_of(&self, reported: Reported) -> Finding {
        let session = self.session(reported);
        let case = self.case(session);
        let evidence =
            reason(reported.broken, &case).map(|(rule, _)| Symptoms::new(case, rule).evidence(reported.cause));
        let name = session.name();
        let session_id = match session.key() {
            SessionKey::Uuid(id) => id.to_string(),
            SessionKey::Text(text) => data_text(text),
        };
        Finding {
            session_id_sha256: name.sha256_unless(&session_id),
            session_id,
            team_id: self.teams[session.team() as usize].as_deref().map(data_text),
            verdict: self.verdict(reported.effect),
            effect: reported.effect,
            known: reported.known,
            reasons: reported.broken.iter().filter_map(|rule| self.reason(rule, &case)).collect(),
            events: session.events(),
            users: case.users(),
            id_us: session.key().embedded_us(),
            times_us: session.times_us(),
            offsets_us: case.offsets_us(),
            libs: self.libs(session).into_iter().map(data_text).collect(),
            cause: reported.cause,
            evidence: evidence.unwrap_or_default(),
            distinct_ids: self.show_users.then(|| self.distinct_ids(session)),
        }
    }

    fn reason(&self, rule: &'static Rule, case: &Case<'_>) -> Option<Reason> {
        let broken = rule.check(case)?;
        let Proof { seen, time_us } = broken.proof;
        let input = &self.inputs[seen.at.input as usize];
        Some(Reason {
            rule,
            effect: broken.effect,
            message: rule.message(case),
            file: input.name(),
            line: self.line(seen.at),
            time_us,
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
