//! Reads a result back that was written as json, so that it can be shown in other formats.

use anyhow::{Context, Result, anyhow, bail, ensure};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::audit::links::Sender;
use crate::audit::{Report, SCHEMA_VERSION, Tool};
use crate::baseline::{Change, Held};
use crate::gate::Gate;
use crate::rules::Rule;
use crate::safe::{escape_controls, without_command};

/// What tells whether a document is a result at all.
#[derive(Deserialize)]
struct Header {
    schema_version: Option<u32>,
    tool: Option<Tool>,
    sessions: Option<IgnoredAny>,
}

/// Reads the json of `check`.
///
/// # Errors
///
/// What is no such json, or was written by a version with other rules or another schema.
pub fn read(json: &str) -> Result<Report> {
    let json = json.strip_prefix('\u{feff}').unwrap_or(json);
    ensure!(!is_jsonl(json), "it is jsonl, and this takes json (check -o result.json)");
    let header: Header = serde_json::from_str(json).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => anyhow!("it is no result of session-audit check"),
        _ => anyhow!("not JSON: {error}"),
    })?;
    match (header.schema_version, header.tool) {
        (Some(SCHEMA_VERSION), Some(tool)) if tool.name == env!("CARGO_PKG_NAME") => {}
        (Some(version), Some(tool)) if tool.name == env!("CARGO_PKG_NAME") => {
            bail!("it has schema_version {version}, and this version reads {SCHEMA_VERSION}")
        }
        _ => bail!("it is no result of session-audit check"),
    }
    if header.sessions.is_none() {
        bail!("it has no sessions: only results of session-audit check can be shown again");
    }
    let mut json: Value = serde_json::from_str(json)?;
    ensure!(is_possible(&json), "a number in it is too large to be true");
    make_safe(&mut json);
    let report = serde_json::from_value(json).map_err(anyhow::Error::new).and_then(checked);
    report.context("it is of another version, or was changed")
}

/// Whether a text begins as what `check --format jsonl` writes.
fn is_jsonl(text: &str) -> bool {
    #[derive(Deserialize)]
    struct First {
        r#type: String,
    }
    text.lines().next().and_then(|line| serde_json::from_str(line).ok()).is_some_and(|First { r#type }| r#type == "run")
}

/// Whether all numbers are such that thousands of them have a sum.
fn is_possible(json: &Value) -> bool {
    /// More than there are events anywhere, or bytes or milliseconds.
    const MOST: f64 = 9e15;
    match json {
        Value::Number(number) => number.as_f64().is_some_and(|number| number.abs() <= MOST),
        Value::Array(values) => values.iter().all(is_possible),
        Value::Object(fields) => fields.values().all(is_possible),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

/// Makes all texts safe to print, as those of a fresh result are: anybody may have written the file.
fn make_safe(json: &mut Value) {
    let safe = |text: &str| without_command(escape_controls(text));
    match json {
        Value::String(text) => *text = safe(text),
        Value::Array(values) => values.iter_mut().for_each(make_safe),
        Value::Object(fields) => {
            let made_safe = std::mem::take(fields).into_iter().map(|(name, mut value)| {
                make_safe(&mut value);
                (safe(&name), value)
            });
            *fields = made_safe.collect();
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The report, if what the types do not hold is so, since formats rely on it; what follows from other facts follows anew.
fn checked(mut report: Report) -> Result<Report> {
    let summary = &report.overview.summary;
    let (dropped, at_risk, sessions) = (summary.dropped, summary.at_risk, summary.sessions);
    let is_less = dropped.checked_add(at_risk).is_some_and(|reported| reported <= sessions);
    ensure!(is_less, "{dropped} dropped and {at_risk} at risk are more than {sessions} sessions");
    let without_reason = report.sessions.iter().find(|finding| finding.reasons.is_empty());
    if let Some(finding) = without_reason {
        bail!("the session {} has no reason", finding.session_id);
    }
    let offsets = &mut report.overview.offsets;
    offsets.far_outside = offsets.far_outside.min(offsets.outside);
    for row in report.overview.links.iter_mut().flat_map(|links| &mut links.rows) {
        for miss in &mut row.misses {
            let sender = Sender { lib: row.lib.as_deref(), is_client: miss.is_client };
            miss.fix = miss.reason.fix(miss.detail.and_then(Rule::named), sender);
        }
    }
    let gate = checked_gate(std::mem::take(&mut report.overview.gate))?;
    report.set_gate(gate);
    Ok(report)
}

fn checked_gate(mut gate: Gate) -> Result<Gate> {
    let mut percentages = vec![("max_dropped_percent", gate.limits.max_dropped_percent)];
    let bounds = gate.limits.bounds.rules.iter().chain(&gate.limits.bounds.causes);
    percentages.extend(bounds.map(|bound| ("max_percent", bound.max_percent)));
    match &mut gate.baseline {
        None => {}
        Some(Held::Findings(recognized)) => recognized.known = recognized.dropped + recognized.at_risk,
        Some(Held::Rates { margin, exceeded, .. }) => {
            percentages.push(("margin", Some(*margin)));
            let checked = std::mem::take(exceeded).into_iter().map(Change::checked);
            *exceeded = checked.collect::<Result<_, _>>().map_err(anyhow::Error::msg)?;
        }
    }
    for (name, percent) in percentages {
        let is_percentage = percent.is_none_or(|percent| (0.0..=100.0).contains(&percent));
        ensure!(is_percentage, "its {name} {} is no percentage", percent.unwrap_or_default());
    }
    Ok(gate)
}
