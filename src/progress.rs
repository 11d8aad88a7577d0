//! Shows on standard error how far the reading is.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::count::counted;

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
    events: AtomicU64,
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
        Self { bytes: AtomicU64::new(0), events: AtomicU64::new(0), total, started, view }
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

    /// Counts events that were read, and shows how far the reading is.
    pub(crate) fn add_events(&self, events: u64) {
        self.events.fetch_add(events, Ordering::Relaxed);
        self.tick();
    }

    /// Shows how far the reading is.
    pub(crate) fn tick(&self) {
        let events = self.events.load(Ordering::Relaxed);
        let bytes = self.bytes.load(Ordering::Relaxed);
        match &self.view {
            View::None => {}
            View::Bar(bar) => {
                if bar.is_hidden() && self.started.elapsed() > SILENT_FOR {
                    bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
                }
                bar.set_message(if events > 0 { counted(events, "event") } else { String::new() });
                bar.set_position(bytes);
            }
            View::Lines(last) => {
                let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
                if last.elapsed() >= LINE_EVERY {
                    *last = Instant::now();
                    self.line(bytes, events);
                }
            }
        }
    }

    /// Takes the bar away, before the report is written.
    pub fn finish(&self) {
        match &self.view {
            View::None => {}
            View::Bar(bar) => bar.finish_and_clear(),
            View::Lines(_) => {
                self.line(self.bytes.load(Ordering::Relaxed), self.events.load(Ordering::Relaxed));
            }
        }
    }

    fn line(&self, bytes: u64, events: u64) {
        let of = self.total.map_or(String::new(), |total| format!(" of {}", HumanBytes(total)));
        let so_far = if events > 0 { format!(", {}", counted(events, "event")) } else { String::new() };
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
