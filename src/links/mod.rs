//! Tells which events of servers and language models lead to the session of their user.

mod fix;
mod part;
mod reason;
mod store;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::audit::{Audit, KnownName, detail};
use crate::event::id::Side;
use crate::rules::{Rule, RuleSet};
use crate::safe::data_text;
use crate::session::{Alike, CLIENT, Session, Sum};
pub use fix::Sender;
use part::{Group, Name, is_recorded};
pub use reason::Reason;
use reason::{TIME_BEFORE_EVENTS, VALID_ID, WITHIN_24_HOURS};
pub(crate) use store::{Batch, LinkStore};

/// Where backend events lead.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Links {
    /// All events.
    pub total: Counts,
    /// Events by name and library, most events first.
    pub rows: Vec<Row>,
}

/// The backend events of one name and library.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Row {
    /// The events' name.
    pub event: Option<String>,
    /// Their library.
    pub lib: Option<String>,
    /// Where they lead.
    #[serde(flatten)]
    pub counts: Counts,
    /// Why the others lead nowhere, most events first; with the events of the same user these are all.
    #[serde(rename = "reasons")]
    pub misses: Vec<Miss>,
}

/// How many events lead how far; each number is a part of the one before.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Counts {
    /// All.
    pub events: u64,
    /// Those with a session id.
    pub with_id: u64,
    /// Those in a session that breaks no rule.
    pub aggregated: u64,
    /// Those in a session that also has events of a browser or mobile application.
    pub linked: u64,
    /// Those of the same user as these.
    pub same_user: u64,
    /// Those in a session that shows signs of a recording.
    #[serde(rename = "replay", default, deserialize_with = "or_zero")]
    pub recorded: u64,
    /// Of the same user, but in a session that shows no signs whether it is recorded.
    #[serde(rename = "replay_unknown")]
    pub unknown: u64,
}

/// Events that lead nowhere for one reason.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Miss {
    /// The reason.
    pub reason: Reason,
    /// The rule that the session breaks or that the event's time goes with, or the property that looks like a session id.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "detail")]
    pub detail: Option<KnownName>,
    /// Whether a browser or a mobile application sends them.
    #[serde(rename = "client", default, skip_serializing_if = "std::ops::Not::not")]
    pub is_client: bool,
    /// How many.
    pub events: u64,
    /// The input with the first of them.
    pub file: String,
    /// The line of the first of them.
    pub line: u64,
    /// What to do about it.
    pub fix: String,
}

/// What is counted of a row while sessions are gone through.
#[derive(Debug, Default)]
struct Tally {
    counts: Counts,
    misses: BTreeMap<Kind, Sum>,
}

/// The reason why events lead nowhere, its detail, and whether they are a client's.
type Kind = (Reason, Option<&'static str>, bool);

impl Counts {
    /// How many of them show signs of a recording; `None` where no session tells.
    #[must_use]
    pub fn replay(&self) -> Option<u64> {
        (self.same_user == 0 || self.unknown < self.same_user).then_some(self.recorded)
    }

    fn add(&mut self, other: &Self) {
        self.events += other.events;
        self.with_id += other.with_id;
        self.aggregated += other.aggregated;
        self.linked += other.linked;
        self.same_user += other.same_user;
        self.recorded += other.recorded;
        self.unknown += other.unknown;
    }
}

/// With the events whose session has a replay, if any session tells.
impl Serialize for Counts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_map(None)?;
        fields.serialize_entry("events", &self.events)?;
        fields.serialize_entry("with_id", &self.with_id)?;
        fields.serialize_entry("aggregated", &self.aggregated)?;
        fields.serialize_entry("linked", &self.linked)?;
        fields.serialize_entry("same_user", &self.same_user)?;
        fields.serialize_entry("replay", &self.replay())?;
        fields.serialize_entry("replay_unknown", &self.unknown)?;
        fields.end()
    }
}

fn or_zero<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl Tally {
    fn miss(&mut self, kind: Kind, sum: Sum) {
        self.misses.entry(kind).and_modify(|known| known.add(sum)).or_insert(sum);
    }

    /// Counts events without a session id.
    fn lost(&mut self, group: Group, look_alike: Option<&'static str>, sum: Sum) {
        self.counts.events += sum.events;
        let reason = if look_alike.is_some() { Reason::LookAlikeProperty } else { Reason::NoSessionId };
        self.miss((reason, look_alike, group.is_client()), sum);
    }

    /// Counts events of a session.
    fn session(&mut self, session: &Facts, by: &Judging<'_>, (alike, sum): &(Alike, Sum)) {
        let (user, outside) = (by.audit.user(alike.user), by.outside(alike));
        let is_same_user = user.is_some_and(|user| session.clients.binary_search(&user).is_ok());
        let broken = session.broken;
        let is_linked = broken.is_none() && session.has_clients;
        let count = |is: bool| if is { sum.events } else { 0 };
        let is_same = is_linked && is_same_user;
        self.counts.add(&Counts {
            events: sum.events,
            with_id: sum.events,
            aggregated: count(broken.is_none()),
            linked: count(is_linked),
            same_user: count(is_same),
            recorded: count(is_same && session.is_recorded == Some(true)),
            unknown: count(is_same && session.is_recorded.is_none()),
        });
        let (reason, rule) = match broken {
            _ if is_same => return,
            Some(rule) if rule.requirement == VALID_ID => (Reason::BrokenSessionId, broken),
            _ if !session.has_clients => (Reason::NoClientEvents, None),
            _ if outside.is_some() => (Reason::OutsideSession, outside),
            _ if !is_same_user => (Reason::OtherUser, None),
            _ => (Reason::BrokenSessionId, broken),
        };
        self.miss((reason, rule.map(|rule| rule.name), Group(alike.group).is_client()), *sum);
    }
}

/// What all events are judged by.
struct Judging<'a> {
    audit: &'a Audit,
    rules: RuleSet,
}

impl Judging<'_> {
    /// The rule, if it holds, of the side of the id's 24 hours on which events are outside them.
    fn outside(&self, alike: &Alike) -> Option<&'static Rule> {
        let requirement = match alike.outside? {
            Side::Early => TIME_BEFORE_EVENTS,
            Side::Late => WITHIN_24_HOURS,
        };
        self.rules.iter().find(|rule| rule.requirement == requirement)
    }
}

/// What events of a session are judged by.
struct Facts {
    broken: Option<&'static Rule>,
    has_clients: bool,
    /// The users of its client events, ascending.
    clients: Vec<u32>,
    is_recorded: Option<bool>,
}

impl Facts {
    fn new(session: &Session<'_>, broken: Option<&'static Rule>, audit: &Audit) -> Self {
        let mut clients: Vec<_> = session.clients().filter_map(|user| audit.user(user)).collect();
        clients.sort_unstable();
        clients.dedup();
        let flags = session.flags();
        Self { broken, has_clients: flags & CLIENT != 0, clients, is_recorded: is_recorded(flags) }
    }
}

impl Links {
    /// Follows all backend events, by what the audit, of these rules, says of their sessions and users.
    pub(crate) fn new(store: LinkStore, audit: &Audit, rules: RuleSet) -> Self {
        let (names, lost) = store.into_parts();
        let mut tallies: Vec<_> = names.iter().map(|_| Tally::default()).collect();
        for ((group, look_alike), sum) in lost {
            tallies[group.row()].lost(group, look_alike, sum);
        }
        let broken = audit.broken_sessions();
        for (number, shard) in (0..).zip(audit.shards()) {
            for events in shard.counted().chunk_by(|(one, _), (other, _)| one.session == other.session) {
                let session = events[0].0.session;
                let broken = broken.get(&(number, session)).copied();
                let facts = Facts::new(&Session::new(shard.session(session)), broken, audit);
                follow(events, &facts, &Judging { audit, rules }, &mut tallies);
            }
        }
        let mut rows: Vec<_> = names.iter().zip(tallies).map(|(name, tally)| (name, row(name, tally, audit))).collect();
        rows.sort_by(|(name, row), (other_name, other)| {
            (Reverse(row.counts.events), name).cmp(&(Reverse(other.counts.events), other_name))
        });
        let rows: Vec<_> = rows.into_iter().map(|(_, row)| row).collect();
        let mut total = Counts::default();
        for row in &rows {
            total.add(&row.counts);
        }
        Self { total, rows }
    }
}

/// Follows the backend events of a session.
fn follow(events: &[(Alike, Sum)], session: &Facts, by: &Judging<'_>, tallies: &mut [Tally]) {
    for event in events {
        tallies[Group(event.0.group).row()].session(session, by, event);
    }
}

fn row(name: &Name, tally: Tally, audit: &Audit) -> Row {
    let text = |text: &Option<Box<str>>| text.as_deref().map(data_text);
    let miss = |((reason, detail, is_client), sum): (Kind, Sum)| {
        let (file, line) = audit.place(sum.first);
        let fix = reason.fix(detail.and_then(Rule::named), Sender { lib: name.lib.as_deref(), is_client });
        Miss { reason, detail, is_client, events: sum.events, file, line, fix }
    };
    let mut misses: Vec<_> = tally.misses.into_iter().map(miss).collect();
    misses.sort_by_key(|miss| Reverse(miss.events));
    Row { event: text(&name.event), lib: text(&name.lib), counts: tally.counts, misses }
}
