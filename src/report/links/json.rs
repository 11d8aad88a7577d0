//! Writes where backend events lead for other programs; these types are the format, and they change only with
//! `schema_version`.

use std::io::{self, Write};

use serde::Serialize;

use super::LinksResult;
use crate::gate::Gate;
use crate::links::{Counts, Miss, Row};
use crate::report::json::{Input, Run};

pub(super) fn write(result: &LinksResult<'_>, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        run: Run::new(result.audit),
        complete: result.gate.is_complete(),
        inputs: result.audit.inputs.iter().map(Input::new).collect(),
        total: CountsResult::new(&result.links.total),
        gate: GateResult::new(result.gate),
        rows: result.links.rows.iter().map(RowResult::new).collect(),
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
    total: CountsResult,
    gate: GateResult,
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

#[derive(Serialize)]
struct CountsResult {
    events: u64,
    with_id: u64,
    aggregated: u64,
    linked: u64,
    same_user: u64,
    replay: Option<u64>,
    replay_unknown: u64,
}

#[derive(Serialize)]
struct RowResult {
    event: Option<String>,
    lib: Option<String>,
    #[serde(flatten)]
    counts: CountsResult,
    reasons: Vec<ReasonResult>,
}

#[derive(Serialize)]
struct ReasonResult {
    reason: &'static str,
    /// The rule that the session breaks, or the property that looks like a session id.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'static str>,
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

impl CountsResult {
    fn new(counts: &Counts) -> Self {
        let &Counts { events, with_id, aggregated, linked, same_user, unknown, .. } = counts;
        Self { events, with_id, aggregated, linked, same_user, replay: counts.replay(), replay_unknown: unknown }
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
}

impl ReasonResult {
    fn new(miss: &Miss, row: &Row) -> Self {
        let (file, line) = miss.example.clone();
        let fix = miss.reason.fix(row.lib.as_deref());
        Self { reason: miss.reason.name(), detail: miss.detail, events: miss.events, file, line, fix }
    }
}
