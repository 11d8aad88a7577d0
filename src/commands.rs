//! Does what the command line asks for: reads, judges, writes the reports, and says the exit status.

use std::env;
use std::io::{self, Write};

use anyhow::{Result, ensure};

use crate::cli::{BaselineArgs, CheckArgs, DiffArgs, ExplainArgs, InspectArgs, LinksArgs, RenderArgs, SqlArgs};
use crate::console::{self, TROUBLE, print_report, tell};
use session_audit::Options;
use session_audit::audit::{Outcome, Report};
use session_audit::baseline;
use session_audit::gate::Gate;
use session_audit::input::{Discovery, Source};
use session_audit::progress::{Progress, ShowProgress};
use session_audit::report::{self, Format, Style, Target};

/// Reads everything that was found, and shows how far it is.
fn read(options: &Options, found: &Discovery, show: ShowProgress) -> Result<Outcome> {
    let progress = progress(show, found);
    session_audit::check(options, found, &progress)
}

/// Progress towards the bytes of everything that was found.
fn progress(show: ShowProgress, found: &Discovery) -> Progress {
    Progress::new(show, found.sources.iter().map(Source::size).sum())
}

/// Runs an audit; the status is that of the verdict.
pub(crate) fn check(args: &CheckArgs) -> Result<u8> {
    console::clean_up_when_interrupted()?;
    let options = args.options();
    let baseline = args.baseline(&options)?;
    let found = args.found()?;
    let outputs = args.outputs(&found.sources)?;
    let Outcome { mut report, rates, warnings } = read(&options, &found, args.progress())?;
    let limits = args.limits();
    let held = baseline.map(|baseline| baseline.hold(&mut report, rates, &options, &limits));
    report.set_gate(Gate::new(limits, &report, held));
    if !args.is_silent() {
        console::warn(&options, &warnings, &report.overview.gate);
    }
    let are_written = write_reports(&report, outputs, args.format(), |to_stdout| args.style(to_stdout))?;
    Ok(if are_written { report.overview.gate.exit_code() } else { TROUBLE })
}

/// Runs an audit, and writes down what is known of it.
pub(crate) fn write_baseline(args: &BaselineArgs) -> Result<u8> {
    console::clean_up_when_interrupted()?;
    let found = args.found()?;
    let target = args.target(&found.sources)?;
    let options = args.options();
    let Outcome { report, rates, warnings } = read(&options, &found, ShowProgress::Auto)?;
    let gate = Gate::new(args.limits(), &report, None);
    console::warn(&options, &warnings, &gate);
    ensure!(gate.is_complete(), "could not write a baseline: the audit is incomplete");
    let write = |out: &mut dyn Write| baseline::write(args.kind(), &report, &rates, &options, out);
    match target {
        Some(target) => target.write(write)?,
        None => print_report(write)?,
    }
    Ok(0)
}

/// Follows backend events to sessions; the status is that of the verdict.
pub(crate) fn links(args: &LinksArgs) -> Result<u8> {
    console::clean_up_when_interrupted()?;
    let found = args.found()?;
    let outputs = args.outputs(&found.sources)?;
    let options = args.options();
    let Outcome { mut report, warnings, .. } = read(&options, &found, args.progress())?;
    report.set_gate(Gate::of_links(args.limits(), &report.overview));
    if !args.is_silent() {
        console::warn(&options, &warnings, &report.overview.gate);
    }
    let are_written = write_all(outputs, args.format(), |format, to_stdout, out| {
        report::write_links(&report, format, args.style(to_stdout), out)
    })?;
    Ok(if are_written { report.overview.gate.exit_code() } else { TROUBLE })
}

/// Explains a rule, a cause or a session id, and shows the session's events if there are inputs to look for them in.
pub(crate) fn explain(args: &ExplainArgs) -> Result<u8> {
    let Some(inputs) = args.inputs()? else { return console::print(args.page()?.as_bytes()).map(|()| 0) };
    let found = session_audit::discover(&inputs);
    let progress = progress(ShowProgress::Auto, &found);
    let traced = session_audit::trace(&args.options(), &found, args.subject(), args.limit(), &progress)?;
    let warnings = traced.warnings.iter().map(|warning| format!("warning: {warning}"));
    let errors = traced.failures.iter().map(|failure| format!("error: {failure}"));
    warnings.chain(errors).for_each(|line| tell(&line));
    let page = args.session_id();
    print_report(|out| {
        out.write_all(page.as_bytes())?;
        traced.traces.iter().try_for_each(|trace| report::write_trace(trace, args.style(), out))
    })?;
    if traced.traces.is_empty() {
        tell("error: no event in the inputs has this session id");
    }
    Ok(if traced.failures.is_empty() && !traced.traces.is_empty() { 0 } else { TROUBLE })
}

/// Shows an earlier result again.
pub(crate) fn render(args: &RenderArgs) -> Result<u8> {
    console::clean_up_when_interrupted()?;
    let outputs = args.outputs()?;
    let report = args.saved()?;
    let are_written = write_reports(&report, outputs, args.format(), |to_stdout| args.style(to_stdout))?;
    Ok(if are_written { 0 } else { TROUBLE })
}

/// Compares two earlier results.
pub(crate) fn diff(args: &DiffArgs) -> Result<u8> {
    console::clean_up_when_interrupted()?;
    let outputs = args.outputs()?;
    let diff = args.diff()?;
    let are_written = write_all(outputs, args.format(), |format, to_stdout, out| {
        report::write_diff(&diff, format, args.style(to_stdout), out)
    })?;
    Ok(if are_written { 0 } else { TROUBLE })
}

/// Says what inputs are.
pub(crate) fn inspect(args: &InspectArgs) -> Result<u8> {
    let found = session_audit::discover(&args.inputs()?);
    let progress = progress(ShowProgress::Auto, &found);
    let inspection = session_audit::inspect::inspect(&args.options(), &found, &progress)?;
    inspection.warning().into_iter().for_each(|warning| tell(&format!("warning: {warning}")));
    inspection.errors().for_each(|error| tell(&format!("error: {error}")));
    print_report(|out| report::write_inspection(args.format(), &inspection, args.style(), out))?;
    Ok(if inspection.is_complete() { 0 } else { TROUBLE })
}

/// Prints the audit as a query.
pub(crate) fn sql(args: &SqlArgs) -> Result<u8> {
    let query = args.query()?;
    query.notes().iter().for_each(|note| tell(&format!("note: {note}")));
    console::print(query.text().as_bytes()).map(|()| 0)
}

/// Writes a result in all formats that are asked for, as [`write_all`] does.
fn write_reports(
    report: &Report,
    outputs: Vec<(Format, Target)>,
    on_stdout: Option<Format>,
    style: impl Fn(bool) -> Style,
) -> Result<bool> {
    let here = env::current_dir().ok();
    write_all(outputs, on_stdout, |format, to_stdout, out| {
        report::write(report, format, style(to_stdout), here.as_deref(), out)
    })
}

/// Writes the further reports and the one on standard output, in their formats; tells of those that could not be written,
/// and says whether all were.
fn write_all<F: Copy>(
    outputs: Vec<(F, Target)>,
    on_stdout: Option<F>,
    write: impl Fn(F, bool, &mut dyn Write) -> io::Result<()>,
) -> Result<bool> {
    let mut are_written = true;
    for (format, target) in outputs {
        if let Err(error) = target.write(|out| write(format, false, out)) {
            tell(&format!("error: {error:#}"));
            are_written = false;
        }
    }
    if let Some(format) = on_stdout {
        print_report(|out| write(format, true, out))?;
    }
    Ok(are_written)
}
