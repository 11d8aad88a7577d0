//! Makes texts harmless in GitHub's Markdown: no HTML, no links, no mentions, no table cells of their own.

use crate::safe::spell;

/// A text from the data as inline code, where Markdown has nothing to interpret; what would end the code or the cell
/// of a table is written as `\u0060`.
pub(in crate::report) fn code(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("`{}`", spell(text, |c| c == '`' || c == '|')) }
}

/// A text of this program as prose: words that are more than letters, figures and the usual signs are inline code, and
/// so is what is between backticks already.
pub(in crate::report) fn prose(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let prose: String = parts.map(|(number, part)| if number % 2 == 1 { code(part) } else { words(part) }).collect();
    // At the start of a line, `1.` and `1)` begin a list.
    let behind = prose.trim_start().trim_start_matches(|c: char| c.is_ascii_digit());
    let at = prose.len() - behind.len();
    let begins_list = prose[..at].ends_with(|c: char| c.is_ascii_digit()) && list_marks(behind);
    if begins_list { format!("{}\\{behind}", &prose[..at]) } else { prose }
}

fn list_marks(text: &str) -> bool {
    text.strip_prefix(['.', ')']).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

fn words(text: &str) -> String {
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

fn word(word: &str) -> String {
    let start = word.len() - word.trim_start_matches('(').len();
    let end = word.trim_end_matches([',', '.', ';', ':', ')']).len().max(start);
    let (before, rest) = word.split_at(start);
    let (core, after) = rest.split_at(end - start);
    // A bracket that opens inside the word closes there, too: `posthog.reset()`.
    let closing = if core.contains('(') && !core.contains(')') { after.find(')').map_or(0, |at| at + 1) } else { 0 };
    let (inside, after) = after.split_at(closing);
    let core = format!("{core}{inside}");
    let core = match core.as_str() {
        "<" => "&lt;".to_owned(),
        ">" => "&gt;".to_owned(),
        plain if is_plain(plain) => core,
        _ => code(&core),
    };
    format!("{before}{core}{after}")
}

/// Whether no reader of Markdown, GitHub's additions included, sees anything in a word.
fn is_plain(word: &str) -> bool {
    let is_usual = |c: char| c.is_alphanumeric() || "-+'\"%/,.;:?…".contains(c);
    word.chars().all(is_usual)
        && !["-", "+"].contains(&word)
        && !word.starts_with("--")
        && !word.contains("//")
        && !word.to_ascii_lowercase().starts_with("www.")
        && !word.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').any(is_reference)
}

/// Whether GitHub takes a word for an issue, here or in a tracker that the repository names (`GH-1`), or for a commit.
fn is_reference(word: &str) -> bool {
    /// The fewest digits of a commit that are one.
    const COMMIT_DIGITS: usize = 7;
    let is_issue = word.rsplit_once('-').is_some_and(|(name, number)| {
        !number.is_empty()
            && number.bytes().all(|b| b.is_ascii_digit())
            && name.ends_with(|c: char| c.is_ascii_alphabetic())
    });
    is_issue || word.len() >= COMMIT_DIGITS && word.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_inline_code_whatever_it_is() {
        for (text, expected) in [
            ("<script>alert(1)</script>", "`<script>alert(1)</script>`"),
            ("[x](javascript:alert(1))", "`[x](javascript:alert(1))`"),
            ("@posthog/team #1 https://a.b", "`@posthog/team #1 https://a.b`"),
            ("a|b\\|c", r"`a\u007cb\\u007cc`"),
            ("``` `x`", r"`\u0060\u0060\u0060 \u0060x\u0060`"),
            ("a\nb\r\n# c", r"`a\u000ab\u000d\u000a# c`"),
            ("", ""),
        ] {
            assert_eq!(code(text), expected);
        }
    }

    #[test]
    fn prose_has_no_markup() {
        for (text, expected) in [
            ("mint the id with a UUIDv7 function, or take the browser's id", ""),
            ("allow for small skews with --tolerance", "allow for small skews with `--tolerance`"),
            ("5 dropped > 0 allowed (--max-dropped)", "5 dropped &gt; 0 allowed (`--max-dropped`)"),
            ("leave $session_id out, where", "leave `$session_id` out, where"),
            ("call posthog.reset() on logout", "call `posthog.reset()` on logout"),
            ("see `session-audit explain A B...`.", "see `session-audit explain A B...`."),
            ("<b> @all a|b *c* [d](e) ~f~ &g; !h #1", "`<b>` `@all` `a\\u007cb` `*c*` `[d](e)` `~f~` `&g`; `!h` `#1`"),
            ("https://a.b www.c.d (WWW.e.f)", "`https://a.b` `www.c.d` (`WWW.e.f`)"),
            ("a ` <b> | c", r"a ` <b> \u007c c`"),
            ("fixes GH-1, (ops-12) a5c3785ed8d6 decades", "fixes `GH-1`, (`ops-12`) `a5c3785ed8d6` decades"),
            ("'GH-1'/GH-2 UUID-v7 2026-03-02", "`'GH-1'/GH-2` UUID-v7 2026-03-02"),
            ("1. item", r"1\. item"),
            (" 12) item 3. end.", r" 12\) item 3. end."),
            ("1.50 % of 3", "1.50 % of 3"),
            ("offset +4m 0.713s, - 1 + 2", "offset +4m 0.713s, `-` 1 `+` 2"),
        ] {
            assert_eq!(prose(text), if expected.is_empty() { text } else { expected });
        }
    }
}
