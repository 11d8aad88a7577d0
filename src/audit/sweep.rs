//! Goes over all sessions, partition by partition, and judges each by the rules and causes.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::hint::black_box;
use std::sync::Arc;

use anyhow::Result;
use hashbrown::HashMap;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::inputs::ReadInputs;
use super::order::Places;
use super::summaries::Summaries;
use super::tally::{Reported, Tally};
use super::{ExactName, Finding, Proof, Reason, Verdict};
use crate::causes::CauseContext;
use crate::options::{Contract, Options};
use crate::rows::{Blocks, PARTITIONS, Partitions, Row, by_session};
use crate::rules::{Effect, Rule, RuleSet, judge};
use crate::safe::data_text;
use crate::sessions::{Context, Devices, Session};

/// How many distinct ids of a session `--show-users` shows.
const SHOWN_USERS: usize = 20;

/// So many events are looked at before their sessions are judged.
const LOOK_AHEAD: usize = 2048;

/// What sessions are judged by.
pub(super) struct Sweep<'a> {
    pub(super) context: Context,
    pub(super) inputs: &'a ReadInputs,
    pub(super) rules: RuleSet,
    pub(super) contract: Contract,
    /// Whether backend events are followed.
    pub(super) follows_links: bool,
    show_users: bool,
    pub(super) places: Places,
    /// The libraries as reports show them, by the number that all their versions have in common.
    lib_texts: HashMap<u32, Arc<str>>,
    /// Whether some rows have to be renumbered.
    has_folded: bool,
    /// The teams as reports show them.
    team_texts: Vec<Option<Arc<str>>>,
    /// The time of the last event of all, in microseconds since 1970.
    pub(super) last_us: Option<i64>,
}

impl<'a> Sweep<'a> {
    /// With what was read beside the rows.
    pub(super) fn new(options: &Options, context: Context, inputs: &'a ReadInputs) -> Self {
        let shown = |text: Option<&str>| text.map(|text| Arc::from(data_text(text)));
        let libraries = &context.tables.libraries;
        let teams = &context.tables.teams;
        Self {
            rules: options.rules,
            contract: options.contract,
            follows_links: options.links.is_some(),
            show_users: options.show_users,
            places: Places::new(teams),
            lib_texts: libraries
                .iter()
                .filter(|(number, _)| libraries.name_number(*number) == *number)
                .filter_map(|(number, version)| Some((number, shown(version.lib.as_deref())?)))
                .collect(),
            has_folded: context.tables.have_folded(),
            team_texts: teams.iter().map(|team| shown(team.as_deref())).collect(),
            last_us: inputs.counts().times_us.map(|(_, last_us)| last_us),
            context,
            inputs,
        }
    }

    /// Judges all sessions.
    ///
    /// # Errors
    ///
    /// What keeps a temporary file from being read.
    pub(super) fn run(&self, rows: &Partitions<Row>, summaries: &Summaries) -> Result<Tally> {
        (0..PARTITIONS).into_par_iter().map(|partition| self.partition(rows, partition, summaries)).try_reduce(
            Tally::default,
            |mut sum, part| {
                sum.merge(part);
                Ok(sum)
            },
        )
    }

    fn partition(&self, rows: &Partitions<Row>, partition: usize, summaries: &Summaries) -> Result<Tally> {
        let blocks = self.take(rows, partition)?;
        let rows = by_session(&blocks);
        let mut tally = Tally::default();
        let mut summaries = summaries.appender();
        let mut done = 0;
        let mut known = 0;
        for rows_of_session in sessions(&rows) {
            done += rows_of_session.len();
            if done > known {
                known += self.look_ahead(&rows[known..rows.len().min(done + LOOK_AHEAD)]);
            }
            let text = self.key_text(rows_of_session[0])?;
            let session = Session::new(rows_of_session, &text, &self.context);
            self.judge(&session, &mut tally)?;
            summaries.push(&session);
        }
        Ok(tally)
    }

    /// The rows of a partition.
    pub(super) fn take(&self, rows: &Partitions<Row>, partition: usize) -> Result<Blocks<Row>> {
        let mut blocks = rows.take(partition)?;
        if self.has_folded {
            blocks.iter_mut().for_each(|row| self.context.tables.renumber(&mut row.name, &mut row.library));
        }
        Ok(blocks)
    }

    /// Looks at rows and at their users before they are judged, and gives back how many there are: one by one each look
    /// would wait for memory, many in a row wait together.
    fn look_ahead(&self, rows: &[&Row]) -> usize {
        black_box(rows.iter().fold(0, |all, row| all ^ row.key[0]));
        self.context.tables.users.look_ahead(rows.iter().map(|row| row.user));
        rows.len()
    }

    /// What is kept of the text of a text key.
    pub(super) fn key_text(&self, row: &Row) -> Result<Cow<'static, str>> {
        let Some(at) = row.key_text() else { return Ok("".into()) };
        self.context.tables.texts.read(at).map(Cow::Owned)
    }

    /// Judges a session.
    fn judge(&self, session: &Session<'_>, tally: &mut Tally) -> Result<()> {
        let found = judge(self.rules, session);
        let verdict = found.map(|(_, effect)| Verdict::by(self.contract, effect));
        let broken = found.map_or(RuleSet::NONE, |(broken, _)| broken);
        tally.see(session, broken, verdict == Some(Verdict::Dropped));
        self.advise(session, tally);
        if self.follows_links {
            tally.links.follow(session, broken.iter().next(), self.rules);
        }
        if let Some((broken, effect)) = found {
            tally.report(session, self.reported(session, broken, effect)?);
        }
        Ok(())
    }

    /// Notes what breaks no rule but is worth a look.
    fn advise(&self, session: &Session<'_>, tally: &mut Tally) {
        if session.devices() == Devices::Several {
            tally.several_devices.see(self.places.of(session));
        }
        if session.id_us().zip(self.last_us).is_some_and(|(id_us, last_us)| id_us > last_us) {
            tally.future_ids.see(self.places.of(session));
        }
    }

    /// A session that breaks rules, with all that reports show of it.
    pub(super) fn reported(&self, session: &Session<'_>, broken: RuleSet, effect: Effect) -> Result<Reported> {
        let mut reasons = Vec::new();
        let mut proof_library = session.rows()[0].library;
        for rule in broken.iter() {
            let Some(found) = rule.check(session) else { continue };
            if reasons.is_empty() {
                proof_library = found.proof.library;
            }
            reasons.push(self.reason(rule, found.effect, found.proof, session)?);
        }
        let context = CauseContext::new(*session, reasons[0].rule);
        let cause = context.cause();
        let place = self.places.of(session);
        let session_id = place.session_id();
        let team = self.context.tables.teams[session.team() as usize].as_deref();
        let team_id = self.team_texts[session.team() as usize].clone();
        let name = session.name();
        let session_id_sha256 = name.sha256_unless(&session_id).map(Box::from);
        let is_exact = session_id_sha256.is_none() && team == team_id.as_deref();
        let finding = Finding {
            session_id: session_id.into(),
            session_id_sha256,
            team_id,
            verdict: Verdict::by(self.contract, effect),
            effect,
            reasons: reasons.into(),
            events: session.events(),
            users: session.users(),
            times_us: session.times_us(),
            libs: self.libs(session),
            cause,
            evidence: context.evidence(cause).into(),
            known: None,
            distinct_ids: self.show_users.then(|| distinct_ids(session)),
            exact: (!is_exact).then(|| Box::new(ExactName { name, team: team.map(Box::from) })),
        };
        Ok(Reported { place, library: proof_library, finding })
    }

    fn reason(&self, rule: &'static Rule, effect: Effect, proof: &Row, session: &Session<'_>) -> Result<Reason> {
        let (file, line) = self.inputs.place(proof.at);
        let uuid = self.context.tables.event_id(proof)?;
        let event = Proof {
            file,
            line,
            uuid: uuid.map(|uuid| data_text(&uuid).into()),
            time_us: proof.time_us().filter(|_| rule.is_about_time()),
        };
        Ok(Reason { rule, effect, event, message: rule.message(session).into() })
    }

    /// The libraries that sent events, sorted.
    fn libs(&self, session: &Session<'_>) -> Box<[Arc<str>]> {
        let mut libs = session.libraries().into_owned();
        let libraries = &self.context.tables.libraries;
        libs.sort_unstable_by_key(|library| libraries.lib(*library));
        libs.dedup_by_key(|library| libraries.name_number(*library));
        let text = |library: u32| self.lib_texts.get(&libraries.name_number(library)).cloned();
        libs.into_iter().filter_map(text).collect()
    }
}

/// The rows of each session, of rows in their order.
pub(super) fn sessions<'s, 'r>(rows: &'s [&'r Row]) -> impl Iterator<Item = &'s [&'r Row]> {
    rows.chunk_by(|one, other| one.key() == other.key())
}

/// The first distinct ids in text order.
fn distinct_ids(session: &Session<'_>) -> Box<[Box<str>]> {
    let users = &session.context.tables.users;
    let ids = session.rows().iter().filter_map(|row| users.text(row.user));
    let ids: BTreeSet<_> = ids.collect();
    ids.into_iter().take(SHOWN_USERS).map(|id| data_text(id).into()).collect()
}
