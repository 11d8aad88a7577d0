//! Writes the result for other programs; these types are the format, and they change only with `schema_version`.

mod baseline;
mod diagnosis;
mod session;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::{Serialize, Serializer};

use crate::audit::Audit;
use crate::event::time::format_us;
use crate::gate::Gate;
use crate::rules::{Effect, RULES};
use crate::span::ms_number;
use crate::tally::InputTally;
use baseline::BaselineResult;
use diagnosis::Diagnosis;
use session::Session;

const SCHEMA_VERSION: u32 = 1;

/// Writes one document.
pub(super) fn write(audit: &Audit, gate: &Gate, out: &mut dyn Write) -> io::Result<()> {
    let sessions = Streamed(Cell::new(Some(audit.findings().map(|finding| Session::new(&finding)))));
    let document = Document {
        run: Run::new(audit),
        complete: gate.is_complete(),
        inputs: audit.inputs.iter().map(Input::new).collect(),
        summary: Summary::new(audit),
        gate: GateResult::new(gate),
        diagnosis: Diagnosis::new(audit),
        sessions,
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

/// Writes a line for the run, one a session, and the summary last, so that a cut file shows.
pub(super) fn write_lines(audit: &Audit, gate: &Gate, out: &mut dyn Write) -> io::Result<()> {
    line(out, &Line::Run(Run::new(audit)))?;
    for finding in audit.findings() {
        line(out, &Line::Session(Session::new(&finding)))?;
    }
    line(
        out,
        &Line::Summary {
            complete: gate.is_complete(),
            inputs: audit.inputs.iter().map(Input::new).collect(),
            summary: Box::new(Summary::new(audit)),
            gate: GateResult::new(gate),
            diagnosis: Box::new(Diagnosis::new(audit)),
        },
    )
}

fn line(out: &mut dyn Write, line: &Line) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    writeln!(out)
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "each is written as soon as it is made")]
enum Line {
    Run(Run),
    Session(Session),
    Summary {
        complete: bool,
        inputs: Vec<Input>,
        summary: Box<Summary>,
        gate: GateResult,
        #[serde(flatten)]
        diagnosis: Box<Diagnosis>,
    },
}

#[derive(Serialize)]
struct Document<S: Serialize> {
    #[serde(flatten)]
    run: Run,
    complete: bool,
    inputs: Vec<Input>,
    summary: Summary,
    gate: GateResult,
    #[serde(flatten)]
    diagnosis: Diagnosis,
    sessions: S,
}

/// A list that is made while it is written.
struct Streamed<I>(Cell<Option<I>>);

impl<I: Iterator<Item: Serialize>> Serialize for Streamed<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.take().into_iter().flatten())
    }
}

#[derive(Serialize)]
pub(in crate::report) struct Run {
    schema_version: u32,
    tool: Tool,
    contract: &'static str,
    tolerance_ms: serde_json::Number,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

impl Run {
    pub(in crate::report) fn new(audit: &Audit) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
            contract: audit.contract.name(),
            tolerance_ms: ms_number(audit.tolerance_us),
        }
    }
}

#[derive(Serialize)]
pub(in crate::report) struct Input {
    path: String,
    compression: Option<&'static str>,
    bytes: u64,
    events: u64,
    malformed: u64,
}

impl Input {
    pub(in crate::report) fn new(input: &InputTally) -> Self {
        Self {
            path: input.name(),
            compression: input.compression,
            bytes: input.bytes,
            events: input.counts.events,
            malformed: input.counts.malformed_records,
        }
    }
}

#[derive(Serialize)]
struct Summary {
    events: u64,
    events_without_session_id: u64,
    events_untimed: u64,
    other_records: u64,
    malformed_records: u64,
    sessions: u64,
    dropped: u64,
    at_risk: u64,
    events_in_dropped_sessions: u64,
    first_event: Option<String>,
    last_event: Option<String>,
    by_reason: Counted,
    by_effect: Counted,
    by_lib: BTreeMap<String, u64>,
}

/// Names with their counts, in the order of the tables they come from.
struct Counted(Vec<(&'static str, u64)>);

impl Serialize for Counted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

impl Summary {
    fn new(audit: &Audit) -> Self {
        let (counts, summary) = (&audit.counts, &audit.summary);
        let effects = Effect::ALL.iter().map(|effect| effect.name());
        Self {
            events: counts.events,
            events_without_session_id: counts.events_without_session_id,
            events_untimed: counts.events_untimed,
            other_records: counts.other_records,
            malformed_records: counts.malformed_records,
            sessions: summary.sessions,
            dropped: summary.dropped,
            at_risk: summary.at_risk,
            events_in_dropped_sessions: summary.events_in_dropped_sessions,
            first_event: counts.times_us.and_then(|(first, _)| format_us(first, 6)),
            last_event: counts.times_us.and_then(|(_, last)| format_us(last, 6)),
            by_reason: Counted(RULES.iter().map(|rule| rule.name).zip(summary.by_rule).collect()),
            by_effect: Counted(effects.zip(summary.by_effect).collect()),
            by_lib: summary.by_lib.clone(),
        }
    }
}

#[derive(Serialize)]
struct GateResult {
    passed: bool,
    exit_code: u8,
    problems: Vec<String>,
    exceeded: Vec<String>,
    limits: LimitsResult,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<BaselineResult>,
}

#[derive(Serialize)]
struct LimitsResult {
    max_malformed: String,
    max_dropped: Option<u64>,
    max_dropped_percent: Option<f64>,
    fail_on: &'static str,
    exit_zero: bool,
    allow_empty: bool,
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
                max_dropped: limits.max_dropped(),
                max_dropped_percent: limits.max_dropped_percent,
                fail_on: limits.fail_on.name(),
                exit_zero: limits.exit_zero,
                allow_empty: limits.allow_empty,
            },
            baseline: gate.baseline.as_ref().map(|held| BaselineResult::new(held, limits)),
        }
    }
}
