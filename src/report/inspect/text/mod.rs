//! Writes for people what inputs are: a page each, and what looks odd at the end.

mod events;
mod file;

use std::io::{self, Write};

use crate::count::counted;
use crate::inspect::{InputFacts, Inspection};
use crate::report::text::{Colors, write_table};

/// A line of a page: what it is about, and what there is to say.
type Row = (&'static str, String);

pub(super) fn write(inspection: &Inspection, color: bool, out: &mut dyn Write) -> io::Result<()> {
    let colors = Colors::new(color);
    for input in &inspection.inputs {
        page(input, &colors, out)?;
        writeln!(out)?;
    }
    hints(inspection, &colors, out)?;
    let color = colors.error;
    inspection.failures.iter().try_for_each(|error| writeln!(out, "{color}error:{color:#} {error}"))
}

/// The page of an input.
fn page(input: &InputFacts, colors: &Colors, out: &mut dyn Write) -> io::Result<()> {
    let strong = colors.strong;
    writeln!(out, "{strong}{}{strong:#}", input.name)?;
    rows(file::rows(input), colors, out)?;
    if input.records.events > 0 {
        writeln!(out)?;
        write_table(&events::fields(&input.records), out)?;
        writeln!(out)?;
        rows(events::rows(&input.records), colors, out)?;
    }
    rows(file::malformed(input), colors, out)
}

/// Writes lines; several that follow each other are about what the first one says.
fn rows(rows: Vec<Row>, colors: &Colors, out: &mut dyn Write) -> io::Result<()> {
    let faint = colors.faint;
    let mut last = "";
    for (name, text) in rows {
        let shown = if name == last { "" } else { name };
        writeln!(out, "  {faint}{shown:<12}{faint:#}  {text}")?;
        last = name;
    }
    Ok(())
}

/// What looks odd, each kind once with the input where it was met first.
fn hints(inspection: &Inspection, colors: &Colors, out: &mut dyn Write) -> io::Result<()> {
    let mut kinds: Vec<(&str, String, &str, u64)> = Vec::new();
    for input in &inspection.inputs {
        for hint in input.hints() {
            match kinds.iter_mut().find(|(name, ..)| *name == hint.name) {
                Some((.., more)) => *more += 1,
                None => kinds.push((hint.name, hint.text, &input.name, 0)),
            }
        }
    }
    let color = colors.warning;
    for (_, text, input, more) in kinds {
        let more = if more > 0 { format!(" (likewise {})", counted(more, "more input")) } else { String::new() };
        writeln!(out, "{color}hint:{color:#} {input}: {text}{more}")?;
    }
    Ok(())
}
