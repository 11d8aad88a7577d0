//! Writes where backend events lead for other programs; its fields change only with `schema_version`.

use std::io::{self, Write};

use serde::Serialize;

use crate::audit::links::Links;
use crate::audit::{Input, Report, Run};
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

impl<'a> GateFields<'a> {
    fn new(gate: &'a Gate) -> Self {
        let limits = &gate.limits;
        Self {
            passed: gate.passed(),
            exit_code: gate.exit_code(),
            problems: &gate.problems,
            exceeded: &gate.exceeded,
            limits: LimitFields {
                max_malformed: limits.max_malformed.to_string(),
                min_linked: limits.min_linked,
                exit_zero: limits.exit_zero,
                allow_empty: limits.allow_empty,
            },
        }
    }
}

pub(super) fn write(report: &Report, links: &Links, out: &mut dyn Write) -> io::Result<()> {
    let overview = &report.overview;
    let document = Document {
        run: &report.run,
        complete: overview.complete,
        inputs: &overview.inputs,
        gate: GateFields::new(&overview.gate),
        links,
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}
