//! Writes records into files: lines, lists and values one after another.

use super::json::{self, Space};
use super::world::World;
use super::{chance, ids, pick, shapes};
use crate::reference::Source;
use serde_json::Value;

/// Names whose order by bytes is not that of a dictionary; `-` is standard input.
const NAMES: [&str; 9] =
    ["a.jsonl", "B.jsonl", "a/b.jsonl", "a-1.jsonl", "é.ndjson", "2025-03-14T00+00.jsonl", "a b.json", "z.jsonl", "-"];

/// Some sources with so many events in all, and up to so much padding in each.
pub(super) fn sources(world: &mut World, events: usize, padding: usize) -> Vec<Source> {
    let mut names = NAMES;
    world.rng.shuffle(&mut names);
    let count = world.rng.usize(1..=4);
    let source = |name: &str| Source { name: name.to_owned(), text: text(world, events / count + 1, padding) };
    names.iter().copied().take(count).map(source).collect()
}

fn text(world: &mut World, events: usize, padding: usize) -> String {
    let text = match ids::weighted(&mut world.rng, &[70, 12, 12, 6]) {
        0 => lines(world, events, padding),
        1 => list(world, events, padding),
        2 => values(world, events, padding),
        _ => lines(world, events / 2, padding) + "\n" + &values(world, events / 2, padding),
    };
    let bom = if chance(&mut world.rng, 5) { "\u{feff}" } else { "" };
    bom.to_owned() + &text
}

/// Records of one line each, now and then a list of them on a line.
fn lines(world: &mut World, events: usize, padding: usize) -> String {
    let end = pick(&mut world.rng, &["\n", "\n", "\r\n"]);
    let mut text = String::new();
    let mut left = events;
    while left > 0 {
        let space = if chance(&mut world.rng, 80) { Space::Compact } else { Space::Wide };
        let (record, count) = shapes::record(world, space, left, padding);
        text += pick(&mut world.rng, &["", "", "", "", "", "", "", " ", "\t", "\n", "\r\n \n"]);
        text += &record;
        text += pick(&mut world.rng, &["", "", "", " ", "\t"]);
        text += end;
        left -= count.max(1).min(left);
    }
    let kept = if world.rng.bool() { text.len() } else { text.trim_end().len() };
    text.truncate(kept);
    text
}

/// One top-level list.
fn list(world: &mut World, events: usize, padding: usize) -> String {
    let space = pick(&mut world.rng, &[Space::Compact, Space::Wide, Space::Pretty]);
    let records = sound_records(world, space, events, padding, |_| true);
    json::array(space, &records) + pick(&mut world.rng, &["", "\n", "\n\n"])
}

/// Values one after another, broken over lines or not.
fn values(world: &mut World, events: usize, padding: usize) -> String {
    let space = pick(&mut world.rng, &[Space::Compact, Space::Pretty, Space::Pretty]);
    let between = pick(&mut world.rng, &["", "\n", " ", "\n\n"]);
    sound_records(world, space, events, padding, Value::is_object).join(between)
}

/// Records that are JSON of a sort, though perhaps none of the shapes.
fn sound_records(
    world: &mut World,
    space: Space,
    events: usize,
    padding: usize,
    is_fit: fn(&Value) -> bool,
) -> Vec<String> {
    let mut records = Vec::new();
    let mut left = events;
    while left > 0 {
        let (record, count) = shapes::record(world, space, left, padding);
        left -= count.max(1).min(left);
        if serde_json::from_str(&record).is_ok_and(|value| is_fit(&value)) {
            records.push(record);
        }
    }
    records
}
