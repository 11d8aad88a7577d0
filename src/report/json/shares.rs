//! Shows to other programs how many sessions or events there are by library, by day and by offset; these types are the
//! format, and they change only with `schema_version`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::saved::look_alike;
use crate::audit::offsets::{Histogram, Offsets};
use crate::audit::{Library, SessionlessEvents, Share};
use crate::count::{counted, percent_of, rounded};
use crate::event::time::{US_PER_MS, format_day, parse_day};

#[derive(Serialize, Deserialize)]
pub(super) struct LibraryResult {
    lib: Option<String>,
    lib_version: Option<String>,
    sessions: u64,
    dropped: u64,
    dropped_percent: f64,
    /// Only of the row that sums the others: how many these are.
    #[serde(skip_serializing_if = "Option::is_none")]
    others: Option<u64>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct DayResult {
    day: String,
    sessions: u64,
    dropped: u64,
    dropped_percent: f64,
}

#[derive(Serialize, Deserialize)]
pub(super) struct OffsetsResult {
    /// Sessions by first event minus the id's time; those by the last event.
    first: Vec<ClassResult>,
    last: Vec<ClassResult>,
    outside: u64,
    outside_with_tolerance_1s: u64,
}

#[derive(Serialize, Deserialize)]
struct ClassResult {
    from_ms: Option<i64>,
    to_ms: Option<i64>,
    sessions: u64,
}

#[derive(Serialize, Deserialize)]
pub(super) struct SessionlessResult {
    event: Option<String>,
    lib: Option<String>,
    events: u64,
    look_alikes: BTreeMap<Cow<'static, str>, u64>,
    /// Only of the row that sums the others: how many these are.
    #[serde(skip_serializing_if = "Option::is_none")]
    others: Option<u64>,
}

impl LibraryResult {
    pub(super) fn new((others, library): (Option<u64>, &Library)) -> Self {
        let Share { sessions, dropped } = library.share;
        Self {
            lib: others.map(|others| name_of_others(others, "version")).or_else(|| library.lib.clone()),
            lib_version: library.version.clone(),
            sessions,
            dropped,
            dropped_percent: rounded(percent_of(dropped, sessions)),
            others,
        }
    }

    pub(super) fn restore(self) -> (Option<u64>, Library) {
        let share = Share { sessions: self.sessions, dropped: self.dropped };
        let lib = self.lib.filter(|_| self.others.is_none());
        (self.others, Library { lib, version: self.lib_version, share })
    }
}

impl DayResult {
    /// `None` for a day past the year 9999.
    pub(super) fn new(day: i64, Share { sessions, dropped }: Share) -> Option<Self> {
        Some(Self { day: format_day(day)?, sessions, dropped, dropped_percent: rounded(percent_of(dropped, sessions)) })
    }

    pub(super) fn restore(self) -> Result<(i64, Share), String> {
        Ok((day(&self.day)?, Share { sessions: self.sessions, dropped: self.dropped }))
    }
}

impl OffsetsResult {
    pub(super) fn new(offsets: &Offsets) -> Self {
        Self {
            first: classes(&offsets.first),
            last: classes(&offsets.last),
            outside: offsets.outside,
            outside_with_tolerance_1s: offsets.outside - offsets.nearly_inside,
        }
    }

    pub(super) fn restore(self) -> Result<Offsets, String> {
        Ok(Offsets {
            first: histogram(&self.first)?,
            last: histogram(&self.last)?,
            outside: self.outside,
            nearly_inside: self.outside.saturating_sub(self.outside_with_tolerance_1s),
        })
    }
}

impl SessionlessResult {
    pub(super) fn new((others, group): (Option<u64>, &SessionlessEvents)) -> Self {
        let SessionlessEvents { event, lib, events, look_alikes } = group.clone();
        let event = others.map(|others| name_of_others(others, "kind")).or(event);
        let look_alikes = look_alikes.into_iter().map(|(name, events)| (name.into(), events)).collect();
        Self { event, lib, events, look_alikes, others }
    }

    pub(super) fn restore(self) -> Result<(Option<u64>, SessionlessEvents), String> {
        let Self { event, lib, events, look_alikes, others } = self;
        let event = event.filter(|_| others.is_none());
        let look_alikes = look_alikes.into_iter().map(|(name, events)| Ok::<_, String>((look_alike(&name)?, events)));
        Ok((others, SessionlessEvents { event, lib, events, look_alikes: look_alikes.collect::<Result<_, _>>()? }))
    }
}

/// The name of the row that sums others; `others` tells it from a library or an event that is called so.
fn name_of_others(others: u64, what: &str) -> String {
    format!("({})", counted(others, &format!("other {what}")))
}

/// The classes that have sessions.
fn classes(histogram: &Histogram) -> Vec<ClassResult> {
    let ms = |us: Option<i64>| us.map(|us| us / US_PER_MS);
    let full = histogram.classes().filter(|(.., sessions)| *sessions > 0);
    full.map(|(from, to, sessions)| ClassResult { from_ms: ms(from), to_ms: ms(to), sessions }).collect()
}

fn histogram(classes: &[ClassResult]) -> Result<Histogram, String> {
    let us = |ms: Option<i64>| ms.map(|ms| ms.saturating_mul(US_PER_MS));
    let mut histogram = Histogram::default();
    for class in classes {
        let is_known = histogram.set((us(class.from_ms), us(class.to_ms)), class.sessions);
        is_known.ok_or_else(|| format!("offsets from {:?} to {:?} ms are no class", class.from_ms, class.to_ms))?;
    }
    Ok(histogram)
}

pub(super) fn day(text: &str) -> Result<i64, String> {
    parse_day(text).ok_or_else(|| format!("{text:?} is no day"))
}
