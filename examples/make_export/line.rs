//! Puts one event on one line, with its keys in one of the orders that real exports have.

use super::json::{self, Members};
use super::rng::Rng;
use super::session::{Event, Link, Session, Source};
use super::{mobile, model, server, web};

#[derive(Clone, Copy)]
enum Field {
    Uuid,
    Event,
    DistinctId,
    PersonId,
    Elements,
    Timestamp,
    Created,
    Inserted,
    Properties,
    PersonProperties,
}

use Field::{
    Created, DistinctId, Elements, Event as Name, Inserted, PersonId, PersonProperties, Properties, Timestamp, Uuid,
};

/// The order follows from the exporting process; `properties` come late but not always last.
const ORDERS: [[Field; 10]; 5] = [
    [Uuid, Timestamp, Inserted, Created, Name, DistinctId, Elements, PersonId, Properties, PersonProperties],
    [Name, PersonId, Inserted, Uuid, Created, Timestamp, DistinctId, Elements, PersonProperties, Properties],
    [Uuid, Name, DistinctId, PersonId, Elements, Timestamp, Created, Inserted, Properties, PersonProperties],
    [PersonProperties, DistinctId, Created, Properties, Name, Timestamp, Uuid, PersonId, Inserted, Elements],
    [Elements, Properties, PersonId, Timestamp, PersonProperties, Uuid, Inserted, Name, DistinctId, Created],
];

const SMALL_ORDERS: [[Field; 6]; 3] = [
    [Uuid, Name, DistinctId, PersonId, Timestamp, Properties],
    [Name, Properties, PersonId, Timestamp, Uuid, DistinctId],
    [DistinctId, Timestamp, Uuid, Properties, Name, PersonId],
];

/// Lines in a million that come from the slower writer.
const OTHER_WRITER: u64 = 3000;

/// What all fields of one line share.
struct Facts<'a> {
    session: &'a Session,
    event: &'a Event,
    name: &'a str,
    other_writer: bool,
}

/// Writes lines, reusing its buffers.
pub(crate) struct Line {
    strings: bool,
    small: bool,
    members: Members,
    object: Vec<u8>,
    compact: Vec<u8>,
}

impl Line {
    pub(crate) fn new(strings: bool, small: bool) -> Self {
        Self { strings, small, members: Members::default(), object: Vec::new(), compact: Vec::new() }
    }

    pub(crate) fn write(&mut self, session: &Session, event: &Event, rng: &mut Rng, out: &mut Vec<u8>) {
        let facts = Facts { session, event, name: name(event, rng), other_writer: rng.chance(OTHER_WRITER) };
        if facts.other_writer {
            let mut compact = std::mem::take(&mut self.compact);
            compact.clear();
            self.object(&facts, rng, &mut compact);
            json::spaced(out, &compact);
            self.compact = compact;
        } else {
            self.object(&facts, rng, out);
        }
        out.push(b'\n');
    }

    fn object(&mut self, facts: &Facts<'_>, rng: &mut Rng, out: &mut Vec<u8>) {
        let order: &[Field] = if self.small { &rng.pick(&SMALL_ORDERS) } else { &rng.pick(&ORDERS) };
        for (place, &field) in order.iter().enumerate() {
            out.push(if place == 0 { b'{' } else { b',' });
            self.field(field, facts, rng, out);
        }
        out.push(b'}');
    }

    fn field(&mut self, field: Field, facts: &Facts<'_>, rng: &mut Rng, out: &mut Vec<u8>) {
        json::key(out, field.key());
        let event = facts.event;
        match field {
            Uuid => json::quoted_uuid(out, uuid(facts, rng)),
            Name => json::quoted(out, facts.name),
            DistinctId => event.who.distinct.write(out),
            PersonId => json::quoted_uuid(out, event.who.person),
            Elements => web::elements_chain(facts.name, rng, out),
            Timestamp => time(facts, event.time, out),
            Created => time(facts, event.due, out),
            Inserted => time(facts, event.due + rng.between(800_000, 4_000_000), out),
            Properties => self.properties(facts, rng, out),
            PersonProperties => self.person(facts, rng, out),
        }
    }

    fn properties(&mut self, facts: &Facts<'_>, rng: &mut Rng, out: &mut Vec<u8>) {
        let members = &mut self.members;
        members.clear();
        common(facts, rng, members);
        if self.small {
            brief(facts, members);
        } else {
            full(facts, rng, members);
        }
        members.shuffle(rng);
        self.object.clear();
        self.members.write(&mut self.object);
        self.put(out);
    }

    fn person(&mut self, facts: &Facts<'_>, rng: &mut Rng, out: &mut Vec<u8>) {
        self.object.clear();
        facts.event.who.properties(&mut self.object, &mut self.members, rng);
        self.put(out);
    }

    /// The finished object, as it is or as a string.
    fn put(&self, out: &mut Vec<u8>) {
        if self.strings {
            json::stringified(out, &self.object);
        } else {
            out.extend_from_slice(&self.object);
        }
    }
}

impl Field {
    fn key(self) -> &'static str {
        match self {
            Uuid => "uuid",
            Name => "event",
            DistinctId => "distinct_id",
            PersonId => "person_id",
            Elements => "elements_chain",
            Timestamp => "timestamp",
            Created => "created_at",
            Inserted => "_inserted_at",
            Properties => "properties",
            PersonProperties => "person_properties",
        }
    }
}

fn name(event: &Event, rng: &mut Rng) -> &'static str {
    match (event.link, event.source) {
        (Some(Link::Alias(_)), _) => "$create_alias",
        (Some(_), _) => "$identify",
        (None, Source::Web) => web::name(event.place, rng),
        (None, Source::Mobile) => mobile::name(event.place, rng),
        (None, Source::Server) => server::name(rng),
        (None, Source::Model) => model::name(rng),
    }
}

/// A client mints the event's id by its own clock; some server libraries still use version 4.
fn uuid(facts: &Facts<'_>, rng: &mut Rng) -> u128 {
    let event = facts.event;
    match event.source {
        Source::Web | Source::Mobile => rng.uuid7((event.time + facts.session.skew) / 1000),
        _ if rng.percent(40) => rng.uuid(4),
        _ => rng.uuid7(event.time / 1000),
    }
}

fn time(facts: &Facts<'_>, micros: u64, out: &mut Vec<u8>) {
    out.push(b'"');
    json::time(out, micros, if facts.other_writer { b' ' } else { b'T' });
    out.push(b'"');
}

/// The properties that decide what an event belongs to.
fn common(facts: &Facts<'_>, rng: &mut Rng, members: &mut Members) {
    let Facts { session, event, .. } = facts;
    if let Some(spelling) = event.spelling {
        members.with("$session_id", |out| session.id.write(out, spelling));
    } else if rng.percent(20) {
        members.raw(r#""$session_id":null"#);
    }
    match event.link {
        Some(Link::Identify(device)) => members.with("$anon_distinct_id", |out| device.write(out)),
        Some(Link::Alias(device)) => members.with("alias", |out| device.write(out)),
        Some(Link::Generic(text)) => members.text("$anon_distinct_id", text),
        None => {}
    }
    if let Some(checkout) = event.checkout {
        members.with("checkout_id", |out| checkout_id(checkout, out));
    }
    if facts.other_writer {
        members.raw(r#""balance_wei":12345678901234567890987654321"#);
        members.raw("\"greeting\":\"Hello \u{1f44b} Gr\u{fc}\u{df}e\"");
    }
}

fn checkout_id(checkout: u64, out: &mut Vec<u8>) {
    json::push(out, "\"chk_");
    json::hex(out, checkout);
    out.push(b'"');
}

fn brief(facts: &Facts<'_>, members: &mut Members) {
    let seed = facts.session.seed;
    let library = match facts.event.source {
        Source::Web => web::library(seed),
        Source::Mobile => mobile::library(seed),
        Source::Server | Source::Model => server::library(seed),
    };
    members.raws(&library);
}

fn full(facts: &Facts<'_>, rng: &mut Rng, members: &mut Members) {
    let Facts { session, event, name, .. } = facts;
    match event.source {
        Source::Web => web::properties(session, event, name, rng, members),
        Source::Mobile => mobile::properties(session, event, name, rng, members),
        Source::Server => server::properties(session, event, rng, members),
        Source::Model => model::properties(session, name, rng, members),
    }
}
