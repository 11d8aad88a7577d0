//! Fills the properties of events that an application's server sends.

use super::json::{self, Members};
use super::rng::Rng;
use super::session::{Event, Session};
use super::web;

const NAMES: [&str; 9] = [
    "order_paid",
    "invoice_sent",
    "api_request",
    "email_delivered",
    "job_finished",
    "$feature_flag_called",
    "subscription_renewed",
    "report_exported",
    "$set",
];

const LIBRARIES: [[&str; 2]; 10] = [
    [r#""$lib":"posthog-python""#, r#""$lib_version":"3.19.1""#],
    [r#""$lib":"posthog-python""#, r#""$lib_version":"6.7.4""#],
    [r#""$lib":"posthog-node""#, r#""$lib_version":"4.10.1""#],
    [r#""$lib":"posthog-node""#, r#""$lib_version":"5.8.2""#],
    [r#""$lib":"posthog-ruby""#, r#""$lib_version":"2.9.0""#],
    [r#""$lib":"posthog-go""#, r#""$lib_version":"1.4.0""#],
    [r#""$lib":"posthog-php""#, r#""$lib_version":"3.5.0""#],
    [r#""$lib":"posthog-java""#, r#""$lib_version":"1.2.0""#],
    [r#""$lib":"posthog-dotnet""#, r#""$lib_version":"1.0.5""#],
    [r#""$lib":"posthog-elixir""#, r#""$lib_version":"1.1.0""#],
];

const SOMETIMES: [&str; 14] = [
    r#""$is_server":true"#,
    r#""$geoip_disable":true"#,
    r#""$process_person_profile":true"#,
    r#""environment":"production""#,
    r#""region":"eu-west-1""#,
    r#""note":null"#,
    r#""currency":"EUR""#,
    r#""items":[{"sku":"A-100","qty":2,"price":19.90},{"sku":"B\\7","qty":1,"price":4.5e1}]"#,
    r#""$groups":{"company":"Example \"One\" Ltd","project":"018c1057-288d-7000-93bb-3bd44c845f22"}"#,
    r#""$set":{"plan":"team","seats":12,"$session_id":"a look-alike"}"#,
    r#""request_body":"{\"$session_id\":\"not this one\",\"items\":[1,2,{\"a\":\"\\\"b\\\"\"}]}""#,
    r#""path":"C:\\jobs\\nightly\\""#,
    r#""tags":["nightly","\u00fcber","{}","]"]"#,
    r#""$active_feature_flags":["new-billing","fast-search"]"#,
];

const PYTHON: [&str; 4] = [
    r#""$python_runtime":"CPython""#,
    r#""$python_version":"3.12.4""#,
    r#""$os":"Linux""#,
    r#""$os_version":"6.8.0-1021-aws""#,
];

pub(crate) fn name(rng: &mut Rng) -> &'static str {
    rng.pick(&NAMES)
}

/// An application has one server library, so a session does.
pub(crate) fn library(seed: u64) -> [&'static str; 2] {
    Rng::new(seed).pick(&LIBRARIES)
}

pub(crate) fn properties(session: &Session, event: &Event, rng: &mut Rng, members: &mut Members) {
    let library = library(session.seed);
    members.raws(&library);
    if library[0].contains("python") {
        members.raws(&PYTHON);
    }
    for member in SOMETIMES {
        if rng.percent(22) {
            members.raw(member);
        }
    }
    members.number("duration_ms", rng.below(5000));
    members.with("amount", |out| json::thousandths(out, rng.below(900_000)));
    if event.spelling.is_some() && rng.percent(50) {
        members.uuid("$window_id", web::window_id(session));
    }
    members.with("distinct_id", |out| event.who.distinct.write(out));
}
