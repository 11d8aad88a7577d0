//! Shows the causes as cards: what it is, what shows it, what to change, and where to look.

use std::io;

use askama::Template;

use super::text::{cut, place};
use super::{nothing, rendered};
use crate::audit::Overview;
use crate::audit::Report;
use crate::causes::{Cause, Snippet};
use crate::count::{counted, grouped, percent_of};
use crate::report::baseline;
use crate::report::gathered::{Gathered, gathered};
use crate::report::text::noted;

/// How many sessions of a cause are named.
const SHOWN_EXAMPLES: usize = 3;

/// How many notes are shown.
const SHOWN_NOTES: usize = 10;

/// How many kinds of events without a session id are named.
const SHOWN_KINDS: usize = 10;

#[derive(Template)]
#[template(path = "causes.html")]
struct Section {
    /// What is said where there are no cards.
    nothing: &'static str,
    cards: Vec<Card>,
    notes: Vec<String>,
    sessionless: Option<Sessionless>,
}

struct Card {
    cause: &'static Cause,
    code: &'static [Snippet],
    sessions: String,
    percent: String,
    origins: String,
    days: Option<String>,
    examples: Vec<Example>,
}

struct Example {
    place: String,
    session_id: String,
    evidence: String,
}

/// Events without a session id.
struct Sessionless {
    events: String,
    kinds: Vec<[String; 4]>,
    more: Option<String>,
}

/// The section.
pub(super) fn section(report: &Report) -> io::Result<String> {
    let overview = &report.overview;
    rendered(&Section {
        nothing: nothing(overview),
        cards: gathered(&overview.clusters).iter().map(|cause| card(cause, report)).collect(),
        notes: notes(report),
        sessionless: sessionless(overview),
    })
}

fn card(gathered: &Gathered<'_>, report: &Report) -> Card {
    let example = |example: &crate::audit::Example| Example {
        place: place(&example.file, example.line),
        session_id: example.session_id.clone(),
        evidence: cut(&example.evidence, 300),
    };
    let share = percent_of(gathered.sessions, report.sessions.len() as u64);
    Card {
        cause: gathered.cause,
        code: gathered.cause.code,
        sessions: counted(gathered.sessions, "session"),
        percent: format!("{share:.1} %"),
        origins: cut(&gathered.origins(), 300),
        days: gathered.days(),
        examples: gathered.examples().take(SHOWN_EXAMPLES).map(example).collect(),
    }
}

/// The first few notes, and how many more there are.
fn notes(report: &Report) -> Vec<String> {
    let all: Vec<_> = baseline::stale(&report.overview.gate).into_iter().chain(noted(&report.overview)).collect();
    let more = all.len().saturating_sub(SHOWN_NOTES);
    let more = (more > 0).then(|| format!("and {}: -o result.json", counted(more as u64, "more note")));
    all.iter().take(SHOWN_NOTES).map(|note| cut(note, 400)).chain(more).collect()
}

fn sessionless(overview: &Overview) -> Option<Sessionless> {
    let kinds = &overview.sessionless;
    let more = kinds.count().saturating_sub(SHOWN_KINDS);
    let rows = kinds.rows.iter().take(SHOWN_KINDS).map(|kind| {
        let instead: Vec<_> =
            kind.look_alikes.iter().map(|(name, events)| format!("{name} on {}", grouped(*events))).collect();
        let name =
            |name: &Option<String>, none: &str| name.as_deref().map_or_else(|| none.to_owned(), |name| cut(name, 80));
        [name(&kind.event, "no name"), name(&kind.lib, "no $lib"), grouped(kind.events), instead.join(", ")]
    });
    (!kinds.rows.is_empty()).then(|| Sessionless {
        events: counted(overview.summary.counts.events_without_session_id, "event"),
        kinds: rows.collect(),
        more: (more > 0).then(|| counted(more as u64, "more kind")),
    })
}
