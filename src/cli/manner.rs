//! Declares the options about how reports are written, and where.

use std::io;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use supports_hyperlinks::Stream;
use terminal_size::Width;

use session_audit::progress::ShowProgress;
use session_audit::report::{Detail, Style, Target};

use super::values::Output;

/// How any report is written.
#[derive(Debug, Args)]
#[command(next_help_heading = "Report")]
pub(super) struct MannerArgs {
    /// Write csv that is safe in spreadsheets: no text from the data begins with = + - @.
    #[arg(long)]
    pub(super) csv_excel: bool,
    #[command(flatten)]
    screen: ScreenArgs,
    /// When to show progress on standard error.
    #[arg(long, value_name = "WHEN", value_enum, default_value_t)]
    progress: WhenArg,
    /// Print findings only; twice: print nothing.
    #[arg(long, short, action = clap::ArgAction::Count)]
    pub(super) quiet: u8,
}

/// What a text report can count on.
#[derive(Debug, Args)]
#[command(next_help_heading = "Report")]
pub(super) struct ScreenArgs {
    /// When to use colours; auto also obeys NO_COLOR.
    #[arg(long, value_name = "WHEN", value_enum, default_value_t)]
    color: WhenArg,
    /// How wide text reports are [default: as wide as the terminal, or 80 columns].
    #[arg(long, value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(40..))]
    width: Option<u16>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum WhenArg {
    /// On a terminal.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Where reports go, each place checked to be writable, and to be neither an input nor the place of another report
/// that would be lost.
pub(super) fn targets<F: Copy>(outputs: &[Output<F>], inputs: &[PathBuf]) -> Result<Vec<(F, Target)>> {
    let mut targets: Vec<(F, Target)> = Vec::new();
    for output in outputs {
        let target = Target::new(&output.path, inputs)?;
        if targets.iter().any(|(_, other)| other.is_rival(&target)) {
            bail!("could not write {}: it is named twice", output.path.display());
        }
        targets.push((output.format, target));
    }
    Ok(targets)
}

impl ScreenArgs {
    /// How text reports are written; colours and links only go to standard output.
    pub(super) fn style(&self, to_stdout: bool) -> Style {
        let color = to_stdout && self.color();
        Style {
            color,
            width: self.width(to_stdout),
            links: color && supports_hyperlinks::on(Stream::Stdout),
            ..Style::default()
        }
    }

    fn color(&self) -> bool {
        match self.color {
            WhenArg::Always => true,
            WhenArg::Never => false,
            WhenArg::Auto => anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never,
        }
    }

    fn width(&self, to_stdout: bool) -> usize {
        let terminal = || terminal_size::terminal_size_of(io::stdout()).map(|(Width(columns), _)| columns);
        let columns = self.width.or_else(|| if to_stdout { terminal() } else { None });
        columns.map_or(Style::default().width, usize::from)
    }
}

impl MannerArgs {
    /// How reports are written; colours only go to standard output.
    pub(super) fn style(&self, to_stdout: bool) -> Style {
        Style {
            detail: if to_stdout && self.quiet == 1 { Detail::Sessions } else { Detail::Usual },
            csv_excel: self.csv_excel,
            ..self.screen.style(to_stdout)
        }
    }

    /// Whether warnings and errors are told.
    pub(super) fn is_silent(&self) -> bool {
        self.quiet >= 2
    }

    /// When to show progress.
    pub(super) fn progress(&self) -> ShowProgress {
        match self.progress {
            WhenArg::Always => ShowProgress::Always,
            WhenArg::Auto if self.quiet == 0 => ShowProgress::Auto,
            WhenArg::Auto | WhenArg::Never => ShowProgress::Never,
        }
    }
}
