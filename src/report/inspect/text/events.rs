//! Says where the fields of events are, and how ids and times are spelled.

use std::cmp::Reverse;

use comfy_table::Table;

use super::Row;
use crate::count::{counted, grouped, percent_of};
use crate::event::time::format_us;
use crate::inspect::{IdFacts, Names, PlaceFacts, RecordFacts, TimeFacts};
use crate::report::text::table;
use crate::safe::start;

/// How much of an example there is room for.
const EXAMPLE_CHARS: usize = 40;

/// A table of the places where fields are.
pub(super) fn fields(facts: &RecordFacts) -> Table {
    let mut table = table(["field", "where", "events", "share", "type", "example"], &[2, 3]);
    for field in &facts.fields {
        let mut name = field.name;
        let mut row = |place: &str, events: u64, types: &str, example: &str| {
            let share = format!("{:.1} %", percent_of(events, facts.events));
            table.add_row([name, place, &grouped(events), &share, types, example]);
            name = "";
        };
        for place in field.places.iter().filter(|place| place.events() + place.null + place.empty > 0) {
            let example = place.example.as_deref().map(short).unwrap_or_default();
            row(&short(&place.path), place.events(), &types(place), &example);
        }
        if field.absent > 0 {
            row("absent", field.absent, "", "");
        }
    }
    table
}

/// The types that occur at a place, one a line, with their numbers if there are several, and what counts as absent.
fn types(place: &PlaceFacts) -> String {
    let is_one = place.types.len() == 1 && place.null + place.empty == 0;
    let types = place.types.iter().map(|(json_type, events)| (json_type.name(), *events));
    let absent = [("null", place.null), ("empty", place.empty)].into_iter().filter(|(_, events)| *events > 0);
    let named =
        |(name, events): (&str, u64)| if is_one { name.to_owned() } else { format!("{name} {}", grouped(events)) };
    types.chain(absent).map(named).collect::<Vec<_>>().join("\n")
}

/// As much of a text as there is room for.
fn short(text: &str) -> String {
    start(text, EXAMPLE_CHARS).into_owned()
}

/// The lines about ids, times, teams and libraries.
pub(super) fn rows(facts: &RecordFacts) -> Vec<Row> {
    let looks = facts.look_alikes.iter();
    let looks = looks.map(|(name, events)| (*events, format!("{name}, on events without a session id")));
    let mut rows = ids(&facts.ids);
    rows.extend(most_first("look-alikes", looks));
    rows.extend(times(&facts.times));
    rows.extend(names("teams", &facts.teams));
    rows.extend(names("libraries", &facts.libs));
    rows
}

/// Lines with a count each, the largest first; none of nothing.
fn most_first(name: &'static str, counts: impl Iterator<Item = (u64, String)>) -> Vec<Row> {
    let mut counts: Vec<_> = counts.filter(|(count, _)| *count > 0).collect();
    counts.sort_by_key(|(count, _)| Reverse(*count));
    counts.into_iter().map(|(count, text)| row(name, count, &text)).collect()
}

fn row(name: &'static str, count: u64, text: &str) -> Row {
    (name, format!("{:>9}  {text}", grouped(count)))
}

fn ids(ids: &IdFacts) -> Vec<Row> {
    let spellings = ids.spellings.iter().map(|(spelling, events)| (*events, spelling.label().to_owned()));
    let versions = ids.versions.iter().zip(0..).map(|(events, version)| (*events, format!("version {version}")));
    let mut rows = most_first("session ids", spellings);
    rows.extend(most_first("versions", versions));
    if ids.other_variants > 0 {
        rows.push(row("versions", ids.other_variants, "of version 7 with other variant bits than 10"));
    }
    rows
}

fn times(times: &TimeFacts) -> Vec<Row> {
    let unread = [(times.numbers, "numbers".to_owned()), (times.unreadable, "not RFC 3339".to_owned())];
    let spellings = times.spellings.iter().map(|(spelling, events)| (*events, spelling.pattern()));
    let exact = times.finest.iter().map(|(finest, events)| (*events, finest.label().to_owned()));
    let mut rows = most_first("times", spellings.chain(unread));
    rows.extend(most_first("precision", exact));
    let time = |us| format_us(us, 6).unwrap_or_default();
    rows.extend(times.range_us.map(|(first, last)| ("from, to", format!("{}  {}", time(first), time(last)))));
    rows
}

fn names(what: &'static str, names: &Names) -> Vec<Row> {
    let top = names.top();
    let others = counted((names.different() - top.len()) as u64, "other");
    let least = if names.are_more() { "at least " } else { "" };
    let mut rows = most_first(what, top.into_iter().map(|named| (named.events, short(&named.name))));
    if names.others() > 0 {
        rows.push(row(what, names.others(), &format!("of {least}{others}")));
    }
    rows
}
