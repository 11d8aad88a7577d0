//! Plants sessions that are broken in whom they belong to, or in how their id is spelled.

use serde_json::Value;

use super::planted::{Event, MINUTE, SECOND, Seed};

/// A server process gives its one id to everybody.
pub(super) fn process_wide_id(seed: &mut Seed<'_>) -> Vec<Event> {
    let id = seed.session_id(seed.start);
    (1..=12).map(|user| of_user(seed.server_event(&id, user * SECOND), user)).collect()
}

/// The server goes by its own user ids, which the browser never hears of.
pub(super) fn backend_user_id(seed: &mut Seed<'_>) -> Vec<Event> {
    let id = seed.session_id(seed.start);
    let server = of_user(seed.server_event(&id, MINUTE), 2);
    vec![seed.event(&id, SECOND), server]
}

/// One logs out and another one logs in on the same device.
pub(super) fn missing_reset(seed: &mut Seed<'_>) -> Vec<Event> {
    let id = seed.session_id(seed.start);
    let device = Some(format!("device-{}", seed.number));
    let on_device = |event: Event, user| Event { device: device.clone(), ..of_user(event, user) };
    vec![on_device(seed.event(&id, SECOND), 1), on_device(seed.event(&id, MINUTE), 2)]
}

pub(super) fn upper_case_id(seed: &mut Seed<'_>) -> Vec<Event> {
    spelled(seed, str::to_uppercase)
}

pub(super) fn without_hyphens(seed: &mut Seed<'_>) -> Vec<Event> {
    spelled(seed, |id| id.replace('-', ""))
}

/// A session whose second event spells the id in another way.
fn spelled(seed: &mut Seed<'_>, other: fn(&str) -> String) -> Vec<Event> {
    let id = seed.session_id(seed.start);
    let spelled = Value::String(other(id.as_str().unwrap_or_default()));
    vec![seed.event(&id, SECOND), seed.event(&spelled, MINUTE)]
}

fn of_user(event: Event, user: i64) -> Event {
    let user = format!("{}-{user}", event.user);
    Event { user, ..event }
}
