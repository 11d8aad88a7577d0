//! Says what a query is, as its first comment.

use super::Query;
use super::text;
use crate::rules::RULES;
use crate::span::humane;

impl Query {
    /// What the query is, and what it answers otherwise than `check`.
    pub(super) fn title(&self) -> String {
        let what = if self.request.is_summary { "how many sessions break" } else { "every session that breaks" };
        let title = format!(
            "For {}: {what} one of PostHog's requirements for $session_id, by the same rules and with the same answers as {}.",
            self.request.dialect.title(),
            self.command()
        );
        let comments = [title.as_str()].into_iter().chain(self.notes()).map(text::comment);
        comments.collect::<Vec<_>>().join("\n")
    }

    /// The command that answers the same of the same events.
    fn command(&self) -> String {
        let request = &self.request;
        let mut words = vec![
            "session-audit check".to_owned(),
            format!("--contract {}", request.contract.name()),
            format!("--identity {}", self.identity.name()),
        ];
        if request.tolerance_us > 0 {
            let span = Some(humane(request.tolerance_us)).filter(|span| !span.contains(' '));
            words.push(format!("--tolerance {}", span.unwrap_or_else(|| format!("{}us", request.tolerance_us))));
        }
        words.extend(self.choice_of_rules());
        words.extend(request.session_key.iter().map(|key| format!("--session-key {}", word(key))));
        words.extend(request.fields.iter().map(|field| format!("--field {}", word(&field.to_string()))));
        words.join(" ")
    }

    /// The shorter way to name the rules that hold, if not all do.
    fn choice_of_rules(&self) -> Option<String> {
        let (held, left): (Vec<_>, Vec<_>) =
            RULES.iter().map(|rule| rule.name).partition(|name| self.request.rules.has(name));
        match (held.len(), left.len()) {
            (_, 0) => None,
            (held_count, left_count) if held_count <= left_count => Some(format!("--select {}", held.join(","))),
            _ => Some(format!("--ignore {}", left.join(","))),
        }
    }
}

/// A text as a word of a shell; names that a query takes have no quotes.
fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-.:/@=".contains(c);
    if text.chars().all(is_plain) { text.to_owned() } else { format!("'{text}'") }
}
