//! Reads the fields of one event object (section 3).

use super::time;
use serde_json::{Map, Value};

type Object = Map<String, Value>;

/// The names of events that link two distinct ids, whether or not they have a session id.
const LINKING: [&str; 3] = ["$identify", "$create_alias", "$merge_dangerously"];

/// Properties that are mistaken for the session id's.
const LOOK_ALIKES: [&str; 8] = [
    "session_id",
    "sessionId",
    "session",
    "sessionid",
    "posthog_session_id",
    "$sessionId",
    "$amplitude_session_id",
    "amplitude_session_id",
];

/// What counts of an event, and where its record begins.
#[derive(Clone, Debug, Default)]
pub(crate) struct Event {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) session_id: Option<String>,
    pub(crate) time_us: Option<i64>,
    pub(crate) distinct_id: Option<String>,
    pub(crate) person_id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) uuid: Option<String>,
    pub(crate) lib: Option<String>,
    pub(crate) team: Option<String>,
    /// The other distinct id that the event says is the same user.
    pub(crate) linked_id: Option<String>,
    /// The value of the property that `--session-key` names.
    pub(crate) own_session: Option<String>,
    /// Whether it says that it comes from a server.
    pub(crate) is_server: bool,
    /// What it says of a recording.
    pub(crate) recording: Option<String>,
    /// Whether a property looks like a session id.
    pub(crate) has_look_alike: bool,
}

impl Event {
    /// Whether the event says anything about users.
    pub(crate) fn is_evidence(&self) -> bool {
        self.session_id.is_some() || self.name.as_deref().is_some_and(|name| LINKING.contains(&name))
    }
}

/// Reads an event whose person may also be named outside of it; nothing when its properties are no JSON.
pub(crate) fn read(event: &Object, outer_person: Option<&Value>, session_key: Option<&str>) -> Option<Event> {
    let properties = properties(event)?;
    let own = |name: &str| text(event.get(name));
    let property = |name: &str| text(properties.get(name));
    let name = own("event");
    let linked_id = match name.as_deref() {
        Some("$identify") => property("$anon_distinct_id"),
        Some("$create_alias" | "$merge_dangerously") => property("alias"),
        _ => None,
    };
    Some(Event {
        session_id: property("$session_id").or_else(|| own("$session_id")).filter(|id| id != "null"),
        time_us: event.get("timestamp").and_then(Value::as_str).and_then(time::read),
        distinct_id: own("distinct_id").or_else(|| own("$distinct_id")).or_else(|| property("distinct_id")),
        person_id: own("person_id").or_else(|| person(event.get("person"))).or_else(|| person(outer_person)),
        uuid: own("uuid").or_else(|| own("id")),
        lib: property("$lib"),
        team: own("team_id"),
        own_session: session_key.and_then(property),
        is_server: property("$is_server").as_deref() == Some("true"),
        recording: property("$recording_status"),
        has_look_alike: LOOK_ALIKES.iter().filter_map(|key| properties.get(*key)).any(is_like_an_id),
        linked_id,
        name,
        ..Event::default()
    })
}

/// Whether a value could be a session id: a number, or a text that says something.
fn is_like_an_id(value: &Value) -> bool {
    value.is_number() || value.as_str().is_some_and(|text| text != "null" && !text.chars().all(char::is_whitespace))
}

/// Whether an object has what makes it an event.
pub(crate) fn is_event(object: &Object) -> bool {
    ["event", "properties", "$session_id"].iter().any(|key| object.contains_key(*key))
}

/// The properties as an object: empty when they are something else, nothing when they are a text that is no JSON.
fn properties(event: &Object) -> Option<Object> {
    let value = match event.get("properties") {
        Some(Value::String(json)) => serde_json::from_str(json).ok()?,
        Some(value) => value.clone(),
        None => Value::Null,
    };
    Some(value.as_object().cloned().unwrap_or_default())
}

/// The id in a person object.
fn person(person: Option<&Value>) -> Option<String> {
    let person = person?.as_object()?;
    text(person.get("id")).or_else(|| text(person.get("uuid")))
}

/// A field's text: `null` and `""` are absent, other values are their JSON.
fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Null => None,
        Value::String(text) => (!text.is_empty()).then(|| text.clone()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::Event;

    fn read(json: &str) -> Option<Event> {
        let object = serde_json::from_str(json).expect("the test's own JSON");
        super::read(&object, None, Some("a.b"))
    }

    fn session_id(json: &str) -> Option<String> {
        read(json).expect("the properties are readable").session_id
    }

    #[test]
    fn session_ids_are_found_in_their_order() {
        let id = |json| session_id(json).unwrap_or_default();
        assert_eq!(id(r#"{"properties":{"$session_id":"a"},"$session_id":"b"}"#), "a");
        assert_eq!(id(r#"{"properties":{"$session_id":null},"$session_id":"b"}"#), "b");
        assert_eq!(id(r#"{"properties":{"$session_id":""},"$session_id":7}"#), "7");
        assert_eq!(id(r#"{"properties":"{\"\\u0024session_id\":[1, 2]}"}"#), "[1,2]");
        assert_eq!(id(r#"{"properties":{"$session_id":"a","$session_id":"b"}}"#), "b");
    }

    #[test]
    fn some_ids_are_no_session_id() {
        assert_eq!(session_id(r#"{"properties":{"$session_id":"null"},"$session_id":"b"}"#), None);
        assert_eq!(session_id(r#"{"properties":{"$set":{"$session_id":"b"}}}"#), None);
        assert_eq!(session_id(r#"{"properties":[{"$session_id":"b"}]}"#), None);
        assert_eq!(session_id(r#"{"properties":"5"}"#), None);
    }

    #[test]
    fn properties_that_are_no_json_make_no_event() {
        assert!(read(r#"{"event":"e","properties":""}"#).is_none());
        assert!(read(r#"{"event":"e","properties":"{"}"#).is_none());
    }

    #[test]
    fn the_next_place_is_asked_for_the_others_too() {
        let event = read(
            r#"{"event":"$identify","uuid":null,"id":3,"distinct_id":"","$distinct_id":null,
            "person":{"id":"","uuid":"p"},"timestamp":5,"properties":{"distinct_id":true,
            "$anon_distinct_id":"x","alias":"y","a.b":0,"a":{"b":1}}}"#,
        )
        .expect("the properties are readable");
        let texts = [event.uuid, event.distinct_id, event.person_id, event.linked_id, event.own_session];
        assert_eq!(texts.map(Option::unwrap_or_default), ["3", "true", "p", "x", "0"]);
        assert_eq!((event.time_us, event.team), (None, None));
    }
}
