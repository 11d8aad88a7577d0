//! Writes a made-up export of events to standard output, for tests and benchmarks.

// Named by path so that the generator finds its modules beside it, as it does when a test includes it.
#[path = "generate.rs"]
mod generate;

use std::io::{self, BufWriter, ErrorKind, Write};

use clap::Parser;
use generate::{Plan, Shares};

/// Write a made-up export of events as JSON Lines to standard output; equal arguments give equal bytes
#[derive(Parser)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
struct Args {
    /// How many events
    #[arg(long, default_value_t = 10_000)]
    events: u64,
    /// What fixes everything that is random
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many sessions (at most as many as events)
    #[arg(long, conflicts_with = "events_per_session")]
    sessions: Option<u64>,
    /// Mean number of events in a session
    #[arg(long, value_name = "MEAN", default_value_t = 12.0, value_parser = mean)]
    events_per_session: f64,
    /// Write properties as strings that hold JSON
    #[arg(long)]
    strings: bool,
    /// Write about 300 bytes an event instead of about 3000
    #[arg(long)]
    small: bool,
    /// Add a `checkout_id` for `--session-key checkout_id`
    #[arg(long)]
    checkout: bool,
    /// Share of broken sessions, from 0 to 1, in all or of one kind [default: as in life, 3 in 100]
    ///
    /// Kinds: not-a-uuid, not-version-7, not-rfc-variant, shared-by-users, mixed-spelling, id-after-first-event,
    /// past-24-hours; with --checkout also shared-by-sessions, inconsistent-id. May be repeated, later ones win:
    /// --broken 0 --broken past-24-hours=0.1
    #[arg(long, value_name = "[KIND=]SHARE")]
    broken: Vec<String>,
    /// Plant so many sessions of every cause that the tool knows, beside the events and sessions asked for
    #[arg(long, value_name = "SESSIONS", default_value_t = 0)]
    causes: u64,
    /// Say on standard error what is in the export
    #[arg(long)]
    summary: bool,
}

impl Args {
    fn plan(&self) -> Result<Plan, String> {
        Ok(Plan {
            events: self.events,
            sessions: self.sessions.unwrap_or_else(|| self.mean_sessions()),
            seed: self.seed,
            broken: self.broken.join(",").parse::<Shares>()?,
            strings: self.strings,
            small: self.small,
            checkout: self.checkout,
            causes: self.causes,
        })
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss, reason = "a mean")]
    fn mean_sessions(&self) -> u64 {
        (self.events as f64 / self.events_per_session).round() as u64
    }
}

fn mean(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if value >= 1.0 { Ok(value) } else { Err("a session has one event at least".to_owned()) }
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let plan = args.plan().map_err(anyhow::Error::msg)?;
    match write(&plan, args.summary) {
        // A reader that has seen enough is no error.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => Ok(done?),
    }
}

fn write(plan: &Plan, summary: bool) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 20, io::stdout().lock());
    let made = plan.write(&mut out)?;
    out.flush()?;
    if summary {
        write!(io::stderr(), "{made}")?;
    }
    Ok(())
}
