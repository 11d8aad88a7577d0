//! Shows which events have no session id, and what they carry instead.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::Largest;
use crate::safe::data_text;
use crate::session::Origin;
use crate::sessionless::Group;

/// Events of one name and library without a session id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionlessEvents {
    /// The events' name.
    pub event: Option<String>,
    /// Their library.
    pub lib: Option<String>,
    /// How many.
    pub events: u64,
    /// How many of them carry a property that looks like a session id, by its name.
    pub look_alikes: BTreeMap<&'static str, u64>,
}

/// Gathers the groups by name and library, most events first.
pub(super) fn by_name_and_lib(groups: HashMap<Group, u64>, origins: &[Origin]) -> Largest<SessionlessEvents> {
    let mut gathered = BTreeMap::<_, SessionlessEvents>::new();
    for (group, events) in groups {
        let lib = origins[group.origin as usize].lib.clone();
        let sum = gathered.entry((group.name, lib)).or_default();
        sum.events += events;
        if let Some(look_alike) = group.look_alike {
            *sum.look_alikes.entry(look_alike).or_default() += events;
        }
    }
    let text = |text: Option<Box<str>>| text.as_deref().map(data_text);
    let named = |((event, lib), sum): ((_, _), _)| SessionlessEvents { event: text(event), lib: text(lib), ..sum };
    let mut all: Vec<_> = gathered.into_iter().collect();
    all.sort_by_key(|(_, group)| Reverse(group.events));
    Largest::new(all.into_iter().map(named), SessionlessEvents::add)
}

impl SessionlessEvents {
    fn add(&mut self, other: Self) {
        self.events += other.events;
        for (name, events) in other.look_alikes {
            *self.look_alikes.entry(name).or_default() += events;
        }
    }
}

/// How often each property that looks like a session id occurs, the most frequent first.
#[must_use]
pub fn look_alikes(all: &Largest<SessionlessEvents>) -> Vec<(&'static str, u64)> {
    let mut counts = BTreeMap::<_, u64>::new();
    for (name, events) in all.iter().flat_map(|(_, group)| &group.look_alikes) {
        *counts.entry(*name).or_default() += events;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, events)| Reverse(*events));
    counts
}
