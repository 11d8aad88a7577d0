//! Writes what inputs are for other programs; these types are the format, and they change only with `schema_version`.

use std::io::{self, Write};

use serde::Serialize;

use crate::event::time::format_us;
use crate::event::{JsonType, Layout};
use crate::input::{Basis, Compression};
use crate::inspect::{
    FieldFacts, Finest, Hint, IdFacts, IdSpelling, InputFacts, Inspection, MalformedRecord, Names, PlaceFacts,
    RecordFacts, TimeFacts,
};

const SCHEMA_VERSION: u32 = 1;

pub(super) fn write(inspection: &Inspection, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        schema_version: SCHEMA_VERSION,
        tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        complete: inspection.is_complete(),
        errors: inspection.errors().collect(),
        inputs: inspection.inputs.iter().map(Input::new).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    tool: Tool,
    complete: bool,
    errors: Vec<String>,
    inputs: Vec<Input<'a>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Input<'a> {
    path: &'a str,
    size: Option<u64>,
    bytes_read: u64,
    compression: Option<&'static str>,
    compression_by: Option<&'static str>,
    compression_by_name: Option<&'static str>,
    gzip_members: Option<u64>,
    zstd_frames: Option<u64>,
    plain_bytes: u64,
    lines: u64,
    /// Whether `--records` left records out.
    cut: bool,
    error: Option<&'a str>,
    records: u64,
    events: u64,
    other_records: u64,
    malformed_records: u64,
    records_scanned: u64,
    shapes: Vec<Shape>,
    layouts: Vec<Counted>,
    fields: Vec<Field<'a>>,
    session_ids: Ids,
    look_alikes: Vec<Counted>,
    times: Times<'a>,
    teams: NamesResult,
    libraries: NamesResult,
    malformed: Vec<Malformed<'a>>,
    hints: Vec<HintResult>,
}

#[derive(Serialize)]
struct Shape {
    name: &'static str,
    records: u64,
    events: u64,
}

#[derive(Serialize)]
struct Counted {
    name: &'static str,
    count: u64,
}

#[derive(Serialize)]
struct Field<'a> {
    name: &'static str,
    absent: u64,
    places: Vec<Place<'a>>,
}

#[derive(Serialize)]
struct Place<'a> {
    path: String,
    events: u64,
    types: Vec<Counted>,
    null: u64,
    empty: u64,
    example: Option<&'a str>,
}

#[derive(Serialize)]
struct Ids {
    events: u64,
    spellings: Vec<Counted>,
    versions: Vec<Version>,
    other_variants: u64,
}

#[derive(Serialize)]
struct Version {
    version: usize,
    events: u64,
}

#[derive(Serialize)]
struct Times<'a> {
    readable: u64,
    numbers: u64,
    unreadable: u64,
    unreadable_example: Option<&'a str>,
    spellings: Vec<Spelling>,
    precision: Option<&'static str>,
    exact_to: Vec<Counted>,
    first: Option<String>,
    last: Option<String>,
}

#[derive(Serialize)]
struct Spelling {
    pattern: String,
    separator: char,
    fraction_digits: usize,
    zone: String,
    events: u64,
}

#[derive(Serialize)]
struct NamesResult {
    different: usize,
    /// Whether there are more than were counted.
    more: bool,
    top: Vec<Name>,
    other_events: u64,
}

#[derive(Serialize)]
struct Name {
    name: String,
    events: u64,
}

#[derive(Serialize)]
struct Malformed<'a> {
    line: u64,
    reason: &'a str,
    excerpt: &'a str,
}

#[derive(Serialize)]
struct HintResult {
    name: &'static str,
    text: String,
}

impl<'a> Input<'a> {
    fn new(input: &'a InputFacts) -> Self {
        let facts = &input.records;
        let compression = input.compression.map(|(compression, _)| compression);
        let parts = |of| input.parts.filter(|_| compression == Some(of));
        Self {
            path: &input.name,
            size: input.size,
            bytes_read: input.bytes,
            compression: compression.map(Compression::name),
            compression_by: input.compression.map(|(_, basis)| basis_name(basis)),
            compression_by_name: input.named.map(Compression::name),
            gzip_members: parts(Compression::Gzip),
            zstd_frames: parts(Compression::Zstd),
            plain_bytes: input.plain_bytes,
            lines: input.lines,
            cut: input.is_cut(),
            error: input.failure.as_deref(),
            records: facts.records,
            events: facts.events,
            other_records: facts.others,
            malformed_records: facts.malformed,
            records_scanned: facts.scanned,
            shapes: shapes(facts),
            layouts: counted(&facts.layouts, layout_name),
            fields: facts.fields.iter().map(Field::new).collect(),
            session_ids: Ids::new(&facts.ids),
            look_alikes: counted(&facts.look_alikes, |name| name),
            times: Times::new(&facts.times),
            teams: NamesResult::new(&facts.teams),
            libraries: NamesResult::new(&facts.libs),
            malformed: facts.first_malformed.iter().map(Malformed::new).collect(),
            hints: input.hints().into_iter().map(|Hint { name, text }| HintResult { name, text }).collect(),
        }
    }
}

fn basis_name(basis: Basis) -> &'static str {
    match basis {
        Basis::Content => "content",
        Basis::Name => "name",
        Basis::Option => "option",
        Basis::Nothing => "nothing",
    }
}

fn layout_name(layout: Layout) -> &'static str {
    match layout {
        Layout::Line => "line",
        Layout::Shared => "shared-line",
        Layout::Lines => "several-lines",
        Layout::Element => "array-element",
    }
}

fn shapes(facts: &RecordFacts) -> Vec<Shape> {
    let shapes = facts.shapes.iter();
    shapes.map(|(shape, of)| Shape { name: shape.name(), records: of.records, events: of.events }).collect()
}

fn counted<K: Copy>(counts: &std::collections::BTreeMap<K, u64>, name: impl Fn(K) -> &'static str) -> Vec<Counted> {
    counts.iter().map(|(key, count)| Counted { name: name(*key), count: *count }).collect()
}

impl<'a> Field<'a> {
    fn new(field: &'a FieldFacts) -> Self {
        let place = |place: &'a PlaceFacts| Place {
            path: place.path.clone(),
            events: place.events(),
            types: counted(&place.types, JsonType::name),
            null: place.null,
            empty: place.empty,
            example: place.example.as_deref(),
        };
        Self { name: field.name, absent: field.absent, places: field.places.iter().map(place).collect() }
    }
}

impl Ids {
    fn new(ids: &IdFacts) -> Self {
        let versions = ids.versions.iter().copied().enumerate().filter(|(_, events)| *events > 0);
        Self {
            events: ids.ids(),
            spellings: counted(&ids.spellings, IdSpelling::name),
            versions: versions.map(|(version, events)| Version { version, events }).collect(),
            other_variants: ids.other_variants,
        }
    }
}

impl<'a> Times<'a> {
    fn new(times: &'a TimeFacts) -> Self {
        let spellings = times.spellings.iter().map(|(spelling, events)| Spelling {
            pattern: spelling.pattern(),
            separator: spelling.separator,
            fraction_digits: spelling.fraction_digits,
            zone: spelling.zone.clone(),
            events: *events,
        });
        let (first, last) = times.range_us.unzip();
        Self {
            readable: times.readable(),
            numbers: times.numbers,
            unreadable: times.unreadable,
            unreadable_example: times.unreadable_example.as_deref(),
            spellings: spellings.collect(),
            precision: times.precision().map(Finest::name),
            exact_to: counted(&times.finest, Finest::name),
            first: first.and_then(|us| format_us(us, 6)),
            last: last.and_then(|us| format_us(us, 6)),
        }
    }
}

impl NamesResult {
    fn new(names: &Names) -> Self {
        let top = names.top().into_iter().map(|named| Name { name: named.name, events: named.events });
        Self { different: names.different(), more: names.are_more(), top: top.collect(), other_events: names.others() }
    }
}

impl<'a> Malformed<'a> {
    fn new(malformed: &'a MalformedRecord) -> Self {
        let MalformedRecord { line, reason, excerpt } = malformed;
        Self { line: *line, reason, excerpt }
    }
}
