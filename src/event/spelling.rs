//! Tells how a time is spelled.

use super::time::parse_us;

/// The characters before the fraction.
const TO_SECONDS: usize = "YYYY-MM-DDThh:mm:ss".len();

/// How a time is spelled.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeSpelling {
    /// `T` or a space.
    pub separator: char,
    /// The digits of the fraction, from 0 to 9.
    pub fraction_digits: usize,
    /// The zone: `Z`, one that is UTC as it is spelled (`+00:00`), another one by its form (`±hh:mm`), or nothing.
    pub zone: String,
}

impl TimeSpelling {
    /// How a text is spelled; `None` if [`parse_us`] does not read it.
    #[must_use]
    pub fn of(text: &[u8]) -> Option<Self> {
        parse_us(text)?;
        let (start, rest) = text.split_at(TO_SECONDS);
        let zone_at = rest.iter().position(|byte| matches!(byte, b'Z' | b'+' | b'-')).unwrap_or(rest.len());
        Some(Self {
            separator: char::from(start[TO_SECONDS - "Thh:mm:ss".len()]),
            fraction_digits: zone_at.saturating_sub(1),
            zone: zone(&rest[zone_at..]),
        })
    }

    /// Whether there is no zone, which is read as UTC.
    #[must_use]
    pub fn is_naive(&self) -> bool {
        self.zone.is_empty()
    }

    /// The spelling as people write one down, such as `YYYY-MM-DDThh:mm:ss.ffffff+00:00`.
    #[must_use]
    pub fn pattern(&self) -> String {
        let point = if self.fraction_digits > 0 { "." } else { "" };
        let fraction = "f".repeat(self.fraction_digits);
        format!("YYYY-MM-DD{}hh:mm:ss{point}{fraction}{}", self.separator, self.zone)
    }
}

/// A zone as it is spelled if it is UTC or none, else its form.
fn zone(text: &[u8]) -> String {
    let spelled = String::from_utf8_lossy(text);
    if !text.iter().any(|byte| (b'1'..=b'9').contains(byte)) {
        return spelled.into_owned();
    }
    let form = if text.contains(&b':') { "±hh:mm" } else { "±hhmm" };
    form.chars().take(text.len()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_are_told() {
        for (text, pattern) in [
            ("2025-03-14T00:35:49.962Z", "YYYY-MM-DDThh:mm:ss.fffZ"),
            ("2025-03-14 00:35:49", "YYYY-MM-DD hh:mm:ss"),
            ("2025-03-14 00:35:49.123456789", "YYYY-MM-DD hh:mm:ss.fffffffff"),
            ("2025-03-14T00:35:49+00:00", "YYYY-MM-DDThh:mm:ss+00:00"),
            ("2025-03-14T00:35:49.5-0000", "YYYY-MM-DDThh:mm:ss.f-0000"),
            ("2025-03-14T00:35:49-07:30", "YYYY-MM-DDThh:mm:ss±hh:mm"),
            ("2025-03-14T00:35:49+0730", "YYYY-MM-DDThh:mm:ss±hhmm"),
            ("2025-03-14T00:35:49+07", "YYYY-MM-DDThh:mm:ss±hh"),
        ] {
            let spelling = TimeSpelling::of(text.as_bytes()).expect("a time");
            assert_eq!(spelling.pattern(), pattern, "{text}");
            assert_eq!(spelling.is_naive(), pattern.ends_with(['s', 'f']), "{text}");
        }
        assert_eq!(TimeSpelling::of(b"1741912549962"), None);
    }
}
