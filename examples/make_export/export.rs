//! Opens sessions, interleaves their events as an export does, and keeps count of what it made.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Plan;
use super::broken::{Broken, Made};
use super::line::Line;
use super::planted;
use super::rng::Rng;
use super::session::{Opening, Session};
use super::visitor::Visitor;

/// 2025-03-14T00:00:00Z in microseconds.
const BEGIN: u64 = 1_741_910_400_000_000;
/// So many sessions are open at most, however long they last; memory follows from it.
const MOST_OPEN: usize = 50_000;
/// So many visitors may come again.
const MOST_KNOWN: usize = 1000;

/// An export under way.
pub(crate) struct Export {
    plan: Plan,
    rng: Rng,
    events_left: u64,
    sessions_left: u64,
    /// When the next session starts.
    clock: u64,
    /// The next event of every open session: when it is due, and the session's slot.
    due: BinaryHeap<Reverse<(u64, usize)>>,
    open: Vec<Session>,
    free: Vec<usize>,
    known: Vec<Visitor>,
    /// The first checkout of the session before, and whether that session is counted as inconsistent.
    last_checkout: Option<(u64, bool)>,
    line: Line,
    /// Lines of planted sessions that are still to come.
    planted: Vec<Vec<u8>>,
    /// How many other lines come between two of them, and before the next one.
    planted_every: u64,
    until_planted: u64,
    made: Made,
}

impl Export {
    pub(crate) fn new(plan: &Plan) -> Self {
        let sessions = plan.sessions.clamp(plan.events.min(1), plan.events);
        let planted = planted::lines(plan.causes, plan.strings, &mut Rng::new(!plan.seed));
        let mut made = Made::default();
        made.plant(plan.causes, planted.len() as u64);
        Self {
            rng: Rng::new(plan.seed),
            plan: plan.clone(),
            events_left: plan.events,
            sessions_left: sessions,
            clock: BEGIN,
            due: BinaryHeap::new(),
            open: Vec::new(),
            free: Vec::new(),
            known: Vec::new(),
            last_checkout: None,
            line: Line::new(plan.strings, plan.small),
            planted_every: plan.events / (planted.len() as u64 + 1),
            until_planted: 0,
            planted,
            made,
        }
    }

    /// What was written.
    pub(crate) fn made(self) -> Made {
        self.made
    }

    /// Appends the next line; false at the end.
    pub(crate) fn line(&mut self, out: &mut Vec<u8>) -> bool {
        let is_planted = self.until_planted == 0;
        if is_planted && let Some(line) = self.planted.pop() {
            self.until_planted = self.planted_every;
            out.extend_from_slice(&line);
            return true;
        }
        self.until_planted = self.until_planted.saturating_sub(1);
        while self.must_open() {
            self.open();
        }
        let Some(Reverse((_, slot))) = self.due.pop() else {
            // What is left of planted lines comes last.
            self.until_planted = 0;
            return self.planted.pop().is_some_and(|line| {
                out.extend_from_slice(&line);
                true
            });
        };
        let session = &mut self.open[slot];
        let event = session.event();
        let mut rng = session.split();
        self.made.events += 1;
        self.made.without_session_id += u64::from(event.spelling.is_none());
        self.line.write(session, &event, &mut rng, out);
        self.schedule(slot);
        true
    }

    /// Sessions open up to the time that the output has reached.
    fn must_open(&self) -> bool {
        let reached = self.due.peek().is_none_or(|Reverse((due, _))| *due >= self.clock);
        self.sessions_left > 0 && self.due.len() < MOST_OPEN && reached
    }

    fn schedule(&mut self, slot: usize) {
        match self.open[slot].schedule() {
            Some(due) => self.due.push(Reverse((due, slot))),
            None => self.free.push(slot),
        }
    }

    fn open(&mut self) {
        let size = self.size();
        let broken = self.plan.broken.draw(&mut self.rng);
        let (size, broken) = self.fit(size, broken);
        self.sessions_left -= 1;
        self.events_left -= size;
        let visitor = self.visitor(size);
        let seed = self.rng.next();
        let opening = Opening { broken, start: self.clock, size, visitor, checkout: None };
        let mut session = Session::new(opening, seed);
        self.count(&session, broken);
        if self.plan.checkout && !session.id.is_undefined() {
            session.check_out(self.checkout(size));
        }
        // Never twice in one millisecond, so that an id made of the time alone is unique.
        self.clock += self.rng.between(1, 99) * 1000;
        let slot = self.place(session);
        self.schedule(slot);
    }

    fn place(&mut self, session: Session) -> usize {
        if let Some(slot) = self.free.pop() {
            self.open[slot] = session;
            return slot;
        }
        self.open.push(session);
        self.open.len() - 1
    }

    /// How many events the next session has: mostly near the mean, one in eight much longer, never so many that a later
    /// session is left without one.
    fn size(&mut self) -> u64 {
        if self.sessions_left == 1 {
            return self.events_left;
        }
        let mean = (self.events_left + self.rng.below(self.sessions_left)) / self.sessions_left;
        let most = match mean {
            0..4 => 2 * mean - 1,
            _ if self.rng.percent(12) => 5 * mean,
            _ => mean * 11 / 7,
        };
        1 + self.rng.below(most.min(self.spare()))
    }

    /// How many events a session may have.
    fn spare(&self) -> u64 {
        self.events_left - (self.sessions_left - 1)
    }

    /// Some faults show in two events at least; where there is no room for them the session is healthy.
    fn fit(&self, size: u64, broken: Option<Broken>) -> (u64, Option<Broken>) {
        let pair = matches!(broken, Some(Broken::SharedByUsers | Broken::MixedSpelling));
        match (pair && size < 2, self.spare()) {
            (false, _) => (size, broken),
            (true, 2..) => (2, broken),
            (true, _) => (size, None),
        }
    }

    fn visitor(&mut self, size: u64) -> Visitor {
        let place = self.rng.index(MOST_KNOWN);
        if place < self.known.len() && self.rng.percent(30) {
            return self.known[place].again(&mut self.rng, size);
        }
        let visitor = Visitor::new(&mut self.rng, size);
        if self.known.len() < MOST_KNOWN {
            self.known.push(visitor);
        } else {
            self.known[place] = visitor;
        }
        visitor
    }

    fn count(&mut self, session: &Session, broken: Option<Broken>) {
        if session.id.is_undefined() {
            return self.made.count_undefined(session.user());
        }
        self.made.sessions += 1;
        if let Some(way) = broken {
            self.made.count(way);
        }
    }

    fn checkout(&mut self, size: u64) -> [u64; 2] {
        let (first, second) = (self.rng.next(), self.rng.next());
        match (self.plan.broken.draw_checkout(&mut self.rng), self.last_checkout) {
            (Some(Broken::SharedBySessions), _) if size > 1 => {
                self.made.count(Broken::SharedBySessions);
                self.last_checkout = Some((first, false));
                [first, second]
            }
            (Some(Broken::InconsistentId), Some((before, counted))) => {
                self.count_inconsistent(counted);
                self.last_checkout = Some((before, true));
                [before, before]
            }
            _ => {
                self.last_checkout = Some((first, false));
                [first, first]
            }
        }
    }

    /// A checkout that goes on under a new session id breaks both sessions.
    fn count_inconsistent(&mut self, counted: bool) {
        self.made.count(Broken::InconsistentId);
        if !counted {
            self.made.count(Broken::InconsistentId);
        }
    }
}
