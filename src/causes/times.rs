//! Declares the causes that show in the times of a session's events.

use super::code::{
    CLOCK, FROM_FIRST_EVENT, MOBILE_ROTATION, PRECISE_TIMES, PYTHON_FROM_FIRST_EVENT, ROTATION, TASKS,
    TIMES_WITH_A_ZONE,
};
use super::{Cause, Symptoms};
use crate::count::{counted, grouped};
use crate::event::time::{US_PER_DAY, US_PER_HOUR, US_PER_S};
use crate::library::{Side, side};
use crate::rules::TIME_RULES;
use crate::session::{Outside, Sightings, Spread};
use crate::span::humane;

/// A clock's offset may differ so much from event to event, for the way to the server is in it.
const STEADY_US: i64 = 10 * US_PER_S;

/// So much may an event be outside by its own clock, too: ids and events are not made in the same instant.
const SLACK_US: i64 = 5 * US_PER_S;

/// So long may the way of an event to the server be where its arrival tells its true time.
const WAY_US: i64 = 10 * US_PER_S;

/// By so much may a single event be off that shows a device's clock; one that is off by more has a time of its own.
const LONE_US: i64 = 600 * US_PER_S;

/// Events all along are in so many of the id's 24 hours at the least.
const HOURS_ALL_ALONG: u32 = 3;

/// Zones differ by multiples of this.
const ZONE_STEP_US: i64 = US_PER_HOUR / 2;

/// The zone that is farthest from UTC.
const ZONE_STEPS: i64 = 28;

/// The causes in the order in which they are asked.
pub(super) static CAUSES: [Cause; 7] = [
    Cause {
        name: "second-precision",
        label: "timestamps cut to whole seconds",
        looks: "\
The events before the id's time are all on whole seconds, and the id is less than a second later than the first one.",
        why: "\
The code that sends the events cuts their time to seconds (a date format without a fraction, a database column, an
integer of seconds), while the id has milliseconds: an event of the same second is then earlier than its own session.",
        fix: "send timestamps with milliseconds, or allow for it with --tolerance 1s",
        code: &[PRECISE_TIMES],
        sources: &[],
        explains: &["id-after-first-event"],
        check: |case| {
            let early = case.outside();
            case.early_us() < US_PER_S && early.on_whole_seconds == early.events && early.events > 0
        },
        evidence: |case| format!("on whole seconds: {}, {}", case.events_outside(case.outside()), case.earliest()),
    },
    Cause {
        name: "minted-after-event",
        label: "id minted a moment after the event's time was taken",
        looks: "All events before the id's time are posthog-js's, and the first one is less than 100 ms earlier.",
        why: "\
posthog-js takes the time of an event first and mints the session's id, if it needs a new one, a moment later. So the
event that opens a session can be a few milliseconds older than the id.",
        fix: "none is needed in your code: allow for it with --tolerance 100ms",
        code: &[],
        sources: &["posthog-js: packages/browser/src/sessionid.ts"],
        explains: &["id-after-first-event"],
        check: |case| {
            let is_web = |early: &Outside| early.origins().all(|origin| case.lib(origin) == Some("web"));
            case.early_us() < US_PER_S / 10 && case.session.early().is_some_and(is_web)
        },
        evidence: |case| format!("{}, {}", case.events_outside(case.outside()), case.earliest()),
    },
    Cause {
        name: "time-zone",
        label: "time zone lost",
        looks: "\
The events are off by a whole number of hours or half hours, to a few seconds: all of them by the same, as their own
UUIDv7, $sent_at against created_at or created_at alone tells; where nothing tells, the first one, with all others
within half an hour.",
        why: "\
A local time was sent or stored without its zone, and was taken for UTC later. The id has the true time.",
        fix: "send timestamps in UTC, or with their offset, as 2026-03-02T10:15:09.412+02:00",
        code: &[TIMES_WITH_A_ZONE],
        sources: &[],
        explains: &TIME_RULES,
        check: |case| case.is_off_by_zone(),
        evidence: |case| {
            let apart = |zone_us| format!("{} off on {}", humane(zone_us), case.events_outside(case.devices_outside()));
            let seeming = || format!("{}, {}", case.events_outside(case.outside()), case.earliest());
            case.told_zone_us().map_or_else(seeming, apart)
        },
    },
    Cause {
        name: "device-clock",
        label: "device clock ahead or behind",
        looks: "\
Every client event outside the id's 24 hours is off by the same time, to a few seconds, as its own UUIDv7 (or $sent_at
against created_at) tells; by the device's clock none of them is outside. A single one is off by ten minutes at the
most.",
        why: "\
PostHog corrects an event's timestamp by the skew between the device's clock and the server's, but not the id, which
the device minted by its own clock. Newer servers leave skews under 150 seconds alone.",
        fix: "none is needed per event: allow for small skews with --tolerance",
        code: &CLOCK,
        sources: &["PostHog pull request 51306", "PostHog pull request 93203"],
        explains: &TIME_RULES,
        check: |case| case.is_device_clock(&case.devices_outside()),
        evidence: |case| {
            let outside = case.devices_outside();
            let ahead_us = outside.ahead_us.least.midpoint(outside.ahead_us.most);
            let sign = if ahead_us < 0 { "-" } else { "+" };
            let (told, events) = (grouped(outside.ahead_us.count), case.events_outside(outside));
            format!("offset {sign}{} on {told} of {events}", humane(ahead_us))
        },
    },
    Cause {
        name: "minted-at-send",
        label: "id minted when back-filled events were sent",
        looks: "\
The events before the id's time were made or arrived just when the id was minted, though their timestamps are over a
minute older, each by a different length.",
        why: "\
Events are collected first and sent later (a back-fill, an import, a batch job) and the session id is minted when they
are sent, so that it is later than all of them.",
        fix: "mint the id from the first event's time: a UUIDv7 takes a time of your own",
        code: &[FROM_FIRST_EVENT, PYTHON_FROM_FIRST_EVENT],
        sources: &["krenalis: docs of the PostHog destination"],
        explains: &["id-after-first-event"],
        check: |case| case.is_minted_at_send(&case.outside()),
        evidence: |case| {
            let sent_us = case.outside().arrived_us.most - case.id_us();
            let side = if sent_us < 0 { "before" } else { "after" };
            let events = case.events_outside(case.outside());
            format!("{events}, {}, sent up to {} {side} it", case.earliest(), humane(sent_us))
        },
    },
    Cause {
        name: "stale-id",
        label: "stale id, from a queue or a cache",
        looks: "\
All events behind the id's 24 hours come from a server library, in a burst after a pause that is longer than an hour and
longer than the burst.",
        why: "\
A job queue, a cache or a context that outlives the request keeps the session id and hands it to work that is done much
later, when the user's session has long ended.",
        fix: "do not store the session id with jobs or in caches; send such events without one",
        code: &TASKS,
        sources: &["PostHog's Celery and queue contexts carry an id into later tasks"],
        explains: &["past-24-hours"],
        check: |case| case.is_stale(),
        evidence: |case| {
            let late = case.outside();
            let events = counted(late.events, "server event");
            let pause_us = case.pause_us(&late);
            let pause = if case.session.hours() == 0 {
                format!("none in them, the first {} after its time", humane(pause_us))
            } else {
                // Of the event before the pause, only the hour is known.
                format!("after a pause of over {}", humane(pause_us / US_PER_HOUR * US_PER_HOUR))
            };
            format!("{events} past its 24 hours, {pause}")
        },
    },
    Cause {
        name: "never-rotated",
        label: "id never renewed",
        looks: "\
There are events all along, in three or more of the id's 24 hours and behind them, not only of server libraries, and no
pause between them is known to be longer than a day.",
        why: "\
The application mints its session id once and goes on with it for days. PostHog's mobile and React Native libraries had
no limit of 24 hours for years; ids of your own need one, too.",
        fix: "mint a new id after 30 minutes without events and after 24 hours at the latest",
        code: &[ROTATION, MOBILE_ROTATION],
        sources: &[
            "posthog-js issue 2666",
            "posthog-js 2164",
            "posthog-ios 245",
            "posthog-android 494",
            "posthog-flutter 311",
        ],
        explains: &["past-24-hours"],
        check: |case| case.is_never_rotated(),
        evidence: |case| {
            let (late, hours) = (case.outside(), case.session.hours().count_ones());
            let until = humane(late.times_us.most - case.id_us());
            format!(
                "events in {hours} of the id's 24 hours, and {} more up to {until} after its time",
                grouped(late.events)
            )
        },
    },
];

impl Symptoms<'_> {
    /// Whether the reason is about events before the id's time; else it is about those past its 24 hours.
    fn is_early(&self) -> bool {
        self.reason.name == TIME_RULES[0]
    }

    /// The events that break the reason's rule.
    fn events_that_break(&self) -> Option<&Outside> {
        if self.is_early() { self.session.early() } else { self.session.late().map(|late| &late.outside) }
    }

    /// What the events show that break the reason's rule.
    fn outside(&self) -> Sightings {
        self.events_that_break().map(Outside::all).unwrap_or_default()
    }

    /// What those of them show that come from the device that minted the id: those of client libraries, if there are any.
    fn devices_outside(&self) -> Sightings {
        let Some(outside) = self.events_that_break() else { return Sightings::default() };
        let devices = outside.sightings(|origin| self.lib(origin).and_then(side) == Some(Side::Client));
        if devices.events > 0 { devices } else { outside.all() }
    }

    fn sides_outside(&self) -> Vec<Option<Side>> {
        let origins = self.events_that_break().into_iter().flat_map(Outside::origins);
        origins.map(|origin| self.lib(origin).and_then(side)).collect()
    }

    fn id_us(&self) -> i64 {
        self.session.key().embedded_us().unwrap_or_default()
    }

    /// How far the first event is before the id's time.
    fn early_us(&self) -> i64 {
        self.offsets_us().map_or(0, |(first_us, _)| -first_us)
    }

    /// `3 events before the id's time`.
    fn events_outside(&self, outside: Sightings) -> String {
        let place = if self.is_early() { "before the id's time" } else { "past its 24 hours" };
        format!("{} {place}", counted(outside.events, "event"))
    }

    fn earliest(&self) -> String {
        format!("the first {} before it", humane(self.early_us()))
    }

    /// Whether a zone is lost: the events say so, or nothing tells and they look like it.
    fn is_off_by_zone(&self) -> bool {
        self.told_zone_us().is_some() || self.is_seemingly_off_by_zone()
    }

    /// The difference of zones by which all events outside are off, as the client's clock tells, or else their arrival.
    fn told_zone_us(&self) -> Option<i64> {
        let outside = self.devices_outside();
        let (off, way_us, true_us) = if outside.ahead_us.count > 0 {
            (outside.ahead_us, 0, outside.made_us)
        } else {
            (outside.age_us, WAY_US, outside.arrived_us)
        };
        if off.count == 0 {
            return None;
        }
        let zone = |us: i64| zone(us - way_us / 2, SLACK_US + way_us / 2);
        let (least_us, most_us) = (zone(off.least)?, zone(off.most)?);
        let is_off = least_us == most_us && (least_us > 0) == self.is_early();
        (is_off && self.is_inside_by(&outside, true_us)).then_some(least_us)
    }

    /// Whether the first event is off by a difference of zones, though nothing tells the true time of any event: the first
    /// of a session is made when the id is. Events of a longer time may as well be old ones, hours apart, that were sent later.
    fn is_seemingly_off_by_zone(&self) -> bool {
        let outside = self.outside();
        let is_told = outside.ahead_us.count + outside.arrived_us.count > 0;
        let is_short = outside.times_us.width() < ZONE_STEP_US;
        self.is_early() && !is_told && is_short && zone(self.early_us(), 2 * US_PER_S).is_some()
    }

    /// Whether the events outside are inside by those times of theirs.
    fn is_inside_by(&self, outside: &Sightings, times_us: Spread) -> bool {
        let is_inside = if self.is_early() {
            times_us.least >= self.id_us() - SLACK_US
        } else {
            times_us.most < self.id_us() + US_PER_DAY + SLACK_US
        };
        times_us.count == outside.events && is_inside
    }

    fn is_minted_at_send(&self, early: &Sightings) -> bool {
        const SENT_WITHIN_US: i64 = 600 * US_PER_S;
        let arrived = early.arrived_us;
        let is_sent_with_id = arrived.count == early.events
            && arrived.least >= self.id_us() - SLACK_US
            && arrived.most <= self.id_us() + SENT_WITHIN_US;
        // By a wrong clock all of them were off by the same.
        let is_at_different_lengths = early.times_us.width() - arrived.width() > STEADY_US;
        let is_lone = early.events == 1 && !self.sides_outside().contains(&Some(Side::Client));
        is_sent_with_id && self.early_us() > 60 * US_PER_S && (is_at_different_lengths || is_lone)
    }

    fn is_device_clock(&self, outside: &Sightings) -> bool {
        let ahead = outside.ahead_us;
        if ahead.count == 0 {
            return false;
        }
        let is_off = if self.is_early() { ahead.least > 0 } else { ahead.most < 0 };
        // Of one clock, times go on while they are off; nothing else tells a clock from a time of the caller's own, but
        // that devices are seldom off by much.
        let goes_on = outside.times_us.width() > 2 * ahead.width() + US_PER_S;
        let is_client = self.sides_outside().contains(&Some(Side::Client));
        let is_small = is_client && ahead.least.abs().max(ahead.most.abs()) <= LONE_US;
        let is_steady = ahead.width() <= STEADY_US && (goes_on || is_small);
        is_off && is_steady && self.is_inside_by(outside, outside.made_us)
    }

    /// For how long nothing happened before the first late event, as far as is known.
    fn pause_us(&self, late: &Sightings) -> i64 {
        let hours = i64::from(u32::BITS - self.session.hours().leading_zeros());
        late.times_us.least - (self.id_us() + hours * US_PER_HOUR)
    }

    fn is_stale(&self) -> bool {
        let late = self.outside();
        let are_servers = self.sides_outside().iter().all(|side| *side == Some(Side::Server));
        are_servers && late.events > 0 && self.pause_us(&late) > late.times_us.width().max(US_PER_HOUR)
    }

    fn is_never_rotated(&self) -> bool {
        let late = self.outside();
        let has_others = self.sides_outside().iter().any(|side| *side != Some(Side::Server));
        let is_all_along = self.session.hours().count_ones() >= HOURS_ALL_ALONG;
        let late_pause_us = self.session.late().map_or(0, |late| late.filled.pause_us());
        has_others && is_all_along && self.pause_us(&late).max(late_pause_us) <= US_PER_DAY
    }
}

/// The multiple of half an hour that a time is near to, if it is one between zones.
fn zone(us: i64, slack_us: i64) -> Option<i64> {
    let steps = (us.abs() + ZONE_STEP_US / 2) / ZONE_STEP_US;
    let zone_us = steps * ZONE_STEP_US * us.signum();
    ((1..=ZONE_STEPS).contains(&steps) && (us - zone_us).abs() <= slack_us).then_some(zone_us)
}
