//! Writes one row an event name and library.

use std::io::{self, Write};

use crate::audit::links::{LinkRow, Links, Reason};
use crate::report::csv::{io_error, text};

const COLUMNS: [&str; 15] = [
    "event",
    "lib",
    "events",
    "with_id",
    "aggregated",
    "linked",
    "same_user",
    "replay",
    "no_session_id",
    "look_alike_property",
    "broken_session_id",
    "no_client_events",
    "outside_session",
    "other_user",
    "replay_unknown",
];

pub(super) fn write(links: &Links, for_excel: bool, out: &mut dyn Write) -> io::Result<()> {
    let mut rows = csv::Writer::from_writer(out);
    rows.write_record(COLUMNS).map_err(io_error)?;
    for row in &links.rows {
        let name = |value: &Option<String>| text(value.as_deref().unwrap_or_default(), for_excel).into_owned();
        let counts = &row.counts;
        let numbers = [counts.events, counts.with_id, counts.aggregated, counts.linked, counts.same_user];
        let mut fields = vec![name(&row.event), name(&row.lib)];
        fields.extend(numbers.map(|count| count.to_string()));
        fields.push(counts.replay().map_or(String::new(), |count| count.to_string()));
        fields.extend(Reason::ALL.map(|reason| missed(row, reason).to_string()));
        fields.push(counts.unknown.to_string());
        rows.write_record(fields).map_err(io_error)?;
    }
    rows.flush()
}

/// How many events lead nowhere for a reason.
fn missed(row: &LinkRow, reason: Reason) -> u64 {
    row.misses.iter().filter(|miss| miss.reason == reason).map(|miss| miss.events).sum()
}
