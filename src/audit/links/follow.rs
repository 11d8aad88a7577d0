//! Follows the backend events of sessions, and counts how far they lead and why they do not.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};

use super::reason::{TIME_BEFORE_EVENTS, VALID_ID, WITHIN_24_HOURS};
use super::{LinkCounts, LinkRow, Links, Miss, Reason, Sender};
use crate::audit::inputs::ReadInputs;
use crate::event::id::Side;
use crate::rows::{EventGroup, Flags, Row, Sum, Tables, WithoutSession};
use crate::rules::{Rule, RuleSet};
use crate::safe::data_text;
use crate::sessions::Session;

/// What is counted of backend events, by the numbers of their names and of the names of their libraries.
#[derive(Debug, Default)]
pub(in crate::audit) struct LinkTallies(HashMap<(u32, u32), LinkTally>);

/// What is counted of the backend events of one name and library.
#[derive(Debug, Default)]
struct LinkTally {
    counts: LinkCounts,
    misses: BTreeMap<Kind, Sum>,
}

/// The reason why events lead nowhere, its detail, and whether they are a client's.
type Kind = (Reason, Option<&'static str>, bool);

/// What the backend events of a session are judged by.
struct Facts {
    /// The first rule that the session breaks.
    broken: Option<&'static Rule>,
    has_clients: bool,
    /// The users of its client events.
    clients: HashSet<u32>,
    is_recorded: Option<bool>,
}

/// Whether events are a server's or a language model's. What a model says (`$ai_...`) is a backend event, whoever sends
/// it.
fn is_backend(flags: Flags) -> bool {
    flags.has(Flags::IS_SERVER.with(Flags::AI).with(Flags::SERVER_LIBRARY).with(Flags::BACKEND_LIBRARY))
}

/// Whether a browser or a mobile application sends events.
fn is_client(flags: Flags) -> bool {
    flags.has(Flags::CLIENT_LIBRARY) && !flags.has(Flags::IS_SERVER.with(Flags::BACKEND_LIBRARY))
}

impl Facts {
    fn new(session: &Session<'_>, broken: Option<&'static Rule>) -> Self {
        let clients = || session.rows().iter().filter(|row| is_client(row.flags));
        Self {
            broken,
            has_clients: clients().next().is_some(),
            clients: clients().filter_map(|row| session.user(row)).collect(),
            is_recorded: is_recorded(session.flags()),
        }
    }
}

/// Whether a session is recorded, by the flags of its events; `None` if they do not tell. No event by itself proves that
/// nothing is recorded: all that say anything have to say so.
fn is_recorded(flags: Flags) -> Option<bool> {
    if flags.has(Flags::RECORDED) {
        return Some(true);
    }
    (flags.has(Flags::NOT_RECORDED) && !flags.has(Flags::MAYBE_RECORDED)).then_some(false)
}

impl LinkTallies {
    /// Follows the backend events of a session that breaks this rule first, if any; `rules` are those that hold.
    pub(in crate::audit) fn follow(&mut self, session: &Session<'_>, broken: Option<&'static Rule>, rules: RuleSet) {
        let libraries = &session.context.tables.libraries;
        let mut rows = session.rows().iter().filter(|row| is_backend(row.flags)).peekable();
        if rows.peek().is_none() {
            return;
        }
        let facts = Facts::new(session, broken);
        for row in rows {
            let outside = outside(session, row, rules);
            let key = (row.name, libraries.name_number(row.library));
            let is_same_user = session.user(row).is_some_and(|user| facts.clients.contains(&user));
            self.0.entry(key).or_default().event(row, &facts, is_same_user, outside);
        }
    }

    /// Adds what was counted of other sessions.
    pub(in crate::audit) fn merge(&mut self, other: Self) {
        for (key, tally) in other.0 {
            let known = self.0.entry(key).or_default();
            known.counts.add(&tally.counts);
            tally.misses.into_iter().for_each(|(kind, sum)| known.miss(kind, sum));
        }
    }

    /// Where all backend events lead, with those without a session id.
    pub(in crate::audit) fn finish(
        mut self,
        without_session: &WithoutSession,
        tables: &Tables,
        inputs: &ReadInputs,
    ) -> Links {
        let libraries = &tables.libraries;
        for (group, sum) in without_session.iter() {
            if is_backend(group.flags) {
                let key = (group.name, libraries.name_number(group.library));
                self.0.entry(key).or_default().without_session(&group, sum);
            }
        }
        let name = |(name, lib): (u32, u32)| (tables.name(name), libraries.lib(lib));
        let mut tallies: Vec<_> = self.0.into_iter().map(|(key, tally)| (name(key), tally)).collect();
        tallies.sort_by(|(name, tally), (other_name, other)| {
            (Reverse(tally.counts.events), name).cmp(&(Reverse(other.counts.events), other_name))
        });
        let mut total = LinkCounts::default();
        let row = |((event, lib), tally): ((Option<&str>, Option<&str>), LinkTally)| {
            total.add(&tally.counts);
            tally.row(event, lib, inputs)
        };
        let rows = tallies.into_iter().map(row).collect();
        Links { total, rows }
    }
}

/// The rule, if it holds, of the side of the id's 24 hours on which an event is outside them.
fn outside(session: &Session<'_>, row: &Row, rules: RuleSet) -> Option<&'static Rule> {
    let requirement = match session.window()?.side(row.time_us()?)? {
        Side::Early => TIME_BEFORE_EVENTS,
        Side::Late => WITHIN_24_HOURS,
    };
    rules.iter().find(|rule| rule.requirement == requirement)
}

impl LinkTally {
    fn miss(&mut self, kind: Kind, sum: Sum) {
        self.misses.entry(kind).and_modify(|known| known.add(sum)).or_insert(sum);
    }

    /// Counts events without a session id.
    fn without_session(&mut self, group: &EventGroup, sum: Sum) {
        self.counts.events += sum.events;
        let reason = if group.look_alike.is_some() { Reason::LookAlikeProperty } else { Reason::NoSessionId };
        self.miss((reason, group.look_alike, is_client(group.flags)), sum);
    }

    /// Counts an event of a session.
    fn event(&mut self, row: &Row, session: &Facts, is_same_user: bool, outside: Option<&'static Rule>) {
        let broken = session.broken;
        let is_linked = broken.is_none() && session.has_clients;
        let is_same = is_linked && is_same_user;
        self.counts.add(&LinkCounts {
            events: 1,
            with_id: 1,
            aggregated: u64::from(broken.is_none()),
            linked: u64::from(is_linked),
            same_user: u64::from(is_same),
            recorded: u64::from(is_same && session.is_recorded == Some(true)),
            unknown: u64::from(is_same && session.is_recorded.is_none()),
        });
        let (reason, rule) = match broken {
            _ if is_same => return,
            Some(rule) if rule.requirement == VALID_ID => (Reason::BrokenSessionId, broken),
            _ if !session.has_clients => (Reason::NoClientEvents, None),
            _ if outside.is_some() => (Reason::OutsideSession, outside),
            _ if !is_same_user => (Reason::OtherUser, None),
            _ => (Reason::BrokenSessionId, broken),
        };
        self.miss((reason, rule.map(|rule| rule.name), is_client(row.flags)), Sum::one(row.at));
    }

    fn row(self, event: Option<&str>, lib: Option<&str>, inputs: &ReadInputs) -> LinkRow {
        let miss = |((reason, detail, is_client), sum): (Kind, Sum)| {
            let (file, line) = inputs.place(sum.first);
            let fix = reason.fix(detail.and_then(Rule::named), Sender { lib, is_client });
            Miss { reason, detail, is_client, events: sum.events, file: file.to_string(), line, fix }
        };
        let mut misses: Vec<_> = self.misses.into_iter().map(miss).collect();
        misses.sort_by_key(|miss| Reverse(miss.events));
        LinkRow { event: event.map(data_text), lib: lib.map(data_text), counts: self.counts, misses }
    }
}
