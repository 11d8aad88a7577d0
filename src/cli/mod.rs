//! Declares the command line; what follows from the arguments of a command is with the command.

#![allow(clippy::doc_markdown, reason = "these comments are the help texts")]

mod baseline;
mod check;
mod common;
mod config;
mod diff;
mod explain;
mod inspect;
mod links;
mod manner;
mod render;
mod sql;
mod values;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand, ValueHint};
use clap_complete::Shell;

pub(crate) use baseline::BaselineArgs;
pub(crate) use check::CheckArgs;
use config::{ShowArgs, configured};
pub(crate) use diff::DiffArgs;
pub(crate) use explain::ExplainArgs;
pub(crate) use inspect::InspectArgs;
pub(crate) use links::LinksArgs;
pub(crate) use render::RenderArgs;
pub(crate) use sql::SqlArgs;

/// Finds the sessions that PostHog leaves out of its session analytics, in exported events, offline.
///
/// PostHog asks five things of every $session_id and silently leaves sessions that break one out of its session
/// analytics. `session-audit check` reads an export and lists every such session, with the reason, the event that proves
/// it, and the fix. `session-audit INPUT...` means `check` too.
///
/// Exit status: 0 within the limits, 1 over a limit, 2 no verdict (bad usage, unreadable or malformed input, no session).
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    check: CheckArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Audit exported events.
    Check(Box<CheckArgs>),
    /// Audit exported events, and write down what is known of them for check --baseline.
    ///
    /// Either every finding by session and rule, for fixtures that keep their session ids, or with --rates how many percent
    /// of the sessions break each rule, by library, for exports. Exit status: 0, or 2 if nothing was written since the audit
    /// is incomplete.
    Baseline(Box<BaselineArgs>),
    /// Tell which events of servers and language models lead to the session of their user.
    ///
    /// For every event name and library: how many events carry a session id, are in a session that `check` does not report,
    /// in one that also has events of a browser or mobile application, of the same user, with a recording; and for the
    /// others the reason and the fix. Exit status as of check.
    Links(Box<LinksArgs>),
    /// Explain a rule, a cause or a reason, or decode a session id and show the session's events.
    ///
    /// With inputs, the events of that session are shown in time order against the 24 hours of its id, with those that prove
    /// what it breaks; the rules are held as by check. Exit status: 0, or 2 for bad usage, an input that cannot be read, or a
    /// session that is not in the inputs.
    Explain(Box<ExplainArgs>),
    /// Show a result again, in any format, from the json of an earlier check; its inputs are not read.
    ///
    /// Exit status: 0, or 2 for a json that cannot be read or a report that cannot be written; whether the audit passed is
    /// in the report.
    Render(RenderArgs),
    /// Compare the json of two checks: what is fixed, what is new and what remains, by cause.
    ///
    /// Sessions are the same by team and id. Exports of different days have different sessions, so rates are shown, too.
    /// Exit status: 0, or 2 for a json that cannot be read or a report that cannot be written.
    Diff(DiffArgs),
    /// Show which options hold, and whether they are defaults, of the configuration file, or of the command line.
    ///
    /// Prints them as a configuration file. Every option of check and links is a key of session-audit.toml, by its long name.
    Config(ShowArgs),
    /// Print the audit as one query for an engine that already holds the events.
    ///
    /// The query has the rules and answers of check: a row for each session that breaks a rule, with the csv's columns from
    /// session_id to libs, or counts (--summary). Exit status: 0, or 2 for what the engine cannot do.
    Sql(Box<SqlArgs>),
    /// Show what inputs are: compression, record shapes, fields and where they are, spellings of ids and times.
    ///
    /// The first thing to run when something looks odd. Each input gets a page of its own; hints say what is unusual about
    /// it and what to do. Ids of users and persons are never printed. Exit status: 0, also with malformed records, or 2 for
    /// bad usage or an input that cannot be read to its end.
    Inspect(Box<InspectArgs>),
    /// Write completions for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Write the manual page.
    Man {
        /// Write the pages of all commands into DIR instead.
        #[arg(long, short, value_name = "DIR", value_hint = ValueHint::DirPath)]
        output: Option<PathBuf>,
    },
}

/// What is to be done, by the command line and the configuration file.
pub(crate) enum Order {
    /// To audit.
    Check(Box<CheckArgs>),
    /// To write down what is known.
    Baseline(Box<BaselineArgs>),
    /// To follow backend events.
    Links(Box<LinksArgs>),
    /// To explain something.
    Explain(Box<ExplainArgs>),
    /// To show an earlier result again.
    Render(RenderArgs),
    /// To compare two earlier results.
    Diff(DiffArgs),
    /// To say what inputs are.
    Inspect(Box<InspectArgs>),
    /// To print a query.
    Sql(Box<SqlArgs>),
    /// To print a page.
    Print(Vec<u8>),
    /// To write the manual into a folder.
    WriteManual(PathBuf),
}

/// Reads the command line and the configuration file; what is wrong with the command line ends the program.
pub(crate) fn order() -> Result<Order> {
    let matches = Cli::command().get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let given = of_command(&matches);
    Ok(match cli.command {
        None => {
            refuse_late_command(&cli.check)?;
            Order::Check(configured(Box::new(cli.check), given)?)
        }
        Some(Command::Check(args)) => Order::Check(configured(args, given)?),
        Some(Command::Baseline(args)) => Order::Baseline(configured(args, given)?),
        Some(Command::Links(args)) => Order::Links(configured(args, given)?),
        Some(Command::Explain(args)) if args.reads() => Order::Explain(configured(args, given)?),
        Some(Command::Explain(args)) => Order::Explain(args),
        Some(Command::Inspect(args)) => Order::Inspect(configured(args, given)?),
        Some(Command::Render(args)) => Order::Render(args),
        Some(Command::Diff(args)) => Order::Diff(args),
        Some(Command::Sql(args)) => Order::Sql(configured(args, given)?),
        Some(Command::Config(args)) => Order::Print(args.page(given)?),
        Some(Command::Completions { shell }) => {
            let mut page = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), env!("CARGO_PKG_NAME"), &mut page);
            Order::Print(page)
        }
        Some(Command::Man { output: Some(folder) }) => Order::WriteManual(folder),
        Some(Command::Man { output: None }) => Order::Print(manual_page()?),
    })
}

/// Refuses a command behind options, where it is taken for a file.
fn refuse_late_command(args: &CheckArgs) -> Result<()> {
    let cli = Cli::command();
    let is_command = |input: &&PathBuf| cli.get_subcommands().any(|command| input.as_os_str() == command.get_name());
    let late = args.named_inputs().iter().filter(is_command).find(|input| !input.exists());
    late.map_or(Ok(()), |late| {
        let late = late.display();
        bail!("there is no file {late}, and a command comes before its options: session-audit {late} ...")
    })
}

fn manual_page() -> Result<Vec<u8>> {
    let mut page = Vec::new();
    let command = Cli::command().disable_help_subcommand(true);
    clap_mangen::Man::new(command).render(&mut page).context("could not write the page")?;
    Ok(page)
}

/// Writes the manual pages of all commands into a folder, which is made if need be.
pub(crate) fn write_manual(folder: &Path) -> Result<()> {
    let written = fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(Cli::command(), folder));
    written.with_context(|| format!("could not write the manual into {}", folder.display()))
}

/// The arguments of the command itself.
fn of_command(matches: &ArgMatches) -> &ArgMatches {
    matches.subcommand().map_or(matches, |(_, matches)| of_command(matches))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
