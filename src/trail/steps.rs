//! Keeps of a session's events the first and the last ones, and those that may prove something, and counts the others.

use std::collections::BTreeMap;

use crate::event::id::{Side, Spelling, Window};
use crate::identity::UserNumber;
use crate::input::Position;
use crate::session::EventId;

/// What is kept of an event.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) time_us: Option<i64>,
    pub(super) at: Position,
    pub(super) user: UserNumber,
    /// The number of what it shows beside its user.
    pub(super) own_look: u32,
    pub(super) name: Option<Box<str>>,
    pub(super) library: Option<String>,
    pub(super) spelling: Spelling,
    pub(super) uuid: EventId,
}

/// Where an event is in its session; without a time in the id, all that have one are inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Before the id's own time.
    Early,
    /// In the id's 24 hours.
    Inside,
    /// Behind them.
    Late,
    /// Without a time.
    Untimed,
}

impl Part {
    /// All of them in their order.
    pub const ALL: [Self; 4] = [Self::Early, Self::Inside, Self::Late, Self::Untimed];

    pub(super) fn of(time_us: Option<i64>, id_us: Option<i64>) -> Self {
        let Some(us) = time_us else { return Self::Untimed };
        match id_us.and_then(|id_us| Window { id_us, slack_us: 0 }.side(us)) {
            Some(Side::Early) => Self::Early,
            None => Self::Inside,
            Some(Side::Late) => Self::Late,
        }
    }
}

/// Why an event is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// It is one of the first; of those without a time, because there is room.
    First,
    /// It proves something.
    Proof,
    /// It is one of the last.
    Last,
}

/// The events of a session, as far as they are kept.
#[derive(Debug, Default)]
pub(super) struct Steps {
    kept: Vec<Step>,
    /// How many there were when all that may be dropped was dropped.
    pruned: usize,
    /// How many events there are in each part.
    counts: [u64; Part::ALL.len()],
}

/// Of so many kinds of events, those that come first, the first event is kept.
const MOST_KINDS: usize = 1000;

impl Steps {
    /// Adds an event; so many can be shown, and those that prove something.
    pub(super) fn add(&mut self, step: Step, id_us: Option<i64>, limit: usize) {
        self.counts[Part::of(step.time_us, id_us) as usize] += 1;
        self.kept.push(step);
        if self.kept.len() > 8 * limit + 2 * self.pruned {
            self.prune(limit);
        }
    }

    /// Drops what will not be shown, whatever else comes; whatever the order in which events come, the same are left.
    fn prune(&mut self, limit: usize) {
        self.sort();
        let candidates = self.candidates();
        let choices = self.choices(limit, &candidates);
        let mut choices = choices.into_iter();
        self.kept.retain(|_| choices.next().flatten().is_some());
        self.pruned = self.kept.len();
    }

    /// By time, those without one last, and by place.
    fn sort(&mut self) {
        self.kept.sort_by_key(|step| (step.time_us.is_none(), step.time_us, step.at));
    }

    /// The sorted events that may turn out to prove something beside the earliest one: the first one of every kind, and
    /// the first one at the latest time.
    fn candidates(&self) -> Vec<Position> {
        let mut firsts = BTreeMap::new();
        for step in &self.kept {
            let first = firsts.entry((step.user, step.own_look)).or_insert(step.at);
            *first = step.at.min(*first);
        }
        let mut candidates: Vec<_> = firsts.into_values().collect();
        candidates.sort_unstable();
        candidates.truncate(MOST_KINDS);
        let last_us = self.kept.iter().filter_map(|step| step.time_us).next_back();
        let latest = self.kept.iter().find(|step| step.time_us.is_some() && step.time_us == last_us);
        candidates.extend(latest.map(|step| step.at));
        candidates.sort_unstable();
        candidates
    }

    /// For each of the sorted events, why it is shown, if it is; the proofs are sorted, too.
    fn choices(&self, limit: usize, proofs: &[Position]) -> Vec<Option<Choice>> {
        let timed = self.kept.iter().filter(|step| step.time_us.is_some()).count();
        let choice = |(place, step): (usize, &Step)| match place {
            _ if place < limit && timed <= limit => Some(Choice::First),
            _ if place < limit.div_ceil(2) => Some(Choice::First),
            _ if place < timed && place + limit / 2 >= timed => Some(Choice::Last),
            _ => proofs.binary_search(&step.at).is_ok().then_some(Choice::Proof),
        };
        self.kept.iter().enumerate().map(choice).collect()
    }

    /// The users of the events by place, each once or more.
    pub(super) fn users(&self) -> Vec<UserNumber> {
        let mut users: Vec<_> = self.kept.iter().map(|step| (step.at, step.user)).collect();
        users.sort_unstable();
        users.into_iter().map(|(_, user)| user).collect()
    }

    /// Of all events, the first and the last ones, so many in all, and the proofs, in their order; and how many are left
    /// out of each part.
    pub(super) fn shown(
        mut self,
        limit: usize,
        mut proofs: Vec<Position>,
        id_us: Option<i64>,
    ) -> (Vec<(Step, Choice)>, [u64; Part::ALL.len()]) {
        self.sort();
        proofs.sort_unstable();
        let choices = self.choices(limit, &proofs);
        let shown: Vec<_> =
            self.kept.into_iter().zip(choices).filter_map(|(step, choice)| Some((step, choice?))).collect();
        let mut left_out = self.counts;
        for (step, _) in &shown {
            left_out[Part::of(step.time_us, id_us) as usize] -= 1;
        }
        (shown, left_out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An event at a line, if it has a time at that second.
    fn step(line: u32, second: Option<i64>, user: u32) -> Step {
        let at = Position { input: 0, chunk: 0, line, nth: 0 };
        let time_us = second.map(|s| s * 1_000_000);
        let (name, library, uuid) = (None, None, EventId::NONE);
        Step { time_us, at, user, own_look: 0, name, library, spelling: Spelling::CANONICAL, uuid }
    }

    /// The lines of what is shown, and how many are left out.
    fn shown(steps: impl IntoIterator<Item = Step>, limit: usize, proofs: &[u32]) -> (Vec<u32>, [u64; 4]) {
        let mut all = Steps::default();
        steps.into_iter().for_each(|step| all.add(step, Some(0), limit));
        assert!(all.kept.len() <= 8 * limit + 2 * all.pruned, "{}", all.kept.len());
        let at = |line: &u32| Position { input: 0, chunk: 0, line: *line, nth: 0 };
        let (shown, left_out) = all.shown(limit, proofs.iter().map(at).collect(), Some(0));
        (shown.into_iter().map(|(step, _)| step.at.line).collect(), left_out)
    }

    #[test]
    fn first_and_last_events_and_proofs_are_shown_in_any_order() {
        let day_s = 86_400;
        let steps: Vec<_> = (0..1000).map(|line| step(line, Some(i64::from(line) * 200 - 1000), line / 500)).collect();
        let late = (1000 + day_s) / 200;
        for limit in [1, 2, 5, 6] {
            let expected: Vec<_> = (0..limit).filter(|n| n * 2 < limit).chain([500]).collect();
            let last = (1000 - limit / 2)..1000;
            let expected: Vec<_> = expected.into_iter().chain(last).collect();
            let (lines, left_out) = shown(steps.clone(), limit as usize, &[500, 0]);
            assert_eq!(lines, expected);
            assert_eq!(left_out.iter().sum::<u64>(), 1000 - lines.len() as u64);
            // The proof is behind the 24 hours, too.
            assert_eq!(left_out[2], 1000 - u64::try_from(late).unwrap_or_default() - u64::from(limit / 2) - 1);
            let backwards: Vec<_> = steps.iter().rev().cloned().collect();
            assert_eq!(shown(backwards, limit as usize, &[500, 0]), (lines, left_out));
        }
    }

    #[test]
    fn events_without_a_time_take_the_room_that_is_left() {
        let steps =
            |timed: u32| (0..10).map(move |line| step(line, (line >= 10 - timed).then_some(i64::from(line)), 0));
        assert_eq!(shown(steps(2), 4, &[]), (vec![8, 9, 0, 1], [0, 0, 0, 6]));
        assert_eq!(shown(steps(8), 4, &[]), (vec![2, 3, 8, 9], [0, 4, 0, 2]));
        assert_eq!(shown(steps(8), 4, &[1]), (vec![2, 3, 8, 9, 1], [0, 4, 0, 1]));
    }

    #[test]
    fn of_very_many_kinds_the_first_are_kept() {
        let steps = (0..100_000).rev().map(|line| step(line, Some(1), line));
        let (lines, _) = shown(steps, 2, &[1, 500, 99_998]);
        assert_eq!(lines, [0, 1, 500, 99_999]);
    }
}
