//! Says what a cause is, and finds the probable one of every reported session.

mod code;
mod ids;
mod outside;
mod shape;
mod times;
mod tokens;
mod users;

use std::ops::Deref;

use crate::rules::Rule;
use crate::sessions::{Session, SessionKey};
use shape::Shape;

/// A probable cause of broken session ids: what a user has to change.
#[derive(Debug)]
pub struct Cause {
    /// Names the mistake.
    pub name: &'static str,
    /// What stands between the number of sessions and their library: `UUIDv4`.
    pub label: &'static str,
    /// What in the data shows it.
    pub looks: &'static str,
    /// Why it happens.
    pub why: &'static str,
    /// The fix in one line.
    pub fix: &'static str,
    /// The fix in code, for the libraries where the cause is typical.
    pub code: &'static [Snippet],
    /// Where this is known from.
    pub sources: &'static [&'static str],
    /// The rules whose breaking it explains.
    explains: &'static [&'static str],
    /// Whether a session that breaks one of those rules first shows it.
    check: fn(&CauseContext<'_>) -> bool,
    /// What shows it, in numbers.
    evidence: fn(&CauseContext<'_>) -> String,
}

/// A fix in code.
#[derive(Debug)]
pub struct Snippet {
    /// The language, and the library where it matters: `JavaScript`, `Python and Django`, `Node`, `Swift`.
    pub library: &'static str,
    /// The code.
    pub code: &'static str,
}

/// A reported session, the first rule that it breaks, and what its id looks like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CauseContext<'a> {
    session: Session<'a>,
    reason: &'static Rule,
    /// What the id looks like, if it is no UUID.
    shape: Shape,
}

impl<'a> Deref for CauseContext<'a> {
    type Target = Session<'a>;

    fn deref(&self) -> &Session<'a> {
        &self.session
    }
}

/// The causes in the order in which they are asked; the last one says that none is known.
static TABLES: [&[Cause]; 4] = [ids::CAUSES, times::CAUSES, users::CAUSES, &UNKNOWN];

/// All causes, `unknown` last.
pub fn all() -> impl Iterator<Item = &'static Cause> {
    TABLES.into_iter().flatten()
}

static UNKNOWN: [Cause; 1] = [Cause {
    name: "unknown",
    label: "no known cause",
    looks: "The session breaks a rule, and nothing in its events tells why: they show no known mistake, or too little.",
    why: "\
The causes that are known each leave a mark: a shape of the id, a steady offset, a device that two users share. What has
none of these marks, or marks that several mistakes can leave, is not guessed at.",
    fix: "look at the session's events with `session-audit explain SESSION_ID FILES...`",
    code: &[],
    sources: &[],
    explains: &[],
    check: |_| true,
    evidence: |_| String::new(),
}];

impl Cause {
    /// The cause of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        all().find(|cause| cause.name == name)
    }

    /// The rules whose breaking it can explain; none for `unknown`, which can explain all.
    #[must_use]
    pub fn explains(&self) -> &'static [&'static str] {
        self.explains
    }

    /// Its place among all causes.
    pub(crate) fn number(&self) -> usize {
        all().position(|cause| cause.name == self.name).unwrap_or_default()
    }
}

impl<'a> CauseContext<'a> {
    pub(crate) fn new(session: Session<'a>, reason: &'static Rule) -> Self {
        let shape = match session.key() {
            SessionKey::Text(text) => shape::of(text),
            SessionKey::Uuid(_) => Shape::Other,
        };
        Self { session, reason, shape }
    }

    /// The first cause that explains why the session breaks its first rule.
    pub(crate) fn cause(&self) -> &'static Cause {
        let mut causes = all().filter(|cause| cause.explains.contains(&self.reason.name));
        causes.find(|cause| (cause.check)(self)).unwrap_or(&UNKNOWN[0])
    }

    /// What shows the cause, in numbers; empty where there is nothing to say.
    pub(crate) fn evidence(&self, cause: &Cause) -> String {
        (cause.evidence)(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_says_what_a_page_needs() {
        for cause in all() {
            let texts = [cause.label, cause.looks, cause.why, cause.fix];
            assert!(texts.iter().all(|text| !text.is_empty()), "{}", cause.name);
            assert!(texts.iter().flat_map(|text| text.lines()).all(|line| line.len() <= 120), "{}", cause.name);
            assert!(cause.fix.len() <= 110, "{}", cause.name);
            assert!(cause.explains.iter().all(|rule| Rule::named(rule).is_some()), "{}", cause.name);
            assert_eq!(all().filter(|other| other.name == cause.name).count(), 1, "{}", cause.name);
        }
    }
}
