//! Lays text out: lines that go on below where they are too long, tables, colours, links.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style as Ansi};
use anstyle_hyperlink::Hyperlink;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets};
use textwrap::core::display_width;
use textwrap::{Options, WordSplitter, WrapAlgorithm};

use crate::report::Style;
use crate::safe::without_command;

/// The least width that text is laid out for, in columns.
const LEAST_WIDTH: usize = 40;

/// Between the columns of a table.
const COLUMN_GAP: u16 = 2;

/// The least width of a table's column of longer texts with the gap before it: a page is rather too wide than that every
/// letter has a line of its own.
const LEAST_COLUMN: u16 = 12;

/// Before what goes on below a line without a lead.
const BEHIND_TITLE: &str = "    ";

/// The colours of a report; all plain where there are none.
pub(in crate::report) struct Colors {
    pub(in crate::report) error: Ansi,
    pub(in crate::report) warning: Ansi,
    pub(in crate::report) good: Ansi,
    pub(in crate::report) strong: Ansi,
    pub(in crate::report) faint: Ansi,
}

impl Colors {
    fn new(color: bool) -> Self {
        let style = |style: Ansi| if color { style } else { Ansi::new() };
        let bold = |color: AnsiColor| style(color.on_default().bold());
        Self {
            error: bold(AnsiColor::Red),
            warning: bold(AnsiColor::Yellow),
            good: bold(AnsiColor::Green),
            strong: style(Ansi::new().bold()),
            faint: style(Ansi::new().dimmed()),
        }
    }
}

/// Where a report for people is written.
pub(in crate::report) struct Page<'a> {
    pub(in crate::report) colors: Colors,
    out: &'a mut dyn Write,
    width: usize,
    has_links: bool,
}

impl<'a> Page<'a> {
    pub(in crate::report) fn new(style: Style, out: &'a mut dyn Write) -> Self {
        let Style { color, width, links, .. } = style;
        Self { colors: Colors::new(color), out, width: width.max(LEAST_WIDTH), has_links: links }
    }

    /// How wide the page is, in columns.
    pub(in crate::report) fn width(&self) -> usize {
        self.width
    }

    /// Writes a line; where it is too long, it goes on below, behind as much room as `lead` takes, or behind a little
    /// if there is none. Words are never broken, so that ids and places can be copied.
    pub(in crate::report) fn line(&mut self, lead: &str, text: &str) -> io::Result<()> {
        let room = if lead.is_empty() { BEHIND_TITLE.to_owned() } else { " ".repeat(display_width(lead)) };
        let options = Options::new(self.width).initial_indent(lead).subsequent_indent(&room);
        let options = options.wrap_algorithm(WrapAlgorithm::FirstFit).word_splitter(WordSplitter::NoHyphenation);
        let options = options.break_words(false);
        textwrap::wrap(text, options).into_iter().try_for_each(|line| self.one_line(line.trim_end()))
    }

    /// Writes a line as long as it is. Wherever a text was cut into lines, none of them is a command to CI.
    pub(in crate::report) fn one_line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{}", without_command(text.to_owned()))
    }

    pub(in crate::report) fn blank(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// Writes a table; its cells go on below where the page is too narrow for them.
    pub(in crate::report) fn table(&mut self, table: &mut Table) -> io::Result<()> {
        table.set_width(u16::try_from(self.width).unwrap_or(u16::MAX));
        let widths = table.column_max_content_widths();
        for (column, width) in table.column_iter_mut().zip(widths) {
            if matches!(column.constraint(), Some(ColumnConstraint::LowerBoundary(_))) {
                let least = width.saturating_add(COLUMN_GAP).min(LEAST_COLUMN);
                column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least)));
            }
        }
        self.wide_table(table.set_content_arrangement(ContentArrangement::Dynamic))
    }

    /// Writes a table as wide as its cells are.
    pub(in crate::report) fn wide_table(&mut self, table: &Table) -> io::Result<()> {
        let strong = self.colors.strong;
        let headers = table
            .header()
            .map_or(0, |header| header.cell_iter().map(|cell| cell.content().lines().count()).max().unwrap_or(0));
        for (number, line) in table.to_string().lines().enumerate() {
            let style = if number < headers { strong } else { Ansi::new() };
            self.one_line(&format!("{style}{}{style:#}", line.trim_end()))?;
        }
        Ok(())
    }

    /// A text that leads to a page, where the terminal can show that.
    pub(in crate::report) fn link(&self, text: &str, url: &str) -> String {
        if !self.has_links {
            return text.to_owned();
        }
        let link = Hyperlink::with_url(url);
        format!("{link}{text}{link:#}")
    }
}

/// A table without lines whose columns are as wide as what is in them, as long as there is room for them; the columns on
/// the right are numbers and keep their width.
pub(in crate::report) fn table<const N: usize>(header: [&str; N], right: &[usize]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header);
    for (number, column) in table.column_iter_mut().enumerate() {
        column.set_padding((COLUMN_GAP, 0));
        if right.contains(&number) {
            column.set_cell_alignment(CellAlignment::Right);
            column.set_constraint(ColumnConstraint::ContentWidth);
        } else {
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(0)));
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a line looks like on a page of so many columns.
    fn shown(lead: &str, text: &str, width: usize) -> String {
        let mut out = Vec::new();
        Page::new(Style { width, ..Style::default() }, &mut out).line(lead, text).expect("memory can be written");
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn long_lines_go_on_below_their_text() {
        let text = "mint the id with a UUIDv7 function, or take the browser's id";
        assert_eq!(
            shown("   fix:  ", text, 44),
            "   fix:  mint the id with a UUIDv7 function,\n         or take the browser's id\n"
        );
        assert_eq!(shown("   fix:  ", text, 80), format!("   fix:  {text}\n"));
    }

    #[test]
    fn colours_take_no_room_and_wide_characters_take_two_columns() {
        let wide = "セッション ".repeat(4);
        assert_eq!(shown("\u{1b}[1m = \u{1b}[0m", wide.trim_end(), 40).lines().count(), 2);
        assert_eq!(shown(" = ", &"e\u{301}".repeat(37), 40).lines().count(), 1);
    }

    #[test]
    fn no_line_is_a_command_to_ci() {
        let text = format!("{} ::error::pwned ##[error]", "x".repeat(36));
        assert_eq!(shown("   ", &text, 40).lines().nth(1), Some(r"   \u003a:error::pwned ##[error]"));
        let mut table = table(["name", "count"], &[1]);
        table.add_row(["::error::pwned", "7"]);
        let mut out = Vec::new();
        Page::new(Style::default(), &mut out).table(&mut table).expect("memory can be written");
        assert!(String::from_utf8(out).expect("UTF-8").contains(r"  \u003a:error::pwned"));
    }

    #[test]
    fn words_are_never_broken() {
        let word = "x-y/".repeat(25);
        assert_eq!(shown("   ", &format!("a {word} b"), 40), format!("   a\n   {word}\n   b\n"));
    }

    #[test]
    fn cells_align_by_what_they_take_on_the_screen() {
        let mut table = table(["name", "count"], &[1]);
        table.add_row(["セッション", "7"]).add_row(["e\u{301}", "1,234"]);
        let mut out = Vec::new();
        Page::new(Style::default(), &mut out).table(&mut table).expect("memory can be written");
        let text = String::from_utf8(out).expect("UTF-8");
        assert!(text.lines().all(|line| display_width(line) == 2 + 10 + 2 + 5), "{text}");
    }
}
