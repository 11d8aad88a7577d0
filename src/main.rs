//! Runs the command line: audits, writes the reports, and ends with the status that the verdict calls for.

mod cli;
mod console;

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;

use cli::{CheckArgs, Cli, Command};
use console::tell;
use session_audit::gate::Gate;
use session_audit::input::Source;
use session_audit::progress::Progress;
use session_audit::report;

/// No verdict.
const TROUBLE: u8 = 2;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        None => check(&cli.check),
        Some(Command::Check(args)) => check(&args),
        Some(other) => other.page().and_then(|page| print(&page)).map(|()| 0),
    };
    ExitCode::from(done.unwrap_or_else(|error| {
        tell(&format!("error: {error:#}"));
        TROUBLE
    }))
}

/// Runs an audit; the status is that of the verdict.
fn check(args: &CheckArgs) -> Result<u8> {
    console::clean_up_when_interrupted()?;
    let found = session_audit::discover(&args.inputs()?);
    let outputs = args.outputs(&found.sources)?;
    let total = found.sources.iter().map(Source::size).sum();
    let audit = session_audit::check(&args.options(), found, &Progress::new(args.progress(), total))?;
    let gate = Gate::new(args.limits(), &audit);
    if !args.is_silent() {
        console::warn(args, &audit, &gate);
    }
    let mut status = gate.exit_code();
    for (format, target) in outputs {
        let written = target.write(|out| report::write(format, &audit, &gate, args.style(false), out));
        if let Err(error) = written {
            tell(&format!("error: {error:#}"));
            status = TROUBLE;
        }
    }
    if let Some(format) = args.format() {
        let mut out = BufWriter::new(io::stdout().lock());
        let written = report::write(format, &audit, &gate, args.style(true), &mut out).and_then(|()| out.flush());
        report::quiet_if_closed(written).context(console::TO_STDOUT)?;
    }
    Ok(status)
}

fn print(page: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    report::quiet_if_closed(out.write_all(page).and_then(|()| out.flush())).context(console::TO_STDOUT)
}
