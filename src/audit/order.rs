//! Orders sessions as reports do: by team, then by key.

use uuid::Uuid;

use crate::rows::MaybeText;
use crate::safe::data_text;
use crate::sessions::{Session, SessionKey};

/// The place of a session in reports.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    team_rank: usize,
    key: OrderKey,
}

/// A key to sort by: UUIDs by value, then texts by bytes, of absurdly long ones by their start and then their digest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum OrderKey {
    Uuid(Uuid),
    /// What is kept of a text.
    Text(Box<str>),
}

impl Place {
    /// The session's id, safe to print.
    pub(super) fn session_id(&self) -> String {
        match &self.key {
            OrderKey::Uuid(id) => id.to_string(),
            OrderKey::Text(text) => data_text(crate::rows::parts(text).0),
        }
    }
}

/// Knows the place of every team in reports: the unnamed one, then numbers by value, then other texts.
#[derive(Debug)]
pub(super) struct Places {
    team_ranks: Vec<usize>,
}

impl Places {
    pub(super) fn new(teams: &[MaybeText]) -> Self {
        let mut order: Vec<_> = (0..teams.len()).collect();
        order.sort_by_cached_key(|&team| {
            let name = teams[team].as_deref();
            let number = name.filter(|name| name.bytes().all(|b| b.is_ascii_digit()));
            let digits = number.map(|name| name.trim_start_matches('0'));
            let digits = digits.map(|digits| (digits.len(), digits.to_owned()));
            (name.is_some(), number.is_none(), digits, name.map(str::to_owned))
        });
        let mut team_ranks = vec![0; order.len()];
        for (rank, team) in order.into_iter().enumerate() {
            team_ranks[team] = rank;
        }
        Self { team_ranks }
    }

    /// The place of a session.
    pub(super) fn of(&self, session: &Session<'_>) -> Place {
        let key = match session.key() {
            SessionKey::Uuid(id) => OrderKey::Uuid(id),
            SessionKey::Text(_) => OrderKey::Text(session.kept_text().into()),
        };
        self.of_key(session.team(), key)
    }

    /// The place of the session of a key, by the number of its team.
    pub(super) fn of_key(&self, team: u32, key: OrderKey) -> Place {
        Place { team_rank: self.team_ranks[team as usize], key }
    }
}
