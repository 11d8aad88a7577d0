//! Writes a baseline, an entry a line, so that two of them can be compared line by line.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use super::file::SCHEMA_VERSION;
use super::rates::Fraction;
use super::{Kind, field_texts};
use crate::Options;
use crate::audit::{ExactName, Lib, Rate, Report, TeamId};
use crate::rules::Rule;
use crate::safe::escape_controls;
use crate::sessions::SessionName;
use crate::span::ms_number;

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct FindingLine<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id_sha256: Option<&'a str>,
    team_id: Option<TeamId<'a>>,
    rule: &'static str,
}

#[derive(Serialize)]
struct RateLine<'a> {
    rule: &'static str,
    #[serde(flatten)]
    lib: &'a Lib,
    sessions: u64,
    broken: u64,
    percent: f64,
}

/// Writes what an audit with these options finds; `rates` are those of the rules that hold.
///
/// # Errors
///
/// What the writer says.
pub fn write(kind: Kind, report: &Report, rates: &[Rate], options: &Options, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{{")?;
    field("schema_version", &SCHEMA_VERSION, out)?;
    field("kind", &kind.name(), out)?;
    field("tool", &Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") }, out)?;
    match kind {
        Kind::Findings => {
            let lines = report.sessions.iter().flat_map(|finding| {
                let name = finding.exact_name();
                finding.reasons.iter().map(move |reason| json(&FindingLine::new(&name, reason.rule)))
            });
            list(kind, lines, out)?;
        }
        Kind::Rates => {
            field("contract", &report.run.contract, out)?;
            field("tolerance_ms", &ms_number(report.run.tolerance_us), out)?;
            field("identity", &options.identity.name(), out)?;
            field("session_key", &options.session_key, out)?;
            field("fields", &field_texts(options), out)?;
            list(kind, rates.iter().map(|rate| json(&RateLine::new(rate))), out)?;
        }
    }
    writeln!(out, "}}")
}

impl<'a> FindingLine<'a> {
    fn new(ExactName { name, team }: &'a ExactName, rule: &Rule) -> Self {
        let (session_id, session_id_sha256) = match name {
            SessionName::Uuid(id) => (Some(id.to_string()), None),
            SessionName::Text(text) => (Some(text.to_string()), None),
            SessionName::Digest(digits) => (None, Some(&**digits)),
        };
        Self { session_id, session_id_sha256, team_id: team.as_deref().map(TeamId::from), rule: rule.name }
    }
}

impl<'a> RateLine<'a> {
    fn new(rate: &'a Rate) -> Self {
        let Rate { rule, lib, sessions, broken } = rate;
        let (sessions, broken) = (*sessions, *broken);
        Self {
            rule: rule.name,
            lib,
            sessions,
            broken,
            percent: (Fraction { sessions, broken }.percent() * 1e4).round() / 1e4,
        }
    }
}

fn field(name: &str, value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "  \"{name}\": {},", json(value)?)
}

/// The last field, a list with an entry a line.
fn list(kind: Kind, lines: impl Iterator<Item = io::Result<String>>, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "  \"{}\": [", kind.name())?;
    let mut end = "";
    for (line, comma) in lines.zip(std::iter::once("").chain(std::iter::repeat(","))) {
        write!(out, "{comma}\n    {}", line?)?;
        end = "\n  ";
    }
    writeln!(out, "{end}]")
}

fn json(value: &impl Serialize) -> io::Result<String> {
    let mut text = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut text, Plain))?;
    String::from_utf8(text).map_err(io::Error::other)
}

/// Compact JSON in which nothing from the data reaches a terminal; it reads back as it was.
struct Plain;

impl Formatter for Plain {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        writer.write_all(escape_controls(fragment).as_bytes())
    }
}
