//! Declares the command line; what follows from the arguments of a command is with the command.

#![allow(clippy::doc_markdown, reason = "these comments are the help texts")]

mod check;
mod common;
mod diff;
mod explain;
mod links;
mod render;
mod sql;
mod values;

use anyhow::{Context, Result};
use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

pub(crate) use check::CheckArgs;
pub(crate) use diff::DiffArgs;
pub(crate) use explain::ExplainArgs;
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
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) check: CheckArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Audit exported events.
    Check(Box<CheckArgs>),
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
    /// Print the audit as one query for an engine that already holds the events.
    ///
    /// The query has the rules and answers of check: a row for each session that breaks a rule, with the csv's columns from
    /// session_id to libs, or counts (--summary). Exit status: 0, or 2 for what the engine cannot do.
    Sql(Box<SqlArgs>),
    /// Write completions for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Write the manual page.
    Man,
}

impl Command {
    /// What a command that only prints something prints.
    pub(crate) fn page(self) -> Result<Vec<u8>> {
        let mut page = Vec::new();
        match self {
            Self::Check(_) | Self::Links(_) | Self::Explain(_) | Self::Render(_) | Self::Diff(_) | Self::Sql(_) => {}
            Self::Completions { shell } => {
                clap_complete::generate(shell, &mut Cli::command(), env!("CARGO_PKG_NAME"), &mut page);
            }
            Self::Man => clap_mangen::Man::new(Cli::command()).render(&mut page).context("could not write the page")?,
        }
        Ok(page)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
