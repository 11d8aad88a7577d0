//! Counts by rule and library how many sessions there are, and how many of them break the rule.

use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use super::tally::Tally;
use crate::rows::Libraries;
use crate::rules::{Rule, RuleSet};
use crate::safe::quoted;

/// How many of a library's sessions break a rule.
#[derive(Debug, Clone)]
pub struct Rate {
    /// The rule.
    pub rule: &'static Rule,
    /// The library.
    pub lib: Lib,
    /// Sessions with events of the library, whatever its version.
    pub sessions: u64,
    /// Of these, those that break the rule.
    pub broken: u64,
}

/// Whose sessions are counted, in the order of reports.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(from = "LibField")]
pub enum Lib {
    /// All sessions.
    All,
    /// Sessions with events that name no library.
    None,
    /// Sessions with events of the library.
    Named(Box<str>),
}

/// The one field that says whose sessions are counted.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum LibField {
    All(bool),
    Lib(Option<Box<str>>),
}

impl From<LibField> for Lib {
    fn from(field: LibField) -> Self {
        match field {
            LibField::All(true) => Self::All,
            LibField::All(false) | LibField::Lib(None) => Self::None,
            LibField::Lib(Some(lib)) => Self::Named(lib),
        }
    }
}

impl Serialize for Lib {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut field = serializer.serialize_map(Some(1))?;
        match self {
            Self::All => field.serialize_entry("all", &true)?,
            Self::None => field.serialize_entry("lib", &None::<&str>)?,
            Self::Named(lib) => field.serialize_entry("lib", lib)?,
        }
        field.end()
    }
}

impl Lib {
    /// The name as sentences show it.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::All => "all libraries".to_owned(),
            Self::None => "events without $lib".to_owned(),
            Self::Named(lib) => quoted(lib),
        }
    }
}

/// The rates of these rules, by rule and library: of all sessions together, and of every library with sessions that break
/// the rule.
pub(super) fn rates(tally: &Tally, rules: RuleSet, libraries: &Libraries) -> Vec<Rate> {
    let lib = |number: u32| libraries.lib(number).map_or(Lib::None, |lib| Lib::Named(lib.into()));
    let by_lib: BTreeMap<_, _> = tally.by_lib.iter().map(|(number, broken)| (lib(*number), broken)).collect();
    let mut rates = Vec::new();
    for rule in rules.iter() {
        let number = rule.number();
        let rate = |lib: Lib, sessions, broken| Rate { rule, lib, sessions, broken };
        rates.push(rate(Lib::All, tally.sessions, tally.by_rule[number]));
        let of_libs = by_lib.iter().filter(|(_, broken)| broken.by_rule[number] > 0);
        rates.extend(of_libs.map(|(lib, broken)| rate(lib.clone(), broken.sessions, broken.by_rule[number])));
    }
    rates
}
