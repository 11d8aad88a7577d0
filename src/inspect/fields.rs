//! Counts where each field was found, and of which type it was.

use std::collections::BTreeMap;

use super::shown::{is_personal, shown};
use crate::event::{FIELD_NAMES, Field, Fields, JsonType, MOVABLE_FIELDS, Sight, Value};

/// Fields that name people; their values are kept out of everything.
const PERSONAL: [Field; 2] = [Field::DistinctId, Field::PersonId];

/// A field of the events.
#[derive(Debug)]
pub struct FieldFacts {
    /// Its name.
    pub name: &'static str,
    /// The places where it may be, in the order in which they are asked.
    pub places: Vec<PlaceFacts>,
    /// Events that have it nowhere.
    pub absent: u64,
}

/// A place where a field may be.
#[derive(Debug, Default)]
pub struct PlaceFacts {
    /// Its path.
    pub path: String,
    /// How many events have the field here, and not at a place before, by type.
    pub types: BTreeMap<JsonType, u64>,
    /// How many events that have it at no place before have `null` here, which counts as absent.
    pub null: u64,
    /// How many of them have an empty string here, which counts as absent.
    pub empty: u64,
    /// One of the values, safe to print; none of ids of people.
    pub example: Option<String>,
    is_personal: bool,
}

impl FieldFacts {
    /// All fields, before any event.
    pub(super) fn all(fields: &Fields) -> Vec<Self> {
        let usual = Fields::default();
        let personal: Vec<_> =
            PERSONAL.into_iter().flat_map(|field| [usual.paths(field), fields.paths(field)].concat()).collect();
        let place = |path: String| {
            let is_personal = personal.contains(&path) || is_personal(&path);
            PlaceFacts { path, is_personal, ..PlaceFacts::default() }
        };
        let facts = |(name, field)| {
            let places = fields.paths(field).into_iter().map(place).collect();
            Self { name, places, absent: 0 }
        };
        FIELD_NAMES.into_iter().zip(MOVABLE_FIELDS).map(facts).collect()
    }

    /// Counts an event's field, and gives back its value, and whether it may name people.
    pub(super) fn add<'a>(&mut self, field: Field, sight: &Sight<'a>) -> Option<(Value<'a>, bool)> {
        for (place, value) in self.places.iter_mut().zip(sight.values(field)) {
            let Some(value) = value else { continue };
            if let Some(text) = &value.text {
                *place.types.entry(value.json_type).or_default() += 1;
                if !place.is_personal {
                    place.example.get_or_insert_with(|| shown(text));
                }
                return Some((value, place.is_personal));
            }
            match value.json_type {
                JsonType::Null => place.null += 1,
                _ => place.empty += 1,
            }
        }
        self.absent += 1;
        None
    }
}

impl PlaceFacts {
    /// How many events have the field here.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.types.values().sum()
    }
}
