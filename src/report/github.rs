//! Writes annotations for GitHub Actions: one a cause, since GitHub shows ten of a kind and loses the rest.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;

use crate::audit::Report;
use crate::count::counted;
use crate::report::baseline;
use crate::report::blame::Blame;
use crate::report::gathered::{Gathered, gathered};
use crate::report::place::Place;
use crate::safe::{data_text, escape_controls};

/// How many causes are annotated; GitHub shows 10 errors and 10 warnings of a step.
const SHOWN_CAUSES: usize = 9;

/// Writes the annotations, the worst first, and a plain line with the verdict.
pub(super) fn write(report: &Report, base: Option<&Path>, out: &mut dyn Write) -> io::Result<()> {
    let gate = &report.overview.gate;
    if !gate.is_complete() {
        writeln!(out, "::error title=session-audit::no verdict: {}", message(&gate.why("")))?;
    }
    let blamed = blamed(report);
    let is_blamed = |cause: &Gathered<'_>| blamed.contains(&cause.cause.number());
    let mut causes = gathered(&report.overview.clusters);
    causes.sort_by_key(|cause| !is_blamed(cause));
    for cause in causes.iter().take(SHOWN_CAUSES) {
        annotation(cause, if is_blamed(cause) { "error" } else { "warning" }, base, out)?;
    }
    let more = causes.get(SHOWN_CAUSES..).unwrap_or_default();
    if !more.is_empty() {
        let sessions = more.iter().map(|cause| cause.sessions).sum();
        let (causes, sessions) = (counted(more.len() as u64, "more cause"), counted(sessions, "session"));
        writeln!(out, "::notice title=session-audit::{causes} of {sessions}, which only the other formats show")?;
    }
    let line = format!("{}  {}   exit {}", gate.word(), gate.why(&baseline::passed(report)), gate.exit_code());
    writeln!(out, "{}", escape_controls(&line))
}

/// The causes, by their numbers, that have a session behind a limit that the run is over.
fn blamed(report: &Report) -> BTreeSet<usize> {
    let blame = Blame::new(report);
    let blamed = report.sessions.iter().filter(|finding| blame.is_on(finding, finding.broken()));
    blamed.map(|finding| finding.cause.number()).collect()
}

fn annotation(gathered: &Gathered<'_>, level: &str, base: Option<&Path>, out: &mut dyn Write) -> io::Result<()> {
    let cause = gathered.cause;
    let (mut place, mut shown) = (String::new(), String::new());
    if let Some(example) = gathered.examples().next() {
        if let Some(path) = Place::of(&example.file, base).path() {
            place = format!("file={},line={},", property(path), example.line);
        }
        let evidence = if example.evidence.is_empty() { String::new() } else { format!(" ({})", example.evidence) };
        shown =
            format!(", for example {} at {}:{}{evidence}", example.session_id, data_text(&example.file), example.line);
    }
    let title = format!("{}: {}", counted(gathered.sessions, "session"), cause.label);
    let text = format!("from {}{shown}. Fix: {} (session-audit explain {})", gathered.origins(), cause.fix, cause.name);
    writeln!(out, "::{level} {place}title={}::{}", property(&title), message(&text))
}

/// A command's message; the runner's `ActionCommand.cs` undoes this.
fn message(text: &str) -> String {
    let escaped = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    escape_controls(&escaped)
}

/// A command's property, likewise.
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_escaped() {
        assert_eq!(message("100 %: a,b\r\n::error::c"), "100 %25: a,b%0D%0A::error::c");
        assert_eq!(property("a:b,c%0Ad\n"), "a%3Ab%2Cc%250Ad%0A");
        assert_eq!(message("a ##[add-mask]b"), r"a \u0023#[add-mask]b");
    }
}
