//! Counts what the records of an input hold, as they are read.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::fields::FieldFacts;
use super::ids::IdFacts;
use super::names::Names;
use super::shape::RecordShape;
use super::shown::{outline, shown};
use super::times::TimeFacts;
use crate::event::{EventReader, Field, Fields, Found, Layout, MOVABLE_FIELDS, Shape, Sight, Witness};
use crate::safe::escape_controls;

/// How many malformed records are shown.
const SHOWN_MALFORMED: usize = 5;
/// How many keys of an object that is no event are shown.
const SHOWN_KEYS: usize = 12;

/// What the records of an input hold.
#[derive(Debug)]
pub struct RecordFacts {
    /// Records: a capture body or a page is one, whatever is in it.
    pub records: u64,
    /// Events.
    pub events: u64,
    /// Malformed records, and malformed elements of capture bodies and pages.
    pub malformed: u64,
    /// Records of other export models.
    pub others: u64,
    /// Records that the structural scan reads; `serde_json` reads the others.
    pub scanned: u64,
    /// Records with bytes that are not UTF-8.
    pub not_utf8: u64,
    /// The keys of the first JSON object that is no event, safe to print.
    pub other_keys: Vec<String>,
    /// Whether there are more records than were asked for, and so looked at.
    pub is_cut: bool,
    /// Records by their shape, without malformed ones.
    pub shapes: BTreeMap<RecordShape, ShapeFacts>,
    /// Records by how they stand in the file, without malformed ones.
    pub layouts: BTreeMap<Layout, u64>,
    /// Where each field is.
    pub fields: Vec<FieldFacts>,
    /// The session ids.
    pub ids: IdFacts,
    /// The times.
    pub times: TimeFacts,
    /// The teams.
    pub teams: Names,
    /// The libraries.
    pub libs: Names,
    /// Properties that look like a session id: how many events without one have them.
    pub look_alikes: BTreeMap<&'static str, u64>,
    /// The first malformed records.
    pub first_malformed: Vec<MalformedRecord>,
    /// The lines before the chunk that is being read.
    pub(super) lines_before: u64,
    most: u64,
    scan: EventReader,
    /// What was seen of the record that is being read.
    events_before: u64,
    is_row: bool,
}

/// Records of one shape.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct ShapeFacts {
    /// How many there are.
    pub records: u64,
    /// How many events they hold.
    pub events: u64,
}

/// Where and why a record is malformed, safe to print.
#[derive(Debug, PartialEq, Eq)]
pub struct MalformedRecord {
    /// Its first line, from 1.
    pub line: u64,
    /// The reason in a few words.
    pub reason: String,
    /// Its first characters.
    pub excerpt: String,
}

impl RecordFacts {
    /// Nothing yet; at most so many records will be looked at.
    pub(super) fn new(fields: &Fields, most: Option<u64>) -> Self {
        Self {
            records: 0,
            events: 0,
            malformed: 0,
            others: 0,
            scanned: 0,
            not_utf8: 0,
            other_keys: Vec::new(),
            is_cut: false,
            shapes: BTreeMap::new(),
            layouts: BTreeMap::new(),
            fields: FieldFacts::all(fields),
            ids: IdFacts::default(),
            times: TimeFacts::default(),
            teams: Names::default(),
            libs: Names::default(),
            look_alikes: BTreeMap::new(),
            first_malformed: Vec::new(),
            lines_before: 0,
            most: most.unwrap_or(u64::MAX),
            scan: EventReader::new(fields.clone()),
            events_before: 0,
            is_row: false,
        }
    }

    /// What could be read: events and records of other models.
    #[must_use]
    pub fn well_formed(&self) -> u64 {
        self.events + self.others
    }

    /// The records that are not malformed.
    #[must_use]
    pub fn readable(&self) -> u64 {
        self.shapes.values().map(|shape| shape.records).sum()
    }

    /// A field by its name.
    pub(super) fn field(&self, field: Field) -> &FieldFacts {
        &self.fields[field as usize]
    }

    /// Whether the record that is being read is one too many.
    fn is_over(&mut self) -> bool {
        self.is_cut |= self.records == self.most;
        self.is_cut
    }

    /// Notes which keys a malformed record has, if it is an object.
    fn note_keys(&mut self, record: &[u8]) {
        if !self.other_keys.is_empty() {
            return;
        }
        let object = serde_json::from_slice::<BTreeMap<String, &RawValue>>(record).unwrap_or_default();
        self.other_keys = object.into_keys().take(SHOWN_KEYS).map(|key| shown(&key)).collect();
    }

    fn value(&mut self, field: Field, sight: &Sight<'_>) {
        let Some((value, is_personal)) = self.fields[field as usize].add(field, sight) else { return };
        let Some(text) = value.text else { return };
        match field {
            Field::SessionId => self.ids.add(&text),
            Field::Timestamp => self.times.add(value.json_type, &text, is_personal),
            Field::Lib if !is_personal => self.libs.add(&text),
            Field::TeamId if !is_personal => self.teams.add(&text),
            _ => {}
        }
    }
}

impl Witness for RecordFacts {
    fn found(&mut self, line: u32, found: Found<'_>) {
        if self.is_over() {
            return;
        }
        match found {
            Found::Event(_) => self.events += 1,
            Found::OtherModel => self.others += 1,
            Found::Malformed(malformed) => {
                self.malformed += 1;
                if self.first_malformed.len() < SHOWN_MALFORMED {
                    let (reason, excerpt) = (escape_controls(&malformed.reason), outline(&malformed.excerpt));
                    let line = self.lines_before + u64::from(line) + 1;
                    self.first_malformed.push(MalformedRecord { line, reason, excerpt });
                }
            }
        }
    }

    fn sight(&mut self, sight: &Sight<'_>) {
        if self.is_over() {
            return;
        }
        let ids_before = self.ids.ids();
        for field in MOVABLE_FIELDS {
            self.value(field, sight);
        }
        if self.ids.ids() == ids_before {
            sight.look_alikes().for_each(|look_alike| *self.look_alikes.entry(look_alike).or_default() += 1);
        }
        self.is_row = sight.is_row();
    }

    fn end(&mut self, record: &[u8], shape: Option<(Shape, Layout)>) {
        if self.is_over() {
            return;
        }
        self.records += 1;
        let events = self.events - std::mem::replace(&mut self.events_before, self.events);
        self.not_utf8 += u64::from(std::str::from_utf8(record).is_err());
        let Some((shape, layout)) = shape else { return self.note_keys(record) };
        let of_shape = self.shapes.entry(RecordShape::new(shape, self.is_row)).or_default();
        of_shape.records += 1;
        of_shape.events += events;
        *self.layouts.entry(layout).or_default() += 1;
        self.scanned += u64::from(layout == Layout::Line && self.scan.scans(record));
    }
}
