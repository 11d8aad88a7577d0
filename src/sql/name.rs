//! Reads the names of tables and the paths of files that the user gives, so that nothing of them can leave its quotes.

use anyhow::{Context, Result, bail};

use super::{Dialect, Source};

/// Where the events are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Table(Table),
    Files(Files),
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    /// Its name as it stands in the query.
    pub(super) quoted: String,
    /// Its name if that has one part only, which can be a step's, too.
    pub(super) alone: Option<String>,
}

/// Files of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Files {
    /// As the user gives it: not quoted.
    pub(super) path: String,
    pub(super) is_parquet: bool,
}

/// How events are written where they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// In the columns of a table.
    Table,
    /// In the columns of a Parquet file.
    Parquet,
    /// As JSON, whose columns and their types the query names.
    JsonLines,
}

impl Place {
    /// Reads the value of `--table`.
    pub(super) fn new(dialect: Dialect, source: Source, name: Option<&str>) -> Result<Self> {
        match (source, name) {
            (Source::Files, None) => bail!("could not print a query: name the files with --table"),
            (Source::Files, Some(path)) => Files::new(path).map(Self::Files),
            (Source::BatchExport | Source::ClickhouseEvents, name) => {
                let name = name.unwrap_or(dialect.engine().facts().default_table);
                Table::new(dialect, name).map(Self::Table)
            }
        }
    }

    pub(super) fn shape(&self) -> Shape {
        match self {
            Self::Table(_) => Shape::Table,
            Self::Files(files) if files.is_parquet => Shape::Parquet,
            Self::Files(_) => Shape::JsonLines,
        }
    }
}

impl Table {
    fn new(dialect: Dialect, name: &str) -> Result<Self> {
        let parts = parts(name).with_context(|| format!("could not read {name:?} as the name of a table"))?;
        let engine = dialect.engine();
        let quoted =
            |part: &Part| engine.quote(&if part.is_quoted { part.text.clone() } else { engine.fold(&part.text) });
        let alone = if let [part] = &*parts { Some(part.text.clone()) } else { None };
        Ok(Self { quoted: parts.iter().map(quoted).collect::<Vec<_>>().join("."), alone })
    }
}

impl Files {
    fn new(path: &str) -> Result<Self> {
        if path.is_empty() || path.chars().any(char::is_control) {
            bail!("could not read {path:?} as the path of files");
        }
        Ok(Self { path: path.to_owned(), is_parquet: path.to_ascii_lowercase().ends_with(".parquet") })
    }
}

/// A part of a dotted name.
#[derive(Debug, PartialEq, Eq)]
struct Part {
    text: String,
    is_quoted: bool,
}

/// The parts of a dotted name; each is a word of letters, digits, `_`, `$` and `-`, or quoted by `"` or `` ` ``.
fn parts(name: &str) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    let mut rest = name;
    loop {
        let (part, after) = match rest.chars().next() {
            Some(quote @ ('"' | '`')) => quoted_part(&rest[1..], quote)?,
            _ => bare_part(rest)?,
        };
        parts.push(part);
        match after.strip_prefix('.') {
            Some(next) => rest = next,
            None if after.is_empty() && parts.len() <= 4 => return Ok(parts),
            None => bail!("expected names with dots between them, each plain or in double quotes or backticks"),
        }
    }
}

fn bare_part(text: &str) -> Result<(Part, &str)> {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '-');
    let end = text.find(|c| !is_word(c)).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    if word.is_empty() || word.contains("--") || word.starts_with('-') {
        bail!("expected names with dots between them, each plain or in double quotes or backticks");
    }
    Ok((Part { text: word.to_owned(), is_quoted: false }, rest))
}

/// A part behind its opening quote; the quote itself is doubled inside.
fn quoted_part(text: &str, quote: char) -> Result<(Part, &str)> {
    let mut part = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c != quote {
            part.push(c);
        } else if text[at + 1..].starts_with(quote) {
            part.push(c);
            chars.next();
        } else if part.is_empty() || part.chars().any(|c| c.is_control() || matches!(c, '\\' | '"' | '`')) {
            bail!("a quoted name is not empty and has no quotes, backslashes or control characters in it");
        } else {
            return Ok((Part { text: part, is_quoted: true }, &text[at + 1..]));
        }
    }
    bail!("a quote is not closed")
}

/// The name of a property or column as it stands, if it can stand in every engine's path.
pub(super) fn key(name: &str) -> Result<&str> {
    let is_plain = |c: char| c.is_alphanumeric() || "_$-.:/@ ".contains(c);
    if name.is_empty() || name.len() > 200 || !name.chars().all(is_plain) {
        bail!("could not use {name:?} in a query: only letters, digits, spaces and _ $ - . : / @ can be in a name");
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(dialect: Dialect, name: &str) -> Option<String> {
        Table::new(dialect, name).ok().map(|table| table.quoted)
    }

    #[test]
    fn names_are_read_as_the_engine_reads_them() {
        for (dialect, name, expected) in [
            (Dialect::DuckDb, "posthog.Events", "\"posthog\".\"Events\""),
            (Dialect::Postgres, "posthog.Events", "\"posthog\".\"events\""),
            (Dialect::Postgres, "posthog.\"Events\"", "\"posthog\".\"Events\""),
            (Dialect::Snowflake, "db.public.\"events\"", "\"DB\".\"PUBLIC\".\"events\""),
            (Dialect::BigQuery, "my-project.posthog.events", "`my-project`.`posthog`.`events`"),
            (Dialect::Spark, "`a table`", "`a table`"),
            (Dialect::ClickHouse, "événements_1", "`événements_1`"),
            (Dialect::Trino, "\"a;b'c\".d", "\"a;b'c\".\"d\""),
        ] {
            assert_eq!(quoted(dialect, name).as_deref(), Some(expected), "{name}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let hostile = [
            "",
            ".",
            "a.",
            ".a",
            "a..b",
            "a b",
            "a;b",
            "a'b",
            "a\"b",
            "a`b",
            "a\\b",
            "a\nb",
            "a\0b",
            "a--b",
            "-a",
            "a/*b",
            "\"",
            "\"a",
            "\"\"",
            "\"a\"b",
            "\"a\"\"b\"",
            "\"a`b\"",
            "`a\"b`",
            "\"a\\b\"",
            "\"a\nb\"",
            "\"a\0b\"",
            "a.b.c.d.e",
            "a)b",
            "a,b",
            "events; DROP TABLE x",
            "\u{202e}a",
            "a\u{2028}b",
        ];
        for dialect in Dialect::ALL {
            for name in hostile {
                assert_eq!(quoted(dialect, name), None, "{name:?}");
            }
        }
    }

    #[test]
    fn keys_hold_nothing_that_a_path_or_literal_could_take_for_its_end() {
        for name in ["checkout_id", "$session_id", "a.b", "Größe 1", "a-b:c/d@e"] {
            assert_eq!(key(name).ok(), Some(name));
        }
        for name in
            ["", "a'b", "a\"b", "a`b", "a\\b", "a\nb", "a\0b", "a]b", "a*b", "a;b", "a?b", "a(b", "a~b", "a\u{202e}b"]
        {
            assert!(key(name).is_err(), "{name:?}");
        }
    }
}
