//! Reads the file of a baseline; these types are the format, and they change only with `schema_version`.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Deserializer};

use super::known::KnownFindings;
use super::rates::{Fraction, KnownRates};
use super::{Baseline, Kind};
use crate::audit::{Lib, TeamId};
use crate::rows::Identity;
use crate::rules::Rule;
use crate::sessions::SessionName;
use crate::span::tolerance_us;

/// What this version writes and reads.
pub(super) const SCHEMA_VERSION: u64 = 1;

/// How far a stated percentage can be from the counts beside it: people round.
const PERCENT_SLACK: f64 = 0.01;

#[derive(Deserialize)]
#[serde(expecting = "a baseline")]
struct Header {
    schema_version: Option<u64>,
    kind: Option<String>,
}

#[derive(Deserialize)]
#[serde(expecting = "a baseline")]
struct FindingsFile {
    findings: Vec<FindingEntry>,
}

#[derive(Deserialize)]
#[serde(expecting = "a baseline")]
struct RatesFile {
    tolerance_ms: f64,
    identity: String,
    session_key: Option<String>,
    /// Not in baselines of earlier versions.
    fields: Option<Vec<String>>,
    rates: Vec<RateEntry>,
}

#[derive(Deserialize)]
#[serde(try_from = "FindingFields")]
struct FindingEntry {
    team: Option<Box<str>>,
    name: SessionName,
    rule: &'static Rule,
}

#[derive(Deserialize)]
#[serde(expecting = "a finding")]
struct FindingFields {
    session_id: Option<String>,
    session_id_sha256: Option<String>,
    team_id: Option<TeamId<'static>>,
    rule: RuleName,
}

#[derive(Deserialize)]
#[serde(try_from = "RateFields")]
struct RateEntry {
    rule: &'static Rule,
    lib: Lib,
    fraction: Fraction,
}

#[derive(Deserialize)]
#[serde(expecting = "a rate")]
struct RateFields {
    rule: RuleName,
    #[serde(default)]
    all: bool,
    /// Not given is something else than `null`.
    #[serde(default, deserialize_with = "given")]
    lib: Option<LibName>,
    sessions: u64,
    broken: u64,
    percent: Option<f64>,
}

/// The name of a library; `null` is that of events without one.
#[derive(Deserialize)]
struct LibName(Option<Box<str>>);

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct RuleName(&'static Rule);

impl TryFrom<String> for RuleName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Rule::named(&name).map(Self).ok_or_else(|| format!("unknown rule {name:?}"))
    }
}

impl TryFrom<FindingFields> for FindingEntry {
    type Error = String;

    fn try_from(fields: FindingFields) -> Result<Self, String> {
        let name = match (fields.session_id, fields.session_id_sha256) {
            (Some(id), None) => SessionName::of(&id),
            (None, Some(digits)) => SessionName::of_digest(&digits).ok_or("session_id_sha256 is not 64 hex digits")?,
            _ => return Err("a finding has a session_id or a session_id_sha256".to_owned()),
        };
        let team = fields.team_id.map(|team| team.text().into());
        Ok(Self { team, name, rule: fields.rule.0 })
    }
}

impl TryFrom<RateFields> for RateEntry {
    type Error = String;

    fn try_from(fields: RateFields) -> Result<Self, String> {
        let RateFields { rule: RuleName(rule), sessions, broken, .. } = fields;
        let lib = match (fields.all, fields.lib) {
            (true, Some(_)) => return Err("a rate is of a library or of all".to_owned()),
            (true, None) => Lib::All,
            (false, None | Some(LibName(None))) => Lib::None,
            (false, Some(LibName(Some(lib)))) => Lib::Named(lib),
        };
        let fraction = Fraction::stated(broken, sessions)?;
        if let Some(percent) = fields.percent.filter(|percent| (percent - fraction.percent()).abs() > PERCENT_SLACK) {
            return Err(format!("{broken} of {sessions} sessions are not {percent} %"));
        }
        Ok(Self { rule, lib, fraction })
    }
}

/// What is given, be it `null`.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Reads a baseline of either kind.
pub(super) fn parse(text: &[u8]) -> Result<Baseline> {
    // A list would be taken for the fields in their order.
    ensure!(text.trim_ascii_start().first() == Some(&b'{'), "it is no JSON object");
    let header: Header = serde_json::from_slice(text)?;
    let (Some(version), Some(kind)) = (header.schema_version, header.kind) else {
        bail!("it has no schema_version or no kind; session-audit baseline writes baselines");
    };
    ensure!(version == SCHEMA_VERSION, "its schema_version is {version}, and {SCHEMA_VERSION} is known");
    let kind = Kind::ALL.into_iter().find(|known| known.name() == kind);
    match kind.with_context(|| "its kind is neither findings nor rates")? {
        Kind::Findings => Ok(Baseline::Findings(findings(serde_json::from_slice(text)?))),
        Kind::Rates => rates(serde_json::from_slice(text)?).map(Baseline::Rates),
    }
}

fn findings(file: FindingsFile) -> KnownFindings {
    let mut known = KnownFindings::default();
    for FindingEntry { team, name, rule } in file.findings {
        known.add(team, name, rule);
    }
    known
}

fn rates(file: RatesFile) -> Result<KnownRates> {
    let identity = Identity::ALL.into_iter().find(|known| known.name() == file.identity);
    let identity = identity.with_context(|| format!("its identity {:?} is not known", file.identity))?;
    let tolerance_us = tolerance_us(file.tolerance_ms).map_err(anyhow::Error::msg)?;
    let mut known = KnownRates {
        tolerance_us,
        identity,
        session_key: file.session_key,
        fields: file.fields,
        rates: BTreeMap::new(),
    };
    for RateEntry { rule, lib, fraction } in file.rates {
        let listed = *known.rates.entry((rule.number(), lib.clone())).or_insert(fraction);
        ensure!(listed == fraction, "it has two rates of {} for {}", rule.name, lib.shown());
    }
    Ok(known)
}
