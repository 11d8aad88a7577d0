//! Shows which events have no session id, and what they carry instead.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{Largest, SessionlessEvents};
use crate::rows::{Tables, WithoutSession};
use crate::safe::data_text;

/// Gathers the groups by name and library, most events first.
pub(super) fn by_name_and_lib(groups: &WithoutSession, tables: &Tables) -> Largest<SessionlessEvents> {
    let mut gathered = BTreeMap::<_, SessionlessEvents>::new();
    for (group, of) in groups.iter() {
        let name = (tables.name(group.name), tables.libraries.lib(group.library));
        let sum = gathered.entry(name).or_default();
        sum.events += of.events;
        if let Some(look_alike) = group.look_alike {
            *sum.look_alikes.entry(look_alike).or_default() += of.events;
        }
    }
    let text = |text: Option<&str>| text.map(data_text);
    let named = |((event, lib), sum): ((_, _), _)| SessionlessEvents { event: text(event), lib: text(lib), ..sum };
    let mut all: Vec<_> = gathered.into_iter().collect();
    all.sort_by_key(|(_, group)| Reverse(group.events));
    Largest::new(all.into_iter().map(named), SessionlessEvents::add).named("kind", |sum| &mut sum.event)
}

impl SessionlessEvents {
    fn add(&mut self, other: Self) {
        self.events += other.events;
        for (name, events) in other.look_alikes {
            *self.look_alikes.entry(name).or_default() += events;
        }
    }
}
