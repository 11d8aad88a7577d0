//! Says how many sessions have which rule as their reason, and where most of them come from.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::tally::Tally;
use super::{ReasonCount, ReasonSource};
use crate::rows::Libraries;
use crate::rules::RULES;
use crate::safe::data_text;

/// The reasons with what each mostly comes from, most sessions first.
pub(super) fn reasons(tally: &Tally, libraries: &Libraries) -> Vec<ReasonCount> {
    let mut reasons = Vec::new();
    for rule in &RULES {
        let of_rule = || tally.by_reason.range((rule.number(), 0)..(rule.number() + 1, 0));
        let sessions = of_rule().map(|(_, count)| count).sum();
        if sessions > 0 {
            let by_library: Vec<_> = of_rule().map(|((_, library), count)| (*library, *count)).collect();
            reasons.push(ReasonCount { rule, sessions, source: source(&by_library, sessions, tally, libraries) });
        }
    }
    reasons.sort_by_key(|reason| Reverse(reason.sessions));
    reasons
}

/// Where half or more of some sessions come from; there is one such place at the most, or two with half each, of which
/// the first by name is taken, since libraries are numbered in the order in which threads met them.
fn source(by_library: &[(u32, u64)], sessions: u64, tally: &Tally, libraries: &Libraries) -> ReasonSource {
    let half = |count: u64| count * 2 >= sessions;
    let named = |library: u32| libraries.lib(library).is_some();
    let versions = by_library.iter().filter(|(library, count)| half(*count) && named(*library));
    if let Some((library, count)) = versions.min_by_key(|(library, _)| libraries.version(*library)) {
        let version = libraries.version(*library);
        return ReasonSource::Version {
            lib: version.lib.as_deref().map(data_text).unwrap_or_default(),
            version: version.version.as_deref().map(data_text),
            sessions: *count,
            sessions_of_lib: tally.sessions_of(*library),
        };
    }
    let mut by_lib = BTreeMap::<_, u64>::new();
    for (library, count) in by_library {
        *by_lib.entry(libraries.lib(*library)).or_default() += count;
    }
    match by_lib.into_iter().find(|(_, count)| half(*count)) {
        Some((lib, _)) => ReasonSource::Library { lib: lib.map(data_text) },
        None => ReasonSource::Several,
    }
}
