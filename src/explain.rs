//! Explains a rule or a cause, or what a session id says by itself.

use std::fmt::Write;

use crate::audit::ADVISORIES;
use crate::audit::links::{Reason, Sender};
use crate::causes::{self, Cause};
use crate::event::id::{Spelling, embedded_ms, is_rfc_variant, parse_uuid};
use crate::event::time::{US_PER_DAY, US_PER_MS, format_us};
use crate::likeness::nearest;
use crate::rules::{RULES, Rule, broken_by_id};
use crate::safe::data_text;

/// The published requirements, by number from 1 (<https://posthog.com/docs/data/sessions#custom-session-ids>).
const REQUIREMENTS: [&str; 5] = [
    "a session id is the same on all events of one session",
    "a session id is not used again by another user or session",
    "a session id is a valid UUIDv7",
    "the time inside a session id is at or before the session's first event",
    "the time inside a session id plus 24 hours is after the session's last event",
];

/// The manual's page for a rule.
#[must_use]
pub fn rule(rule: &Rule) -> String {
    let requirement = REQUIREMENTS[usize::from(rule.requirement) - 1];
    format!(
        "{}: {}\n\nRequirement {}: {requirement}.\n\n{}\n\nThe fix: {}.\n",
        rule.name, rule.summary, rule.requirement, rule.doc, rule.help
    )
}

/// The manual's page for a cause.
#[must_use]
pub fn cause(cause: &Cause) -> String {
    let rules = match cause.explains() {
        [] => "any rule".to_owned(),
        rules => rules.join(", "),
    };
    let mut page = format!(
        "{}: {}\n\nExplains sessions that break {rules}.\n\nWhat it looks like:\n{}\n\nWhy it happens:\n{}\n\nThe fix: {}.\n",
        cause.name, cause.label, cause.looks, cause.why, cause.fix
    );
    for snippet in cause.code {
        page.extend(["\n", snippet.library, ":\n"]);
        for line in snippet.code.lines() {
            page.extend([format!("    {line}").trim_end(), "\n"]);
        }
    }
    if !cause.sources.is_empty() {
        page.extend(["\nSources: ", &cause.sources.join("; "), ".\n"]);
    }
    page
}

/// The manual's page for a reason of `links`.
#[must_use]
pub fn link_reason(reason: Reason) -> String {
    let mut page = format!("{}: {}\n\n{}\n\n", reason.name(), reason.meaning(), reason.doc());
    for (case, rule) in reason.cases() {
        let fix = |lib| reason.fix(rule, Sender { lib: Some(lib), is_client: false });
        let case = if case.is_empty() { String::new() } else { format!(", {case}") };
        let (python, node, others) = (fix("posthog-python"), fix("posthog-node"), fix("posthog-go"));
        // Writing to a string cannot fail.
        let _ = if python == others {
            writeln!(page, "The fix{case}: {others}.")
        } else {
            writeln!(page, "The fix{case}:\nposthog-python: {python}.\nposthog-node: {node}.\nothers: {others}.")
        };
    }
    page
}

/// What a session id says by itself: shape, version, variant, time, the events that it allows, the rules that it breaks
/// whatever its events are.
#[must_use]
pub fn session_id(text: &str) -> String {
    let mut page = String::new();
    let mut line = |name: &str, value: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(page, "{name:<13} {value}");
    };
    line("session id", &data_text(text));
    if text.is_empty() || text == "null" {
        line("shape", "no session id: PostHog takes the empty text and null for none");
        return page;
    }
    let Some((id, spelling)) = parse_uuid(text.as_bytes()) else {
        line("shape", &format!("text of {} characters, no UUID as ClickHouse reads one", text.chars().count()));
        if let Ok(id) = uuid::Uuid::try_parse(text.trim()) {
            line("", &format!("without what is around it, it would be {id}"));
        }
        line("breaks", &breaks(text));
        return page;
    };
    line("shape", if spelling == Spelling::CANONICAL { "UUID" } else { "UUID, in an unusual spelling" });
    line("session key", &id.to_string());
    line("version", &id.get_version_num().to_string());
    line("variant", if is_rfc_variant(id) { "10, which RFC 9562 asks for" } else { "not 10, which RFC 9562 asks for" });
    let Some(ms) = embedded_ms(id) else {
        line("breaks", &breaks(text));
        return page;
    };
    let time = |us, digits| format_us(us, digits).unwrap_or_else(|| "a time past the year 9999".to_owned());
    line("id time", &time(ms * US_PER_MS, 3));
    line("first event", &format!("not before {}", time(ms * US_PER_MS, 6)));
    line("last event", &format!("before {}", time(ms * US_PER_MS + US_PER_DAY, 6)));
    line("breaks", &breaks(text));
    page
}

fn breaks(id: &str) -> String {
    let broken: Vec<_> =
        broken_by_id(id).iter().map(|(rule, effect)| format!("{}: {}", rule.name, effect.name())).collect();
    if broken.is_empty() { "nothing by itself".to_owned() } else { broken.join(", ") }
}

/// The page of what goes by that name, if anything does.
fn page(name: &str) -> Option<String> {
    let advisory = || ADVISORIES.iter().find(|(known, _)| *known == name);
    Rule::named(name)
        .map(rule)
        .or_else(|| Cause::named(name).map(cause))
        .or_else(|| Reason::named(name).map(link_reason))
        .or_else(|| advisory().map(|(_, doc)| format!("{name}\n\n{doc}\n")))
}

/// The names of everything that has a page.
fn names() -> impl Iterator<Item = &'static str> {
    let reasons = Reason::ALL.into_iter().map(Reason::name);
    let rules = RULES.iter().map(|rule| rule.name).chain(causes::all().map(|cause| cause.name));
    rules.chain(reasons).chain(ADVISORIES.iter().map(|(name, _)| *name))
}

/// Explains what the user asks about: a rule, a cause, a reason of `links` or an advisory by its name, anything else as a
/// session id.
///
/// # Errors
///
/// A word that looks like one of these names, but is none.
pub fn explain(subject: &str) -> Result<String, String> {
    if let Some(page) = page(subject) {
        return Ok(page);
    }
    if let Some(near) = nearest(subject, names()) {
        return Err(format!("nothing is named {subject:?}; the nearest is {near}"));
    }
    Ok(session_id(subject))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_and_cause_has_a_page() {
        for known in &RULES {
            let page = explain(known.name).expect("a page");
            assert!(page.contains(known.doc) && page.contains("Requirement"), "{}", known.name);
        }
        for known in causes::all() {
            let page = explain(known.name).expect("a page");
            assert!(page.contains(known.why) && page.contains(known.fix), "{}", known.name);
        }
        for name in names() {
            let page = explain(name).expect("a page");
            assert!(page.starts_with(name) && page.lines().count() > 2, "{name}");
            assert_eq!(names().filter(|other| *other == name).count(), 1, "{name}");
        }
        assert!(explain("not-version-8").is_err());
    }

    #[test]
    fn ids_past_the_year_9999_have_a_page() {
        assert!(session_id("ffffffff-ffff-7fff-bfff-ffffffffffff").contains("past the year 9999"));
    }
}
