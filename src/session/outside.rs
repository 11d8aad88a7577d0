//! Remembers of the events outside their id's 24 hours what tells why they are there.

use super::Seen;
use crate::event::Arrival;
use crate::event::time::{US_PER_DAY, US_PER_HOUR, US_PER_S};

/// The events of a session before its id's time, or those 24 hours or more behind it.
#[derive(Debug)]
pub(crate) struct Outside {
    /// The time farthest from the 24 hours, in microseconds since 1970, and the first event of that time.
    pub(crate) farthest_us: i64,
    pub(crate) farthest: Seen,
    /// What the events show, by the number of their origin; mostly there is one. Behind the first `distinct` ones, an
    /// origin may come again.
    by_origin: Vec<(u32, Sightings)>,
    distinct: usize,
    /// When there are events behind the 24 hours.
    filled: Filled,
}

/// In which parts of the time behind an id's 24 hours there are events: parts of an hour each, or of twice as long as often
/// as it takes to hold the last one.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Filled {
    parts: [u64; Self::PARTS / 64],
    /// How often the parts' length was doubled.
    doubled: u32,
}

/// What some events outside the 24 hours show.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Sightings {
    pub(crate) events: u64,
    /// How many of them are on whole seconds.
    pub(crate) on_whole_seconds: u64,
    /// Their times.
    pub(crate) times_us: Spread,
    /// How far the client's clock was ahead of an event's time, by the events that tell.
    pub(crate) ahead_us: Spread,
    /// By the client's clock, when the events were made.
    pub(crate) made_us: Spread,
    /// When the events were made or arrived, whatever their time says.
    pub(crate) arrived_us: Spread,
    /// How long after their time that was.
    pub(crate) age_us: Spread,
}

/// How many values there were, the least and the greatest of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spread {
    pub(crate) count: u64,
    pub(crate) least: i64,
    pub(crate) most: i64,
}

impl Default for Spread {
    fn default() -> Self {
        Self { count: 0, least: i64::MAX, most: i64::MIN }
    }
}

impl Spread {
    fn of(value: Option<i64>) -> Self {
        value.map_or(Self::default(), |value| Self { count: 1, least: value, most: value })
    }

    fn add(&mut self, other: Self) {
        self.count += other.count;
        (self.least, self.most) = (self.least.min(other.least), self.most.max(other.most));
    }

    /// The greatest value minus the least; 0 of none.
    pub(crate) fn width(self) -> i64 {
        if self.count == 0 { 0 } else { self.most - self.least }
    }
}

impl Sightings {
    fn of_event(us: i64, seen: &Seen, arrival: Option<Arrival>) -> Self {
        let minted_us = seen.event.embedded_us();
        let sent_ahead_us = arrival.and_then(|arrival| Some(arrival.sent_us? - arrival.created_us?));
        let ahead_us = minted_us.map(|minted_us| minted_us - us).or(sent_ahead_us);
        let arrived_us = minted_us.or(arrival.and_then(|arrival| arrival.created_us));
        Self {
            events: 1,
            on_whole_seconds: u64::from(us % US_PER_S == 0),
            times_us: Spread::of(Some(us)),
            ahead_us: Spread::of(ahead_us),
            made_us: Spread::of(ahead_us.map(|ahead_us| us + ahead_us)),
            arrived_us: Spread::of(arrived_us),
            age_us: Spread::of(arrived_us.map(|arrived_us| arrived_us - us)),
        }
    }

    fn add(&mut self, other: &Self) {
        self.events += other.events;
        self.on_whole_seconds += other.on_whole_seconds;
        self.times_us.add(other.times_us);
        self.ahead_us.add(other.ahead_us);
        self.made_us.add(other.made_us);
        self.arrived_us.add(other.arrived_us);
        self.age_us.add(other.age_us);
    }
}

impl Outside {
    /// No events yet but the one that is to be added first.
    pub(super) fn new(us: i64, seen: Seen) -> Self {
        Self { farthest_us: us, farthest: seen, by_origin: Vec::new(), distinct: 0, filled: Filled::default() }
    }

    /// Adds an event; all of them are on one side of the 24 hours of an id of that time.
    pub(super) fn add(&mut self, us: i64, seen: &Seen, origin: u32, arrival: Option<Arrival>, id_us: i64) {
        let is_early = us < id_us;
        let is_farther = if is_early { us < self.farthest_us } else { us > self.farthest_us };
        if is_farther || us == self.farthest_us && seen.at < self.farthest.at {
            (self.farthest_us, self.farthest) = (us, seen.clone());
        }
        self.filled.add(us - id_us - US_PER_DAY);
        self.note(origin, &Sightings::of_event(us, seen, arrival));
    }

    /// Notes what an event shows. Of very many origins (versions that somebody makes up), those that come again are only
    /// put together now and then, when that pays.
    fn note(&mut self, origin: u32, sighting: &Sightings) {
        const FEW: usize = 8;
        if self.by_origin.len() <= FEW
            && let Some((_, known)) = self.by_origin.iter_mut().find(|(known, _)| *known == origin)
        {
            known.add(sighting);
            return;
        }
        if self.by_origin.is_empty() {
            // Most have no more than this one.
            self.by_origin.reserve_exact(1);
        }
        self.by_origin.push((origin, *sighting));
        if self.by_origin.len() > FEW && self.by_origin.len() >= 2 * self.distinct {
            self.settle();
        }
    }

    fn settle(&mut self) {
        self.by_origin.sort_unstable_by_key(|(origin, _)| *origin);
        self.by_origin.dedup_by(|(later, more), (first, sum)| {
            let is_one = later == first;
            if is_one {
                sum.add(more);
            }
            is_one
        });
        self.distinct = self.by_origin.len();
    }

    /// The numbers of the origins of these events, each once or more.
    pub(crate) fn origins(&self) -> impl Iterator<Item = u32> {
        self.by_origin.iter().map(|(origin, _)| *origin)
    }

    /// What the events of some origins show.
    pub(crate) fn sightings(&self, is_wanted: impl Fn(u32) -> bool) -> Sightings {
        let mut all = Sightings::default();
        self.by_origin.iter().filter(|(origin, _)| is_wanted(*origin)).for_each(|(_, some)| all.add(some));
        all
    }

    /// When there are events behind the 24 hours.
    pub(crate) fn filled(&self) -> &Filled {
        &self.filled
    }

    /// What all of them show.
    pub(crate) fn all(&self) -> Sightings {
        self.sightings(|_| true)
    }
}

impl Filled {
    const PARTS: usize = 256;

    /// Adds an event at so many microseconds behind the 24 hours; earlier ones are not asked.
    fn add(&mut self, us: i64) {
        let Ok(mut part) = usize::try_from(us.div_euclid(US_PER_HOUR << self.doubled)) else { return };
        while part >= Self::PARTS {
            self.double();
            part /= 2;
        }
        self.parts[part / 64] |= 1 << (part % 64);
    }

    /// Makes one part of every two.
    fn double(&mut self) {
        let filled: Vec<_> = self.filled().map(|part| part / 2).collect();
        self.parts = [0; _];
        for part in filled {
            self.parts[part / 64] |= 1 << (part % 64);
        }
        self.doubled += 1;
    }

    fn filled(&self) -> impl Iterator<Item = usize> {
        (0..Self::PARTS).filter(|part| self.parts[part / 64] >> (part % 64) & 1 != 0)
    }

    /// For how long there was no event between others at least: the longest row of parts without any.
    pub(crate) fn pause_us(&self) -> i64 {
        let parts: Vec<_> = self.filled().collect();
        let empty = parts.windows(2).map(|pair| pair[1] - pair[0] - 1).max().unwrap_or_default();
        i64::try_from(empty).unwrap_or_default() * (US_PER_HOUR << self.doubled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::EventId;

    #[test]
    fn clocks_are_told_by_the_events_own_id_and_else_by_its_arrival() {
        let mut seen = Seen::at_line(7, 0);
        seen.event = EventId::new(Some("019cadc6-9a80-7c1e-9a4b-5d0e6f7a8b9c"));
        let id_us = 0x019c_adc6_9a80 * 1000;
        let mut outside = Outside::new(id_us - 5_000_000, seen.clone());
        outside.add(id_us - 5_000_000, &seen, 3, None, id_us);
        let all = outside.all();
        assert_eq!(all.ahead_us, Spread { count: 1, least: 5_000_000, most: 5_000_000 });
        assert_eq!((all.made_us.least, all.arrived_us.least), (id_us, id_us));
        let arrival = Arrival { sent_us: Some(id_us + 4_000_000), created_us: Some(id_us) };
        outside.add(id_us - 1, &Seen::at_line(3, 0), 4, Some(arrival), id_us);
        let all = outside.all();
        assert_eq!((all.ahead_us.least, all.ahead_us.width()), (4_000_000, 1_000_000));
        assert_eq!((outside.farthest_us, all.times_us.most, all.events), (id_us - 5_000_000, id_us - 1, 2));
        assert_eq!(outside.sightings(|origin| origin == 4).events, 1);
    }

    #[test]
    fn pauses_are_told_in_any_order_and_at_any_length() {
        let pause_h = |hours: &[i64]| {
            let filled = |hours: &mut dyn Iterator<Item = &i64>| {
                let mut filled = Filled::default();
                hours.for_each(|hour| filled.add(hour * US_PER_HOUR + 1));
                filled
            };
            let (forth, back) = (filled(&mut hours.iter()), filled(&mut hours.iter().rev()));
            assert_eq!(forth, back);
            forth.pause_us() / US_PER_HOUR
        };
        assert_eq!(pause_h(&[]), 0);
        assert_eq!(pause_h(&[-3, 0, 1, 2, 5, 6]), 2);
        assert_eq!(pause_h(&[0, 255]), 254);
        assert_eq!(pause_h(&[0, 1, 24 * 60]), 179 * 8);
        assert_eq!(pause_h(&(0..9000).step_by(5).collect::<Vec<_>>()), 0);
    }

    #[test]
    fn many_origins_take_time_and_room_in_proportion() {
        let seen = Seen::at_line(0, 0);
        let mut outside = Outside::new(0, seen.clone());
        for event in 0..300_000 {
            outside.add(i64::from(event), &seen, event % 100_000, None, 1_000_000);
        }
        assert!(outside.by_origin.len() <= 200_000, "{}", outside.by_origin.len());
        assert_eq!(outside.sightings(|origin| origin == 7).events, 3);
        outside.settle();
        assert_eq!((outside.origins().count(), outside.all().events), (100_000, 300_000));
    }
}
