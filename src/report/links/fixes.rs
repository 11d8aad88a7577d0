//! Gathers the events that lead nowhere, what to do about them, and whom each fix is for.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::text::short;
use crate::audit::links::{LinkRow, Links, Miss, Reason};
use crate::count::grouped;

/// How many libraries a fix names.
const SHOWN_LIBS: usize = 5;

/// Whose fix it is: what is broken or where the events are outside, and the libraries.
type Whose<'a> = (BTreeSet<&'static str>, BTreeSet<&'a str>);

/// The events that lead nowhere for one reason.
pub(in crate::report) struct Missed<'a> {
    pub(in crate::report) reason: Reason,
    pub(in crate::report) events: u64,
    /// By event name and library, most events first.
    pub(in crate::report) misses: Vec<(&'a LinkRow, &'a Miss)>,
}

/// The reasons why events lead nowhere, most events first.
pub(in crate::report) fn missed(links: &Links) -> Vec<Missed<'_>> {
    let mut reasons = BTreeMap::<_, Vec<_>>::new();
    for row in &links.rows {
        row.misses.iter().for_each(|miss| reasons.entry(miss.reason).or_default().push((row, miss)));
    }
    let mut missed: Vec<_> = reasons
        .into_iter()
        .map(|(reason, mut misses): (Reason, Vec<(&LinkRow, &Miss)>)| {
            misses.sort_by_key(|(_, miss)| Reverse(miss.events));
            Missed { reason, events: misses.iter().map(|(_, miss)| miss.events).sum(), misses }
        })
        .collect();
    missed.sort_by_key(|missed| Reverse(missed.events));
    missed
}

/// The fixes for groups of events of one reason; where there are several, each with whom it is for.
pub(in crate::report) fn fixes(misses: &[(&LinkRow, &Miss)]) -> Vec<(String, String)> {
    let mut fixes = BTreeMap::<String, Whose<'_>>::new();
    for (row, miss) in misses {
        let (details, libs) = fixes.entry(miss.fix.clone()).or_default();
        details.extend(miss.detail);
        libs.insert(row.lib.as_deref().unwrap_or("no $lib"));
    }
    let mut details = fixes.values().map(|(details, _)| details);
    let are_alike = details.next().is_none_or(|first| details.all(|others| others == first));
    let all: BTreeSet<_> = fixes.values().flat_map(|(details, _)| details).collect();
    let are_apart = fixes.values().map(|(details, _)| details.len()).sum::<usize>() == all.len();
    let is_by_lib = fixes.len() > 1 && (are_alike || !are_apart);
    let whom = |(details, libs): Whose<'_>| {
        let details = if are_alike { None } else { Some(listed(&details)) };
        let libs = is_by_lib.then(|| named(&libs));
        let whom: Vec<_> = details.into_iter().chain(libs).collect();
        if whom.is_empty() { String::new() } else { format!(" for {}", whom.join(" from ")) }
    };
    fixes.into_iter().map(|(fix, whose)| (whom(whose), fix)).collect()
}

fn listed(names: &BTreeSet<&str>) -> String {
    names.iter().copied().collect::<Vec<_>>().join(", ")
}

/// The first libraries, and how many more there are.
fn named(libs: &BTreeSet<&str>) -> String {
    let mut names: Vec<_> = libs.iter().take(SHOWN_LIBS).map(|lib| short(lib)).collect();
    let more = libs.len().saturating_sub(SHOWN_LIBS);
    if more > 0 {
        names.push(format!("{} more", grouped(more as u64)));
    }
    names.join(", ")
}
