//! Cuts a source into records and finds the events in each (sections 2.3 and 2.5).

use super::Source;
use super::event::{self, Event};
use super::options::Options;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

type Object = Map<String, Value>;

/// All that was read, in the order of the sources.
#[derive(Default)]
pub(crate) struct Reading {
    pub(crate) events: Vec<Event>,
    pub(crate) other: u64,
    pub(crate) malformed: u64,
}

/// The record that is being read.
struct Place<'a> {
    file: &'a str,
    line: usize,
    session_key: Option<&'a str>,
}

impl Reading {
    /// Reads one source to its end.
    pub(crate) fn read(&mut self, source: &Source, options: &Options) {
        for (line, json) in values(&source.text) {
            let session_key = options.session_key;
            let place = Place { file: &source.name, line, session_key };
            match json.and_then(|json| serde_json::from_str(json).ok()) {
                Some(value) => self.record(&value, &place),
                None => self.malformed += 1,
            }
        }
    }

    /// Recognises the shape of a record.
    fn record(&mut self, value: &Value, place: &Place) {
        let Some(object) = value.as_object() else {
            self.malformed += 1;
            return;
        };
        if is_other_model(object) {
            self.other += 1;
        } else if let Some(Value::Object(inner)) = object.get("event") {
            self.event(inner, object.get("person"), place);
        } else if event::is_event(object) {
            self.event(object, None, place);
        } else if let Some(events) = list(object) {
            for event in events {
                self.element(event, place);
            }
        } else if let Some(Value::String(json)) = object.get("data") {
            self.element(&serde_json::from_str(json).unwrap_or_default(), place);
        } else {
            self.malformed += 1;
        }
    }

    /// Takes what must be an event.
    fn element(&mut self, value: &Value, place: &Place) {
        match value.as_object() {
            Some(event) => self.event(event, None, place),
            None => self.malformed += 1,
        }
    }

    /// Takes an object that must be an event.
    fn event(&mut self, event: &Object, outer_person: Option<&Value>, place: &Place) {
        let read = event::is_event(event).then(|| event::read(event, outer_person, place.session_key)).flatten();
        match read {
            Some(event) => {
                let (file, line) = (place.file.to_owned(), place.line);
                self.events.push(Event { file, line, ..event });
            }
            None => self.malformed += 1,
        }
    }
}

/// The list of events in a capture body or a page of the events API.
fn list(object: &Object) -> Option<&Vec<Value>> {
    ["batch", "results"].iter().find_map(|key| object.get(*key)?.as_array())
}

/// Whether a record belongs to an export of persons or sessions.
fn is_other_model(object: &Object) -> bool {
    let has = |key: &str| object.contains_key(key);
    !has("event") && (has("person_version") || (has("session_id") && has("start_timestamp")))
}

/// The values one after another in a text, those of a top-level array singly, each with the line it starts on.
/// What is no JSON is nothing and ends with its line.
fn values(text: &str) -> Vec<(usize, Option<&str>)> {
    let mut found = Vec::new();
    let breaks: Vec<usize> = text.match_indices('\n').map(|(place, _)| place).collect();
    let line_of = |part: &str| {
        let start = part.as_ptr().addr() - text.as_ptr().addr();
        1 + breaks.partition_point(|&place| place < start)
    };
    let mut rest = skip_blank(text.strip_prefix('\u{feff}').unwrap_or(text));
    while !rest.is_empty() {
        let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<&RawValue>();
        let length = if let Some(Ok(value)) = stream.next() {
            let singly = elements(value.get());
            found.extend(singly.into_iter().map(|json| (line_of(json), Some(json))));
            stream.byte_offset()
        } else {
            found.push((line_of(rest), None));
            rest.find('\n').unwrap_or(rest.len())
        };
        rest = skip_blank(&rest[length..]);
    }
    found
}

/// The elements of an array, or the value itself.
fn elements(json: &str) -> Vec<&str> {
    match serde_json::from_str::<Vec<&RawValue>>(json) {
        Ok(elements) => elements.into_iter().map(RawValue::get).collect(),
        Err(_) => vec![json],
    }
}

fn skip_blank(text: &str) -> &str {
    text.trim_start_matches([' ', '\t', '\r', '\n'])
}

#[cfg(test)]
mod tests {
    use super::{Options, Reading, Source};

    /// Lines of events, other records, malformed records.
    fn read(text: &str) -> (Vec<usize>, u64, u64) {
        let source = Source { name: "a.jsonl".into(), text: text.into() };
        let mut reading = Reading::default();
        reading.read(&source, &Options::default());
        let lines = reading.events.iter().map(|event| event.line).collect();
        (lines, reading.other, reading.malformed)
    }

    #[test]
    fn every_shape_is_an_event() {
        assert_eq!(read("\u{feff}{\"event\":\"e\"}\r\n\n{\"$session_id\":1}"), (vec![1, 3], 0, 0));
        assert_eq!(read(r#"{"batch":[{"event":"e"},{"properties":null}]}"#), (vec![1, 1], 0, 0));
        assert_eq!(read(r#"{"results":[{"event":null}],"next":null}"#), (vec![1], 0, 0));
        assert_eq!(read(r#"{"data":"{\"event\":\"e\"}"}"#), (vec![1], 0, 0));
        assert_eq!(read(r#"{"event":{"event":"e"},"person":{}}"#), (vec![1], 0, 0));
        assert_eq!(read("[\n{\"event\":\"e\"\n},\n\n{\"batch\":[\n{\"event\":1}]}]"), (vec![2, 5], 0, 0));
        assert_eq!(read("{\"event\":1}{\"event\":2}\n{\n\"event\":3}"), (vec![1, 1, 2], 0, 0));
    }

    #[test]
    fn an_object_in_event_must_be_an_event() {
        assert_eq!(read(r#"{"event":{}}"#), (vec![], 0, 1));
        assert_eq!(read(r#"{"event":{"uuid":1},"person":{}}"#), (vec![], 0, 1));
    }

    #[test]
    fn other_models_are_told_apart() {
        assert_eq!(read(r#"{"person_version":1,"properties":{}}"#), (vec![], 1, 0));
        assert_eq!(read(r#"{"session_id":1,"start_timestamp":2}"#), (vec![], 1, 0));
        assert_eq!(read(r#"{"person_version":1,"event":null}"#), (vec![1], 0, 0));
        assert_eq!(read(r#"{"session_id":1}"#), (vec![], 0, 1));
    }

    #[test]
    fn bad_records_are_counted_and_nothing_else_is_lost() {
        assert_eq!(read("nope\n{\"event\":1}\n{\"event\":1,}\n{\"event\":2}"), (vec![2, 4], 0, 2));
        assert_eq!(read(r#"{"batch":[{"event":1},3,{},{"event":2}]}"#), (vec![1, 1], 0, 2));
        assert_eq!(read(r#"{"data":"nope"}"#), (vec![], 0, 1));
        assert_eq!(read(r#"{"data":"{}"}"#), (vec![], 0, 1));
        assert_eq!(read("12\n\"text\"\n{}\nnull\n{\"batch\":{}}"), (vec![], 0, 5));
        assert_eq!(read("[[{\"event\":1}],\n{\"event\":2}]"), (vec![2], 0, 1));
        assert_eq!(read("[]\n{\"batch\":[]}\n"), (vec![], 0, 0));
        assert_eq!(read("{\"event\":1,\"properties\":\"\"}\n{\"event\":2}"), (vec![2], 0, 1));
    }
}
