//! Reads one record of any shape with `serde_json`; what this module says of a record is right.

use std::mem;

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::fields::{Fields, ShapeKey};
use super::object::{EventObject, resolve};
use super::pick::{Picked, each_element, not_json, pick, pick_or_mend};
use super::scan::{Scanner, Spot};
use super::sight::{PropertiesForm, Shape, Sight};
use super::text::{string_text, unescape};
use super::witness::{OnLine, Witness};
use super::{Event, Found, Malformed};

/// Reads records one by one; keeps buffers between them.
#[derive(Debug, Clone)]
pub struct EventReader {
    fields: Fields,
    scanner: Scanner,
    unescaped: String,
}

impl EventReader {
    /// A reader of these fields.
    #[must_use]
    pub fn new(fields: Fields) -> Self {
        Self { scanner: Scanner::new(&fields), fields, unescaped: String::new() }
    }

    /// A reader that leaves nothing to the scan, so that every event is seen as it stands in its record.
    pub(crate) fn without_scan(fields: Fields) -> Self {
        Self { scanner: Scanner::idle(), fields, unescaped: String::new() }
    }

    /// Whether the scan reads this record, which is a line of its own.
    pub(crate) fn scans(&mut self, record: &[u8]) -> bool {
        self.scan(record, Spot { at: 0, line: 0 }, &mut |_, _| {}).at > 0
    }

    /// Reads the usual records from `start` on, each an event on its line, and gives the place in front of the first
    /// other one.
    pub(super) fn scan(&mut self, bytes: &[u8], start: Spot, found: &mut impl FnMut(u32, Event<'_>)) -> Spot {
        self.scanner.scan(bytes, start, found)
    }

    /// Reads `record`, a JSON object with nothing but white space around it, and tells `found` what it holds: any number
    /// of events, or one record of another model.
    ///
    /// # Errors
    ///
    /// The reason why the record is malformed; then nothing of it was told to `found`.
    pub fn read(&mut self, record: &[u8], found: &mut impl FnMut(Found<'_>)) -> Result<(), String> {
        let witness = &mut |_: u32, what: Found<'_>| found(what);
        self.read_for(record, &mut OnLine { line: 0, witness }).map(drop)
    }

    /// Reads a record as [`Self::read`] does, for a witness, and gives its shape.
    pub(super) fn read_for(&mut self, record: &[u8], on: &mut OnLine<'_, impl Witness>) -> Result<Shape, String> {
        let mut mended = String::new();
        let root = pick_or_mend(record, &self.fields.root_keys, &mut mended).map_err(|error| not_json(&error))?;
        self.record(root, on)
    }

    /// Tells the shape of a record by its keys and reads the events in it.
    fn record(&mut self, root: Picked<'_>, on: &mut OnLine<'_, impl Witness>) -> Result<Shape, String> {
        let key = |key: ShapeKey| root[key as usize];
        let of_kind = |shape_key, first: char| key(shape_key).filter(|json| json.get().starts_with(first));
        if let Some(event) = of_kind(ShapeKey::Event, '{') {
            let outer_person = key(ShapeKey::Person);
            return self.element(event.get(), outer_person, on).map(|_| Shape::Webhook);
        }
        if let Some(shape) = other_model(&root) {
            on.found(Found::OtherModel);
            return Ok(shape);
        }
        if self.is_event(&root) {
            return self.event(&EventObject { root }, on).map(Shape::Event);
        }
        for (shape_key, shape) in [(ShapeKey::Batch, Shape::CaptureBody), (ShapeKey::Results, Shape::ApiPage)] {
            if let Some(events) = of_kind(shape_key, '[') {
                self.elements(events, on);
                return Ok(shape);
            }
        }
        if let Some(data) = of_kind(ShapeKey::Data, '"') {
            return self.element(&string_text(data.get()), None, on).map(|_| Shape::CapturedMessage);
        }
        Err("a JSON object, but no event in it".to_owned())
    }

    /// An event object has one of the keys that only events have, or a column that `--field` names.
    fn is_event(&self, root: &Picked<'_>) -> bool {
        [ShapeKey::Event, ShapeKey::Properties, ShapeKey::SessionId].iter().any(|&key| root[key as usize].is_some())
            || self.fields.columns.iter().any(|column| resolve(root[column.slot], column).is_some())
    }

    /// Reads every element of a batch or page; one that is no event is malformed, and the others count.
    fn elements(&mut self, json: &RawValue, on: &mut OnLine<'_, impl Witness>) {
        // The array is JSON: it was read once to find its end.
        let _ = each_element(json, |element| {
            if let Err(reason) = self.element(element.get(), None, on) {
                on.found(Found::Malformed(Malformed::new(reason, element.get().as_bytes())));
            }
        });
    }

    /// Reads an event that stands inside another record.
    fn element(
        &mut self,
        json: &str,
        outer_person: Option<&RawValue>,
        on: &mut OnLine<'_, impl Witness>,
    ) -> Result<PropertiesForm, String> {
        let mut mended = String::new();
        let keys = &self.fields.root_keys;
        let mut root = pick_or_mend(json.as_bytes(), keys, &mut mended).map_err(|error| not_json(&error))?;
        if !self.is_event(&root) {
            return Err("JSON, but no event".to_owned());
        }
        let person = &mut root[ShapeKey::Person as usize];
        if !self.fields.name_person(*person) {
            *person = outer_person.or(*person);
        }
        self.event(&EventObject { root }, on)
    }

    /// Opens the event's properties, in either form, and reads its fields.
    fn event(&mut self, object: &EventObject<'_>, on: &mut OnLine<'_, impl Witness>) -> Result<PropertiesForm, String> {
        let json = object.root[ShapeKey::Properties as usize].map_or("null", RawValue::get);
        let keys = &self.fields.property_keys;
        let form = PropertiesForm::of(json);
        if form != PropertiesForm::String {
            let is_object = form == PropertiesForm::Object;
            let properties = if is_object { pick(json.as_bytes(), keys) } else { Ok(vec![None; keys.len()]) };
            self.tell(object, &properties.map_err(|error| not_json(&error))?, on);
            return Ok(form);
        }
        let mut text = mem::take(&mut self.unescaped);
        text.clear();
        unescape(&json[1..json.len() - 1], &mut text);
        let read = self.string_properties(object, &text, on);
        self.unescaped = text;
        read.map(|()| form)
    }

    /// Reads an event whose properties are a string that holds JSON.
    fn string_properties(
        &self,
        object: &EventObject<'_>,
        text: &str,
        on: &mut OnLine<'_, impl Witness>,
    ) -> Result<(), String> {
        let reason = |error| format!("`properties` is a string that is {}", not_json(&error));
        let keys = &self.fields.property_keys;
        let mut mended = String::new();
        let properties = if text.trim_ascii_start().starts_with('{') {
            pick_or_mend(text.as_bytes(), keys, &mut mended).map_err(reason)?
        } else {
            serde_json::from_str::<IgnoredAny>(text).map_err(reason)?;
            vec![None; keys.len()]
        };
        self.tell(object, &properties, on);
        Ok(())
    }

    fn tell(&self, object: &EventObject<'_>, properties: &Picked<'_>, on: &mut OnLine<'_, impl Witness>) {
        on.sight(&Sight::new(&self.fields, object, properties));
        on.found(Found::Event(self.fields.event(object, properties)));
    }
}

impl Malformed {
    /// A reason with the first characters of the record.
    pub(super) fn new(reason: String, record: &[u8]) -> Self {
        const EXCERPT_CHARS: usize = 60;
        let start = &record[..record.len().min(4 * EXCERPT_CHARS)];
        let excerpt = String::from_utf8_lossy(start).trim().chars().take(EXCERPT_CHARS).collect();
        Self { reason, excerpt }
    }
}

/// Records of the persons and sessions export models, which are no events.
fn other_model(root: &Picked<'_>) -> Option<Shape> {
    let has = |key: ShapeKey| root[key as usize].is_some();
    match has(ShapeKey::Event) {
        true => None,
        false if has(ShapeKey::PersonVersion) => Some(Shape::Person),
        false => (has(ShapeKey::SessionModelId) && has(ShapeKey::SessionModelStart)).then_some(Shape::Session),
    }
}
