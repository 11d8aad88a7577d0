//! Puts the fields of an event where they may stand.

use super::json::{self, Entries, Space};
use super::world::{Scene, World};
use super::{chance, ids, pick, times};
use fastrand::Rng;

/// An event's top-level fields and the properties among them, as they will be written.
struct Fields {
    top: Entries,
    properties: Entries,
}

impl Fields {
    fn top(&mut self, key: &str, value: &str) {
        self.top.push((key.to_owned(), value.to_owned()));
    }

    fn property(&mut self, key: &str, value: &str) {
        self.properties.push((key.to_owned(), value.to_owned()));
    }
}

/// The members of the next event object.
pub(super) fn event(world: &mut World, space: Space, padding: usize) -> Entries {
    let scene = world.scene();
    let mut fields = Fields { top: Vec::new(), properties: json::noise(&mut world.rng, padding) };
    place_name(world, &mut fields);
    place_session_id(world, &scene, &mut fields);
    place_user(world, &scene, &mut fields);
    place_link(world, &scene, &mut fields);
    place_rest(world, &scene, &mut fields);
    let properties = properties(world, space, fields.properties);
    fields.top.extend(properties.map(|value| ("properties".to_owned(), value)));
    fields.top.extend(json::noise(&mut world.rng, 0).into_iter().filter(|(key, _)| !key.is_empty()));
    fields.top
}

fn place_name(world: &mut World, fields: &mut Fields) {
    let names = [
        "$pageview",
        "$pageview",
        "order paid",
        "$identify",
        "$create_alias",
        "$merge_dangerously",
        "$ai_trace",
        "$snapshot",
    ];
    let odd = ["null", "\"\"", "5", "\"$Identify\"", "\"\\u0024identify\"", "\" $identify\"", "[]"];
    let rng = &mut world.rng;
    let name = if chance(rng, world.odd) { pick(rng, &odd).into() } else { json::quoted(pick(rng, &names)) };
    if chance(rng, world.odd / 2) {
        return;
    }
    fields.top("event", &name);
    if chance(rng, world.odd) {
        let strange = [
            ("person_version", "3"),
            ("session_id", "\"x\""),
            ("start_timestamp", "\"x\""),
            ("data", "\"{\\\"event\\\":1}\""),
            ("batch", "[{\"event\":1}]"),
            ("results", "[]"),
        ];
        for (key, value) in strange.into_iter().filter(|_| rng.bool()) {
            fields.top(key, value);
        }
    }
}

fn place_session_id(world: &mut World, scene: &Scene, fields: &mut Fields) {
    let rng = &mut world.rng;
    if chance(rng, world.absent) {
        return;
    }
    let absent = ["null", "\"\"", "\"null\"", "null"];
    match ids::weighted(rng, &[80, 8, 4, 3]) {
        0 => fields.property("$session_id", &scene.session_id),
        1 => fields.top("$session_id", &scene.session_id),
        2 => {
            fields.property("$session_id", &scene.session_id);
            fields.top("$session_id", "\"elsewhere\"");
        }
        _ => {
            fields.property("$session_id", pick(rng, &absent));
            fields.top("$session_id", &scene.session_id);
        }
    }
}

fn place_user(world: &mut World, scene: &Scene, fields: &mut Fields) {
    let rng = &mut world.rng;
    match ids::weighted(rng, &[80, 5, 5, 5, 5]) {
        0 => fields.top("distinct_id", &scene.distinct_id),
        1 => fields.top("$distinct_id", &scene.distinct_id),
        2 => fields.property("distinct_id", &scene.distinct_id),
        3 => {
            fields.top("distinct_id", pick(rng, &["null", "\"\""]));
            fields.top("$distinct_id", pick(rng, &["null", "\"\"", "\"d00\""]));
            fields.property("distinct_id", &scene.distinct_id);
        }
        _ => {}
    }
    match ids::weighted(rng, &[50, 5, 5, 5, 35]) {
        0 => fields.top("person_id", &scene.person_id),
        1 => fields.top("person", &format!("{{\"id\":{}}}", scene.person_id)),
        2 => fields.top("person", &format!("{{\"distinct_ids\":[], \"uuid\":{},\"id\":null}}", scene.person_id)),
        3 => {
            fields.top("person_id", pick(rng, &["null", "\"\""]));
            fields.top("person", pick(rng, &["null", "\"p00\"", "[]", "{}", "{\"id\":\"p10\",\"uuid\":\"p00\"}"]));
        }
        _ => {}
    }
}

fn place_link(world: &mut World, scene: &Scene, fields: &mut Fields) {
    if chance(&mut world.rng, 15) {
        fields.property("$anon_distinct_id", &scene.linked_id);
    }
    if chance(&mut world.rng, 10) {
        fields.property("alias", &scene.linked_id);
    }
}

fn place_rest(world: &mut World, scene: &Scene, fields: &mut Fields) {
    let rng = &mut world.rng;
    if chance(rng, world.odd / 2) {
        fields.top("timestamp", &times::far(rng));
    } else if !chance(rng, world.untimed / 4) {
        fields.top("timestamp", &times::timestamp(rng, scene.time_us, world.untimed));
    }
    if !scene.team.is_empty() {
        fields.top("team_id", &scene.team);
    }
    if chance(rng, 90) {
        let key = pick(rng, &["uuid", "uuid", "uuid", "id"]);
        fields.top(key, &ids::event_uuid(rng, world.events));
        if key == "uuid" && chance(rng, 10) {
            fields.top("id", "\"second\"");
        }
    }
    if chance(rng, 70) {
        fields.property("$lib", &ids::lib(rng));
    }
    if chance(rng, 10) {
        fields.property("$is_server", pick(rng, &["true", "true", "false", "\"true\"", "null", "1"]));
    }
    if chance(rng, 10) {
        let sure = ["\"active\"", "\"disabled\"", "\"disabled\"", "\"sampled\"", "\"missing_config\""];
        let unsure = ["\"lazy_loading\"", "\"\"", "null", "\"ac\\u0074ive\"", "7"];
        let status = if rng.bool() { pick(rng, &sure) } else { pick(rng, &unsure) };
        fields.property("$recording_status", status);
    }
    if chance(rng, 10) {
        let keys = ["session_id", "sessionId", "session", "posthog_session_id", "$amplitude_session_id", "sessions"];
        fields.property(pick(rng, &keys), pick(rng, &LOOK_ALIKES));
    }
    if chance(rng, 70) && world.session_key != "distinct_id" {
        fields.property(world.session_key, &scene.own_session);
    }
}

/// Values of properties that look like a session id, and some that are none.
const LOOK_ALIKES: [&str; 12] =
    ["\"x\"", "\"x\"", "7", "-0.5", "null", "\"\"", "\"null\"", "\" \"", "\"\\t\u{a0}\"", "true", "[]", "{\"a\":1}"];

/// The properties as an object or as text; nothing when they are left out.
fn properties(world: &mut World, space: Space, entries: Entries) -> Option<String> {
    let rng = &mut world.rng;
    if chance(rng, world.malformed) {
        return Some(pick(rng, &["\"\"", "\"{\"", "\"{} x\"", "\"nope\"", "\"{'a':1}\""]).to_owned());
    }
    if chance(rng, world.odd) {
        return odd_properties(rng);
    }
    let as_text = chance(rng, 20);
    let object = json::object(rng, if as_text { Space::Compact } else { space }, entries);
    Some(if as_text { json::string(rng, &object) } else { object })
}

fn odd_properties(rng: &mut Rng) -> Option<String> {
    let odd = ["null", "[]", "5", "true", "\"[]\"", "\"null\"", "\"5\"", "\"\\\"a\\\"\"", "{}", "\"{}\"", "\" {} \""];
    rng.bool().then(|| pick(rng, &odd).to_owned())
}
