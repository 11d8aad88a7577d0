//! Says what a rule is, and judges sessions by all of them.

mod condition;
mod table;

use bytemuck::Zeroable;

use crate::event::id::parse_uuid;
use crate::event::time::US_PER_DAY;
use crate::rows::{Flags, Row, UNTIMED, kept_text};
use crate::sessions::{Context, Session};

pub use condition::{Condition, Consequence, REACH_US};
pub use table::RULES;

/// What PostHog does with a session that breaks a rule, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It never reaches the sessions table.
    Excluded,
    /// It has a row that date-filtered queries miss.
    Unreachable,
    /// Several users or sessions are one row.
    Merged,
    /// One session is counted as several.
    Split,
    /// It has a row, but web analytics' pre-aggregation can lose or misplace it.
    Misplaced,
    /// It is aggregated as usual today.
    Kept,
}

impl Effect {
    /// All effects, worst first.
    pub const ALL: [Self; 6] =
        [Self::Excluded, Self::Unreachable, Self::Merged, Self::Split, Self::Misplaced, Self::Kept];

    /// The name that reports use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Excluded => "excluded",
            Self::Unreachable => "unreachable",
            Self::Merged => "merged",
            Self::Split => "split",
            Self::Misplaced => "misplaced",
            Self::Kept => "kept",
        }
    }

    /// What it means, in a few words.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Excluded => "never reaches the sessions table",
            Self::Unreachable => "has a row that date-filtered queries miss",
            Self::Merged => "several users or sessions share one row",
            Self::Split => "one session is counted as several",
            Self::Misplaced => "has a row, but web analytics' pre-aggregation can lose or misplace it",
            Self::Kept => "aggregated as usual today",
        }
    }
}

/// The page with PostHog's requirements for `$session_id`.
pub const DOCS_URL: &str = "https://posthog.com/docs/data/sessions#custom-session-ids";

/// A rule: one of PostHog's requirements for `$session_id`, or a part of one.
#[derive(Debug)]
pub struct Rule {
    /// Names the defect.
    pub name: &'static str,
    /// Which of the five published requirements it breaks.
    pub requirement: u8,
    /// The defect in one line.
    pub summary: &'static str,
    /// What the rule means, what PostHog does about it, the usual causes: the manual's text.
    pub doc: &'static str,
    /// The fix in one line.
    pub help: &'static str,
    /// What a session shows when it breaks the rule.
    pub breaks_if: Condition,
    /// What PostHog does with such a session.
    pub consequence: Consequence,
    message: fn(&Session<'_>) -> String,
}

/// The two rules about times: of events before the id's time, and of those past its 24 hours.
pub(crate) const TIME_RULES: [&str; 2] = ["id-after-first-event", "past-24-hours"];

/// A broken rule: what comes of it, and the event that proves it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Broken<'a> {
    /// What PostHog does.
    pub(crate) effect: Effect,
    /// The proof.
    pub(crate) proof: &'a Row,
}

/// Some of the rules, by their places in [`RULES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleSet(u16);

impl Rule {
    /// The rule of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.name == name)
    }

    /// Its place in [`RULES`].
    pub(crate) fn number(&self) -> usize {
        RULES.iter().position(|rule| std::ptr::eq(rule, self)).unwrap_or_default()
    }

    /// Whether and how the session breaks the rule.
    pub(crate) fn check<'a>(&self, session: &Session<'a>) -> Option<Broken<'a>> {
        self.breaks_if.check(self.consequence, session)
    }

    /// What is wrong with a session that breaks the rule, in numbers.
    pub(crate) fn message(&self, session: &Session<'_>) -> String {
        (self.message)(session)
    }

    /// Whether it is about the times of events.
    pub(crate) fn is_about_time(&self) -> bool {
        TIME_RULES.contains(&self.name)
    }
}

impl RuleSet {
    /// Every rule.
    pub const ALL: Self = Self((1 << RULES.len()) - 1);
    /// No rule.
    pub const NONE: Self = Self(0);

    /// The rules that `wanted` says yes to.
    #[must_use]
    pub fn of(wanted: impl Fn(&'static Rule) -> bool) -> Self {
        let rules = RULES.iter().enumerate().filter(|(_, rule)| wanted(rule));
        Self(rules.fold(0, |set, (number, _)| set | 1 << number))
    }

    /// The rules of this set that are also in the other.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The rules of this set that are not in the other.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The rules of either set.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The rules in their order.
    pub fn iter(self) -> impl Iterator<Item = &'static Rule> {
        RULES.iter().enumerate().filter(move |(number, _)| self.0 >> number & 1 == 1).map(|(_, rule)| rule)
    }

    /// Whether the rule of that name is in it.
    #[must_use]
    pub fn has(self, name: &str) -> bool {
        self.iter().any(|rule| rule.name == name)
    }

    /// Whether there is no rule in it.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Self::NONE
    }
}

/// The rules that a session id breaks whatever its events are.
#[must_use]
pub fn broken_by_id(id: &str) -> Vec<(&'static Rule, Effect)> {
    let untimed = Row { time_us: UNTIMED, sent_us: UNTIMED, stored_us: UNTIMED, ..Row::zeroed() };
    let row = match parse_uuid(id.as_bytes()) {
        Some((id, spelling)) => Row { key: id.as_u64_pair().into(), spelling: spelling.bits(), ..untimed },
        None => Row { flags: Flags::TEXT_KEY, ..untimed },
    };
    let rows = [&row];
    let text = kept_text(id);
    let context = Context::default();
    let session = Session::new(&rows, &text, &context);
    RULES.iter().filter_map(|rule| Some((rule, rule.check(&session)?.effect))).collect()
}

/// Which of these rules the session breaks, and the worst effect among them.
pub(crate) fn judge(rules: RuleSet, session: &Session<'_>) -> Option<(RuleSet, Effect)> {
    let mut worst = None;
    let mut broken = RuleSet::NONE;
    for (number, rule) in RULES.iter().enumerate().filter(|(number, _)| rules.0 >> number & 1 == 1) {
        if let Some(found) = rule.check(session) {
            broken.0 |= 1 << number;
            worst = Some(worst.map_or(found.effect, |worst: Effect| worst.min(found.effect)));
        }
    }
    worst.map(|effect| (broken, effect))
}

/// The longest time in microseconds that `--tolerance` can allow: a hundred years.
pub const MAX_TOLERANCE_US: i64 = 36_525 * US_PER_DAY;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_says_what_a_manual_needs() {
        for rule in &RULES {
            assert!((1..=5).contains(&rule.requirement), "{}", rule.name);
            assert!(rule.doc.contains("PostHog") && rule.doc.contains("Usual causes:"), "{}", rule.name);
            assert!(rule.doc.lines().all(|line| line.len() <= 120), "{}", rule.name);
            assert!(!rule.summary.is_empty() && rule.help.len() <= 110, "{}", rule.name);
        }
    }

    #[test]
    fn sets_of_rules() {
        assert_eq!(RuleSet::ALL.iter().count(), RULES.len());
        assert!(RuleSet::of(|_| false).is_empty());
        assert!(TIME_RULES.iter().all(|name| RuleSet::ALL.has(name) && !RuleSet::NONE.has(name)));
        let names: Vec<_> = RuleSet::of(|rule| rule.requirement == 1).iter().map(|rule| rule.name).collect();
        assert_eq!(names, ["inconsistent-id", "mixed-spelling"]);
        let (one, two) = (RuleSet::of(|rule| rule.requirement == 1), RuleSet::of(|rule| rule.requirement == 2));
        assert_eq!(one.or(two).without(two), one);
        assert!(one.and(two).is_empty() && one.or(two).and(one) == one);
    }
}
