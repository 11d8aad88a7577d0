//! Says what a file is, and which records it holds.

use std::cmp::Reverse;

use indicatif::DecimalBytes;

use super::Row;
use crate::count::{counted, grouped};
use crate::event::Layout;
use crate::input::{Basis, Compression};
use crate::inspect::{InputFacts, RecordFacts};

/// The lines about the file and its records.
pub(super) fn rows(input: &InputFacts) -> Vec<Row> {
    let Some((compression, basis)) = input.compression else {
        return input.size.map(|size| ("size", DecimalBytes(size).to_string())).into_iter().collect();
    };
    let bytes = DecimalBytes(input.size.unwrap_or(input.bytes));
    let mut rows = vec![("size", format!("{bytes}, {}", compressed(input, compression, basis)))];
    rows.push(("text", text(input, compression)));
    rows.extend(records(&input.records));
    rows
}

/// The lines about malformed records, and why reading ended.
pub(super) fn malformed(input: &InputFacts) -> Vec<Row> {
    let facts = &input.records;
    let located = facts.first_malformed.iter().map(|malformed| {
        let excerpt = if malformed.excerpt.is_empty() { String::new() } else { format!(": {}", malformed.excerpt) };
        ("malformed", format!("{}:{}: {}{excerpt}", input.name, malformed.line, malformed.reason))
    });
    let mut rows: Vec<_> = located.collect();
    let more = facts.malformed - rows.len() as u64;
    rows.extend((more > 0).then(|| ("malformed", format!("and {} more", grouped(more)))));
    rows.extend(input.failure.iter().map(|failure| ("error", failure.clone())));
    rows
}

fn compressed(input: &InputFacts, compression: Compression, basis: Basis) -> String {
    let by = match basis {
        Basis::Content => " (by its content)",
        Basis::Name => " (by its name)",
        Basis::Option => " (as --decompress says)",
        Basis::Nothing => "",
    };
    let (how, part) = match compression {
        Compression::None => ("not compressed", ""),
        Compression::Gzip => ("gzip", "member"),
        Compression::Zstd => ("zstd", "frame"),
        Compression::Brotli => ("brotli", ""),
        Compression::Parquet => ("Parquet", "row group"),
    };
    let parts = input.parts.map_or(String::new(), |parts| format!(", {}", counted(parts, part)));
    format!("{how}{by}{parts}")
}

fn text(input: &InputFacts, compression: Compression) -> String {
    if compression == Compression::Parquet {
        return counted(input.lines, "row");
    }
    let plain = DecimalBytes(input.plain_bytes);
    let unpacked = if compression == Compression::None { String::new() } else { format!("{plain} unpacked, ") };
    let so_far = if input.is_cut() { ", so far as it was read" } else { "" };
    format!("{unpacked}{}{so_far}", counted(input.lines, "line"))
}

fn records(facts: &RecordFacts) -> Vec<Row> {
    let count = |count: u64, what: &str| format!("{:>9}  {what}", grouped(count));
    let cut = if facts.is_cut { "; --records leaves out the rest" } else { "" };
    let records = counted(facts.records, "record");
    let mut rows = vec![("records", format!("{records} with {}{cut}", counted(facts.events, "event")))];
    let mut shapes: Vec<_> = facts.shapes.iter().collect();
    shapes.sort_by_key(|(_, of)| Reverse(of.records));
    for (shape, of) in shapes {
        let events = if of.events == of.records || of.events == 0 {
            String::new()
        } else {
            format!(", {}", counted(of.events, "event"))
        };
        rows.push(("shapes", count(of.records, &format!("{}{events}", shape.label()))));
    }
    let inside = facts.malformed - (facts.records - facts.readable());
    let inside = if inside > 0 { format!(", {} of them inside of others", grouped(inside)) } else { String::new() };
    rows.extend((facts.malformed > 0).then(|| ("shapes", count(facts.malformed, &format!("malformed{inside}")))));
    rows.extend(facts.layouts.iter().map(|(layout, records)| ("layout", count(*records, layout_label(*layout)))));
    let readable = facts.readable();
    let readers = [(facts.scanned, "the structural scan"), (readable - facts.scanned, "serde_json")];
    rows.extend(
        readers.into_iter().filter(|(records, _)| *records > 0).map(|(records, by)| ("read by", count(records, by))),
    );
    rows
}

fn layout_label(layout: Layout) -> &'static str {
    match layout {
        Layout::Line => "on a line of its own",
        Layout::Shared => "on one line with others",
        Layout::Lines => "pretty-printed, on several lines",
        Layout::Element => "in an array",
    }
}
