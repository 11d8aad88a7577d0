//! Says in a line what of an input is not read.

use std::io;

use crate::count::counted;

/// How many columns are named that are not read.
const SHOWN_COLUMNS: usize = 12;

/// That columns of inputs are not read, each with its name and those of the columns.
pub(crate) fn skipped_columns<'i>(inputs: impl Iterator<Item = (&'i str, &'i [String])>) -> Option<String> {
    let mut inputs = inputs.filter(|(_, columns)| !columns.is_empty());
    let (name, columns) = inputs.next()?;
    let more = inputs.count() as u64;
    let likewise = if more > 0 { format!(" (likewise {})", counted(more, "more input")) } else { String::new() };
    let rest = if columns.len() > SHOWN_COLUMNS { ", ..." } else { "" };
    let columns = columns[..columns.len().min(SHOWN_COLUMNS)].join(", ") + rest;
    Some(format!("{name}: columns of types that are not read count as absent: {columns}{likewise}"))
}

/// Why an input ended before its end, of which so many records could be read.
pub(crate) fn interrupted(error: &io::Error, records: u64) -> String {
    let records = counted(records, "record");
    match error.kind() {
        io::ErrorKind::UnexpectedEof => format!("ends early after {records}; what was read is reported"),
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other => {
            format!("is corrupt after {records} ({error}); what was read is reported")
        }
        _ => format!("could not be read on after {records}: {error}"),
    }
}
