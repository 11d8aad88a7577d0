//! Shows where the result comes from: the version, what was asked for, the inputs.

use std::io;

use askama::Template;
use indicatif::DecimalBytes;

use super::rendered;
use super::text::{cut, file};
use crate::audit::{Input, Report, Run};
use crate::baseline::Held;
use crate::bounds::Bound;
use crate::count::{counted, grouped};
use crate::gate::{Gate, Limits};
use crate::span::humane;

/// How many inputs are shown.
const SHOWN_INPUTS: usize = 50;

/// How many fields that are read elsewhere are shown.
const SHOWN_FIELDS: usize = 20;

#[derive(Template)]
#[template(path = "provenance.html")]
struct Section {
    facts: Vec<(&'static str, String)>,
    inputs: Vec<[String; 5]>,
    more: Option<String>,
}

/// The section.
pub(super) fn section(report: &Report) -> io::Result<String> {
    let overview = &report.overview;
    let more = overview.inputs.len().saturating_sub(SHOWN_INPUTS);
    rendered(&Section {
        facts: facts(&report.run).into_iter().chain(judged(&overview.gate)).collect(),
        inputs: overview.inputs.iter().take(SHOWN_INPUTS).map(input).collect(),
        more: (more > 0).then(|| format!("{}; all: -o result.json", counted(more as u64, "more input"))),
    })
}

fn facts(run: &Run) -> Vec<(&'static str, String)> {
    let settings = &run.settings;
    let fields: Vec<_> = settings.fields.iter().take(SHOWN_FIELDS).map(|field| cut(field, 100)).collect();
    let tolerance = if run.tolerance_us == 0 { "0".to_owned() } else { humane(run.tolerance_us) };
    let optional = [
        ("session key", settings.session_key.as_deref().map(|key| cut(key, 100))),
        ("fields", (!fields.is_empty()).then(|| fields.join(", "))),
    ];
    let always = [
        ("version", format!("session-audit {}", cut(&run.tool.version, 40))),
        ("contract", run.contract.name().to_owned()),
        ("tolerance", tolerance),
        ("users are told apart by", cut(&settings.identity, 40)),
        ("rules", cut(&settings.rules.join(", "), 400)),
    ];
    let optional = optional.into_iter().filter_map(|(name, value)| Some((name, value?)));
    always.into_iter().chain(optional).collect()
}

/// What the result is held against.
fn judged(gate: &Gate) -> impl Iterator<Item = (&'static str, String)> {
    let bounds = &gate.limits.bounds;
    let bounds: Vec<_> = said("rules", &bounds.rules).chain(said("causes", &bounds.causes)).collect();
    let bounds = (!bounds.is_empty()).then(|| ("limits of rules and causes", bounds.join("  ")));
    let baseline = gate.baseline.as_ref().map(|held| ("baseline", baseline(held)));
    [("limits", limits(&gate.limits))].into_iter().chain(bounds).chain(baseline)
}

/// What a configuration says of single rules or causes, by its own names.
fn said<'a>(table: &'a str, bounds: &'a [Bound]) -> impl Iterator<Item = String> + 'a {
    bounds.iter().flat_map(move |bound| {
        let texts = [
            bound.is_off.then(|| "severity = \"off\"".to_owned()),
            bound.max.map(|max| format!("max = {max}")),
            bound.max_percent.map(|max| format!("max-percent = {max}")),
        ];
        texts.into_iter().flatten().map(move |text| format!("{table}.{}.{text}", bound.name))
    })
}

/// What a baseline remembers, and how it is held against the result.
fn baseline(held: &Held) -> String {
    let name = held.kind().name();
    match held {
        Held::Findings(_) => format!("--baseline of {name}: what it lists does not count"),
        Held::Rates { margin, min_sessions, .. } => {
            format!("--baseline of {name}  --baseline-margin {margin}  --baseline-min-sessions {min_sessions}")
        }
    }
}

/// The limits as the command line names them.
fn limits(limits: &Limits) -> String {
    let texts = [
        limits.max_dropped.map(|max| format!("--max-dropped {max}")),
        limits.max_dropped_percent.map(|max| format!("--max-dropped-percent {max}")),
        Some(format!("--max-malformed {}", limits.max_malformed)),
        Some(format!("--fail-on {}", limits.fail_on.name())),
        limits.exit_zero.then(|| "--exit-zero".to_owned()),
        limits.allow_empty.then(|| "--allow-empty".to_owned()),
    ];
    texts.into_iter().flatten().collect::<Vec<_>>().join("  ")
}

fn input(input: &Input) -> [String; 5] {
    [
        file(&input.name),
        input.compression.as_deref().map_or_else(|| "not read".to_owned(), |name| cut(name, 20)),
        DecimalBytes(input.bytes).to_string(),
        grouped(input.events),
        grouped(input.malformed),
    ]
}
