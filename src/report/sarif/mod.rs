//! Writes SARIF 2.1.0: the rules, and a result a session, the worst first.

mod results;
mod rules;

use std::io::{self, Write};
use std::path::Path;

use serde_json::json;
use serde_sarif::sarif::{
    Invocation, Message, Notification, PropertyBag, Run, RunAutomationDetails, Sarif, Tool, ToolComponent,
};

use crate::audit::Report;
use crate::count::counted;
use crate::report::issue::inert;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// What PostHog asks of session ids.
const HELP_URI: &str = "https://posthog.com/docs/data/sessions#custom-session-ids";

/// How many results there are at the most: GitHub keeps as many of a run.
const MAX_RESULTS: usize = 5000;

/// Writes one run.
pub(super) fn write(report: &Report, base: Option<&Path>, out: &mut dyn Write) -> io::Result<()> {
    let driver = ToolComponent::builder()
        .name(env!("CARGO_PKG_NAME"))
        .version(report.run.tool.version.clone())
        .information_uri(HELP_URI)
        .rules(rules::rules())
        .build();
    let results = results::results(report, base);
    let left_out = report.sessions.len() - results.len();
    let run = Run::builder()
        .tool(Tool::builder().driver(driver).build())
        // The part before the slash is the category by which GitHub tells analyses of one commit apart.
        .automation_details(RunAutomationDetails::builder().id("session-audit/").build())
        .invocations(vec![invocation(report, left_out)])
        .properties(counts(report, left_out))
        .results(results)
        .build();
    let log = Sarif::builder().schema(SCHEMA).version("2.1.0").runs(vec![run]).build();
    serde_json::to_writer_pretty(&mut *out, &log)?;
    writeln!(out)
}

/// How the run went: why there is no verdict, and what is left out.
fn invocation(report: &Report, left_out: usize) -> Invocation {
    let problems = report.overview.gate.problems.iter().map(|problem| notification("error", &inert(problem)));
    let more = (left_out > 0).then(|| {
        let sessions = counted(left_out as u64, "more session");
        notification(
            "note",
            &format!("{sessions}; a SARIF file has {MAX_RESULTS} results at the most, the worst first"),
        )
    });
    Invocation::builder()
        .execution_successful(report.overview.gate.is_complete())
        .exit_code(i64::from(report.overview.gate.exit_code()))
        .tool_execution_notifications(problems.chain(more).collect::<Vec<_>>())
        .build()
}

fn notification(level: &str, text: &str) -> Notification {
    Notification::builder().level(level).message(Message::builder().text(text).build()).build()
}

fn counts(report: &Report, left_out: usize) -> PropertyBag {
    let summary = &report.overview.summary;
    properties([
        ("sessions", json!(summary.sessions)),
        ("dropped", json!(summary.dropped)),
        ("at_risk", json!(summary.at_risk)),
        ("results_left_out", json!(left_out)),
        ("contract", json!(report.run.contract.name())),
    ])
}

fn properties<const N: usize>(pairs: [(&str, serde_json::Value); N]) -> PropertyBag {
    let pairs = pairs.into_iter().filter(|(_, value)| !value.is_null());
    PropertyBag::builder()
        .additional_properties(
            pairs.map(|(name, value)| (name.to_owned(), value)).collect::<std::collections::BTreeMap<_, _>>(),
        )
        .build()
}
