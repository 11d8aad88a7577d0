//! Shows on standard error how far the reading is.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::intern::lock;

/// A run that is over sooner needs no bar.
const SILENT_FOR: Duration = Duration::from_secs(1);
/// How often a line is written where no bar can be drawn.
const LINE_EVERY: Duration = Duration::from_mins(1);

/// When progress is shown (`--progress`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ShowProgress {
    /// A bar, where standard error is a terminal.
    #[default]
    Auto,
    /// A bar on a terminal, else a line a minute.
    Always,
    /// Nothing.
    Never,
}

/// The progress of one run; shared by all threads.
#[derive(Debug)]
pub struct Progress {
    bytes: AtomicU64,
    total: Option<u64>,
    started: Instant,
    view: View,
}

#[derive(Debug)]
enum View {
    None,
    Bar(ProgressBar),
    Lines(Mutex<Instant>),
}

impl Progress {
    /// Progress towards `total` bytes of input, as compressed as they are; `None` if nobody knows.
    #[must_use]
    pub fn new(show: ShowProgress, total: Option<u64>) -> Self {
        let started = Instant::now();
        let is_terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
        let view = match show {
            ShowProgress::Auto | ShowProgress::Always if is_terminal => View::Bar(bar(total)),
            ShowProgress::Always => View::Lines(Mutex::new(started)),
            ShowProgress::Auto | ShowProgress::Never => View::None,
        };
        Self { bytes: AtomicU64::new(0), total, started, view }
    }

    /// No progress is shown.
    #[must_use]
    pub fn none() -> Self {
        Self::new(ShowProgress::Never, None)
    }

    /// Counts bytes that were read.
    pub(crate) fn add_bytes(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Shows how far the reading is, where sessions are not counted.
    pub(crate) fn tick(&self) {
        self.set_sessions(0);
    }

    /// Shows how many sessions there are so far.
    pub(crate) fn set_sessions(&self, sessions: u64) {
        let bytes = self.bytes.load(Ordering::Relaxed);
        match &self.view {
            View::None => {}
            View::Bar(bar) => {
                if bar.is_hidden() && self.started.elapsed() > SILENT_FOR {
                    bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
                }
                bar.set_message(if sessions > 0 { format!("{sessions} sessions") } else { String::new() });
                bar.set_position(bytes);
            }
            View::Lines(last) => {
                let mut last = lock(last);
                if last.elapsed() >= LINE_EVERY {
                    *last = Instant::now();
                    self.line(bytes, sessions);
                }
            }
        }
    }

    /// Takes the bar away, before the report is written.
    pub fn finish(&self) {
        match &self.view {
            View::None => {}
            View::Bar(bar) => bar.finish_and_clear(),
            View::Lines(_) => self.line(self.bytes.load(Ordering::Relaxed), 0),
        }
    }

    fn line(&self, bytes: u64, sessions: u64) {
        let of = self.total.map_or(String::new(), |total| format!(" of {}", HumanBytes(total)));
        let so_far = if sessions > 0 { format!(", {sessions} sessions") } else { String::new() };
        let seconds = self.started.elapsed().as_secs_f64();
        anstream::eprintln!("session-audit: read {}{of} in {seconds:.1} s{so_far}", HumanBytes(bytes));
    }
}

fn bar(total: Option<u64>) -> ProgressBar {
    let template = match total {
        Some(_) => "{bar:30} {bytes} of {total_bytes}  {bytes_per_sec}  {eta} left  {msg}",
        None => "{spinner} {bytes}  {bytes_per_sec}  {msg}",
    };
    let style = ProgressStyle::with_template(template).expect("the template is right");
    ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden()).with_style(style)
}
