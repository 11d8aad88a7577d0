//! Says in plain words what looks odd about an input, and what to do about it.

use super::facts::InputFacts;
use super::records::RecordFacts;
use super::shape::RecordShape;
use super::times::Finest;
use crate::count::{counted, grouped};
use crate::event::{Field, JsonType};
use crate::input::{Basis, Compression};

/// Whole seconds by chance are one in a thousand; of this many times one in so many is none.
const FEW_TIMES: u64 = 3;
const RARE: u64 = 20;

/// Something that looks odd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// A name for it.
    pub name: &'static str,
    /// What it is, and what to do about it; safe to print.
    pub text: String,
}

/// What to look for.
type Check = fn(&InputFacts) -> Option<String>;

const CHECKS: [(&str, Check); 16] = [
    ("name-and-content", name_and_content),
    ("no-records", no_records),
    ("malformed-records", malformed_records),
    ("no-event", no_event),
    ("not-utf-8", not_utf8),
    ("other-models", other_models),
    ("no-session-id", no_session_id),
    ("look-alike-property", look_alike_property),
    ("no-uuid-v7", no_uuid_v7),
    ("numeric-session-ids", numeric_session_ids),
    ("no-user", no_user),
    ("no-timestamp", no_timestamp),
    ("numeric-timestamps", numeric_timestamps),
    ("unreadable-timestamps", unreadable_timestamps),
    ("whole-seconds", whole_seconds),
    ("some-without-zone", some_without_zone),
];

/// What looks odd about an input, in the order of [`CHECKS`].
pub(super) fn of(input: &InputFacts) -> Vec<Hint> {
    CHECKS.iter().filter_map(|(name, check)| Some(Hint { name, text: check(input)? })).collect()
}

fn name_and_content(input: &InputFacts) -> Option<String> {
    let (compression, basis) = input.compression?;
    let named = input.named.unwrap_or(Compression::None);
    // Parquet is named by what its columns are compressed with.
    let may_differ = basis == Basis::Content && compression != Compression::Parquet;
    let differ = may_differ && named != compression && input.name != "-";
    let by = |compression: Compression| match compression {
        Compression::None => "is not compressed",
        Compression::Gzip => "is gzip",
        Compression::Zstd => "is zstd",
        Compression::Brotli => "is brotli",
        Compression::Parquet => "is Parquet",
    };
    differ.then(|| format!("by its name the file {}, by its content it {}", by(named), by(compression)))
}

fn no_records(input: &InputFacts) -> Option<String> {
    let is_empty = input.failure.is_none() && input.records.records == 0;
    is_empty.then(|| "there is no record in it".to_owned())
}

fn malformed_records(input: &InputFacts) -> Option<String> {
    let RecordFacts { malformed, .. } = input.records;
    let are = if malformed == 1 { "is" } else { "are" };
    (malformed > 0).then(|| {
        format!("{} {are} skipped; check gives no verdict unless --max-malformed allows that", records(malformed))
    })
}

fn records(malformed: u64) -> String {
    counted(malformed, "malformed record")
}

fn no_event(input: &InputFacts) -> Option<String> {
    let facts = &input.records;
    let is_foreign = facts.well_formed() == 0 && !facts.other_keys.is_empty();
    is_foreign.then(|| {
        format!(
            "its objects are no events (the first has {}): an event has event, properties or $session_id; name other \
             columns with --field, such as --field session_id=PATH",
            facts.other_keys.join(", ")
        )
    })
}

fn not_utf8(input: &InputFacts) -> Option<String> {
    let records = input.records.not_utf8;
    (records > 0).then(|| format!("{} not UTF-8; what cannot be read stands as U+FFFD", counts_are(records, "record")))
}

fn other_models(input: &InputFacts) -> Option<String> {
    let RecordFacts { others, events, .. } = input.records;
    let of = |shape| input.records.shapes.get(&shape).map_or(0, |facts| facts.records);
    let what = if of(RecordShape::Person) >= of(RecordShape::Session) { "persons" } else { "sessions" };
    (others > 0 && events == 0).then(|| format!("it holds {what}, and no event: export the events model"))
}

fn no_session_id(input: &InputFacts) -> Option<String> {
    let facts = &input.records;
    if facts.events == 0 || facts.ids.ids() > 0 {
        return None;
    }
    let Some((property, events)) = most_frequent_look_alike(facts) else {
        let column = "name the column with --field session_id=PATH if it has another name";
        return Some(format!("none of {} has $session_id: {column}", counted(facts.events, "event")));
    };
    let have = if events == 1 { "has" } else { "have" };
    let field = format!("--field session_id=properties.{property}");
    let events = grouped(events);
    Some(format!(
        "no event has $session_id, but {events} {have} {property}: PostHog reads $session_id only, or name the column \
         with {field}"
    ))
}

fn most_frequent_look_alike(facts: &RecordFacts) -> Option<(&'static str, u64)> {
    let most = facts.look_alikes.iter().min_by_key(|(name, events)| (std::cmp::Reverse(**events), **name));
    most.map(|(name, events)| (*name, *events))
}

fn look_alike_property(input: &InputFacts) -> Option<String> {
    let facts = &input.records;
    let (property, events) = most_frequent_look_alike(facts).filter(|_| facts.ids.ids() > 0)?;
    let have = if events == 1 { "has" } else { "have" };
    Some(format!(
        "{} without $session_id {have} {property} instead: PostHog reads $session_id only",
        counted(events, "event")
    ))
}

fn no_uuid_v7(input: &InputFacts) -> Option<String> {
    let ids = &input.records.ids;
    let has_v7 = ids.versions[7] > 0;
    let hint = "no session id is a UUIDv7, so that PostHog aggregates none of the sessions: session-audit check has the causes";
    (ids.ids() > 0 && !has_v7).then(|| hint.to_owned())
}

fn numeric_session_ids(input: &InputFacts) -> Option<String> {
    let places = input.records.field(Field::SessionId).places.iter();
    let numbers: u64 = places.filter_map(|place| place.types.get(&JsonType::Number)).sum();
    (numbers > 0).then(|| format!("{} no string but a number", counts_are(numbers, "session id")))
}

fn no_user(input: &InputFacts) -> Option<String> {
    let facts = &input.records;
    let is_nowhere = |field| facts.events > 0 && facts.field(field).absent == facts.events;
    let hint = "no event has a distinct id or a person id, so that the rule about users says nothing";
    (is_nowhere(Field::DistinctId) && is_nowhere(Field::PersonId)).then(|| hint.to_owned())
}

fn no_timestamp(input: &InputFacts) -> Option<String> {
    let facts = &input.records;
    (facts.events > 0 && facts.field(Field::Timestamp).absent == facts.events).then(|| {
        let paths: Vec<_> = facts.field(Field::Timestamp).places.iter().map(|place| place.path.as_str()).collect();
        let path = crate::safe::data_text(&paths.join(", "));
        format!("no event has a {path}, so that the rules about time say nothing: name the column with --field timestamp=PATH")
    })
}

fn numeric_timestamps(input: &InputFacts) -> Option<String> {
    let numbers = input.records.times.numbers;
    (numbers > 0)
        .then(|| format!("{} a number: PostHog ignores such, and so does the audit", counts_are(numbers, "timestamp")))
}

fn unreadable_timestamps(input: &InputFacts) -> Option<String> {
    let times = &input.records.times;
    let example = times.unreadable_example.as_ref()?;
    Some(format!("{} not RFC 3339, such as {example}", counts_are(times.unreadable, "timestamp")))
}

fn whole_seconds(input: &InputFacts) -> Option<String> {
    let times = &input.records.times;
    let (whole, readable) = (times.exact_to(Finest::Seconds), times.readable());
    if whole < FEW_TIMES || whole * RARE < readable {
        return None;
    }
    let which = if whole == readable {
        "times".to_owned()
    } else {
        format!("{} of {} times", grouped(whole), grouped(readable))
    };
    Some(format!("{which} are whole seconds: consider --tolerance 1s"))
}

fn some_without_zone(input: &InputFacts) -> Option<String> {
    let times = &input.records.times;
    let (naive, readable) = (times.naive(), times.readable());
    (naive > 0 && naive < readable)
        .then(|| format!("{} of {} times have no zone, and are read as UTC", grouped(naive), grouped(readable)))
}

/// `1 timestamp is`, `2 timestamps are`.
fn counts_are(count: u64, noun: &str) -> String {
    format!("{} {}", counted(count, noun), if count == 1 { "is" } else { "are" })
}
