//! Writes for people what inputs are: a page each, and what looks odd at the end.

mod events;
mod file;

use std::io::{self, Write};

use crate::count::counted;
use crate::inspect::{InputFacts, Inspection};
use crate::report::Style;
use crate::report::text::Page;

/// A line of a page: what it is about, and what there is to say.
type Row = (&'static str, String);

pub(super) fn write(inspection: &Inspection, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let page = &mut Page::new(style, out);
    for input in &inspection.inputs {
        about(input, page)?;
        page.blank()?;
    }
    hints(inspection, page)?;
    let color = page.colors.error;
    inspection.failures.iter().try_for_each(|error| page.line(&format!("{color}error:{color:#} "), error))
}

/// What there is to say about an input.
fn about(input: &InputFacts, page: &mut Page<'_>) -> io::Result<()> {
    let strong = page.colors.strong;
    page.line("", &format!("{strong}{}{strong:#}", input.name))?;
    rows(file::rows(input), page)?;
    if input.records.events > 0 {
        page.blank()?;
        page.wide_table(&events::fields(&input.records))?;
        page.blank()?;
        rows(events::rows(&input.records), page)?;
    }
    rows(file::malformed(input), page)
}

/// Writes lines; several that follow each other are about what the first one says.
fn rows(rows: Vec<Row>, page: &mut Page<'_>) -> io::Result<()> {
    let faint = page.colors.faint;
    let mut last = "";
    for (name, text) in rows {
        let shown = if name == last { "" } else { name };
        page.line(&format!("  {faint}{shown:<12}{faint:#}  "), &text)?;
        last = name;
    }
    Ok(())
}

/// What looks odd, each kind once with the input where it was met first.
fn hints(inspection: &Inspection, page: &mut Page<'_>) -> io::Result<()> {
    let mut kinds: Vec<(&str, String, &str, u64)> = Vec::new();
    for input in &inspection.inputs {
        for hint in input.hints() {
            match kinds.iter_mut().find(|(name, ..)| *name == hint.name) {
                Some((.., more)) => *more += 1,
                None => kinds.push((hint.name, hint.text, &input.name, 0)),
            }
        }
    }
    let color = page.colors.warning;
    for (_, text, input, more) in kinds {
        let more = if more > 0 { format!(" (likewise {})", counted(more, "more input")) } else { String::new() };
        page.line(&format!("{color}hint:{color:#} "), &format!("{input}: {text}{more}"))?;
    }
    Ok(())
}
