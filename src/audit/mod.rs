//! Judges every session, and makes the report of it that all formats show.

mod advisories;
mod by_origin;
mod clusters;
mod judging;
pub mod offsets;
mod rates;
mod report;
mod sessionless;
mod summary;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hashbrown::HashMap;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::Options;
use crate::causes::{Cause, Symptoms};
use crate::collect::{Collection, Team};
use crate::count::counted;
use crate::identity::UserNumber;
use crate::input::Position;
use crate::links::Links;
use crate::rules::{Case, Context, Effect, Rule, RuleSet};
use crate::safe::{data_text, escape_controls};
use crate::session::{Origin, RowKey, Session, SessionKey, Shard};
use crate::tally::{Counts, InputTally, skipped};
pub use advisories::{ADVISORIES, Advisory};
pub(crate) use clusters::both;
use judging::{reason, straying};
pub use rates::{Lib, Rate};
pub use report::{
    Cluster, Day, ExactName, Example, Finding, Input, KnownName, Largest, Library, Overview, Proof, Rank, Reason,
    ReasonCount, ReasonSource, Report, Run, SCHEMA_VERSION, SessionlessEvents, Settings, Share, Summary, Tool,
    look_alikes,
};
pub(crate) use report::{TeamId, advisory, as_text, detail, team, unknown, worst};

/// How many distinct ids of a session `--show-users` shows.
const SHOWN_USERS: usize = 20;

/// How many malformed records are told of in all.
const SHOWN_WARNINGS: usize = 10;

/// The sessions, judged, with all that the report of them is made from.
#[derive(Debug)]
pub struct Audit {
    run: Run,
    overview: Overview,
    inputs: Vec<InputTally>,
    reported: Vec<Reported>,
    shards: Vec<Shard>,
    context: Context,
    teams: Vec<Team>,
    texts: Texts,
    show_users: bool,
}

/// Texts that many sessions share, safe to print.
#[derive(Debug)]
struct Texts {
    /// The names of the inputs.
    files: Vec<Arc<str>>,
    /// The libraries of the origins.
    libs: Vec<Option<Arc<str>>>,
    teams: Vec<Option<Arc<str>>>,
}

impl Texts {
    fn new(inputs: &[InputTally], origins: &[Origin], teams: &[Team]) -> Self {
        let mut libs = HashMap::new();
        let lib = |origin: &Origin| {
            let lib = origin.lib.clone()?;
            Some(libs.entry(lib).or_insert_with_key(|lib| Arc::<str>::from(data_text(lib))).clone())
        };
        Self {
            files: inputs.iter().map(|input| input.name().into()).collect(),
            libs: origins.iter().map(lib).collect(),
            teams: teams.iter().map(|team| team.as_deref().map(|team| data_text(team).into())).collect(),
        }
    }
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
}

impl Audit {
    /// Judges all sessions.
    pub(crate) fn new(options: &Options, mut collection: Collection, failures: Vec<String>) -> Self {
        let (inputs, app_sessions) = (collection.take_inputs(), collection.app_sessions());
        let (looks, origins) = (collection.looks.into_items(), collection.origins.into_items());
        let shards = collection.sessions.into_shards();
        let straying = straying(&shards, &looks, app_sessions);
        let users = collection.users.resolve();
        let mut overview = overview(&inputs, failures);
        overview.sessionless = sessionless::by_name_and_lib(collection.sessionless.into_groups(), &origins);
        let teams = collection.teams.into_items();
        let mut audit = Self {
            texts: Texts::new(&inputs, &origins, &teams),
            run: Run::new(options),
            overview,
            reported: Vec::new(),
            context: Context { users, looks, origins, straying, tolerance_us: options.tolerance_us },
            teams,
            show_users: options.show_users,
            inputs,
            shards,
        };
        audit.judge(options.rules);
        audit
    }

    /// The report, with where backend events lead; its gate is for the limits to decide.
    pub(crate) fn report(&self, links: Option<Links>) -> Report {
        let overview = Overview { links, ..self.overview.clone() };
        let sessions = self.reported.par_iter().map(|reported| self.finding_of(*reported)).collect();
        Report { run: self.run.clone(), overview, sessions }
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
        let more = self.overview.summary.counts.malformed_records - warnings.len() as u64;
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
        self.run.contract.verdict(effect)
    }

    /// The libraries that sent events of a session.
    fn libs(&self, session: Session<'_>) -> BTreeSet<&str> {
        session.origins().filter_map(|origin| self.context.origins[origin as usize].lib.as_deref()).collect()
    }

    /// The same as reports show them.
    fn lib_texts(&self, session: Session<'_>) -> Box<[Arc<str>]> {
        let text = |origin: u32| {
            let lib = self.context.origins[origin as usize].lib.as_deref()?;
            Some((lib, self.texts.libs[origin as usize].clone()?))
        };
        session.origins().filter_map(text).collect::<BTreeMap<_, _>>().into_values().collect()
    }

    fn origin(&self, look: u32) -> u32 {
        self.context.looks[look as usize].origin
    }

    fn finding_of(&self, reported: Reported) -> Finding {
        let session = self.session(reported);
        let case = self.case(session);
        let evidence =
            reason(reported.broken, &case).map(|(rule, _)| Symptoms::new(case, rule).evidence(reported.cause));
        let (name, team) = (session.name(), self.teams[session.team() as usize].as_deref());
        let session_id = match session.key() {
            SessionKey::Uuid(id) => id.to_string(),
            SessionKey::Text(text) => data_text(text),
        };
        let team_id = self.texts.teams[session.team() as usize].clone();
        let session_id_sha256 = name.sha256_unless(&session_id);
        let is_exact = session_id_sha256.is_none() && team == team_id.as_deref();
        let exact = if is_exact { None } else { Some(ExactName { name, team: team.map(Box::from) }) };
        Finding {
            session_id: session_id.into(),
            session_id_sha256: session_id_sha256.map(Box::from),
            team_id,
            verdict: self.verdict(reported.effect),
            effect: reported.effect,
            reasons: reported.broken.iter().filter_map(|rule| self.reason(rule, &case)).collect(),
            events: session.events(),
            users: case.users(),
            times_us: session.times_us(),
            libs: self.lib_texts(session),
            cause: reported.cause,
            evidence: evidence.unwrap_or_default().into(),
            known: None,
            distinct_ids: self.show_users.then(|| self.distinct_ids(session)),
            exact: exact.map(Box::new),
        }
    }

    fn reason(&self, rule: &'static Rule, case: &Case<'_>) -> Option<Reason> {
        let broken = rule.check(case)?;
        let crate::session::Proof { seen, time_us } = broken.proof;
        let file = self.texts.files[seen.at.input as usize].clone();
        let uuid = seen.event.text().as_deref().map(|uuid| data_text(uuid).into());
        Some(Reason {
            rule,
            effect: broken.effect,
            event: Proof { file, line: self.line(seen.at), uuid, time_us },
            message: rule.message(case).into(),
        })
    }

    fn line(&self, at: Position) -> u64 {
        self.inputs[at.input as usize].line(at)
    }

    fn distinct_ids(&self, session: Session<'_>) -> Box<[Box<str>]> {
        let ids: BTreeSet<_> = session.seen().filter_map(|seen| self.context.users.text(seen.user)).collect();
        ids.into_iter().take(SHOWN_USERS).map(|id| data_text(id).into()).collect()
    }
}

/// What is known of inputs before sessions are judged; `failures` are of those that could not be found.
fn overview(inputs: &[InputTally], mut failures: Vec<String>) -> Overview {
    let mut counts = Counts::default();
    for input in inputs {
        counts.add(&input.counts);
        let failure = input.failure.as_ref();
        failures.extend(failure.map(|failure| escape_controls(&format!("{} {failure}", input.name()))));
    }
    let summary = Summary { times_us: counts.times_us, counts, ..Summary::default() };
    Overview { inputs: inputs.iter().map(Input::from).collect(), summary, failures, ..Overview::default() }
}
