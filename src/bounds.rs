//! Holds the sessions of single rules and causes against limits of their own.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::audit::{Report, unknown};
use crate::causes;
use crate::count::{counted, grouped, percent_beside, percent_of};
use crate::rules::{RULES, Rule, RuleSet};

/// What a configuration says of single rules and causes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    /// Of rules, by all sessions that break one; each rule at most once, in the order of [`RULES`].
    #[serde(default, skip_serializing_if = "Vec::is_empty", serialize_with = "by_name", deserialize_with = "of_rules")]
    pub rules: Vec<Bound>,
    /// Of causes, by all reported sessions that have one; each cause at most once, in the order of [`crate::causes::all`].
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        serialize_with = "by_name",
        deserialize_with = "of_causes"
    )]
    pub causes: Vec<Bound>,
}

/// What a configuration says of one rule or cause.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Bound {
    /// The name of the rule or cause.
    #[serde(skip)]
    pub name: &'static str,
    /// A rule that does not hold; a cause whose sessions do not count against the limits of all sessions.
    #[serde(rename = "severity", with = "severity")]
    pub is_off: bool,
    /// How many sessions there may be.
    pub max: Option<u64>,
    /// How many sessions there may be, in percent of all sessions.
    pub max_percent: Option<f64>,
}

impl Bound {
    /// Whether it limits anything.
    #[must_use]
    pub fn is_limit(&self) -> bool {
        self.max.is_some() || self.max_percent.is_some()
    }

    /// Whether so many of all sessions are over a limit.
    fn is_over(&self, sessions: u64, all: u64) -> bool {
        !self.exceeded(sessions, all, "").is_empty()
    }

    /// The limits that so many of all sessions are over; `of` is the table that has the bound.
    fn exceeded(&self, sessions: u64, all: u64, of: &str) -> Vec<String> {
        let (name, mut exceeded) = (self.name, Vec::new());
        if let Some(max) = self.max.filter(|max| sessions > *max) {
            let (sessions, max) = (grouped(sessions), grouped(max));
            exceeded.push(format!("{sessions} {name} > {max} allowed ({of}.{name}.max)"));
        }
        let share = percent_of(sessions, all);
        if let Some(percent) = self.max_percent.filter(|percent| share > *percent) {
            let (sessions, all, share) = (grouped(sessions), counted(all, "session"), percent_beside(share, percent));
            let what = format!("{sessions} of {all} {name}");
            exceeded.push(format!("{what}, {share} % > {percent} % allowed ({of}.{name}.max-percent)"));
        }
        exceeded
    }
}

impl Bounds {
    /// The causes whose sessions do not count against the limits of all sessions.
    pub fn excused(&self) -> impl Iterator<Item = &'static str> {
        self.causes.iter().filter(|bound| bound.is_off).map(|bound| bound.name)
    }

    /// The limits of rules, then those of causes, that a run is over.
    pub(crate) fn exceeded(&self, report: &Report) -> Vec<String> {
        let all = report.overview.summary.sessions;
        let rules = self.rules.iter().flat_map(|bound| bound.exceeded(of_rule(bound, report), all, "rules"));
        let causes = self.causes.iter().flat_map(|bound| bound.exceeded(of_cause(bound, report), all, "causes"));
        rules.chain(causes).collect()
    }

    /// The rules that are over a limit.
    pub(crate) fn rules_over(&self, report: &Report) -> RuleSet {
        let is_over = |bound: &&Bound| bound.is_over(of_rule(bound, report), report.overview.summary.sessions);
        let over: Vec<_> = self.rules.iter().filter(is_over).map(|bound| bound.name).collect();
        RuleSet::of(|rule| over.contains(&rule.name))
    }

    /// The causes that are over a limit.
    pub(crate) fn causes_over(&self, report: &Report) -> Vec<&'static str> {
        let is_over = |bound: &&Bound| bound.is_over(of_cause(bound, report), report.overview.summary.sessions);
        self.causes.iter().filter(is_over).map(|bound| bound.name).collect()
    }
}

/// How many sessions break the rule of a bound.
fn of_rule(bound: &Bound, report: &Report) -> u64 {
    Rule::named(bound.name).map_or(0, |rule| report.overview.summary.by_rule[rule.number()])
}

/// How many reported sessions have the cause of a bound.
fn of_cause(bound: &Bound, report: &Report) -> u64 {
    report.count(|finding| finding.cause.name == bound.name)
}

/// Writes bounds by the names of what they are of.
fn by_name<S: Serializer>(bounds: &[Bound], serializer: S) -> Result<S::Ok, S::Error> {
    let by_name: BTreeMap<_, _> = bounds.iter().map(|bound| (bound.name, bound)).collect();
    by_name.serialize(serializer)
}

/// Reads bounds by the names of a table, in its order.
fn read<'de, D: Deserializer<'de>>(
    deserializer: D,
    what: &str,
    names: impl Iterator<Item = &'static str>,
) -> Result<Vec<Bound>, D::Error> {
    let mut bounds = BTreeMap::<String, Bound>::deserialize(deserializer)?;
    let known = names.filter_map(|name| Some(Bound { name, ..bounds.remove(name)? })).collect();
    bounds.into_keys().next().map_or(Ok(known), |name| Err(unknown(what, &name)))
}

fn of_rules<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Bound>, D::Error> {
    read(deserializer, "rule", RULES.iter().map(|rule| rule.name))
}

fn of_causes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Bound>, D::Error> {
    read(deserializer, "cause", causes::all().map(|cause| cause.name))
}

/// Whether something is off, as the word that configurations have for it.
mod severity {
    use super::{Deserialize, Deserializer, Serializer};

    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
    pub(super) fn serialize<S: Serializer>(is_off: &bool, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(if *is_off { "off" } else { "error" })
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
        Ok(String::deserialize(deserializer)? == "off")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_does_not_hide_what_is_over() {
        let bound = Bound { name: "ulid", max_percent: Some(33.33), ..Bound::default() };
        let message = "1 of 3 sessions ulid, 33.333 % > 33.33 % allowed (causes.ulid.max-percent)";
        assert_eq!(bound.exceeded(1, 3, "causes"), [message]);
        let bound = Bound { max_percent: Some(0.0), ..bound };
        assert_eq!(
            bound.exceeded(1, 100_000, "causes")[0].split(" > ").next(),
            Some("1 of 100,000 sessions ulid, 0.001 %")
        );
    }
}
