//! Declares the causes that show in the times of a session's events.

use super::code::{
    CLOCK, FROM_FIRST_EVENT, MOBILE_ROTATION, PRECISE_TIMES, PYTHON_FROM_FIRST_EVENT, ROTATION, TASKS,
    TIMES_WITH_A_ZONE,
};
use super::outside::{EventTimes, MinMax};
use super::{Cause, CauseContext};
use crate::count::{counted, grouped};
use crate::event::id::Side;
use crate::event::time::{US_PER_DAY, US_PER_HOUR, US_PER_S};
use crate::rows::{LibrarySide, Row};
use crate::rules::TIME_RULES;
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
const HOURS_ALL_ALONG: usize = 3;

/// Zones differ by multiples of this.
const ZONE_STEP_US: i64 = US_PER_HOUR / 2;

/// The zone that is farthest from UTC.
const ZONE_STEPS: i64 = 28;

/// The causes in the order in which they are asked.
pub(super) static CAUSES: &[Cause] = &[
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
            let is_on_a_second = |row: &&Row| row.time_us % US_PER_S == 0;
            case.early_us() < US_PER_S && case.breaking().iter().all(is_on_a_second)
        },
        evidence: |case| format!("on whole seconds: {}, {}", case.how_many(case.breaking()), case.earliest()),
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
            let is_web = |row: &&Row| case.lib(row) == Some("web");
            case.early_us() < US_PER_S / 10 && case.breaking().iter().all(is_web)
        },
        evidence: |case| format!("{}, {}", case.how_many(case.breaking()), case.earliest()),
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
            let apart = |zone_us| format!("{} off on {}", humane(zone_us), case.how_many(&case.breaking_by_device()));
            let seeming = || format!("{}, {}", case.how_many(case.breaking()), case.earliest());
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
        check: |case| case.is_device_clock(),
        evidence: |case| {
            let rows = case.breaking_by_device();
            let ahead = EventTimes::of(&rows).ahead;
            let ahead_us = ahead.least.midpoint(ahead.most);
            let sign = if ahead_us < 0 { "-" } else { "+" };
            let told = grouped(ahead.count);
            format!("offset {sign}{} on {told} of {}", humane(ahead_us), case.how_many(&rows))
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
        check: |case| case.is_minted_at_send(),
        evidence: |case| {
            let sent_us = EventTimes::of(case.breaking()).arrived.most - case.minted_us();
            let side = if sent_us < 0 { "before" } else { "after" };
            let events = case.how_many(case.breaking());
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
            let events = counted(case.breaking().len() as u64, "server event");
            let pause = humane(case.pause_before_late_us());
            match case.inside() {
                [] => format!("{events} past its 24 hours, none in them, the first {pause} after its time"),
                _ => format!("{events} past its 24 hours, after a pause of {pause}"),
            }
        },
    },
    Cause {
        name: "never-rotated",
        label: "id never renewed",
        looks: "\
There are events all along, in three or more of the id's 24 hours and behind them, not only of server libraries, and no
pause between them is longer than a day.",
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
            let late = case.breaking();
            let hours = case.hours_with_events();
            let until = humane(late.last().map_or(0, |last| last.time_us - case.minted_us()));
            let late = grouped(late.len() as u64);
            format!("events in {hours} of the id's 24 hours, and {late} more up to {until} after its time")
        },
    },
];

impl<'a> CauseContext<'a> {
    /// Whether the reason is about events before the id's time; else it is about those past its 24 hours.
    fn is_early(&self) -> bool {
        self.reason.name == TIME_RULES[0]
    }

    /// The events that break the reason's rule, by time.
    fn breaking(&self) -> &'a [&'a Row] {
        self.outside(if self.is_early() { Side::Early } else { Side::Late })
    }

    /// Those of them that come from the device that minted the id: those of client libraries, if there are any.
    fn breaking_by_device(&self) -> Vec<&'a Row> {
        let breaking = self.breaking().iter().copied();
        let clients: Vec<_> = breaking.filter(|row| row.library_side() == Some(LibrarySide::Client)).collect();
        if clients.is_empty() { self.breaking().to_vec() } else { clients }
    }

    fn has_breaking_client(&self) -> bool {
        self.breaking().iter().any(|row| row.library_side() == Some(LibrarySide::Client))
    }

    /// The time inside the id in microseconds since 1970.
    fn minted_us(&self) -> i64 {
        self.id_us().unwrap_or_default()
    }

    /// How far the first event is before the id's time.
    fn early_us(&self) -> i64 {
        self.offsets_us().map_or(0, |(first_us, _)| -first_us)
    }

    /// `3 events before the id's time`.
    fn how_many(&self, rows: &[&Row]) -> String {
        let place = if self.is_early() { "before the id's time" } else { "past its 24 hours" };
        format!("{} {place}", counted(rows.len() as u64, "event"))
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
        let times = EventTimes::of(&self.breaking_by_device());
        let (off, way_us, real) =
            if times.ahead.count > 0 { (times.ahead, 0, times.made) } else { (times.age, WAY_US, times.arrived) };
        if off.count == 0 {
            return None;
        }
        let zone = |us: i64| zone(us - way_us / 2, SLACK_US + way_us / 2);
        let least_us = zone(off.least)?;
        let is_off = zone(off.most)? == least_us && (least_us > 0) == self.is_early();
        (is_off && self.is_inside_by(&times, real)).then_some(least_us)
    }

    /// Whether the first event is off by a difference of zones, though nothing tells the true time of any event: the first
    /// of a session is made when the id is. Events of a longer time may as well be old ones, hours apart, that were sent later.
    fn is_seemingly_off_by_zone(&self) -> bool {
        let times = EventTimes::of(self.breaking());
        let is_told = times.ahead.count + times.arrived.count > 0;
        let is_short = times.event.width() < ZONE_STEP_US;
        self.is_early() && !is_told && is_short && zone(self.early_us(), 2 * US_PER_S).is_some()
    }

    /// Whether the events outside are inside by those times of theirs.
    fn is_inside_by(&self, outside: &EventTimes, times: MinMax) -> bool {
        let is_inside = if self.is_early() {
            times.least >= self.minted_us() - SLACK_US
        } else {
            times.most < self.minted_us() + US_PER_DAY + SLACK_US
        };
        times.count == outside.event.count && is_inside
    }

    fn is_minted_at_send(&self) -> bool {
        const SENT_WITHIN_US: i64 = 600 * US_PER_S;
        let early = EventTimes::of(self.breaking());
        let arrived = early.arrived;
        let is_sent_with_id = arrived.count == early.event.count
            && arrived.least >= self.minted_us() - SLACK_US
            && arrived.most <= self.minted_us() + SENT_WITHIN_US;
        // By a wrong clock all of them were off by the same.
        let is_at_different_lengths = early.event.width() - arrived.width() > STEADY_US;
        let is_lone = early.event.count == 1 && !self.has_breaking_client();
        is_sent_with_id && self.early_us() > 60 * US_PER_S && (is_at_different_lengths || is_lone)
    }

    fn is_device_clock(&self) -> bool {
        let outside = EventTimes::of(&self.breaking_by_device());
        let ahead = outside.ahead;
        if ahead.count == 0 {
            return false;
        }
        let is_off = if self.is_early() { ahead.least > 0 } else { ahead.most < 0 };
        // Of one clock, times go on while they are off; nothing else tells a clock from a time of the caller's own, but
        // that devices are seldom off by much.
        let goes_on = outside.event.width() > 2 * ahead.width() + US_PER_S;
        let is_small = self.has_breaking_client() && ahead.least.abs().max(ahead.most.abs()) <= LONE_US;
        let is_steady = ahead.width() <= STEADY_US && (goes_on || is_small);
        is_off && is_steady && self.is_inside_by(&outside, outside.made)
    }

    /// For how long nothing happened before the first late event: since the last one in the 24 hours, or the id's time.
    fn pause_before_late_us(&self) -> i64 {
        let before_us = self.inside().last().map_or(self.minted_us(), |row| row.time_us);
        self.breaking().first().map_or(0, |first| first.time_us - before_us)
    }

    fn is_stale(&self) -> bool {
        let late = self.breaking();
        let are_servers = late.iter().all(|row| row.library_side() == Some(LibrarySide::Server));
        let burst_us = EventTimes::of(late).event.width();
        are_servers && !late.is_empty() && self.pause_before_late_us() > burst_us.max(US_PER_HOUR)
    }

    /// In how many of the id's 24 hours there are events.
    fn hours_with_events(&self) -> usize {
        let hour = |row: &&Row| (row.time_us - self.minted_us()).clamp(0, US_PER_DAY - 1) / US_PER_HOUR;
        self.inside().chunk_by(|one, other| hour(one) == hour(other)).count()
    }

    fn is_never_rotated(&self) -> bool {
        let late = self.breaking();
        let has_others = late.iter().any(|row| row.library_side() != Some(LibrarySide::Server));
        let pauses_us = late.windows(2).map(|pair| pair[1].time_us - pair[0].time_us);
        let longest_us = pauses_us.chain([self.pause_before_late_us()]).max().unwrap_or_default();
        has_others && self.hours_with_events() >= HOURS_ALL_ALONG && longest_us <= US_PER_DAY
    }
}

/// The multiple of half an hour that a time is near to, if it is one between zones.
fn zone(us: i64, slack_us: i64) -> Option<i64> {
    let steps = (us.abs() + ZONE_STEP_US / 2) / ZONE_STEP_US;
    let zone_us = steps * ZONE_STEP_US * us.signum();
    ((1..=ZONE_STEPS).contains(&steps) && (us - zone_us).abs() <= slack_us).then_some(zone_us)
}
