//! Runs the command line, and ends with the status that the verdict calls for.

mod cli;
mod commands;
mod console;

use std::process::ExitCode;

use cli::Order;

fn main() -> ExitCode {
    let done = cli::order().and_then(|order| match order {
        Order::Check(args) => commands::check(&args),
        Order::Baseline(args) => commands::write_baseline(&args),
        Order::Links(args) => commands::links(&args),
        Order::Explain(args) => commands::explain(&args),
        Order::Render(args) => commands::render(&args),
        Order::Diff(args) => commands::diff(&args),
        Order::Inspect(args) => commands::inspect(&args),
        Order::Sql(args) => commands::sql(&args),
        Order::Print(page) => console::print(&page).map(|()| 0),
        Order::WriteManual(folder) => cli::write_manual(&folder).map(|()| 0),
    });
    ExitCode::from(done.unwrap_or_else(|error| {
        console::tell(&format!("error: {error:#}"));
        console::TROUBLE
    }))
}
