//! Writes the steps of a query as text.

use std::fmt::Write;

use textwrap::Options;

/// The width of comments.
const WIDTH: usize = 120;

/// A common table expression, or with no name the query's last part.
#[derive(Debug, Default)]
pub(super) struct Step {
    /// What it is for.
    pub(super) comment: String,
    pub(super) name: &'static str,
    /// `name (columns) USING KEY (...)` where there is more than the name.
    pub(super) head: Option<&'static str>,
    pub(super) columns: Vec<String>,
    /// `FROM`, `WHERE`, `GROUP BY` and so on, each on lines of its own.
    pub(super) clauses: Vec<String>,
}

/// A text as a comment.
pub(super) fn comment(text: &str) -> String {
    let prefix = Options::new(WIDTH).initial_indent("-- ").subsequent_indent("-- ");
    textwrap::fill(text, prefix)
}

/// A list that goes on over lines, each four spaces further in.
pub(super) fn wrapped(list: &str) -> String {
    textwrap::fill(list, Options::new(WIDTH - 8).initial_indent("    ").subsequent_indent("    ").break_words(false))
        + "\n"
}

/// The query of these steps; the last one gives its rows.
pub(super) fn query(steps: &[Step], is_recursive: bool) -> String {
    let mut query = String::from(if is_recursive { "WITH RECURSIVE\n" } else { "WITH\n" });
    let Some((last, steps)) = steps.split_last() else { return query };
    for (number, step) in steps.iter().enumerate() {
        let end = if number + 1 == steps.len() { ")" } else { ")," };
        let head = step.head.unwrap_or(step.name);
        // Writing to a string cannot fail.
        let _ = write!(query, "{}\n{head} AS (\n{}{end}\n\n", comment(&step.comment), indented(&select(step)));
    }
    query + &comment(&last.comment) + "\n" + &select(last)
}

/// `SELECT` with every column on its line.
pub(super) fn select(step: &Step) -> String {
    let columns = step.columns.join(",\n");
    let mut select = format!("SELECT\n{}", indented(&columns));
    for clause in &step.clauses {
        select.extend([clause, "\n"]);
    }
    select
}

/// Each line four spaces further in, and a line break at the end.
pub(super) fn indented(text: &str) -> String {
    text.lines().flat_map(|line| ["    ", line.trim_end(), "\n"]).collect()
}
