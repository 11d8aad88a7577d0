//! Writes the steps of a query as text.

use std::fmt::Write;

use textwrap::Options;

/// The width of comments, and of the lines that can be broken.
const WIDTH: usize = 120;

/// How far a column of a step is indented.
const INDENT: usize = 8;

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

/// Items with commas between them, in lines of their own that are four spaces further in.
pub(super) fn wrapped(list: &str) -> String {
    let options = Options::new(WIDTH - INDENT).initial_indent("    ").subsequent_indent("    ").break_words(false);
    format!("\n{}\n", textwrap::fill(list, options))
}

/// A value under a name.
pub(super) fn named(value: &str, name: &str) -> String {
    if value == name { value.to_owned() } else { format!("{value} AS {name}") }
}

/// `CASE` with these conditions and values, on one line if there is one condition and room.
pub(super) fn case(branches: &[(String, String)], otherwise: Option<&str>) -> String {
    let short: Vec<_> = branches.iter().map(|(condition, value)| format!("WHEN {condition} THEN {value}")).collect();
    let otherwise = otherwise.map(|value| format!("ELSE {value}"));
    if let [one] = &*short {
        let line = [Some(one.as_str()), otherwise.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
        if has_room(&line) {
            return format!("CASE {line} END");
        }
    }
    let long = branches.iter().map(|(condition, value)| format!("WHEN {condition}\n    THEN {}", nested(value)));
    let lines = short.iter().zip(long).map(|(short, long)| if has_room(short) { short.clone() } else { long });
    let lines: Vec<_> = lines.chain(otherwise).map(|line| nested(&line)).collect();
    format!("CASE\n    {}\nEND", lines.join("\n    "))
}

/// A call whose arguments stand in lines of their own if they need more than one.
pub(super) fn call(function: &str, arguments: &[String], close: &str) -> String {
    let line = format!("{function}{}{close}", arguments.join(", "));
    if has_room(&line) {
        return line;
    }
    format!("{function}\n    {}\n{close}", nested(&arguments.join(",\n")))
}

/// Whether it is one line, and no long one, even with a name behind it.
fn has_room(text: &str) -> bool {
    !text.contains('\n') && text.chars().count() + 2 * INDENT <= WIDTH
}

/// The lines behind the first four spaces further in.
pub(super) fn nested(text: &str) -> String {
    text.replace('\n', "\n    ")
}

/// The query of these steps; the last one gives its rows.
pub(super) fn query(steps: &[Step], is_recursive: bool) -> String {
    let mut query = String::from(if is_recursive { "WITH RECURSIVE\n" } else { "WITH\n" });
    let Some((last, steps)) = steps.split_last() else { return query };
    for (number, step) in steps.iter().enumerate() {
        let end = if number + 1 == steps.len() { ")" } else { ")," };
        let head = step.head.unwrap_or(step.name);
        // Writing to a string cannot fail.
        let _ = write!(query, "{}\n{head} AS (\n    {}\n{end}\n\n", comment(&step.comment), nested(&select(step)));
    }
    query + &comment(&last.comment) + "\n" + &select(last) + "\n"
}

/// `SELECT` with every column on its line.
fn select(step: &Step) -> String {
    let columns = step.columns.iter().map(|column| nested(column)).collect::<Vec<_>>().join(",\n    ");
    let lines = [format!("SELECT\n    {columns}")];
    lines.iter().chain(&step.clauses).map(String::as_str).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_broken_where_it_is_long() {
        let branch = |condition: &str, value: &str| (condition.to_owned(), value.to_owned());
        assert_eq!(case(&[branch("a", "1")], Some("2")), "CASE WHEN a THEN 1 ELSE 2 END");
        assert_eq!(
            case(&[branch("a", "1"), branch("b", "2")], None),
            "CASE\n    WHEN a THEN 1\n    WHEN b THEN 2\nEND"
        );
        let long = "x".repeat(WIDTH);
        assert_eq!(
            case(&[branch(&long, "f(\ny)")], None),
            format!("CASE\n    WHEN {long}\n        THEN f(\n        y)\nEND")
        );
    }
}
