//! Runs the command line: audits, writes the reports, and ends with the status that the verdict calls for.

mod cli;
mod console;

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;

use cli::{CheckArgs, Cli, Command, DiffArgs, ExplainArgs, LinksArgs, RenderArgs, SqlArgs};
use console::tell;
use session_audit::gate::Gate;
use session_audit::input::{Discovery, Source};
use session_audit::progress::{Progress, ShowProgress};
use session_audit::report::{self, LinksResult, Report, Target};
use session_audit::{Options, Outcome};

/// No verdict.
const TROUBLE: u8 = 2;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        None => check(&cli.check),
        Some(Command::Check(args)) => check(&args),
        Some(Command::Links(args)) => links(&args),
        Some(Command::Explain(args)) => explain(&args),
        Some(Command::Render(args)) => render(&args),
        Some(Command::Diff(args)) => diff(&args),
        Some(Command::Sql(args)) => sql(&args),
        Some(other) => other.page().and_then(|page| print(&page)).map(|()| 0),
    };
    ExitCode::from(done.unwrap_or_else(|error| {
        tell(&format!("error: {error:#}"));
        TROUBLE
    }))
}

/// Reads everything that was found, and shows how far it is.
fn read(options: &Options, found: Discovery, show: ShowProgress) -> Result<Outcome> {
    let total = found.sources.iter().map(Source::size).sum();
    session_audit::check(options, found, &Progress::new(show, total))
}

/// Runs an audit; the status is that of the verdict.
fn check(args: &CheckArgs) -> Result<u8> {
    console::clean_up_when_interrupted()?;
    let found = session_audit::discover(&args.inputs()?);
    let outputs = args.outputs(&found.sources)?;
    let options = args.options();
    let Outcome { audit, links, .. } = read(&options, found, args.progress())?;
    let gate = Gate::new(args.limits(), &audit);
    let report = Report { overview: &audit.overview, findings: &audit, gate: &gate, links: links.as_ref() };
    if !args.is_silent() {
        console::warn(&options, &audit, &gate);
    }
    let are_written = write_all(outputs, |format, out| report.write(format, args.style(false), out));
    if let Some(format) = args.format() {
        print_report(|out| report.write(format, args.style(true), out))?;
    }
    Ok(if are_written { gate.exit_code() } else { TROUBLE })
}

/// Follows backend events to sessions; the status is that of the verdict.
fn links(args: &LinksArgs) -> Result<u8> {
    console::clean_up_when_interrupted()?;
    let found = session_audit::discover(&args.inputs()?);
    let outputs = args.outputs(&found.sources)?;
    let options = args.options();
    let Outcome { audit, links, .. } = read(&options, found, args.progress())?;
    let links = links.context("no links were followed")?;
    let gate = Gate::of_links(args.limits(), &links, &audit);
    if !args.is_silent() {
        console::warn(&options, &audit, &gate);
    }
    let result = LinksResult { links: &links, overview: &audit.overview, gate: &gate };
    let are_written = write_all(outputs, |format, out| result.write(format, args.style(false), out));
    if let Some(format) = args.format() {
        print_report(|out| result.write(format, args.style(true), out))?;
    }
    Ok(if are_written { gate.exit_code() } else { TROUBLE })
}

/// Explains a rule, a cause or a session id, and shows the session's events if there are inputs to look for them in.
fn explain(args: &ExplainArgs) -> Result<u8> {
    let Some(inputs) = args.inputs()? else { return print(args.page()?.as_bytes()).map(|()| 0) };
    let mut outcome = read(&args.options(), session_audit::discover(&inputs), ShowProgress::Auto)?;
    let failures = outcome.audit.failures.clone();
    let warnings = outcome.audit.warnings().into_iter().map(|warning| format!("warning: {warning}"));
    warnings.chain(failures.iter().map(|failure| format!("error: {failure}"))).for_each(|line| tell(&line));
    let traces = outcome.traces();
    let page = args.session_id();
    print_report(|out| {
        out.write_all(page.as_bytes())?;
        traces.iter().try_for_each(|trace| report::write_trace(trace, args.style(), out))
    })?;
    if traces.is_empty() {
        tell("error: no event in the inputs has this session id");
    }
    Ok(if failures.is_empty() && !traces.is_empty() { 0 } else { TROUBLE })
}

/// Shows an earlier result again.
fn render(args: &RenderArgs) -> Result<u8> {
    console::clean_up_when_interrupted()?;
    let outputs = args.outputs()?;
    let saved = args.saved()?;
    let report = saved.report();
    let are_written = write_all(outputs, |format, out| report.write(format, args.style(false), out));
    if let Some(format) = args.format() {
        print_report(|out| report.write(format, args.style(true), out))?;
    }
    Ok(if are_written { 0 } else { TROUBLE })
}

/// Compares two earlier results.
fn diff(args: &DiffArgs) -> Result<u8> {
    console::clean_up_when_interrupted()?;
    let outputs = args.outputs()?;
    let diff = args.diff()?;
    let are_written = write_all(outputs, |format, out| report::write_diff(&diff, format, args.style(false), out));
    if let Some(format) = args.format() {
        print_report(|out| report::write_diff(&diff, format, args.style(true), out))?;
    }
    Ok(if are_written { 0 } else { TROUBLE })
}

/// Prints the audit as a query, and tells what it answers otherwise.
fn sql(args: &SqlArgs) -> Result<u8> {
    let query = args.query()?;
    query.notes().iter().for_each(|note| tell(&format!("note: {note}")));
    print(query.text().as_bytes()).map(|()| 0)
}

/// Writes the further reports, and tells of those that could not be written.
fn write_all<F: Copy>(outputs: Vec<(F, Target)>, write: impl Fn(F, &mut dyn Write) -> io::Result<()>) -> bool {
    let mut are_written = true;
    for (format, target) in outputs {
        if let Err(error) = target.write(|out| write(format, out)) {
            tell(&format!("error: {error:#}"));
            are_written = false;
        }
    }
    are_written
}

fn print_report(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    let written = write(&mut out).and_then(|()| out.flush());
    report::quiet_if_closed(written).context(console::TO_STDOUT)
}

fn print(page: &[u8]) -> Result<()> {
    print_report(|out| out.write_all(page))
}
