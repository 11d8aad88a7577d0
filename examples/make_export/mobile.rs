//! Fills the properties of events from the iOS and Android libraries.

use super::json::Members;
use super::rng::Rng;
use super::session::{Event, Session};
use super::{web, web_values};

const NAMES: [(u64, &str); 7] = [
    (40, "$screen"),
    (25, "$autocapture"),
    (10, "Application Backgrounded"),
    (10, "Application Became Active"),
    (10, "item_viewed"),
    (3, "push_opened"),
    (2, "$set"),
];

const LIBRARIES: [[&str; 2]; 4] = [
    [r#""$lib":"posthog-ios""#, r#""$lib_version":"3.20.1""#],
    [r#""$lib":"posthog-ios""#, r#""$lib_version":"3.14.2""#],
    [r#""$lib":"posthog-android""#, r#""$lib_version":"3.11.3""#],
    [r#""$lib":"posthog-android""#, r#""$lib_version":"3.8.0""#],
];

const IOS: [&str; 9] = [
    r#""$os":"iOS""#,
    r#""$os_name":"iOS""#,
    r#""$os_version":"18.3.1""#,
    r#""$device_manufacturer":"Apple""#,
    r#""$device_model":"iPhone15,2""#,
    r#""$device_name":"Maya's \"phone\"""#,
    r#""$screen_width":393"#,
    r#""$screen_height":852"#,
    r#""$device_type":"Mobile""#,
];

const ANDROID: [&str; 9] = [
    r#""$os":"Android""#,
    r#""$os_name":"Android""#,
    r#""$os_version":"14""#,
    r#""$device_manufacturer":"Google""#,
    r#""$device_model":"Pixel 8""#,
    r#""$device_name":"shiba""#,
    r#""$screen_width":411"#,
    r#""$screen_height":914"#,
    r#""$device_type":"Mobile""#,
];

const ALWAYS: [&str; 13] = [
    r#""$app_version":"4.2.0""#,
    r#""$app_build":"4200137""#,
    r#""$app_name":"Example Shop""#,
    r#""$app_namespace":"com.example.shop""#,
    r#""$is_emulator":false"#,
    r#""$is_sideloaded":false"#,
    r#""$locale":"pt-PT""#,
    r#""$network_wifi":true"#,
    r#""$network_cellular":false"#,
    r#""$process_person_profile":true"#,
    r#""$active_feature_flags":["new-cart"]"#,
    r#""$feature/new-cart":"variant-\"b\"""#,
    r#""$ip":null"#,
];

const SCREENS: [&str; 5] = ["Home", "Cart", "Product \\u2013 Details", "Search \\\"shoes\\\"", "Profile"];

pub(crate) fn name(place: u64, rng: &mut Rng) -> &'static str {
    if place == 0 { "Application Opened" } else { rng.weighted(&NAMES) }
}

pub(crate) fn library(seed: u64) -> [&'static str; 2] {
    Rng::new(seed).pick(&LIBRARIES)
}

pub(crate) fn properties(session: &Session, event: &Event, name: &str, rng: &mut Rng, members: &mut Members) {
    let library = library(session.seed);
    members.raws(&library);
    members.raws(if library[0].contains("ios") { &IOS } else { &ANDROID });
    members.raws(&ALWAYS);
    members.raws(Rng::new(session.seed).pick(&web_values::PLACES));
    members.text("$screen_name", rng.pick(&SCREENS));
    web::client_ids(session, event, rng, members);
    if name == "$set" {
        members.raw(r#""$set":{"push":true,"$session_id":"a look-alike"}"#);
    }
}
