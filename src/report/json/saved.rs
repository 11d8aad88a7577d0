//! Reads a result back that was written as json, so that it can be shown in other formats.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use anyhow::{Context, Result, anyhow, bail, ensure};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::{Body, Document, Run, SCHEMA_VERSION, Session, Tool};
use crate::Contract;
use crate::audit::{Finding, Findings, Input, Overview, Rank, Settings, Verdicts};
use crate::causes::Cause;
use crate::gate::Gate;
use crate::links::Links;
use crate::report::Report;
use crate::rules::{Effect, Rule, RuleSet};
use crate::safe::{escape_controls, without_command};
use crate::span::tolerance_us;

/// A result read back.
#[derive(Debug)]
pub struct Saved {
    /// All of it but the reported sessions.
    pub overview: Overview,
    /// The gate, as it decided then.
    pub gate: Gate,
    links: Option<Links>,
    findings: Vec<Finding>,
}

/// What tells whether a document is a result at all.
#[derive(Deserialize)]
struct Header {
    schema_version: Option<u32>,
    tool: Option<Tool>,
    sessions: Option<IgnoredAny>,
}

impl Saved {
    /// Reads the json of `check`.
    ///
    /// # Errors
    ///
    /// What is no such json, or was written by a version with other rules or another schema.
    pub fn read(json: &str) -> Result<Self> {
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
        let document: Document<Vec<Session>> = serde_json::from_value(json)?;
        document.restore().map_err(anyhow::Error::msg).context("it is of another version, or was changed")
    }

    /// What every format can show.
    #[must_use]
    pub fn report(&self) -> Report<'_> {
        let Self { overview, gate, links, .. } = self;
        Report { overview, findings: self, gate, links: links.as_ref(), base: None }
    }
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

impl Findings for Saved {
    fn count(&self) -> usize {
        self.findings.len()
    }

    fn finding(&self, place: usize) -> Finding {
        self.findings[place].clone()
    }

    fn rank(&self, place: usize) -> Rank {
        let finding = &self.findings[place];
        (finding.is_known(), finding.effect, Reverse(finding.events))
    }

    fn rule(&self, place: usize) -> Option<&'static Rule> {
        self.findings[place].reasons.first().map(|reason| reason.rule)
    }

    fn broken(&self, place: usize) -> RuleSet {
        self.findings[place].broken()
    }

    fn cause(&self, place: usize) -> &'static Cause {
        self.findings[place].cause
    }
}

impl Document<Vec<Session>> {
    fn restore(self) -> Result<Saved, String> {
        let Body { inputs, summary, gate, diagnosis, links, .. } = self.body;
        let mut overview = self.run.restore()?;
        overview.inputs = inputs.into_iter().map(super::Input::restore).collect();
        summary.restore(&mut overview)?;
        diagnosis.restore(&mut overview)?;
        let findings = self.sessions.into_iter().map(Session::restore).collect::<Result<Vec<_>, _>>()?;
        overview.summary.by_cause = by_cause(&findings);
        Ok(Saved {
            overview,
            gate: gate.restore()?,
            links: links.map(super::LinksFacts::restore).transpose()?,
            findings,
        })
    }
}

/// The reported sessions of each cause: all of them are in the document.
fn by_cause(findings: &[Finding]) -> BTreeMap<&'static str, Verdicts> {
    let mut by_cause = BTreeMap::<_, Verdicts>::new();
    for finding in findings {
        by_cause.entry(finding.cause.name).or_default().count(finding.verdict);
    }
    by_cause
}

impl Run {
    fn restore(self) -> Result<Overview, String> {
        let super::SettingsResult { identity, session_key, rules, fields } = self.options;
        Ok(Overview {
            version: self.tool.version,
            contract: Contract::named(&self.contract).ok_or_else(|| unknown("contract", &self.contract))?,
            tolerance_us: tolerance_us(self.tolerance_ms.as_f64().unwrap_or(f64::NAN))?,
            settings: Settings { identity, session_key, rules, fields },
            ..Overview::default()
        })
    }
}

impl super::Input {
    fn restore(self) -> Input {
        let Self { path, compression, bytes, events, malformed } = self;
        Input { name: path, compression, bytes, events, malformed }
    }
}

/// A percentage of the file, if it is one.
pub(super) fn percent(name: &str, percent: Option<f64>) -> Result<Option<f64>, String> {
    match percent {
        Some(percent) if !(0.0..=100.0).contains(&percent) => Err(format!("its {name} {percent} is no percentage")),
        percent => Ok(percent),
    }
}

pub(in crate::report) fn rule(name: &str) -> Result<&'static Rule, String> {
    Rule::named(name).ok_or_else(|| unknown("rule", name))
}

pub(super) fn cause(name: &str) -> Result<&'static Cause, String> {
    Cause::named(name).ok_or_else(|| unknown("cause", name))
}

pub(super) fn effect(name: &str) -> Result<Effect, String> {
    Effect::ALL.into_iter().find(|effect| effect.name() == name).ok_or_else(|| unknown("effect", name))
}

pub(in crate::report) fn look_alike(name: &str) -> Result<&'static str, String> {
    crate::event::look_alike(name).ok_or_else(|| unknown("look-alike", name))
}

/// Says that something is unknown here.
pub(in crate::report) fn unknown(what: &str, name: &str) -> String {
    format!("the {what} {name:?} is unknown here")
}
