//! Wraps events in the record shapes of section 2.3, and makes records that are none.

use super::json::{self, Space};
use super::world::World;
use super::{chance, ids, pick, places};

/// A record with up to so many events in it, and how many there are.
pub(super) fn record(world: &mut World, space: Space, most: usize, padding: usize) -> (String, usize) {
    if chance(&mut world.rng, world.odd / 2) {
        return (other(world, space), 0);
    }
    if chance(&mut world.rng, world.malformed) {
        return (wrong(world), 0);
    }
    match ids::weighted(&mut world.rng, &[70, 5, 5, 5, 5]) {
        1 => (message(world, padding), 1),
        2 => (webhook(world, space, padding), 1),
        3 => list(world, space, "batch", most, padding),
        4 => list(world, space, "results", most, padding),
        _ => (event(world, space, padding), 1),
    }
}

fn event(world: &mut World, space: Space, padding: usize) -> String {
    let members = places::event(world, space, padding);
    json::object(&mut world.rng, space, members)
}

/// `{"data":"..."}`, with fields outside that do not count.
fn message(world: &mut World, padding: usize) -> String {
    let inner = event(world, Space::Compact, padding);
    let data = json::string(&mut world.rng, &inner);
    let members = [("data", data.as_str()), ("distinct_id", "\"outer\""), ("uuid", "\"outer\""), ("team_id", "77")];
    let members = members.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec();
    json::object(&mut world.rng, Space::Compact, members)
}

/// `{"event":{...},"person":{...}}`.
fn webhook(world: &mut World, space: Space, padding: usize) -> String {
    let inner = event(world, space, padding);
    let persons = ["null", "{}", "{\"id\":\"p00\"}", "{\"uuid\":\"p10\"}", "{\"id\":\"\",\"uuid\":\"p00\"}", "\"p00\""];
    let person = pick(&mut world.rng, &persons).to_owned();
    let mut members = vec![("event".to_owned(), inner)];
    if chance(&mut world.rng, 80) {
        members.push(("person".to_owned(), person));
    }
    let rng = &mut world.rng;
    rng.shuffle(&mut members);
    let parts: Vec<String> = members.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
    format!("{{{}}}", parts.join(","))
}

/// `{"batch":[...]}` or `{"results":[...]}`.
fn list(world: &mut World, space: Space, key: &str, most: usize, padding: usize) -> (String, usize) {
    let count = world.rng.usize(..=most.min(6));
    let mut values: Vec<String> = (0..count).map(|_| event(world, space, padding)).collect();
    if chance(&mut world.rng, world.malformed) {
        let place = world.rng.usize(..=values.len());
        values.insert(place, pick(&mut world.rng, &["{}", "3", "null", "[]", "{\"uuid\":\"x\"}"]).to_owned());
    }
    let array = json::array(space, &values);
    let rest =
        pick(&mut world.rng, &["\"next\":null", "\"api_key\":\"phc_x\"", "\"sent_at\":\"2024-01-01T00:00:00Z\""]);
    let record = if world.rng.bool() {
        format!("{{\"{key}\":{array},{rest}}}")
    } else {
        format!("{{{rest}, \"{key}\" : {array}}}")
    };
    (record, count)
}

/// A record of an export of persons or sessions.
fn other(world: &mut World, space: Space) -> String {
    let rng = &mut world.rng;
    let members: &[(&str, &str)] = pick(
        rng,
        &[
            &[
                ("person_version", "3"),
                ("distinct_id", "\"d00\""),
                ("person_id", "\"p10\""),
                ("properties", "{\"$session_id\":\"a\"}"),
            ],
            &[("person_version", "null"), ("team_id", "1")],
            &[("session_id", "\"a\""), ("start_timestamp", "\"2024-01-01 00:00:00\""), ("end_timestamp", "null")],
            &[("session_id", "null"), ("start_timestamp", "null"), ("$session_id", "\"a\"")],
        ],
    );
    let members = members.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    json::object(rng, space, members)
}

/// A balanced record that is none of the shapes, or no JSON.
fn wrong(world: &mut World) -> String {
    let records = [
        "{}",
        "12",
        "\"text\"",
        "null",
        "true",
        "nope",
        "{\"uuid\":\"x\"}",
        "{\"event\":\"e\",}",
        "{\"event\" \"e\"}",
        "{'event':'e'}",
        "{\"event\":tru}",
        "{\"batch\":{}}",
        "{\"data\":\"nope\"}",
        "{\"data\":\"[]\"}",
        "{\"data\":5}",
        "{\"session_id\":\"a\"}",
        "{\"event\":\"e\",\"properties\":\"nope\"}",
        "{event:1}",
        "{\"event\":01}",
        "{\"event\":\"\\x\"}",
        "{\"distinct_id\":\"a\"}",
        "{,\"event\":1}",
        "{\"event\"}",
    ];
    pick(&mut world.rng, &records).to_owned()
}
