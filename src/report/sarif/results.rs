//! Shows reported sessions as SARIF's results: each once, under its first reason, with the others as related locations.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use serde_sarif::sarif::{
    ArtifactLocation, Location, LogicalLocation, Message, PhysicalLocation, PropertyBag, Region, Result, ResultLevel,
};

use super::{MAX_RESULTS, properties};
use crate::audit::{Finding, Reason, Report, Verdict};
use crate::event::time::format_us;
use crate::report::issue::{Fingerprints, SHOWN_LIBS, sentence};
use crate::report::place::Place;

/// Names the fingerprint, and changes when it does.
const FINGERPRINT: &str = "ruleAndSession/v1";

/// The worst sessions.
pub(super) fn results(report: &Report, base: Option<&Path>) -> Vec<Result> {
    let mut fingerprints = Fingerprints::default();
    let worst = report.worst(MAX_RESULTS);
    worst.into_iter().map(|finding| result(finding, fingerprints.of(finding), base)).collect()
}

fn result(finding: &Finding, fingerprint: String, base: Option<&Path>) -> Result {
    let (reason, others) = (finding.reason(), &finding.reasons[1..]);
    let level = match finding.verdict {
        Verdict::Dropped => ResultLevel::Error,
        Verdict::AtRisk => ResultLevel::Warning,
    };
    let mut result = Result::builder()
        .rule_id(reason.rule.name)
        .rule_index(i64::try_from(reason.rule.number()).unwrap_or_default())
        .level(level)
        .message(Message::builder().text(sentence(finding)).build())
        .locations(vec![location(reason, base)])
        .partial_fingerprints(BTreeMap::from([(FINGERPRINT.to_owned(), fingerprint)]))
        .properties(facts(finding))
        .build();
    if !others.is_empty() {
        result.related_locations = Some((1..).zip(others).map(|(id, other)| related(id, other, base)).collect());
    }
    result
}

/// Where a rule is proved to be broken. Standard input is no file, and so no physical location.
fn location(reason: &Reason, base: Option<&Path>) -> Location {
    let Some(uri) = Place::of(&reason.event.file, base).uri() else {
        let name = format!("standard input:{}", reason.event.line);
        let place = LogicalLocation::builder().name("standard input").fully_qualified_name(name).build();
        return Location::builder().logical_locations(vec![place]).build();
    };
    let place = PhysicalLocation::builder()
        .artifact_location(ArtifactLocation::builder().uri(uri).build())
        .region(Region::builder().start_line(i64::try_from(reason.event.line).unwrap_or(i64::MAX)).build())
        .build();
    Location::builder().physical_location(place).build()
}

fn related(id: i64, reason: &Reason, base: Option<&Path>) -> Location {
    let text = format!("Also {}: {}", reason.rule.name, reason.message);
    Location { id: Some(id), message: Some(Message::builder().text(text).build()), ..location(reason, base) }
}

/// What else the csv says of the session; nothing that names a user.
fn facts(finding: &Finding) -> PropertyBag {
    let time = |us: Option<i64>, digits| us.and_then(|us| format_us(us, digits));
    let (first_us, last_us) = finding.times_us.unzip();
    let shown_libs = finding.libs.len().min(SHOWN_LIBS);
    let more_libs = finding.libs.len() - shown_libs;
    let reasons: Vec<_> = finding.reasons.iter().map(|reason| reason.rule.name).collect();
    properties([
        ("session_id", json!(finding.session_id)),
        ("team_id", json!(finding.team_id)),
        ("verdict", json!(finding.verdict.name())),
        ("effect", json!(finding.effect.name())),
        ("reasons", json!(reasons)),
        ("events", json!(finding.events)),
        ("users", json!(finding.users)),
        ("id_time", json!(time(finding.id_us(), 3))),
        ("first_event", json!(time(first_us, 6))),
        ("last_event", json!(time(last_us, 6))),
        ("libs", json!(&finding.libs[..shown_libs])),
        ("libs_left_out", if more_libs > 0 { json!(more_libs) } else { Value::Null }),
        ("cause", json!(finding.cause.name)),
        ("event_uuid", json!(finding.reason().event.uuid)),
    ])
}
