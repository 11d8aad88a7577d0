//! Shows the events of one session: the first and the last of them where there are very many, and those that prove what
//! it breaks.

use anyhow::Result;
use hashbrown::HashMap;
use uuid::Uuid;

use super::Finding;
use super::sweep::{Sweep, sessions};
use crate::event::id::{Side, Spelling, Window};
use crate::rows::{Row, Rows, by_session};
use crate::rules::{RULES, Rule, judge};
use crate::safe::data_text;
use crate::sessions::Session;

/// A session with its events.
#[derive(Debug)]
pub struct Trace {
    /// The team, if the events name one.
    pub team_id: Option<String>,
    /// The session's id, if it is a UUID.
    pub uuid: Option<Uuid>,
    /// The time inside the id in microseconds since 1970, if it has one.
    pub id_us: Option<i64>,
    /// What it breaks, if anything.
    pub finding: Option<Finding>,
    /// How many events it has.
    pub count: u64,
    /// Its events by time, those without one last; at most as many as were asked for, and those that prove something.
    pub events: Vec<TracedEvent>,
    /// How many events of each part, in the order of [`Part::ALL`], are left out behind the first ones.
    pub left_out: [u64; Part::ALL.len()],
}

/// An event as it is shown; texts are safe to print.
#[derive(Debug)]
pub struct TracedEvent {
    /// Where it is in the session.
    pub part: Part,
    /// Why it is shown.
    pub choice: Choice,
    /// The rules that it proves broken.
    pub proves: Vec<&'static Rule>,
    /// Its time in microseconds since 1970.
    pub time_us: Option<i64>,
    /// Its name.
    pub name: Option<String>,
    /// The library that sent it, with its version.
    pub library: Option<String>,
    /// Its user: numbers from 1 in the order in which users come.
    pub user: Option<usize>,
    /// The user's distinct id (or person id), where that is asked.
    pub distinct_id: Option<String>,
    /// How it spells the session's id.
    pub spelling: Spelling,
    /// The input.
    pub file: String,
    /// The line.
    pub line: u64,
    /// Its own id.
    pub uuid: Option<String>,
}

/// Where an event is in its session; without a time in the id, all that have one are inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Before the id's own time.
    Early,
    /// In the id's 24 hours.
    Inside,
    /// After them.
    Late,
    /// Without a time.
    Untimed,
}

/// Why an event is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// It is one of the first; of those without a time, because there is room.
    First,
    /// It proves something.
    Proof,
    /// It is one of the last.
    Last,
}

impl Part {
    /// All of them in their order.
    pub const ALL: [Self; 4] = [Self::Early, Self::Inside, Self::Late, Self::Untimed];

    fn of(time_us: Option<i64>, id_us: Option<i64>) -> Self {
        let Some(us) = time_us else { return Self::Untimed };
        match id_us.and_then(|id_us| Window { id_us, slack_us: 0 }.side(us)) {
            Some(Side::Early) => Self::Early,
            None => Self::Inside,
            Some(Side::Late) => Self::Late,
        }
    }
}

impl Choice {
    /// Why each event of a session is shown, if it is: half of those that may be shown are its first events, half its
    /// last ones.
    fn of_each(session: &Session<'_>, limit: usize, is_proof: impl Fn(&Row) -> bool) -> Vec<Option<Self>> {
        let timed = session.timed().len();
        let choice = |(place, row): (usize, &&Row)| match place {
            _ if place < limit && timed <= limit => Some(Self::First),
            _ if place < limit.div_ceil(2) => Some(Self::First),
            _ if place < timed && place + limit / 2 >= timed => Some(Self::Last),
            _ => is_proof(row).then_some(Self::Proof),
        };
        session.rows().iter().enumerate().map(choice).collect()
    }
}

impl Sweep<'_> {
    /// The sessions of an id, of whatever team and however it is spelled, with so many events each beside those that
    /// prove something; by team.
    ///
    /// # Errors
    ///
    /// What keeps a temporary file from being read.
    pub(super) fn trace(&self, rows: &Rows, session_id: &str, limit: usize) -> Result<Vec<Trace>> {
        let (bits, partition) = rows.find(session_id);
        let blocks = self.take(&rows.events, partition)?;
        let sorted = by_session(&blocks);
        let mut traces = Vec::new();
        for rows in sessions(&sorted).filter(|rows| rows[0].key == bits) {
            let text = self.key_text(rows[0])?;
            let session = Session::new(rows, &text, &self.context);
            traces.push((self.places.of(&session), self.traced(&session, limit.max(1))?));
        }
        traces.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(traces.into_iter().map(|(_, trace)| trace).collect())
    }

    fn traced(&self, session: &Session<'_>, limit: usize) -> Result<Trace> {
        let found = judge(self.rules, session);
        let finding = found.map(|(broken, effect)| self.reported(session, broken, effect)).transpose()?;
        let broken = RULES.iter().filter(|rule| found.is_some_and(|(broken, _)| broken.has(rule.name)));
        let proofs: Vec<_> = broken.filter_map(|rule| Some((rule, rule.check(session)?.proof.at))).collect();
        let choices = Choice::of_each(session, limit, |row| proofs.iter().any(|(_, at)| *at == row.at));
        let users = user_numbers(session);
        let mut events = Vec::new();
        let mut left_out = [0; Part::ALL.len()];
        for (row, choice) in session.rows().iter().zip(choices) {
            let part = Part::of(row.time_us(), session.id_us());
            let Some(choice) = choice else {
                left_out[part as usize] += 1;
                continue;
            };
            let user = session.user(row).and_then(|user| users.get(&user).copied());
            let proves = proofs.iter().filter(|(_, at)| *at == row.at).map(|(rule, _)| *rule).collect();
            events.push(TracedEvent { part, choice, proves, user, ..self.event(row)? });
        }
        Ok(Trace {
            team_id: self.context.tables.teams[session.team() as usize].as_deref().map(data_text),
            uuid: session.uuid(),
            id_us: session.id_us(),
            finding: finding.map(|reported| reported.finding),
            count: session.events(),
            events,
            left_out,
        })
    }

    /// What an event shows by itself.
    fn event(&self, row: &Row) -> Result<TracedEvent> {
        let tables = &self.context.tables;
        let (file, line) = self.inputs.place(row.at);
        Ok(TracedEvent {
            part: Part::Untimed,
            choice: Choice::First,
            proves: Vec::new(),
            time_us: row.time_us(),
            name: tables.name(row.name).map(data_text),
            library: tables.libraries.version(row.library).text(),
            user: None,
            distinct_id: tables.users.text(row.user).map(data_text),
            spelling: row.spelling(),
            file: file.to_string(),
            line,
            uuid: tables.event_id(row)?.as_deref().map(data_text),
        })
    }
}

/// The users of a session, numbered from 1 in the order in which they come in the inputs.
fn user_numbers(session: &Session<'_>) -> HashMap<u32, usize> {
    let mut rows = session.rows().to_vec();
    rows.sort_unstable_by_key(|row| row.at);
    let mut numbers = HashMap::new();
    for user in rows.into_iter().filter_map(|row| session.user(row)) {
        let next = numbers.len() + 1;
        numbers.entry(user).or_insert(next);
    }
    numbers
}

#[cfg(test)]
mod tests {
    use bytemuck::Zeroable;

    use super::*;
    use crate::input::Position;
    use crate::rows::UNTIMED;
    use crate::sessions::Context;

    /// The lines of the events that are shown of events at these seconds, which have their places for lines.
    fn shown(seconds: &[Option<i64>], limit: usize, proofs: &[u32]) -> Vec<u32> {
        let row = |(line, second): (u32, &Option<i64>)| {
            let at = Position { input: 0, chunk: 0, line, nth: 0 };
            Row { at, time_us: second.map_or(UNTIMED, |second| second * 1_000_000), ..Row::zeroed() }
        };
        let mut rows: Vec<_> = (0..).zip(seconds).map(row).collect();
        rows.sort_by_key(|row| (row.time_us, row.at));
        let rows: Vec<_> = rows.iter().collect();
        let context = Context::default();
        let session = Session::new(&rows, "", &context);
        let choices = Choice::of_each(&session, limit, |row| proofs.contains(&row.at.line));
        rows.iter().zip(choices).filter(|(_, choice)| choice.is_some()).map(|(row, _)| row.at.line).collect()
    }

    #[test]
    fn first_and_last_events_and_proofs_are_shown() {
        let seconds: Vec<_> = (0..1000).map(Some).collect();
        for (limit, expected) in [
            (1, vec![0, 500]),
            (2, vec![0, 500, 999]),
            (5, vec![0, 1, 2, 500, 998, 999]),
            (6, vec![0, 1, 2, 500, 997, 998, 999]),
        ] {
            assert_eq!(shown(&seconds, limit, &[500, 0]), expected);
        }
    }

    #[test]
    fn events_without_a_time_take_the_room_that_is_left() {
        let seconds = |timed: i64| (0..10).map(|line| (line >= 10 - timed).then_some(line)).collect::<Vec<_>>();
        assert_eq!(shown(&seconds(2), 4, &[]), [8, 9, 0, 1]);
        assert_eq!(shown(&seconds(8), 4, &[]), [2, 3, 8, 9]);
        assert_eq!(shown(&seconds(8), 4, &[1]), [2, 3, 8, 9, 1]);
    }
}
