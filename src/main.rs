//! Runs the command line: audits, writes the reports, and ends with the status that the verdict calls for.

mod cli;

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{CommandFactory, Parser};

use cli::{CheckArgs, Cli, Command};
use session_audit::audit::Audit;
use session_audit::gate::Gate;
use session_audit::input::Source;
use session_audit::progress::Progress;
use session_audit::{explain, report};

/// No verdict.
const TROUBLE: u8 = 2;
const TO_STDOUT: &str = "could not write to standard output";

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        None => check(&cli.check),
        Some(Command::Check(args)) => check(&args),
        Some(Command::Explain { subject }) => {
            explain::explain(&subject).map_err(anyhow::Error::msg).and_then(|page| print(page.as_bytes()))
        }
        Some(Command::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), env!("CARGO_PKG_NAME"), &mut script);
            print(&script)
        }
        Some(Command::Man) => man().and_then(|page| print(&page)),
    };
    ExitCode::from(done.unwrap_or_else(|error| {
        tell(&format!("error: {error:#}"));
        TROUBLE
    }))
}

/// Runs an audit; the status is that of the verdict.
fn check(args: &CheckArgs) -> Result<u8> {
    clean_up_when_interrupted()?;
    let options = args.options();
    if options.rules.is_empty() && !args.is_silent() {
        tell("warning: --select and --ignore leave no rule, so nothing is reported");
    }
    let found = session_audit::discover(&args.inputs()?);
    let outputs = args.outputs(&found.sources)?;
    let total = found.sources.iter().map(Source::size).sum();
    let audit = session_audit::check(&options, found, &Progress::new(args.progress(), total))?;
    let gate = Gate::new(args.limits(), &audit);
    if !args.is_silent() {
        warn(&audit, &gate);
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
        report::quiet_if_closed(written).context(TO_STDOUT)?;
    }
    Ok(status)
}

/// Tells what is wrong with the input: each malformed record that is kept, and why there is no verdict.
fn warn(audit: &Audit, gate: &Gate) {
    for warning in audit.warnings() {
        tell(&format!("warning: {warning}"));
    }
    for problem in &gate.problems {
        tell(&format!("error: {problem}"));
    }
}

fn man() -> Result<Vec<u8>> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page).context("could not write the manual page")?;
    Ok(page)
}

fn print(text: &[u8]) -> Result<u8> {
    let mut out = io::stdout().lock();
    report::quiet_if_closed(out.write_all(text).and_then(|()| out.flush())).context(TO_STDOUT)?;
    Ok(0)
}

fn tell(line: &str) {
    // Where standard error is closed, there is nobody to tell.
    let _ = writeln!(io::stderr(), "session-audit: {line}");
}

/// An interrupt takes unfinished files away and ends with the status that shells give it.
fn clean_up_when_interrupted() -> Result<()> {
    const INTERRUPTED: i32 = 130;
    ctrlc::set_handler(|| {
        report::remove_unfinished();
        #[allow(clippy::exit, reason = "the other threads are in the middle of their work")]
        std::process::exit(INTERRUPTED);
    })
    .context("could not listen for interrupts")
}
