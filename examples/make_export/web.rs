//! Fills the 70 to 90 properties of events from the browser library.

use super::json::{self, Members};
use super::rng::Rng;
use super::session::{Event, Session};
use super::web_values::{
    ALWAYS, CHAIN, DEVICES, EXCEPTIONS, LABELS, LIBRARIES, LOOK_ALIKES, NAMES, PATHS, PLACES, SOMETIMES,
};

/// Microseconds.
const MILLIS: u64 = 1000;

pub(crate) fn name(place: u64, rng: &mut Rng) -> &'static str {
    if place == 0 { "$pageview" } else { rng.weighted(&NAMES) }
}

pub(crate) fn library(seed: u64) -> [&'static str; 2] {
    Rng::new(seed).pick(&LIBRARIES)
}

pub(crate) fn properties(session: &Session, event: &Event, name: &str, rng: &mut Rng, members: &mut Members) {
    let mut same = Rng::new(session.seed);
    members.raws(&same.pick(&LIBRARIES));
    members.raws(same.pick(&DEVICES));
    members.raws(same.pick(&PLACES));
    members.raws(&ALWAYS);
    some(session.seed, members);
    client_ids(session, event, rng, members);
    pages(&mut same, rng, members);
    state(event, rng, members);
    special(name, rng, members);
    if rng.percent(8) {
        members.raw(rng.pick(&LOOK_ALIKES));
    }
}

/// Settings of the site, so the same for the whole session.
fn some(seed: u64, members: &mut Members) {
    let mut same = Rng::new(seed ^ 0x5e77);
    for member in SOMETIMES {
        if same.percent(30) {
            members.raw(member);
        }
    }
}

/// What every client library mints and measures by its own clock.
pub(crate) fn client_ids(session: &Session, event: &Event, rng: &mut Rng, members: &mut Members) {
    let clock = event.time + session.skew;
    members.uuid("$window_id", window_id(session));
    members.with("$device_id", |out| event.who.device.write(out));
    members.with("distinct_id", |out| event.who.distinct.write(out));
    members.with("$time", |out| json::thousandths(out, clock / MILLIS));
    members.with("$sent_at", |out| {
        out.push(b'"');
        json::time(out, event.due + session.skew - rng.below(200_000), b'T');
        out.push(b'"');
    });
    members.with("$insert_id", |out| insert_id(out, rng));
    members.raw(r#""token":"phc_example""#);
    if event.who.known {
        members.with("$user_id", |out| event.who.distinct.write(out));
    }
}

/// The tab's id, minted with the session's.
pub(crate) fn window_id(session: &Session) -> u128 {
    Rng::new(session.seed ^ 0x1d5).uuid7((session.start() + session.skew) / MILLIS)
}

fn insert_id(out: &mut Vec<u8>, rng: &mut Rng) {
    out.push(b'"');
    for _ in 0..16 {
        out.push(rng.pick(b"0123456789abcdefghijklmnopqrstuvwxyz"));
    }
    out.push(b'"');
}

fn pages(same: &mut Rng, rng: &mut Rng, members: &mut Members) {
    let entry = same.pick(&PATHS);
    let (path, before) = (rng.pick(&PATHS), rng.pick(&PATHS));
    members.with("$current_url", |out| url(out, path));
    members.with("$session_entry_url", |out| url(out, entry));
    members.with("$initial_person_info", |out| {
        json::push(out, r#"{"r":"$direct","u":"#);
        url(out, entry);
        out.push(b'}');
    });
    members.text("$session_entry_pathname", entry);
    members.text("$pathname", path);
    members.text("$prev_pageview_pathname", before);
    members.number("$prev_pageview_last_scroll", rng.below(4000));
    members.number("$prev_pageview_max_scroll", rng.below(4000));
    members.with("$prev_pageview_max_scroll_percentage", |out| json::thousandths(out, rng.below(1000)));
    members.with("$prev_pageview_duration", |out| json::thousandths(out, rng.below(90_000)));
    members.uuid("$prev_pageview_id", same.uuid(7));
}

fn url(out: &mut Vec<u8>, path: &str) {
    json::push(out, "\"https://www.example.com");
    json::push(out, path);
    json::push(out, "?posts%5Bpage%5D=1&utm_source=news\"");
}

fn state(event: &Event, rng: &mut Rng, members: &mut Members) {
    members.raw(if event.who.known { r#""$is_identified":true"# } else { r#""$is_identified":false"# });
    members.uuid("$pageview_id", rng.uuid7(event.time / MILLIS));
    members.uuid("$feature_flag_request_id", rng.uuid(4));
    members.number("$sdk_debug_current_session_duration", rng.below(900_000));
    members.number("$sdk_debug_session_start", event.time / MILLIS - rng.below(900_000));
    members.number("$sdk_debug_replay_internal_buffer_length", rng.below(300));
    members.number("$sdk_debug_replay_internal_buffer_size", rng.below(500_000));
    members.with("$lib_rate_limit_remaining_tokens", |out| json::thousandths(out, rng.below(100_000)));
}

/// What only this kind of event has.
fn special(name: &str, rng: &mut Rng, members: &mut Members) {
    match name {
        "$autocapture" | "$rageclick" => {
            members.raws(&[r#""$event_type":"click""#, r#""$ce_version":1"#]);
            members.text("$el_text", rng.pick(&LABELS));
        }
        "$exception" => exception(rng, members),
        "$web_vitals" => members.with("$web_vitals_LCP_event", |out| vital(out, rng)),
        "$identify" | "$set" => {
            members.raw(r#""$set":{"plan":"team","$session_id":"a look-alike","tags":["a","b\"c"]}"#);
            members.raw(r#""$set_once":{"first_seen":"2025-03-01T10:00:00Z","$session_id":null}"#);
        }
        "$feature_flag_called" => {
            members.raws(&[r#""$feature_flag":"new-cart""#, r#""$feature_flag_response":true"#]);
        }
        _ => members.text("label", rng.pick(&LABELS)),
    }
}

fn exception(rng: &mut Rng, members: &mut Members) {
    members.raw(r#""$exception_level":"error""#);
    members.with("$exception_list", |out| {
        json::push(out, r#"[{"type":"TypeError","value":""#);
        json::push(out, rng.pick(&LABELS));
        json::push(out, r#"","mechanism":{"handled":false,"synthetic":false},"stacktrace":{"type":"raw","frames":["#);
        for place in 0..rng.between(3, 30) {
            if place > 0 {
                out.push(b',');
            }
            frame(out, rng);
        }
        json::push(out, "]}}]");
    });
}

fn frame(out: &mut Vec<u8>, rng: &mut Rng) {
    json::push(out, rng.pick(&EXCEPTIONS));
    json::push(out, r#","in_app":true,"lineno":"#);
    json::number(out, rng.between(1, 400));
    json::push(out, r#","colno":"#);
    json::number(out, rng.between(1, 30_000));
    out.push(b'}');
}

fn vital(out: &mut Vec<u8>, rng: &mut Rng) {
    json::push(out, r#"{"name":"LCP","rating":"good","navigationType":"navigate","value":"#);
    json::thousandths(out, rng.below(4_000_000));
    json::push(out, r#","$session_id":""#);
    json::uuid(out, rng.uuid(4));
    json::push(out, r#"","$current_url":"https://www.example.com/","entries":[{"size":1024,"element":null}]}"#);
}

/// The clicked element and its parents, one string with quotes in it; empty for other events.
pub(crate) fn elements_chain(name: &str, rng: &mut Rng, out: &mut Vec<u8>) {
    out.push(b'"');
    if matches!(name, "$autocapture" | "$rageclick") {
        json::push(out, r#"button.btn.btn-primary:attr__data-attr=\"save\"nth-child=\"2\"text=\"Save \\\"draft\\\"\""#);
        for _ in 0..rng.between(3, 9) {
            out.push(b';');
            json::push(out, rng.pick(&CHAIN));
        }
    }
    out.push(b'"');
}
