//! Counts by rule and library how many sessions there are, and how many of them break the rule.

use std::collections::{BTreeMap, BTreeSet};

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use super::Audit;
use crate::rules::{RULES, Rule, RuleSet};
use crate::safe::quoted;
use crate::session::Shard;

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

impl Audit {
    /// The rates of these rules, by rule and library: of all sessions together, and of every library with sessions that
    /// break the rule.
    #[must_use]
    pub fn rates(&self, rules: RuleSet) -> Vec<Rate> {
        let sessions = self.sessions_by_lib();
        let mut broken: BTreeMap<_, u64> = rules.iter().map(|rule| ((rule.number(), Lib::All), 0)).collect();
        for reported in &self.reported {
            let libs = self.libs_of(&self.session(*reported).origins().collect());
            for rule in reported.broken.and(rules).iter() {
                for lib in &libs {
                    *broken.entry((rule.number(), lib.clone())).or_default() += 1;
                }
            }
        }
        let rate = |((rule, lib), broken): ((usize, Lib), u64)| {
            let sessions = sessions.get(&lib).copied().unwrap_or_default();
            Rate { rule: &RULES[rule], lib, sessions, broken }
        };
        broken.into_iter().map(rate).collect()
    }

    fn sessions_by_lib(&self) -> BTreeMap<Lib, u64> {
        let mut by_lib = BTreeMap::new();
        for (origins, sessions) in self.shards.iter().flat_map(Shard::origin_sets) {
            for lib in self.libs_of(&origins) {
                *by_lib.entry(lib).or_default() += sessions;
            }
        }
        by_lib
    }

    /// Whose sessions a session with these origins is among; two versions of a library are one.
    fn libs_of(&self, origins: &BTreeSet<u32>) -> BTreeSet<Lib> {
        let lib = |origin: &u32| match &self.context.origins[*origin as usize].lib {
            Some(lib) => Lib::Named(lib.clone()),
            None => Lib::None,
        };
        origins.iter().map(lib).chain([Lib::All]).collect()
    }
}
