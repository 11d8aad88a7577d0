//! Grows a page of Markdown up to a limit, and counts what has no room.

use crate::count::grouped;

/// GitHub drops a step's summary as a whole when it is over 1024 KiB; this leaves room for those of others.
const MAX_BYTES: usize = 900 << 10;

/// What is kept free for the end of the page, and for what closes a section.
const KEPT_FREE: usize = 4 << 10;

/// A page that never grows over the limit.
#[derive(Debug, Default)]
pub(super) struct Page {
    text: String,
    left_out: Vec<(&'static str, u64)>,
}

/// The columns of a table: their names, `-` before those of numbers.
pub(super) type Header = &'static [&'static str];

impl Page {
    /// Adds a paragraph, a heading or a list's item.
    pub(super) fn block(&mut self, text: &str) {
        self.add("paragraphs", &format!("{text}\n\n"));
    }

    /// Adds the items of a list.
    pub(super) fn list(&mut self, items: &[String]) {
        for item in items {
            self.add("lines", &format!("- {item}\n"));
        }
        self.text.push('\n');
    }

    /// Adds a table of all that has room; `what` is what its rows are.
    pub(super) fn table(&mut self, what: &'static str, header: Header, rows: impl IntoIterator<Item = Vec<String>>) {
        let names: Vec<_> = header.iter().map(|name| name.trim_start_matches('-')).collect();
        let rules: Vec<_> = header.iter().map(|name| if name.starts_with('-') { "--:" } else { "---" }).collect();
        let head = format!("| {} |\n|{}|\n", names.join(" | "), rules.join("|"));
        let mut has_room = self.add("tables", &head);
        for row in rows {
            let row = format!("| {} |\n", row.join(" | "));
            has_room = if has_room { self.add(what, &row) } else { self.leave_out(what) };
        }
        self.text.push('\n');
    }

    /// Adds what is folded away behind a line.
    pub(super) fn folded(&mut self, summary: &str, inside: impl FnOnce(&mut Self)) {
        self.block(&format!("<details><summary>{summary}</summary>"));
        inside(self);
        self.text.push_str("</details>\n\n");
    }

    /// The page, with a line on what is left out.
    pub(super) fn finish(mut self) -> String {
        if !self.left_out.is_empty() {
            let left_out: Vec<_> =
                self.left_out.iter().map(|(what, count)| format!("{} {what}", grouped(*count))).collect();
            let line = format!("Left out, since a page ends at 900 KiB: {}.\n", left_out.join(", "));
            self.text.push_str(&line);
        }
        self.text.truncate(self.text.trim_end().len());
        self.text.push('\n');
        self.text
    }

    fn add(&mut self, what: &'static str, text: &str) -> bool {
        if self.text.len() + text.len() + KEPT_FREE > MAX_BYTES {
            return self.leave_out(what);
        }
        self.text.push_str(text);
        true
    }

    fn leave_out(&mut self, what: &'static str) -> bool {
        match self.left_out.iter_mut().find(|(known, _)| *known == what) {
            Some((_, count)) => *count += 1,
            None => self.left_out.push((what, 1)),
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_ends_at_its_limit_and_says_what_is_left_out() {
        let mut page = Page::default();
        page.folded("many", |page| {
            page.table("rows", &["a", "-b"], (0..50_000).map(|n| vec!["x".repeat(90), n.to_string()]));
        });
        page.block(&"y".repeat(MAX_BYTES));
        let text = page.finish();
        assert!(text.len() <= MAX_BYTES && text.len() > MAX_BYTES - 2 * KEPT_FREE, "{}", text.len());
        assert!(
            text.contains("\n</details>\n\nLeft out, since a page ends at 900 KiB: 4"),
            "{}",
            &text[text.len() - 200..]
        );
        assert!(text.ends_with(" rows, 1 paragraphs.\n"));
    }
}
