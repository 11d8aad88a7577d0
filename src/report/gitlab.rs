//! Writes issues for GitLab's code quality report, the worst sessions first.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use crate::audit::{Finding, Report};
use crate::report::issue::{Fingerprints, sentence};
use crate::report::place::Place;
use crate::rules::Effect;

/// How many issues there are at the most; a merge request shows no more in any useful way.
const MAX_ISSUES: usize = 1000;

#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: &'static str,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u64,
}

/// Writes one issue a session.
pub(super) fn write(report: &Report, base: Option<&Path>, out: &mut dyn Write) -> io::Result<()> {
    let mut fingerprints = Fingerprints::default();
    let worst = report.worst(MAX_ISSUES);
    let issues: Vec<_> = worst.into_iter().map(|finding| issue(finding, fingerprints.of(finding), base)).collect();
    serde_json::to_writer_pretty(&mut *out, &issues)?;
    writeln!(out)
}

fn issue(finding: &Finding, fingerprint: String, base: Option<&Path>) -> Issue {
    let proof = &finding.reason().event;
    Issue {
        description: sentence(finding),
        check_name: finding.reason().rule.name,
        fingerprint,
        severity: severity(finding.effect),
        location: Location {
            path: Place::of(&proof.file, base).path().unwrap_or("-").to_owned(),
            lines: Lines { begin: proof.line },
        },
    }
}

fn severity(effect: Effect) -> &'static str {
    match effect {
        Effect::Excluded | Effect::Unreachable => "critical",
        Effect::Merged => "major",
        Effect::Split | Effect::Misplaced => "minor",
        Effect::Kept => "info",
    }
}
