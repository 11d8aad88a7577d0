//! Shows a reported session to other programs; these types are the format, and they change only with `schema_version`.

use serde::Serialize;

use crate::audit::{Finding, Reason};
use crate::event::time::{US_PER_MS, format_us};

#[derive(Serialize)]
#[allow(clippy::struct_field_names, reason = "the fields are the format's names")]
pub(super) struct Session {
    session_id: String,
    team_id: Option<TeamId>,
    verdict: &'static str,
    effect: &'static str,
    reason: &'static str,
    reasons: Vec<ReasonResult>,
    events: u64,
    users: usize,
    id_time: Option<String>,
    first_event: Option<String>,
    last_event: Option<String>,
    first_offset_ms: Option<i64>,
    last_offset_ms: Option<i64>,
    libs: Vec<String>,
    cause: &'static str,
    evidence: String,
    /// The broken rules that the baseline lists, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    known: Option<Vec<&'static str>>,
    file: String,
    line: u64,
    event_uuid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    distinct_ids: Option<Vec<String>>,
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum TeamId {
    Number(u64),
    Text(String),
}

#[derive(Serialize)]
struct ReasonResult {
    rule: &'static str,
    effect: &'static str,
    event: ProvingEvent,
    message: String,
    help: &'static str,
}

#[derive(Serialize)]
struct ProvingEvent {
    file: String,
    line: u64,
    uuid: Option<String>,
}

impl Session {
    pub(super) fn new(finding: &Finding) -> Self {
        let proof = &finding.reasons[0];
        let (first_us, last_us) = finding.times_us.unzip();
        let (first_offset_us, last_offset_us) = finding.offsets_us.unzip();
        let time = |us: Option<i64>, digits| us.and_then(|us| format_us(us, digits));
        Self {
            session_id: finding.session_id.clone(),
            team_id: finding.team_id.as_deref().map(TeamId::new),
            verdict: finding.verdict.name(),
            effect: finding.effect.name(),
            reason: proof.rule.name,
            reasons: finding.reasons.iter().map(ReasonResult::new).collect(),
            events: finding.events,
            users: finding.users,
            id_time: time(finding.id_us, 3),
            first_event: time(first_us, 6),
            last_event: time(last_us, 6),
            first_offset_ms: first_offset_us.map(|us| us.div_euclid(US_PER_MS)),
            last_offset_ms: last_offset_us.map(|us| us.div_euclid(US_PER_MS)),
            libs: finding.libs.clone(),
            cause: finding.cause.name,
            evidence: finding.evidence.clone(),
            known: finding.known.map(|known| known.iter().map(|rule| rule.name).collect()),
            file: proof.file.clone(),
            line: proof.line,
            event_uuid: proof.event_uuid.clone(),
            distinct_ids: finding.distinct_ids.clone(),
        }
    }
}

impl TeamId {
    pub(super) fn new(text: &str) -> Self {
        match text.parse::<u64>() {
            Ok(number) if number.to_string() == text => Self::Number(number),
            _ => Self::Text(text.to_owned()),
        }
    }
}

impl ReasonResult {
    fn new(reason: &Reason) -> Self {
        Self {
            rule: reason.rule.name,
            effect: reason.effect.name(),
            event: ProvingEvent { file: reason.file.clone(), line: reason.line, uuid: reason.event_uuid.clone() },
            message: reason.message.clone(),
            help: reason.rule.help,
        }
    }
}
