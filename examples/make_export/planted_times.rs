//! Plants sessions that are broken in their times.

use super::planted::{DAY, Event, HOUR, MINUTE, SECOND, Seed};

/// A server's times are cut to seconds, the id's is not.
pub(super) fn second_precision(seed: &mut Seed<'_>) -> Vec<Event> {
    let whole = -(seed.start % SECOND);
    let id = seed.session_id(seed.start);
    vec![seed.server_event(&id, whole), seed.server_event(&id, whole + MINUTE)]
}

/// The browser mints the id a few milliseconds behind the event's time.
pub(super) fn minted_after_event(seed: &mut Seed<'_>) -> Vec<Event> {
    let late = i64::try_from(seed.rng.between(1, 90)).unwrap_or_default() * 1000;
    let id = seed.session_id(seed.start + late);
    vec![seed.event(&id, 0), seed.event(&id, MINUTE)]
}

/// Local times are taken for UTC; the events' own ids have the true time.
pub(super) fn time_zone(seed: &mut Seed<'_>) -> Vec<Event> {
    let zone = i64::try_from(seed.rng.between(1, 28)).unwrap_or_default() * HOUR / 2;
    off_by(seed, zone)
}

/// The device's clock is ahead, by no multiple of half an hour.
pub(super) fn device_clock(seed: &mut Seed<'_>) -> Vec<Event> {
    let halves = i64::try_from(seed.rng.between(0, 90)).unwrap_or_default();
    let rest = i64::try_from(seed.rng.between(20, 1700)).unwrap_or_default();
    off_by(seed, halves * HOUR / 2 + rest * SECOND)
}

/// Two events, the first of them before the id's time, with ids of their own that are ahead of their times.
fn off_by(seed: &mut Seed<'_>, ahead: i64) -> Vec<Event> {
    let id = seed.session_id(seed.start);
    [1000, 7 * SECOND]
        .map(|after| Event { uuid: seed.uuid7(seed.start + after), ..seed.event(&id, after - ahead) })
        .into()
}

/// A server sends what happened over some days, and mints the id for it.
pub(super) fn minted_at_send(seed: &mut Seed<'_>) -> Vec<Event> {
    let id = seed.session_id(seed.start);
    let stored = seed.start + 3 * SECOND;
    let ages = [5 * DAY + 17 * MINUTE, 2 * DAY + 11 * MINUTE, 3 * HOUR + 7 * MINUTE];
    ages.map(|age| Event { arrival: Some((stored, stored)), ..seed.server_event(&id, -age) }).into()
}

/// A queue hands the browser's id to a burst of work, two days later.
pub(super) fn stale_id(seed: &mut Seed<'_>) -> Vec<Event> {
    let id = seed.session_id(seed.start);
    let mut events = vec![seed.event(&id, SECOND), seed.event(&id, MINUTE)];
    events.extend([0, 1, 2].map(|minute| seed.server_event(&id, 2 * DAY + minute * MINUTE)));
    events
}

/// The browser goes on with its id all day and into the next one.
pub(super) fn never_rotated(seed: &mut Seed<'_>) -> Vec<Event> {
    let id = seed.session_id(seed.start);
    (0..10).map(|part| seed.event(&id, SECOND + part * 3 * HOUR)).collect()
}
