//! Shows a reported session to other programs; these types are the format, and they change only with `schema_version`.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::saved::{cause, effect, rule, unknown};
use crate::audit::{Finding, Reason, Verdict};
use crate::event::id::{embedded_us, parse_uuid};
use crate::event::time::{US_PER_MS, format_us, parse_us};
use crate::rules::RuleSet;

#[derive(Serialize, Deserialize)]
#[allow(clippy::struct_field_names, reason = "the fields are the format's names")]
pub(super) struct Session {
    session_id: String,
    /// Where the id is cut or escaped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    session_id_sha256: Option<String>,
    team_id: Option<TeamId>,
    verdict: Cow<'static, str>,
    effect: Cow<'static, str>,
    reason: Cow<'static, str>,
    reasons: Vec<ReasonResult>,
    events: u64,
    users: usize,
    id_time: Option<String>,
    first_event: Option<String>,
    last_event: Option<String>,
    first_offset_ms: Option<i64>,
    last_offset_ms: Option<i64>,
    libs: Vec<String>,
    cause: Cow<'static, str>,
    evidence: String,
    /// The broken rules that the baseline lists, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    known: Option<Vec<Cow<'static, str>>>,
    file: String,
    line: u64,
    event_uuid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    distinct_ids: Option<Vec<String>>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum TeamId {
    Number(u64),
    Text(String),
}

#[derive(Serialize, Deserialize)]
struct ReasonResult {
    rule: Cow<'static, str>,
    effect: Cow<'static, str>,
    event: ProvingEvent,
    message: String,
    help: Cow<'static, str>,
}

#[derive(Serialize, Deserialize)]
struct ProvingEvent {
    file: String,
    line: u64,
    uuid: Option<String>,
    /// Where the rule is about time.
    time: Option<String>,
}

impl Session {
    pub(super) fn new(finding: &Finding) -> Self {
        let proof = &finding.reasons[0];
        let (first_us, last_us) = finding.times_us.unzip();
        let (first_offset_us, last_offset_us) = finding.offsets_us.unzip();
        let time = |us: Option<i64>, digits| us.and_then(|us| format_us(us, digits));
        Self {
            session_id: finding.session_id.clone(),
            session_id_sha256: finding.session_id_sha256.clone(),
            team_id: finding.team_id.as_deref().map(TeamId::new),
            verdict: finding.verdict.name().into(),
            effect: finding.effect.name().into(),
            reason: proof.rule.name.into(),
            reasons: finding.reasons.iter().map(ReasonResult::new).collect(),
            events: finding.events,
            users: finding.users,
            id_time: time(finding.id_us, 3),
            first_event: time(first_us, 6),
            last_event: time(last_us, 6),
            first_offset_ms: first_offset_us.map(|us| us.div_euclid(US_PER_MS)),
            last_offset_ms: last_offset_us.map(|us| us.div_euclid(US_PER_MS)),
            libs: finding.libs.clone(),
            cause: finding.cause.name.into(),
            evidence: finding.evidence.clone(),
            known: finding.known.map(|known| known.iter().map(|rule| rule.name.into()).collect()),
            file: proof.file.clone(),
            line: proof.line,
            event_uuid: proof.event_uuid.clone(),
            distinct_ids: finding.distinct_ids.clone(),
        }
    }

    /// The finding that this shows.
    ///
    /// # Errors
    ///
    /// Names that this version does not know, a session without a reason.
    pub(super) fn restore(self) -> Result<Finding, String> {
        let time = |time: Option<String>| time.and_then(|time| parse_us(time.as_bytes()));
        let id_us = parse_uuid(self.session_id.as_bytes()).and_then(|(id, _)| embedded_us(id));
        let times_us = time(self.first_event).zip(time(self.last_event));
        let names = |known: Vec<Cow<'_, str>>| {
            known.iter().map(|name| rule(name).map(|rule| rule.name)).collect::<Result<Vec<_>, String>>()
        };
        let known = self.known.map(names);
        if self.reasons.is_empty() {
            return Err(format!("the session {} has no reason", self.session_id));
        }
        Ok(Finding {
            team_id: self.team_id.map(TeamId::text),
            verdict: Verdict::named(&self.verdict).ok_or_else(|| unknown("verdict", &self.verdict))?,
            effect: effect(&self.effect)?,
            known: known.transpose()?.map(|known| RuleSet::of(|rule| known.contains(&rule.name))),
            reasons: self.reasons.into_iter().map(ReasonResult::restore).collect::<Result<_, _>>()?,
            events: self.events,
            users: self.users,
            id_us,
            times_us,
            offsets_us: id_us.zip(times_us).map(|(id_us, (first_us, last_us))| (first_us - id_us, last_us - id_us)),
            libs: self.libs,
            cause: cause(&self.cause)?,
            evidence: self.evidence,
            distinct_ids: self.distinct_ids,
            session_id_sha256: self.session_id_sha256,
            session_id: self.session_id,
        })
    }
}

impl TeamId {
    pub(super) fn new(text: &str) -> Self {
        match text.parse::<u64>() {
            Ok(number) if number.to_string() == text => Self::Number(number),
            _ => Self::Text(text.to_owned()),
        }
    }

    pub(super) fn text(self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text,
        }
    }
}

impl ReasonResult {
    fn new(reason: &Reason) -> Self {
        Self {
            rule: reason.rule.name.into(),
            effect: reason.effect.name().into(),
            event: ProvingEvent {
                file: reason.file.clone(),
                line: reason.line,
                uuid: reason.event_uuid.clone(),
                time: reason.time_us.and_then(|us| format_us(us, 6)),
            },
            message: reason.message.clone(),
            help: reason.rule.help.into(),
        }
    }
    fn restore(self) -> Result<Reason, String> {
        let ProvingEvent { file, line, uuid, time } = self.event;
        Ok(Reason {
            rule: rule(&self.rule)?,
            effect: effect(&self.effect)?,
            message: self.message,
            file,
            line,
            time_us: time.and_then(|time| parse_us(time.as_bytes())),
            event_uuid: uuid,
        })
    }
}
