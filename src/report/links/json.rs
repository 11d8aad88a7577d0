//! Writes where backend events lead for other programs; these types are the format, and they change only with
//! `schema_version`.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::LinksResult;
use crate::gate::Gate;
use crate::links::{Counts, Links, Miss, Reason, Row};
use crate::report::json::{Input, Run, look_alike, rule, unknown};

pub(super) fn write(result: &LinksResult<'_>, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        run: Run::new(result.overview),
        complete: result.gate.is_complete(),
        inputs: result.overview.inputs.iter().map(Input::new).collect(),
        gate: GateResult::new(result.gate),
        facts: LinksFacts::new(result.links),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

#[derive(Serialize)]
struct Document {
    #[serde(flatten)]
    run: Run,
    complete: bool,
    inputs: Vec<Input>,
    gate: GateResult,
    #[serde(flatten)]
    facts: LinksFacts,
}

/// Where backend events lead, also in the json of `check`.
#[derive(Serialize, Deserialize)]
pub(in crate::report) struct LinksFacts {
    total: CountsResult,
    rows: Vec<RowResult>,
}

#[derive(Serialize)]
struct GateResult {
    passed: bool,
    exit_code: u8,
    problems: Vec<String>,
    exceeded: Vec<String>,
    limits: LimitsResult,
}

#[derive(Serialize)]
struct LimitsResult {
    max_malformed: String,
    min_linked: Option<f64>,
    exit_zero: bool,
    allow_empty: bool,
}

#[derive(Serialize, Deserialize)]
struct CountsResult {
    events: u64,
    with_id: u64,
    aggregated: u64,
    linked: u64,
    same_user: u64,
    replay: Option<u64>,
    replay_unknown: u64,
}

#[derive(Serialize, Deserialize)]
struct RowResult {
    event: Option<String>,
    lib: Option<String>,
    #[serde(flatten)]
    counts: CountsResult,
    reasons: Vec<ReasonResult>,
}

#[derive(Serialize, Deserialize)]
struct ReasonResult {
    reason: Cow<'static, str>,
    /// The rule that the session breaks or that the event's time goes with, or the property that looks like a session id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    detail: Option<Cow<'static, str>>,
    /// Whether a browser or a mobile application sends these events.
    #[serde(default, skip_serializing_if = "is_false")]
    client: bool,
    events: u64,
    file: String,
    line: u64,
    fix: String,
}

impl GateResult {
    fn new(gate: &Gate) -> Self {
        let limits = &gate.limits;
        Self {
            passed: gate.passed(),
            exit_code: gate.exit_code(),
            problems: gate.problems.clone(),
            exceeded: gate.exceeded.clone(),
            limits: LimitsResult {
                max_malformed: limits.max_malformed.to_string(),
                min_linked: limits.min_linked,
                exit_zero: limits.exit_zero,
                allow_empty: limits.allow_empty,
            },
        }
    }
}

impl LinksFacts {
    pub(in crate::report) fn new(links: &Links) -> Self {
        Self { total: CountsResult::new(&links.total), rows: links.rows.iter().map(RowResult::new).collect() }
    }

    /// What this shows.
    ///
    /// # Errors
    ///
    /// Names that this version does not know.
    pub(in crate::report) fn restore(self) -> Result<Links, String> {
        let rows = self.rows.into_iter().map(RowResult::restore).collect::<Result<_, _>>()?;
        Ok(Links { rows, total: self.total.restore() })
    }
}

impl CountsResult {
    fn new(counts: &Counts) -> Self {
        let &Counts { events, with_id, aggregated, linked, same_user, unknown, .. } = counts;
        Self { events, with_id, aggregated, linked, same_user, replay: counts.replay(), replay_unknown: unknown }
    }

    fn restore(self) -> Counts {
        let Self { events, with_id, aggregated, linked, same_user, replay, replay_unknown: unknown } = self;
        Counts { events, with_id, aggregated, linked, same_user, recorded: replay.unwrap_or(0), unknown }
    }
}

impl RowResult {
    fn new(row: &Row) -> Self {
        Self {
            event: row.event.clone(),
            lib: row.lib.clone(),
            counts: CountsResult::new(&row.counts),
            reasons: row.misses.iter().map(|miss| ReasonResult::new(miss, row)).collect(),
        }
    }

    fn restore(self) -> Result<Row, String> {
        let misses = self.reasons.into_iter().map(ReasonResult::restore).collect::<Result<_, _>>()?;
        Ok(Row { event: self.event, lib: self.lib, counts: self.counts.restore(), misses })
    }
}

impl ReasonResult {
    fn new(miss: &Miss, row: &Row) -> Self {
        let (file, line) = miss.example.clone();
        let fix = miss.fix(row.lib.as_deref());
        let detail = miss.detail.map(Cow::Borrowed);
        Self { reason: miss.reason.name().into(), detail, client: miss.is_client, events: miss.events, file, line, fix }
    }

    fn restore(self) -> Result<Miss, String> {
        let named = |name: Cow<'_, str>| look_alike(&name).or_else(|_| rule(&name).map(|rule| rule.name));
        Ok(Miss {
            reason: Reason::named(&self.reason).ok_or_else(|| unknown("reason", &self.reason))?,
            detail: self.detail.map(named).transpose()?,
            is_client: self.client,
            events: self.events,
            example: (self.file, self.line),
        })
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(value: &bool) -> bool {
    !value
}
