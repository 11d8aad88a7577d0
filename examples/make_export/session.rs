//! Lives one session: which event comes when, from which library, and by whom.

use super::broken::Broken;
use super::identity::{self, SessionId, Spelling};
use super::rng::{Rng, WHOLE};
use super::visitor::{DistinctId, Login, Visitor, Who};

const SECOND: u64 = 1_000_000;
const MINUTE: u64 = 60 * SECOND;
/// A healthy session stays far from the limit of 24 hours.
const LONGEST: u64 = 8 * 60 * MINUTE;
const GENERIC: [&str; 5] = ["undefined", "null", "anonymous", "[object Object]", "None"];

/// The kind of program that sends an event.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Web,
    Mobile,
    Server,
    Model,
}

/// What an event says about two ids of one user.
#[derive(Clone, Copy)]
pub(crate) enum Link {
    Identify(DistinctId),
    Alias(DistinctId),
    /// A careless `$identify`, which joins nobody.
    Generic(&'static str),
}

/// The facts of one event; its bytes follow from them.
pub(crate) struct Event {
    pub(crate) place: u64,
    pub(crate) source: Source,
    pub(crate) time: u64,
    /// When it reached the server.
    pub(crate) due: u64,
    pub(crate) who: Who,
    pub(crate) link: Option<Link>,
    /// None when the event carries no session id.
    pub(crate) spelling: Option<Spelling>,
    pub(crate) checkout: Option<u64>,
}

/// What the opening of a session has decided.
pub(crate) struct Opening {
    pub(crate) broken: Option<Broken>,
    pub(crate) start: u64,
    pub(crate) size: u64,
    pub(crate) visitor: Visitor,
    /// The checkout of its first half and of its second.
    pub(crate) checkout: Option<[u64; 2]>,
}

/// A session that is under way.
pub(crate) struct Session {
    pub(crate) id: SessionId,
    /// Fixes what stays the same during the session, such as the browser.
    pub(crate) seed: u64,
    pub(crate) skew: u64,
    pub(crate) mobile: bool,
    opening: Opening,
    intruder: Option<Visitor>,
    spelling: Spelling,
    /// Whether a past-24-hours session is quiet until one late event from a server.
    burst: bool,
    /// Whether its events reach the server in pairs turned round.
    swaps: bool,
    span: u64,
    done: u64,
    time: u64,
    due: u64,
    rng: Rng,
}

impl Session {
    pub(crate) fn new(opening: Opening, seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let Opening { broken, start, size, .. } = opening;
        let minted = identity::mint(broken, start, size, &mut rng);
        let late = broken == Some(Broken::Past24Hours);
        let mobile = rng.percent(if late { 50 } else { 8 });
        let usual = (size - 1) * rng.between(2 * SECOND, 40 * SECOND);
        Self {
            id: minted.id,
            seed: rng.next(),
            skew: minted.skew,
            mobile,
            intruder: (broken == Some(Broken::SharedByUsers)).then(|| Visitor::stranger(&mut rng)),
            // Older iOS libraries spell every id in capitals, which is consistent and so no fault.
            spelling: if mobile && rng.percent(20) { Spelling::Upper } else { Spelling::Usual },
            burst: late && size > 1 && rng.percent(50),
            swaps: rng.percent(5),
            span: minted.span.unwrap_or(usual.min(LONGEST)) / 1000 * 1000,
            done: 0,
            time: start,
            due: start,
            rng,
            opening,
        }
    }

    pub(crate) fn start(&self) -> u64 {
        self.opening.start
    }

    /// Who the session belongs to, whatever ids they go by.
    pub(crate) fn user(&self) -> u64 {
        self.opening.visitor.user
    }

    pub(crate) fn check_out(&mut self, checkouts: [u64; 2]) {
        self.opening.checkout = Some(checkouts);
    }

    /// Fixes the time of the next event and says when it reaches the server.
    pub(crate) fn schedule(&mut self) -> Option<u64> {
        if self.done == self.opening.size {
            return None;
        }
        self.time = self.time_at(self.place());
        let delay = match self.rng.below(100) {
            0 => self.rng.between(MINUTE, 10 * MINUTE),
            1..=5 => self.rng.between(5 * SECOND, MINUTE),
            _ => self.rng.between(SECOND / 5, 5 * SECOND),
        };
        self.due = self.time + delay;
        Some(self.due)
    }

    fn place(&self) -> u64 {
        let other = self.done ^ 1;
        if self.swaps && other < self.opening.size { other } else { self.done }
    }

    /// The first and the last event are at the ends, so that what breaks a time rule is exact.
    fn time_at(&mut self, place: u64) -> u64 {
        let Opening { start, size, .. } = self.opening;
        if place == 0 {
            return start;
        }
        if place + 1 == size {
            return start + self.span;
        }
        let busy = if self.burst { self.span.min(size * 10 * SECOND) } else { self.span };
        let step = busy / size;
        let time = start + step * place + self.rng.below(step.max(1000));
        time - time % 1000
    }

    /// The event that `schedule` announced.
    pub(crate) fn event(&mut self) -> Event {
        let place = self.place();
        self.done += 1;
        let visitor = self.visitor(place);
        let link = self.link(place, visitor);
        let source = self.source(place, link);
        let at_end = place == 0 || place + 1 == self.opening.size;
        let carries = at_end || matches!(source, Source::Web | Source::Mobile) || self.rng.percent(60);
        Event {
            place,
            source,
            time: self.precise(source),
            due: self.due,
            who: visitor.who(place),
            link,
            spelling: carries.then(|| self.spelled(place)),
            checkout: self.checkout(place).filter(|_| at_end || self.rng.percent(50)),
        }
    }

    /// A randomness of its own for the bytes of the event.
    pub(crate) fn split(&mut self) -> Rng {
        Rng::new(self.rng.next())
    }

    fn in_second_half(&self, place: u64) -> bool {
        place >= self.opening.size.div_ceil(2)
    }

    fn visitor(&self, place: u64) -> Visitor {
        self.intruder.filter(|_| self.in_second_half(place)).unwrap_or(self.opening.visitor)
    }

    fn checkout(&self, place: u64) -> Option<u64> {
        self.opening.checkout.map(|checkouts| checkouts[usize::from(self.in_second_half(place))])
    }

    fn link(&mut self, place: u64, visitor: Visitor) -> Option<Link> {
        let device = DistinctId::Device(visitor.device);
        match visitor.login {
            Login::At(login) if login == place => {
                Some(if self.rng.percent(15) { Link::Alias(device) } else { Link::Identify(device) })
            }
            Login::Before if self.rng.chance(WHOLE / 200) => Some(Link::Generic(self.rng.pick(&GENERIC))),
            _ => None,
        }
    }

    fn source(&mut self, place: u64, link: Option<Link>) -> Source {
        let client = if self.mobile { Source::Mobile } else { Source::Web };
        let last = place + 1 == self.opening.size;
        match link {
            Some(Link::Alias(_)) => Source::Server,
            Some(_) => client,
            None if self.burst && last => Source::Server,
            None if place == 0 => client,
            None => self.rng.weighted(&[(74, client), (25, Source::Server), (1, Source::Model)]),
        }
    }

    /// Clients count milliseconds; servers count microseconds, some whole seconds.
    fn precise(&mut self, source: Source) -> u64 {
        if matches!(source, Source::Web | Source::Mobile) {
            return self.time;
        }
        let whole = self.time - self.time % SECOND;
        if whole >= self.opening.start && self.span < LONGEST && self.rng.percent(10) {
            return whole;
        }
        self.time + self.rng.below(1000)
    }

    /// The first event spells a mixed session's id as usual and the last one otherwise.
    fn spelled(&mut self, place: u64) -> Spelling {
        let mixed = self.opening.broken == Some(Broken::MixedSpelling);
        if !mixed || place == 0 {
            return self.spelling;
        }
        if self.spelling == Spelling::Upper || self.seed.is_multiple_of(2) {
            return Spelling::Bare;
        }
        let last = place + 1 == self.opening.size;
        if last || self.rng.percent(40) { Spelling::Upper } else { Spelling::Usual }
    }
}
