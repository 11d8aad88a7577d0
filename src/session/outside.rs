//! Remembers of the events outside their id's 24 hours what tells why they are there.

use super::Seen;
use crate::event::Arrival;
use crate::event::id::Side;
use crate::event::time::{US_PER_HOUR, US_PER_S};

/// The events of a session before its id's time, or those 24 hours or more behind it.
#[derive(Debug)]
pub(crate) struct Outside {
    /// The time farthest from the 24 hours, in microseconds since 1970, and the first event of that time.
    pub(crate) farthest_us: i64,
    pub(crate) farthest: Seen,
    shown: Shown,
}

/// What events show.
#[derive(Debug)]
enum Shown {
    /// There is one, the farthest, of this origin: nothing but what it shows by itself and by its arrival.
    One { origin: u32, arrival: Option<Box<Arrival>> },
    /// There are several.
    All(Box<ByOrigin>),
}

/// What events show by the number of their origin; mostly there is one.
#[derive(Debug, Default)]
struct ByOrigin {
    /// Behind the first `distinct` ones, an origin may come again.
    all: Vec<(u32, Sightings)>,
    distinct: usize,
}

/// The events of a session behind the 24 hours of its id, and when there are some.
#[derive(Debug)]
pub(crate) struct Late {
    pub(crate) outside: Outside,
    pub(crate) filled: Filled,
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
    fn of_event(us: i64, seen: &Seen, arrival: Option<&Arrival>) -> Self {
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
    /// The first event.
    pub(super) fn new(us: i64, seen: Seen, origin: u32, arrival: Option<Box<Arrival>>) -> Self {
        Self { farthest_us: us, farthest: seen, shown: Shown::One { origin, arrival } }
    }

    /// Adds an event on this side of the 24 hours.
    pub(super) fn add(&mut self, side: Side, us: i64, seen: &Seen, origin: u32, arrival: Option<&Arrival>) {
        self.shown_by_origin().note(origin, &Sightings::of_event(us, seen, arrival));
        let is_farther = match side {
            Side::Early => us < self.farthest_us,
            Side::Late => us > self.farthest_us,
        };
        if is_farther || us == self.farthest_us && seen.at < self.farthest.at {
            (self.farthest_us, self.farthest) = (us, seen.clone());
        }
    }

    /// What the events so far show, ready for another one.
    fn shown_by_origin(&mut self) -> &mut ByOrigin {
        if let Shown::One { origin, arrival } = &self.shown {
            let first = Sightings::of_event(self.farthest_us, &self.farthest, arrival.as_deref());
            let mut by_origin = ByOrigin::default();
            by_origin.note(*origin, &first);
            self.shown = Shown::All(Box::new(by_origin));
        }
        match &mut self.shown {
            Shown::All(by_origin) => by_origin,
            Shown::One { .. } => unreachable!("it was put by origin"),
        }
    }

    /// The numbers of the origins of these events, each once or more.
    pub(crate) fn origins(&self) -> impl Iterator<Item = u32> {
        let (one, several) = match &self.shown {
            Shown::One { origin, .. } => (Some(*origin), &[][..]),
            Shown::All(by_origin) => (None, &by_origin.all[..]),
        };
        one.into_iter().chain(several.iter().map(|(origin, _)| *origin))
    }

    /// What the events of some origins show.
    pub(crate) fn sightings(&self, is_wanted: impl Fn(u32) -> bool) -> Sightings {
        let mut all = Sightings::default();
        match &self.shown {
            Shown::One { origin, arrival } if is_wanted(*origin) => {
                all = Sightings::of_event(self.farthest_us, &self.farthest, arrival.as_deref());
            }
            Shown::One { .. } => {}
            Shown::All(by_origin) => {
                let wanted = by_origin.all.iter().filter(|(origin, _)| is_wanted(*origin));
                wanted.for_each(|(_, some)| all.add(some));
            }
        }
        all
    }

    /// What all of them show.
    pub(crate) fn all(&self) -> Sightings {
        self.sightings(|_| true)
    }
}

impl ByOrigin {
    /// Notes what an event shows. Of very many origins (versions that somebody makes up), those that come again are only
    /// put together now and then, when that pays.
    fn note(&mut self, origin: u32, sighting: &Sightings) {
        const FEW: usize = 8;
        if self.all.len() <= FEW
            && let Some((_, known)) = self.all.iter_mut().find(|(known, _)| *known == origin)
        {
            known.add(sighting);
            return;
        }
        if self.all.is_empty() {
            // Most have no more than this one.
            self.all.reserve_exact(1);
        }
        self.all.push((origin, *sighting));
        if self.all.len() > FEW && self.all.len() >= 2 * self.distinct {
            self.settle();
        }
    }

    fn settle(&mut self) {
        self.all.sort_unstable_by_key(|(origin, _)| *origin);
        self.all.dedup_by(|(later, more), (first, sum)| {
            let is_one = later == first;
            if is_one {
                sum.add(more);
            }
            is_one
        });
        self.distinct = self.all.len();
    }
}

impl Filled {
    const PARTS: usize = 256;

    /// Adds an event at so many microseconds behind the 24 hours; earlier ones are not asked.
    pub(super) fn add(&mut self, us: i64) {
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
        let mut outside = Outside::new(id_us - 5_000_000, seen, 3, None);
        let all = outside.all();
        assert_eq!(
            (outside.origins().collect::<Vec<_>>(), outside.sightings(|origin| origin == 4).events),
            (vec![3], 0)
        );
        assert_eq!(all.ahead_us, Spread { count: 1, least: 5_000_000, most: 5_000_000 });
        assert_eq!((all.made_us.least, all.arrived_us.least), (id_us, id_us));
        let arrival = Arrival { sent_us: Some(id_us + 4_000_000), created_us: Some(id_us) };
        outside.add(Side::Early, id_us - 1, &Seen::at_line(3, 0), 4, Some(&arrival));
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
    fn one_event_outside_is_small() {
        assert_eq!((size_of::<Outside>(), size_of::<Late>()), (64, 104));
    }

    #[test]
    fn one_event_shows_the_same_before_and_behind_another() {
        let shown = |order: [i64; 2]| {
            let arrival = |us: i64| Arrival { sent_us: Some(us + 3), created_us: Some(us + 7) };
            let mut outside = Outside::new(order[0], Seen::at_line(0, 0), 1, Some(Box::new(arrival(order[0]))));
            outside.add(Side::Late, order[1], &Seen::at_line(1, 0), 1, Some(&arrival(order[1])));
            (outside.farthest_us, format!("{:?}", outside.all()))
        };
        assert_eq!(shown([5_000_000, 9_000_000]), shown([9_000_000, 5_000_000]));
    }

    /// Of so many events of a third as many origins: how many sightings are sorted, and how many places are taken.
    fn sorted_and_kept(events: u32) -> (usize, usize) {
        let (mut by_origin, mut sorted) = (ByOrigin::default(), 0);
        for event in 0..events {
            let before = by_origin.all.len();
            by_origin.note(event % (events / 3), &Sightings { events: 1, ..Sightings::default() });
            let is_settled = by_origin.all.len() == by_origin.distinct && before > 8;
            sorted += if is_settled { before + 1 } else { 0 };
        }
        let kept = by_origin.all.len();
        by_origin.settle();
        let counted: Vec<_> = by_origin.all.iter().map(|(origin, some)| (*origin, some.events)).collect();
        assert_eq!(counted, (0..events / 3).map(|origin| (origin, 3)).collect::<Vec<_>>());
        (sorted, kept)
    }

    #[test]
    fn many_origins_take_steps_and_room_in_proportion() {
        let ((few_sorted, few_kept), (sorted, kept)) = (sorted_and_kept(30_000), sorted_and_kept(240_000));
        assert!(few_sorted > 0 && sorted <= 10 * few_sorted, "{few_sorted}, and of eight times as many {sorted}");
        assert!(few_kept <= 20_000 && kept <= 160_000, "{few_kept}, {kept}");
    }
}
