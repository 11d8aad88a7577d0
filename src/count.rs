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

/// A percentage with two digits.
#[must_use]
pub(crate) fn rounded(percent: f64) -> f64 {
    (percent * 100.0).round() / 100.0
}

/// A share in percent that is over or under a limit, with as many digits as it takes to see that.
#[must_use]
pub(crate) fn percent_beside(share: f64, limit: f64) -> String {
    let is_seen =
        |text: &String| text.parse().is_ok_and(|shown: f64| shown.total_cmp(&limit) == share.total_cmp(&limit));
    (2..10).map(|digits| format!("{share:.digits$}")).find(is_seen).unwrap_or_else(|| share.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_do_not_round_to_their_limits() {
        assert_eq!(percent_beside(percent_of(49_999, 100_000), 50.0), "49.999");
        assert_eq!(percent_beside(percent_of(1, 3), 33.33), "33.333");
        assert_eq!(percent_beside(percent_of(3, 8), 37.4), "37.50");
    }
}
