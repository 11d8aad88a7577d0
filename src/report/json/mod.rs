//! Writes the result for other programs, and reads it back; these types are the format, and they change only with
//! `schema_version`.

mod baseline;
mod diagnosis;
mod gate;
mod saved;
mod session;
mod shares;
mod summary;

use std::borrow::Cow;
use std::cell::Cell;
use std::io::{self, Write};

use serde::{Deserialize, Serialize, Serializer};

use super::Report;
use super::links::LinksFacts;
use crate::audit::{Overview, Settings};
use crate::span::ms_number;
use diagnosis::Diagnosis;
use gate::GateResult;
pub use saved::Saved;
pub(in crate::report) use saved::{look_alike, rule, unknown};
use session::Session;
use summary::Summary;

const SCHEMA_VERSION: u32 = 1;

/// Writes one document.
pub(super) fn write(report: Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let sessions = Streamed(Cell::new(Some(report.findings.iter().map(|finding| Session::new(&finding)))));
    let document = Document { run: Run::new(report.overview), body: Body::new(report), sessions };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

/// Writes a line for the run, one a session, and the summary last, so that a cut file shows.
pub(super) fn write_lines(report: Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    line(out, &Line::Run(Run::new(report.overview)))?;
    for finding in report.findings.iter() {
        line(out, &Line::Session(Session::new(&finding)))?;
    }
    line(out, &Line::Summary(Box::new(Body::new(report))))
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
    Summary(Box<Body>),
}

#[derive(Serialize, Deserialize)]
struct Document<S> {
    #[serde(flatten)]
    run: Run,
    #[serde(flatten)]
    body: Body,
    sessions: S,
}

/// All that is between the run and the sessions.
#[derive(Serialize, Deserialize)]
struct Body {
    complete: bool,
    inputs: Vec<Input>,
    summary: Summary,
    gate: GateResult,
    #[serde(flatten)]
    diagnosis: Diagnosis,
    links: Option<LinksFacts>,
}

/// A list that is made while it is written.
struct Streamed<I>(Cell<Option<I>>);

impl<I: Iterator<Item: Serialize>> Serialize for Streamed<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.take().into_iter().flatten())
    }
}

impl Body {
    fn new(report: Report<'_>) -> Self {
        let Report { overview, gate, links, .. } = report;
        Self {
            complete: gate.is_complete(),
            inputs: overview.inputs.iter().map(Input::new).collect(),
            summary: Summary::new(overview),
            gate: GateResult::new(gate),
            diagnosis: Diagnosis::new(overview),
            links: links.map(LinksFacts::new),
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(in crate::report) struct Run {
    schema_version: u32,
    tool: Tool,
    contract: Cow<'static, str>,
    tolerance_ms: serde_json::Number,
    options: SettingsResult,
}

#[derive(Serialize, Deserialize)]
struct Tool {
    name: Cow<'static, str>,
    version: String,
}

#[derive(Serialize, Deserialize)]
struct SettingsResult {
    identity: String,
    session_key: Option<String>,
    rules: Vec<String>,
    fields: Vec<String>,
}

impl Run {
    pub(in crate::report) fn new(overview: &Overview) -> Self {
        let Settings { identity, session_key, rules, fields } = overview.settings.clone();
        Self {
            schema_version: SCHEMA_VERSION,
            tool: Tool { name: env!("CARGO_PKG_NAME").into(), version: overview.version.clone() },
            contract: overview.contract.name().into(),
            tolerance_ms: ms_number(overview.tolerance_us),
            options: SettingsResult { identity, session_key, rules, fields },
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(in crate::report) struct Input {
    path: String,
    compression: Option<String>,
    bytes: u64,
    events: u64,
    malformed: u64,
}

impl Input {
    pub(in crate::report) fn new(input: &crate::audit::Input) -> Self {
        let crate::audit::Input { name, compression, bytes, events, malformed } = input.clone();
        Self { path: name, compression, bytes, events, malformed }
    }
}
