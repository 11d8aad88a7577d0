//! Tells which events of servers and language models lead to the session of their user.

mod part;
mod reason;
mod store;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use hashbrown::HashMap;

use crate::audit::Audit;
use crate::rules::Rule;
use crate::safe::data_text;
use crate::session::RowKey;
use part::{Name, Recording};
pub use reason::Reason;
pub(crate) use store::{Batch, LinkStore};
use store::{Kept, Sum};

/// The requirement that the id itself is valid.
const VALID_ID: u8 = 3;

/// Where backend events lead.
#[derive(Debug)]
pub struct Links {
    /// Events by name and library, most events first.
    pub rows: Vec<Row>,
    /// All of them.
    pub total: Counts,
}

/// The backend events of one name and library.
#[derive(Debug, Clone)]
pub struct Row {
    /// The events' name.
    pub event: Option<String>,
    /// Their library.
    pub lib: Option<String>,
    /// Where they lead.
    pub counts: Counts,
    /// Why the others lead nowhere, most events first; with the events of the same user these are all.
    pub misses: Vec<Miss>,
}

/// How many events lead how far; each number is a part of the one before.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
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
    pub recorded: u64,
    /// Of the same user, but in a session that shows no signs whether it is recorded.
    pub unknown: u64,
}

/// Events that lead nowhere for one reason.
#[derive(Debug, Clone)]
pub struct Miss {
    /// The reason.
    pub reason: Reason,
    /// The rule that the session breaks, or the property that looks like a session id.
    pub detail: Option<&'static str>,
    /// How many.
    pub events: u64,
    /// The input and the line of the first of them.
    pub example: (String, u64),
}

/// What is counted of a row while sessions are gone through.
#[derive(Debug, Default)]
struct Tally {
    counts: Counts,
    misses: BTreeMap<(Reason, Option<&'static str>), Sum>,
}

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

impl Tally {
    fn miss(&mut self, reason: Reason, detail: Option<&'static str>, sum: Sum) {
        self.misses.entry((reason, detail)).and_modify(|known| known.add(sum)).or_insert(sum);
    }

    /// Counts events with a session id.
    fn session(&mut self, session: &Facts<'_>, (sum, user, is_outside): (Sum, Option<u32>, bool)) {
        let is_same_user = user.is_some_and(|user| session.clients.contains(&user));
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
            recorded: count(is_same && session.recording == Recording::Yes),
            unknown: count(is_same && session.recording == Recording::Unknown),
        });
        let reason = match broken {
            _ if is_same => return,
            Some(rule) if rule.requirement == VALID_ID => Reason::BrokenSessionId,
            _ if !session.has_clients => Reason::NoClientEvents,
            _ if is_outside => Reason::OutsideSession,
            _ if !is_same_user => Reason::OtherUser,
            _ => Reason::BrokenSessionId,
        };
        let rule = broken.map(|rule| rule.name).filter(|_| reason == Reason::BrokenSessionId);
        self.miss(reason, rule, sum);
    }
}

/// What events of a session are judged by.
struct Facts<'a> {
    broken: Option<&'static Rule>,
    has_clients: bool,
    clients: &'a [u32],
    recording: Recording,
}

impl Links {
    /// Follows all backend events, by what the audit says of their sessions and users.
    pub(crate) fn new(store: LinkStore, audit: &Audit) -> Self {
        let (names, sessions, lost) = store.into_parts();
        let mut tallies: Vec<_> = names.iter().map(|_| Tally::default()).collect();
        for ((row, look_alike), sum) in lost {
            let tally = &mut tallies[row as usize];
            tally.counts.events += sum.events;
            let reason = if look_alike.is_some() { Reason::LookAlikeProperty } else { Reason::NoSessionId };
            tally.miss(reason, look_alike, sum);
        }
        let broken = audit.broken_sessions();
        for (key, kept) in sessions {
            follow(&key, &kept, &broken, audit, &mut tallies);
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
        Self { rows, total }
    }
}

/// Follows the backend events of a session.
fn follow(key: &RowKey, kept: &Kept, broken: &HashMap<RowKey, &'static Rule>, audit: &Audit, tallies: &mut [Tally]) {
    if kept.backend.is_empty() {
        return;
    }
    let clients: Vec<_> = kept.clients.iter().filter_map(|user| audit.user(*user)).collect();
    let has_clients = !kept.clients.is_empty();
    let facts = Facts { broken: broken.get(key).copied(), has_clients, clients: &clients, recording: kept.recording };
    for ((row, user, is_outside), sum) in &kept.backend {
        tallies[*row as usize].session(&facts, (*sum, audit.user(*user), *is_outside));
    }
}

fn row(name: &Name, tally: Tally, audit: &Audit) -> Row {
    let text = |text: &Option<Box<str>>| text.as_deref().map(data_text);
    let miss = |((reason, detail), sum): ((Reason, _), Sum)| {
        let example = audit.place(sum.first);
        Miss { reason, detail, events: sum.events, example }
    };
    let mut misses: Vec<_> = tally.misses.into_iter().map(miss).collect();
    misses.sort_by_key(|miss| Reverse(miss.events));
    Row { event: text(&name.event), lib: text(&name.lib), counts: tally.counts, misses }
}
