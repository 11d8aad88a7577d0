//! Groups events by session and knows what the rules ask about one.

use super::event::Event;
use super::id::Key;
use super::identity::{Node, Users};
use super::options::Options;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// A team, in the order of the report.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Team {
    Unnamed,
    /// How many digits count, those digits, and the text itself.
    Number(usize, String, String),
    Text(String),
}

impl Team {
    fn of(text: Option<&String>) -> Self {
        let Some(text) = text else {
            return Self::Unnamed;
        };
        if !text.chars().all(|letter| letter.is_ascii_digit()) {
            return Self::Text(text.clone());
        }
        let digits = text.trim_start_matches('0');
        Self::Number(digits.len(), digits.to_owned(), text.clone())
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Unnamed => None,
            Self::Number(_, _, text) | Self::Text(text) => Some(text),
        }
    }
}

/// The events of one session, first ones first.
pub(crate) struct Session<'a> {
    pub(crate) team: Team,
    pub(crate) key: Key,
    pub(crate) events: Vec<&'a Event>,
    /// The user of each event.
    users: Vec<Option<Node>>,
    /// Whether one of its own sessions (`--session-key`) also occurs elsewhere in the team.
    pub(crate) is_torn: bool,
}

/// All sessions in the order of the report.
pub(crate) fn group<'a>(events: &'a [Event], options: &Options) -> Vec<Session<'a>> {
    let users = Users::of(events, options.identity);
    let mut groups: BTreeMap<(Team, Key), Vec<&Event>> = BTreeMap::new();
    let mut homes: BTreeMap<(Team, &str), BTreeSet<Key>> = BTreeMap::new();
    for event in events {
        let Some(id) = &event.session_id else {
            continue;
        };
        let (team, key) = (Team::of(event.team.as_ref()), Key::of(id));
        if let Some(own) = &event.own_session {
            homes.entry((team.clone(), own)).or_default().insert(key.clone());
        }
        groups.entry((team, key)).or_default().push(event);
    }
    let is_torn = |team: &Team, event: &Event| {
        let home = event.own_session.as_deref().map(|own| &homes[&(team.clone(), own)]);
        home.is_some_and(|keys| keys.len() > 1)
    };
    let session = |((team, key), events): ((Team, Key), Vec<&'a Event>)| Session {
        is_torn: events.iter().any(|event| is_torn(&team, event)),
        users: events.iter().map(|event| users.user(event)).collect(),
        team,
        key,
        events,
    };
    groups.into_iter().map(session).collect()
}

impl<'a> Session<'a> {
    /// How many users its events belong to.
    pub(crate) fn user_count(&self) -> usize {
        self.users.iter().flatten().collect::<BTreeSet<_>>().len()
    }

    /// The first event of the second user.
    pub(crate) fn second_user(&self) -> Option<&'a Event> {
        self.second(&self.users.iter().map(Option::as_ref).collect::<Vec<_>>())
    }

    /// The first event of the second of the application's own sessions.
    pub(crate) fn second_own_session(&self) -> Option<&'a Event> {
        self.second(&self.events.iter().map(|event| event.own_session.as_ref()).collect::<Vec<_>>())
    }

    /// The first event with the second spelling of the id.
    pub(crate) fn second_spelling(&self) -> Option<&'a Event> {
        self.second(&self.events.iter().map(|event| event.session_id.as_ref()).collect::<Vec<_>>())
    }

    /// The first event whose value is another one than the first that there is.
    fn second<T: PartialEq>(&self, values: &[Option<T>]) -> Option<&'a Event> {
        let first = values.iter().flatten().next()?;
        let place = values.iter().position(|value| value.as_ref().is_some_and(|value| value != first))?;
        Some(self.events[place])
    }

    /// The earliest of the timed events, the first of them when there are several.
    pub(crate) fn earliest(&self) -> Option<(i64, &'a Event)> {
        self.timed().min_by_key(|(time_us, _)| *time_us)
    }

    /// The latest of the timed events, the first of them when there are several.
    pub(crate) fn latest(&self) -> Option<(i64, &'a Event)> {
        self.timed().min_by_key(|(time_us, _)| Reverse(*time_us))
    }

    fn timed(&self) -> impl Iterator<Item = (i64, &'a Event)> {
        self.events.iter().filter_map(|event| Some((event.time_us?, *event)))
    }
}

#[cfg(test)]
mod tests {
    use super::Team;

    #[test]
    fn teams_are_ordered_by_number_and_then_by_text() {
        let ordered = [
            None,
            Some("0"),
            Some("00"),
            Some("1"),
            Some("02"),
            Some("2"),
            Some("10"),
            Some("99999999999999999999"),
            Some("-1"),
            Some("1a"),
            Some("a"),
        ];
        let teams = ordered.map(|text| Team::of(text.map(str::to_owned).as_ref()));
        assert!(teams.is_sorted());
        assert_eq!(teams.each_ref().map(Team::text), ordered);
    }
}
