//! Writes what is behind the sessions: the causes first, and notes on what no rule is about.

use std::io;

use super::{COUNT_WIDTH, Page};
use crate::audit::{Overview, SessionlessEvents, look_alikes};
use crate::count::{counted, grouped};
use crate::report::gathered::{Gathered, gathered};

/// How many groups of events without a session id are named.
const SHOWN_GROUPS: usize = 3;

/// The causes with most sessions, what is unknown last: what, from where, an example, the fix.
pub(super) fn clusters(overview: &Overview, page: &mut Page<'_>) -> io::Result<()> {
    let gathered = gathered(&overview.clusters);
    gathered.iter().try_for_each(|cause| write_cause(cause, page))?;
    if gathered.is_empty() { Ok(()) } else { page.blank() }
}

fn write_cause(gathered: &Gathered<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let (strong, faint) = (page.colors.strong, page.colors.faint);
    let (cause, from) = (gathered.cause, gathered.origins());
    let sessions = counted(gathered.sessions, "session");
    let days = gathered.days().map_or(String::new(), |days| format!("   {days}"));
    let lead = format!("{strong}{sessions}{strong:#}: ");
    page.line("", &format!("{lead}{} from {from}{days}", cause.label))?;
    if let Some(example) = gathered.examples().next() {
        let evidence = if example.evidence.is_empty() { String::new() } else { format!(": {}", example.evidence) };
        page.line(&format!("   {faint}e.g.{faint:#} "), &format!("{}:{}{evidence}", example.file, example.line))?;
    }
    let explain = format!("{faint}(explain {}){faint:#}", cause.name);
    page.line(&format!("   {faint}fix:{faint:#}  "), &format!("{}   {explain}", cause.fix))
}

/// What events without a session id are, and what they carry instead.
pub(super) fn sessionless(overview: &Overview, page: &mut Page<'_>) -> io::Result<()> {
    let groups = &overview.sessionless;
    if groups.rows.is_empty() {
        return Ok(());
    }
    let named = |group: &SessionlessEvents| {
        let event = group.event.as_deref().unwrap_or("no name");
        let lib = group.lib.as_ref().map_or("no $lib".to_owned(), |lib| format!("from {lib}"));
        format!("{} {event} {lib}", grouped(group.events))
    };
    let mut shown: Vec<_> = groups.rows.iter().take(SHOWN_GROUPS).map(named).collect();
    let more = groups.count().saturating_sub(SHOWN_GROUPS);
    if more > 0 {
        shown.push(format!("and {}", counted(more as u64, "more kind")));
    }
    let room = " ".repeat(COUNT_WIDTH);
    page.line(&room, &shown.join(", "))?;
    let look_alikes: Vec<_> =
        look_alikes(groups).iter().map(|(name, events)| format!("{} with {name}", grouped(*events))).collect();
    if look_alikes.is_empty() {
        return Ok(());
    }
    page.line(&room, &format!("{}: PostHog reads $session_id only", look_alikes.join(", ")))
}

/// What breaks no rule but is worth a look, what a tolerance would leave, and one more.
pub(super) fn notes(overview: &Overview, more: Option<String>, page: &mut Page<'_>) -> io::Result<()> {
    let notes: Vec<_> = noted(overview).into_iter().chain(more).collect();
    if !notes.is_empty() {
        page.blank()?;
    }
    let strong = page.colors.strong;
    notes.iter().try_for_each(|note| page.line(&format!("{strong}note{strong:#}: "), note))
}

/// What a tolerance would leave, and what breaks no rule but is worth a look.
pub(in crate::report) fn noted(overview: &Overview) -> Vec<String> {
    let tolerance = tolerance(overview);
    let advice = overview.advisories.iter().map(|advisory| {
        let examples = advisory.examples.first().map_or(String::new(), |id| format!(" (e.g. {id})"));
        format!("{}{examples}", advisory.message)
    });
    tolerance.into_iter().chain(advice).collect()
}

/// What a tolerance of a second would leave, where it would take most of the sessions that break a time rule.
fn tolerance(overview: &Overview) -> Option<String> {
    let offsets = &overview.offsets;
    let inside = offsets.outside - offsets.far_outside;
    (inside * 2 > offsets.outside).then(|| {
        let (of, left) = (counted(offsets.outside, "session"), grouped(offsets.far_outside));
        format!(
            "{} of {of} outside the id's 24 hours are so by under 1 s: --tolerance 1s leaves {left}",
            grouped(inside)
        )
    })
}
