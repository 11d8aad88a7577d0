//! Writes where backend events lead for other programs; its fields change only with `schema_version`.

use std::io::{self, Write};

use serde::Serialize;

use crate::audit::links::Links;
use crate::audit::{Input, Overview, Report, Run};
use crate::gate::Gate;

#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    run: &'a Run,
    complete: bool,
    inputs: &'a [Input],
    gate: GateFields<'a>,
    #[serde(flatten)]
    links: &'a Links,
}

/// The gate with the limits that links are held against.
#[derive(Serialize)]
struct GateFields<'a> {
    passed: bool,
    exit_code: u8,
    problems: &'a [String],
    exceeded: &'a [String],
    limits: LimitFields,
}

#[derive(Serialize)]
struct LimitFields {
    max_malformed: String,
    min_linked: Option<f64>,
    exit_zero: bool,
    allow_empty: bool,
}

pub(super) fn write(report: &Report, links: &Links, out: &mut dyn Write) -> io::Result<()> {
    let Overview { complete, inputs, gate, .. } = &report.overview;
    let limits = LimitFields {
        max_malformed: gate.limits.max_malformed.to_string(),
        min_linked: gate.limits.min_linked,
        exit_zero: gate.limits.exit_zero,
        allow_empty: gate.limits.allow_empty,
    };
    let Gate { problems, exceeded, .. } = gate;
    let gate = GateFields { passed: gate.passed(), exit_code: gate.exit_code(), problems, exceeded, limits };
    serde_json::to_writer_pretty(&mut *out, &Document { run: &report.run, complete: *complete, inputs, gate, links })?;
    writeln!(out)
}
