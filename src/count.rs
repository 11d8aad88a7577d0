//! Writes counts and shares as people do.

use indicatif::HumanCount;

/// A number with commas between groups of three digits.
#[must_use]
pub(crate) fn grouped(count: u64) -> String {
    HumanCount(count).to_string()
}

/// A number of things: `1 event`, `2,500 events`.
#[must_use]
pub(crate) fn counted(count: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// A share in percent; 0 of nothing.
#[must_use]
#[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub(crate) fn percent_of(count: u64, all: u64) -> f64 {
    if all == 0 { 0.0 } else { count as f64 * 100.0 / all as f64 }
}
