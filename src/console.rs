//! Talks to the user beside the report: warnings, errors, interrupts.

use std::io::{self, BufWriter, Write};

use anyhow::{Context, Result};

use session_audit::Options;
use session_audit::gate::Gate;
use session_audit::{escape_controls, report};

/// The exit status of no verdict.
pub(crate) const TROUBLE: u8 = 2;

/// Says that nothing can be wrong; the contract makes no error of it.
const NO_RULE: &str = "warning: --select, --ignore and severities leave no rule that a session can break, so nothing is \
                       reported (rules about your own sessions need --session-key)";

/// Tells what is wrong with the arguments and the input: each malformed record that is kept, and why there is no verdict.
pub(crate) fn warn(options: &Options, warnings: &[String], gate: &Gate) {
    if options.held_rules().is_empty() {
        tell(NO_RULE);
    }
    for warning in warnings {
        tell(&format!("warning: {warning}"));
    }
    for problem in &gate.problems {
        tell(&format!("error: {problem}"));
    }
}

/// Tells the user something, in one line: names of files and what was read from them are anybody's.
pub(crate) fn tell(line: &str) {
    // Where standard error is closed, there is nobody to tell.
    let _ = writeln!(io::stderr(), "session-audit: {}", escape_controls(line));
}

/// An interrupt takes unfinished files away and ends with the status that shells give it.
pub(crate) fn clean_up_when_interrupted() -> Result<()> {
    const INTERRUPTED: i32 = 130;
    ctrlc::set_handler(|| {
        report::remove_unfinished();
        #[allow(clippy::exit, reason = "the other threads are in the middle of their work")]
        std::process::exit(INTERRUPTED);
    })
    .context("could not listen for interrupts")
}

/// Writes a report to standard output; a reader that has seen enough is no error.
pub(crate) fn print_report(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    let written = write(&mut out).and_then(|()| out.flush());
    report::quiet_if_closed(written).context("could not write to standard output")
}

/// Writes a page to standard output.
pub(crate) fn print(page: &[u8]) -> Result<()> {
    print_report(|out| out.write_all(page))
}
