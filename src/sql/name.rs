//! Reads the names of tables and the paths of files that the user gives, so that nothing of them can leave its quotes.

use anyhow::{Context, Result, bail};

use super::{Dialect, Source, steps};

/// Where the events are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A table, its name quoted.
    Table(String),
    /// Files of JSON Lines.
    JsonLines(String),
    /// Files of Parquet.
    Parquet(String),
}

impl Place {
    /// Reads the value of `--table`.
    pub(super) fn new(dialect: Dialect, source: Source, name: Option<&str>) -> Result<Self> {
        dialect.check_source(source)?;
        match (source, name) {
            (Source::Files, None) => bail!("could not print a query: name the files with --table"),
            (Source::Files, Some(path)) => Self::files(path),
            (Source::BatchExport | Source::ClickhouseEvents, name) => {
                let name = name.unwrap_or(dialect.engine().default_table());
                let parts = parts(name).with_context(|| format!("could not read {name:?} as the name of a table"))?;
                if let [Part { text, .. }] = &*parts
                    && steps::NAMES.iter().any(|step| step.eq_ignore_ascii_case(text))
                {
                    bail!("could not use the table {text}: the query has a step of that name; add its schema");
                }
                let engine = dialect.engine();
                let quoted = |part: &Part| {
                    engine.quote(&if part.is_quoted { part.text.clone() } else { engine.fold(&part.text) })
                };
                Ok(Self::Table(parts.iter().map(quoted).collect::<Vec<_>>().join(".")))
            }
        }
    }

    fn files(path: &str) -> Result<Self> {
        if path.is_empty() || path.chars().any(char::is_control) {
            bail!("could not read {path:?} as the path of files");
        }
        let is_parquet = path.to_ascii_lowercase().ends_with(".parquet");
        Ok(if is_parquet { Self::Parquet(path.to_owned()) } else { Self::JsonLines(path.to_owned()) })
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
        match Place::new(dialect, Source::BatchExport, Some(name)) {
            Ok(Place::Table(quoted)) => Some(quoted),
            _ => None,
        }
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
    fn a_table_named_like_a_step_needs_its_schema() {
        assert_eq!(quoted(Dialect::DuckDb, "Sessions"), None);
        assert_eq!(quoted(Dialect::DuckDb, "main.sessions").as_deref(), Some("\"main\".\"sessions\""));
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
