//! Writes rules, causes and the like by their names, and reads them back.

use std::collections::BTreeMap;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::super::{ADVISORIES, Verdict};
use crate::Contract;
use crate::audit::links::Reason;
use crate::causes::Cause;
use crate::rules::{Effect, RULES, Rule, RuleSet};

/// A name of what this version knows. Written out, serde would take it for a text of what is read.
pub type KnownName = &'static str;

/// Reads a name of what this version knows.
fn read<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    what: &str,
    find: impl Fn(&str) -> Option<T>,
) -> Result<T, D::Error> {
    let name = String::deserialize(deserializer)?;
    find(&name).ok_or_else(|| unknown(what, &name))
}

/// Says that this version does not know a name.
pub(crate) fn unknown<E: Error>(what: &str, name: &str) -> E {
    E::custom(format_args!("the {what} {name:?} is unknown here"))
}

macro_rules! by_name {
    ($($written:ty, $read:ty, $what:literal, $name:expr, $find:expr;)*) => {$(
        impl Serialize for $written {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let name: fn(&Self) -> &'static str = $name;
                serializer.serialize_str(name(self))
            }
        }

        impl<'de> Deserialize<'de> for $read {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                read(deserializer, $what, $find)
            }
        }
    )*};
}

by_name! {
    Rule, &'static Rule, "rule", |rule| rule.name, Rule::named;
    Cause, &'static Cause, "cause", |cause| cause.name, Cause::named;
    Effect, Effect, "effect", |effect| effect.name(), |name| Effect::ALL.into_iter().find(|effect| effect.name() == name);
    Verdict, Verdict, "verdict", |verdict| verdict.name(), Verdict::named;
    Contract, Contract, "contract", |contract| contract.name(), Contract::named;
    Reason, Reason, "reason", |reason| reason.name(), Reason::named;
}

/// The names of the rules, in their order.
impl Serialize for RuleSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for RuleSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rules = Vec::<&'static Rule>::deserialize(deserializer)?;
        Ok(Self::of(|rule| rules.iter().any(|read| std::ptr::eq(*read, rule))))
    }
}

/// The name of an advisory.
pub(crate) fn advisory<'de, D: Deserializer<'de>>(deserializer: D) -> Result<KnownName, D::Error> {
    let find = |name: &str| ADVISORIES.iter().map(|(known, _)| *known).find(|known| *known == name);
    read(deserializer, "advisory", find)
}

/// The name of a rule, or of a property that looks like a session id, if any.
pub(crate) fn detail<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<KnownName>, D::Error> {
    let find = |name: &str| crate::event::look_alike(name).or_else(|| Rule::named(name).map(|rule| rule.name));
    read(deserializer, "rule", find).map(Some)
}

/// Counts by the names of properties that look like a session id.
pub(super) fn look_alikes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<&'static str, u64>, D::Error> {
    let counts = BTreeMap::<String, u64>::deserialize(deserializer)?;
    let known = |(name, count): (String, u64)| {
        let known = crate::event::look_alike(&name).ok_or_else(|| unknown("look-alike", &name))?;
        Ok((known, count))
    };
    counts.into_iter().map(known).collect()
}

/// Counts by the names of rules, in their order.
pub(crate) mod by_rule {
    use super::{Deserializer, RULES, Serializer, counts};

    const COUNT: usize = RULES.len();

    pub(crate) fn serialize<S: Serializer>(counts: &[u64; COUNT], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(RULES.iter().zip(counts))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u64; COUNT], D::Error> {
        counts(deserializer, RULES.each_ref().map(|rule| rule.name))
    }
}

/// Counts by the names of effects, worst first.
pub(crate) mod by_effect {
    use super::{Deserializer, Effect, Serializer, counts};

    const COUNT: usize = Effect::ALL.len();

    pub(crate) fn serialize<S: Serializer>(counts: &[u64; COUNT], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(Effect::ALL.iter().zip(counts))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u64; COUNT], D::Error> {
        counts(deserializer, Effect::ALL.map(Effect::name))
    }
}

/// Counts by name in the order of a table; 0 where there is none.
fn counts<'de, D: Deserializer<'de>, const N: usize>(deserializer: D, names: [&str; N]) -> Result<[u64; N], D::Error> {
    let counts = BTreeMap::<String, u64>::deserialize(deserializer)?;
    Ok(names.map(|name| counts.get(name).copied().unwrap_or_default()))
}
