//! Holds rates of broken sessions against those of a baseline.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};

use crate::audit::{Lib, Rate};
use crate::count::{grouped, percent_beside, percent_of, rounded};
use crate::rows::Identity;
use crate::rules::Rule;
use crate::safe::data_text;

/// More sessions than this are in no export; the rates of fewer compare without rounding.
const MAX_SESSIONS: u64 = 1 << 48;

/// The rates that a baseline lists.
#[derive(Debug)]
pub struct KnownRates {
    /// What the time rules allowed, in microseconds.
    pub(super) tolerance_us: i64,
    /// What counted as one user.
    pub(super) identity: Identity,
    /// The property that held the application's own session, if there was one.
    pub(super) session_key: Option<String>,
    /// Which fields were read elsewhere, in text order, if that is known.
    pub(super) fields: Option<Vec<String>>,
    /// By number of the rule.
    pub(super) rates: BTreeMap<(usize, Lib), Fraction>,
}

/// Some sessions of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fraction {
    /// All.
    pub sessions: u64,
    /// Those that break a rule.
    pub broken: u64,
}

impl Fraction {
    /// A fraction as a file states it.
    ///
    /// # Errors
    ///
    /// What cannot be, or cannot be compared without rounding.
    pub(crate) fn stated(broken: u64, sessions: u64) -> Result<Self, String> {
        if broken > sessions || sessions > MAX_SESSIONS {
            return Err(format!("{broken} of {sessions} sessions are no rate"));
        }
        Ok(Self { sessions, broken })
    }

    /// The share in percent; 0 of nothing.
    #[must_use]
    pub fn percent(self) -> f64 {
        percent_of(self.broken, self.sessions)
    }

    /// Whether it is more than `other` by over `margin` percentage points, down to a millionth of one.
    fn is_over(self, other: Self, margin: f64) -> bool {
        const MILLIONTHS: f64 = 1e6;
        const WHOLE: u128 = 100_000_000;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 100 percent")]
        let margin = (margin * MILLIONTHS).round() as u128;
        let wide = |fraction: Self| (u128::from(fraction.broken), u128::from(fraction.sessions.max(1)));
        let ((broken, sessions), (other_broken, other_sessions)) = (wide(self), wide(other));
        broken * WHOLE * other_sessions > (other_broken * WHOLE + margin * other_sessions) * sessions
    }
}

/// A rate of this run that is beside that of the baseline.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Change {
    /// The rule.
    pub rule: &'static Rule,
    /// The library.
    #[serde(flatten, serialize_with = "safe")]
    pub lib: Lib,
    /// All sessions in this run.
    pub sessions: u64,
    /// Those that break the rule.
    pub broken: u64,
    /// The same in percent, rounded.
    pub percent: f64,
    /// All sessions in the baseline; none of what it does not list.
    pub baseline_sessions: u64,
    /// Those that break the rule.
    pub baseline_broken: u64,
    /// The same in percent, rounded.
    pub baseline_percent: f64,
}

/// A library as reports show it.
fn safe<S: Serializer>(lib: &Lib, serializer: S) -> Result<S::Ok, S::Error> {
    match lib {
        Lib::Named(lib) => Lib::Named(data_text(lib).into()).serialize(serializer),
        Lib::All | Lib::None => lib.serialize(serializer),
    }
}

impl Change {
    fn new(rule: &'static Rule, lib: Lib, now: Fraction, before: Fraction) -> Self {
        Self {
            rule,
            lib,
            sessions: now.sessions,
            broken: now.broken,
            percent: rounded(now.percent()),
            baseline_sessions: before.sessions,
            baseline_broken: before.broken,
            baseline_percent: rounded(before.percent()),
        }
    }

    /// In this run.
    fn now(&self) -> Fraction {
        Fraction { sessions: self.sessions, broken: self.broken }
    }

    /// In the baseline.
    fn before(&self) -> Fraction {
        Fraction { sessions: self.baseline_sessions, broken: self.baseline_broken }
    }

    /// The change, with its percentages anew, if its counts can be.
    pub(crate) fn checked(self) -> Result<Self, String> {
        let now = Fraction::stated(self.broken, self.sessions)?;
        let before = Fraction::stated(self.baseline_broken, self.baseline_sessions)?;
        Ok(Self::new(self.rule, self.lib, now, before))
    }

    /// Whether the rate is over the baseline's by more than so many percentage points. A library with fewer sessions is
    /// too small to tell, and only counts among all libraries.
    #[must_use]
    pub fn is_over(&self, margin: f64, min_sessions: u64) -> bool {
        (self.lib == Lib::All || self.sessions >= min_sessions) && self.now().is_over(self.before(), margin)
    }

    /// Says that it is over.
    #[must_use]
    pub fn message(&self, margin: f64) -> String {
        let (now, before) = (self.now().percent(), self.before().percent());
        // Both are rounded so that the sum that is shown is seen to be less.
        let shown = percent_beside(before, decimal(now - margin));
        let allowed = decimal(shown.parse().unwrap_or(before) + margin);
        format!(
            "{}: {} % of sessions ({} of {}) break {} > {shown} % + {margin} % allowed (--baseline)",
            self.lib.shown(),
            percent_beside(now, allowed),
            grouped(self.broken),
            grouped(self.sessions),
            self.rule.name,
        )
    }
}

/// A sum of decimal numbers as people reckon: in floating point, 0.7 + 0.1 is less than 0.8.
fn decimal(sum: f64) -> f64 {
    const BILLIONTHS: f64 = 1e9;
    (sum * BILLIONTHS).round() / BILLIONTHS
}

impl KnownRates {
    /// Every rate of an audit beside the one that is listed.
    pub(super) fn changes(&self, rates: Vec<Rate>) -> impl Iterator<Item = Change> {
        rates.into_iter().map(|rate| {
            let now = Fraction { sessions: rate.sessions, broken: rate.broken };
            let before = self.rate(rate.rule, &rate.lib);
            Change::new(rate.rule, rate.lib, now, before)
        })
    }

    fn rate(&self, rule: &Rule, lib: &Lib) -> Fraction {
        let listed = self.rates.get(&(rule.number(), lib.clone()));
        listed.copied().unwrap_or(Fraction { sessions: 0, broken: 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_the_margin_is_not_over() {
        let of = |broken, sessions| Fraction { sessions, broken };
        // In floating point, 0.7 + 0.1 is less than 0.8.
        assert!(!of(8, 1000).is_over(of(7, 1000), 0.1));
        assert!(of(8, 1000).is_over(of(7, 1000), 0.099_999));
        assert!(of(9, 1000).is_over(of(7, 1000), 0.1));
        assert!(!of(0, 10).is_over(of(0, 0), 0.0) && of(1, 10).is_over(of(0, 0), 0.0));
        assert!(!of(1, 3).is_over(of(2, 6), 0.0) && !of(1, 10).is_over(of(9, 10), 0.0));
        assert!(!of(10, 10).is_over(of(0, 10), 100.0));
        let most = MAX_SESSIONS;
        assert!(!of(most, most).is_over(of(most, most), 100.0));
        assert!(of(most, most).is_over(of(most - 1, most), 0.0));
    }

    #[test]
    fn rounding_does_not_hide_what_is_over() {
        let of = |(broken, sessions)| Fraction { sessions, broken };
        let rule = Rule::named("not-a-uuid").expect("a rule");
        let change = |now, before| Change::new(rule, Lib::All, of(now), of(before));
        for (now, before, margin, expected) in [
            ((3, 100), (1, 100), 1.0, "3.00 % of sessions (3 of 100) break not-a-uuid > 1.00 % + 1 % allowed"),
            (
                (800_001, 100_000_000),
                (7, 1000),
                0.1,
                "0.800001 % of sessions (800,001 of 100,000,000) break not-a-uuid > 0.70 % + 0.1 % allowed",
            ),
            ((1, 100_000), (0, 0), 0.0, "0.001 % of sessions (1 of 100,000) break not-a-uuid > 0.00 % + 0 % allowed"),
            (
                (80_650, 10_000_000),
                (70_600, 10_000_000),
                0.1,
                "0.81 % of sessions (80,650 of 10,000,000) break not-a-uuid > 0.706 % + 0.1 % allowed",
            ),
        ] {
            let change = change(now, before);
            assert!(change.is_over(margin, 0));
            assert_eq!(change.message(margin), format!("all libraries: {expected} (--baseline)"));
        }
    }

    #[test]
    fn small_libraries_count_only_among_all() {
        let of = |broken, sessions| Fraction { sessions, broken };
        let rule = Rule::named("not-a-uuid").expect("a rule");
        let change = |lib, sessions| Change::new(rule, lib, of(1, sessions), of(0, 0));
        assert!(change(Lib::All, 3).is_over(1.0, 100));
        assert!(!change(Lib::None, 99).is_over(1.0, 100));
        assert!(change(Lib::Named("web".into()), 99).is_over(1.0, 99));
    }
}
