//! Shows which events have no session id, and what they carry instead.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::{Largest, SessionlessEvents};
use crate::safe::data_text;
use crate::session::Origin;
use crate::sessionless::Group;

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
