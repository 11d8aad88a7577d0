//! Holds the few sessions, users and teams that a case is about, and draws from them.

use super::ids::{self, Id};
use super::{chance, pick};
use crate::reference::options::Options;
use fastrand::Rng;

const SECOND_US: i64 = 1_000_000;
const DAY_US: i64 = 86_400 * SECOND_US;

/// Someone with some ids, as JSON.
struct User {
    distinct: Vec<String>,
    persons: Vec<String>,
}

/// A session and whose it mostly is.
struct Home {
    id: Id,
    user: usize,
    team: String,
    own_session: String,
}

/// Who acts where in one event; the ids are JSON.
pub(super) struct Scene {
    pub(super) session_id: String,
    pub(super) time_us: i64,
    pub(super) distinct_id: String,
    pub(super) person_id: String,
    pub(super) linked_id: String,
    pub(super) team: String,
    pub(super) own_session: String,
}

/// What a case is about, and how unruly it is.
pub(super) struct World {
    pub(super) rng: Rng,
    pub(super) session_key: &'static str,
    /// In percent: of oddities, of malformed records, of bad times, of events without a session id.
    pub(super) odd: u32,
    pub(super) malformed: u32,
    pub(super) untimed: u32,
    pub(super) absent: u32,
    vague: u32,
    edges: u32,
    strangers: u32,
    tolerance_us: i64,
    homes: Vec<Home>,
    users: Vec<User>,
    /// Ids that are anybody's, as JSON.
    generic: Vec<String>,
    pub(super) events: usize,
}

impl World {
    pub(super) fn new(mut rng: Rng, options: &Options) -> Self {
        let base_us = rng.i64(0..1_000_000) * 1_800 * SECOND_US + DAY_US * 10;
        let user_count = rng.usize(1..6);
        let users: Vec<User> = (0..user_count).map(|number| user(&mut rng, number)).collect();
        let teams = pick(&mut rng, &TEAMS);
        let mut homes = Vec::new();
        let home_count = pick(&mut rng, &[1, 3, 8, 15, 60]);
        for number in 0..home_count {
            let id =
                if number > 0 && chance(&mut rng, 5) { copied(&mut rng, &homes) } else { ids::id(&mut rng, base_us) };
            homes.push(Home {
                id,
                user: rng.usize(..user_count),
                team: pick(&mut rng, teams).to_owned(),
                own_session: format!("\"own{}\"", number - number.min(rng.usize(..8) / 7)),
            });
        }
        Self {
            session_key: options.session_key.unwrap_or("checkout"),
            odd: pick(&mut rng, &[0, 2, 10]),
            malformed: pick(&mut rng, &[0, 0, 0, 5]),
            absent: pick(&mut rng, &[0, 5, 5, 5, 5, 5, 5, 100]),
            vague: pick(&mut rng, &[0, 2, 10, 30]),
            generic: (0..3).map(|_| pick(&mut rng, &generic())).collect(),
            untimed: pick(&mut rng, &[0, 3, 40]),
            edges: pick(&mut rng, &[0, 2, 20, 60]),
            strangers: pick(&mut rng, &[0, 0, 1, 5, 50]),
            tolerance_us: options.tolerance.1,
            events: 0,
            rng,
            homes,
            users,
        }
    }

    /// Draws the next event.
    pub(super) fn scene(&mut self) -> Scene {
        self.events += 1;
        let rng = &mut self.rng;
        let home = &self.homes[rng.usize(..self.homes.len())];
        let stranger = chance(rng, self.strangers);
        let user = &self.users[if stranger { rng.usize(..self.users.len()) } else { home.user }];
        let other = &self.users[rng.usize(..self.users.len())];
        let linked = if chance(rng, 85) { &user.distinct } else { &other.distinct };
        let any = |rng: &mut Rng, own: &[String]| {
            if chance(rng, self.vague) { pick(rng, &self.generic) } else { pick(rng, own) }
        };
        Scene {
            session_id: pick(rng, &home.id.spellings),
            distinct_id: any(rng, &user.distinct),
            person_id: any(rng, &user.persons),
            linked_id: any(rng, linked),
            team: if stranger && rng.bool() { "3".into() } else { home.team.clone() },
            own_session: if chance(rng, self.odd) { odd_value(rng) } else { home.own_session.clone() },
            time_us: home.id.start_us + offset_us(rng, self.edges, self.tolerance_us),
        }
    }
}

/// Teams of one case, as JSON; an empty text is left out.
const TEAMS: [&[&str]; 4] = [
    &[""],
    &["1"],
    &["1", "\"1\"", "2", "10"],
    &[
        "",
        "null",
        "\"\"",
        "1",
        "2",
        "\"02\"",
        "10",
        "\"10\"",
        "\"a\"",
        "\"-1\"",
        "\"\\u001b\"",
        "\"99999999999999999999\"",
        "true",
    ],
];

fn user(rng: &mut Rng, number: usize) -> User {
    let distinct = (0..rng.usize(1..4)).map(|part| format!("\"d{number}{part}\"")).collect();
    let mut persons: Vec<String> = (0..rng.usize(1..3)).map(|part| format!("\"p{number}{part}\"")).collect();
    if chance(rng, 10) {
        persons = vec![pick(rng, &["\"\"", "null", "\"d00\"", "\"d10\""]).to_owned()];
    }
    User { distinct, persons }
}

/// The id of another session, so that it occurs in two teams.
fn copied(rng: &mut Rng, homes: &[Home]) -> Id {
    homes[rng.usize(..homes.len())].id.clone()
}

const GENERIC: [&str; 37] = [
    "",
    " ",
    "\u{a0}",
    "\t",
    "\u{85}",
    "\u{200b}",
    "anonymous",
    "Guest",
    "'guest'",
    "\"guest\"",
    "'guest\"",
    " guest",
    "id ",
    "\tnull",
    "0 ",
    "distinctid",
    "DISTINCT_ID",
    "id",
    "not_authenticated",
    "email",
    "undefined",
    "true",
    "FALSE",
    "[object Object]",
    "[object object]",
    "NaN",
    "nan",
    "None",
    "none",
    "NONE",
    "null",
    "Null",
    "0",
    "'0'",
    "00",
    "''",
    "'null'",
];

/// Ids that do not link, and some that look as if they did not.
fn generic() -> Vec<String> {
    let values = ["null", "0", "true", "false", "1", "[]", "{\"a\":1}"];
    let texts = GENERIC.into_iter().map(super::json::quoted);
    texts.chain(values.map(str::to_owned)).collect()
}

fn odd_value(rng: &mut Rng) -> String {
    let values = [
        "null",
        "\"\"",
        "\"null\"",
        "5",
        "\"5\"",
        "true",
        "[1]",
        "{\"a\":1}",
        "\"own1\"",
        "\"OWN1\"",
        "\"own2\"",
        "\" \"",
    ];
    pick(rng, &values).to_owned()
}

/// The distance of an event from the start of its session, at times just at an edge of the rules.
fn offset_us(rng: &mut Rng, edges: u32, tolerance_us: i64) -> i64 {
    if !chance(rng, edges) {
        return rng.i64(0..3_600) * SECOND_US + pick(rng, &[0, 0, 1000, 123_456]);
    }
    let edge = pick(rng, &[0, 0, DAY_US, DAY_US, 3 * DAY_US, -3 * DAY_US, 400 * DAY_US, -SECOND_US]);
    let moved = pick(rng, &[0, 0, tolerance_us, -tolerance_us]);
    edge + moved + pick(rng, &[-1000, -999, -1, 0, 0, 1, 999, 1000])
}
