//! Gives reported sessions by the names that they have in every run, and takes what is known of them.

use super::{Audit, Verdict};
use crate::rules::RuleSet;
use crate::session::SessionName;

/// A reported session by what names it in every run; nothing in it is cut or made safe to print.
#[derive(Debug, Clone)]
pub struct ExactFinding<'a> {
    /// Its name in its team.
    pub name: SessionName,
    /// The team, if the events name one.
    pub team: Option<&'a str>,
    /// The rules that it breaks.
    pub broken: RuleSet,
    /// The verdict.
    pub verdict: Verdict,
}

impl Audit {
    /// The reported sessions in the order of files, by their exact names.
    pub fn exact_findings(&self) -> impl Iterator<Item = ExactFinding<'_>> {
        self.reported.iter().map(|reported| {
            let session = self.session(*reported);
            ExactFinding {
                name: session.name(),
                team: self.teams[session.team() as usize].as_deref(),
                broken: reported.broken,
                verdict: self.verdict(reported.effect),
            }
        })
    }

    /// How many of the reported sessions that no baseline knows are wanted, by their verdict and the name of their cause.
    pub(crate) fn count_unknown(&self, is_wanted: impl Fn(Verdict, &'static str) -> bool) -> u64 {
        let unknown = self.reported.iter().filter(|reported| !reported.is_known());
        unknown.filter(|reported| is_wanted(self.verdict(reported.effect), reported.cause.name)).count() as u64
    }

    /// Notes for every reported session, in the order of files, what of it a baseline lists.
    pub(crate) fn note_known(&mut self, known: Vec<RuleSet>) {
        for (reported, known) in self.reported.iter_mut().zip(known) {
            reported.known = Some(known);
        }
    }
}
