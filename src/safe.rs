//! Makes texts from the data harmless: anyone with a public capture token can write them.

use std::borrow::Cow;
use std::fmt::Write;

/// Longer texts are cut here, in characters.
pub(crate) const SHOWN_CHARS: usize = 200;

/// What GitHub's and Azure's runners take for a command anywhere in a line (`ActionCommand.cs`, `Command.cs`).
const COMMANDS: [&str; 2] = ["##[", "##vso["];

/// A text from the data as reports show it: cut at 200 characters with `…`, control characters and bidirectional
/// overrides written as `\u001b`, and so is the first character of what CI would take for a command at the start of a
/// line (`::error`, `##[error]`).
#[must_use]
pub(crate) fn data_text(text: &str) -> String {
    // What is cut is escaped after that, and the ellipsis is harmless.
    without_command(escape_controls(&start(text, SHOWN_CHARS)))
}

/// The first characters of a text, with `…` for the others.
#[must_use]
pub(crate) fn start(text: &str, chars: usize) -> Cow<'_, str> {
    match text.char_indices().nth(chars) {
        None => text.into(),
        Some((end, _)) => format!("{}…", &text[..end]).into(),
    }
}

/// A text from the data between backticks, for sentences of this program: where backticks are markup, it is code.
#[must_use]
pub(crate) fn quoted(text: &str) -> String {
    format!("`{}`", spell(&data_text(text), |c| c == '`'))
}

/// A text whose first character is written as `\u003a` if CI would take the text for a command, were it a line.
#[must_use]
pub(crate) fn without_command(text: String) -> String {
    let command = text.trim_start();
    if !command.starts_with("::") && !command.starts_with("##") {
        return text;
    }
    let (space, rest) = text.split_at(text.len() - command.len());
    format!("{space}\\u{:04x}{}", u32::from(rest.as_bytes()[0]), &rest[1..])
}

/// A text with control characters and bidirectional overrides written as `\u001b`, and so is the first character of
/// what CI takes for a command wherever it stands (`##[error]`).
#[must_use]
pub fn escape_controls(text: &str) -> String {
    spell(text, |_| false)
}

/// The same, with the characters that are markup to a format written so, too.
#[must_use]
pub(crate) fn spell(text: &str, is_markup: impl Fn(char) -> bool) -> String {
    let mut safe = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        if is_unsafe(c) || is_markup(c) || COMMANDS.iter().any(|command| text[at..].starts_with(command)) {
            // Writing to a string cannot fail.
            let _ = write!(safe, "\\u{:04x}", u32::from(c));
        } else {
            safe.push(c);
        }
    }
    safe
}

/// C0, DEL, C1, and what changes the direction of text (U+202A to U+202E, U+2066 to U+2069).
fn is_unsafe(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_a_terminal() {
        assert_eq!(
            data_text("a\u{1b}[31m\r\n\0\u{7f}\u{9b}\u{202e}b"),
            r"a\u001b[31m\u000d\u000a\u0000\u007f\u009b\u202eb"
        );
        assert_eq!(data_text("é <b> | 👋"), "é <b> | 👋");
        assert_eq!(data_text("::error file=a::b"), r"\u003a:error file=a::b");
        assert_eq!(data_text(" ##vso[x]"), r" \u0023#vso[x]");
        assert_eq!(data_text("a ##[error]b ##vso[x] ## c ###[d]"), r"a \u0023#[error]b \u0023#vso[x] ## c #\u0023#[d]");
        assert_eq!(spell("a|b\u{7}", |c| c == '|'), r"a\u007cb\u0007");
    }

    #[test]
    fn quotes_end_where_the_text_ends() {
        assert_eq!(quoted("a`b\n"), r"`a\u0060b\u000a`");
        assert_eq!(quoted(&"x".repeat(1000)).chars().count(), 203);
    }

    #[test]
    fn long_texts_are_cut_before_they_are_escaped() {
        assert_eq!(data_text(&"é".repeat(200)), "é".repeat(200));
        assert_eq!(data_text(&"\u{7}".repeat(201)), r"\u0007".repeat(200) + "…");
    }
}
