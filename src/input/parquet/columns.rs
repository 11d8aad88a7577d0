//! Chooses the columns to read, and says how their values stand together in a line.

use anyhow::{Result, bail};
use parquet::basic::{ConvertedType, LogicalType, Repetition};
use parquet::schema::types::{SchemaDescriptor, Type};

use super::column::Form;
use crate::input::Need;
use crate::safe::data_text;

/// How many columns are named where none is needed.
const NAMED_COLUMNS: usize = 12;

/// The columns to read, in the order of the file.
pub struct Columns {
    pub(super) leaves: Vec<Leaf>,
    /// What closes a line.
    pub(super) end: Vec<u8>,
    skipped: Vec<String>,
}

/// A column of plain values, by itself or in a structure.
pub(super) struct Leaf {
    pub(super) index: usize,
    pub(super) name: String,
    pub(super) form: Form,
    /// The JSON between the value before and its own.
    pub(super) before: Vec<u8>,
}

impl Columns {
    pub(super) fn new(schema: &SchemaDescriptor, need: impl Fn(&[String]) -> Need) -> Result<Self> {
        let (mut leaves, mut open, mut end) = (Vec::new(), Vec::new(), b"{".to_vec());
        let mut skipped = Vec::new();
        for (index, column) in schema.columns().iter().enumerate() {
            let path = column.path().parts();
            let list = list(schema.root_schema(), path);
            let (need, name) = (need(list.unwrap_or(path)), data_text(&list.unwrap_or(path).join(".")));
            let form = if list.is_none() { Form::of(column) } else { None };
            match (need, form) {
                (Need::No, _) => {}
                (Need::Deciding, None) => bail!("is Parquet with {}", unread(&name, list.is_some())),
                (Need::Useful, None) if skipped.contains(&name) => {}
                (Need::Useful, None) => skipped.push(name),
                (_, Some(form)) => {
                    let before = separate(&end, &open, path);
                    leaves.push(Leaf { index, name, form, before });
                    (open, end) = (path[..path.len() - 1].to_vec(), Vec::new());
                }
            }
        }
        if leaves.is_empty() {
            bail!("is Parquet without any column of an event (there are: {})", names(schema));
        }
        let end = [b"}".repeat(open.len()).as_slice(), b"}\n"].concat();
        Ok(Self { leaves, end, skipped })
    }

    /// The names of columns that are needed and not read, as their values are of no kind that an event has.
    #[must_use]
    pub fn skipped(&self) -> &[String] {
        &self.skipped
    }
}

/// The JSON from behind a value in the structures `open` to the value at `path`; `start` stands before the first one.
fn separate(start: &[u8], open: &[String], path: &[String]) -> Vec<u8> {
    let (key, outer) = path.split_last().expect("a column has a name");
    let common = open.iter().zip(outer).take_while(|(open, outer)| open == outer).count();
    let mut json = start.to_vec();
    if start.is_empty() {
        json.extend(b"}".repeat(open.len() - common));
        json.push(b',');
    }
    for outer in &outer[common..] {
        json.extend(quoted(outer).bytes().chain(*b":{"));
    }
    json.extend(quoted(key).bytes().chain(*b":"));
    json
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// What cannot be read, and what to do about it.
fn unread(column: &str, is_list: bool) -> String {
    if is_list {
        format!("lists or maps in the column {column}, which are not read: make them JSON first")
    } else {
        format!("values in the column {column} that are not read: cast them to text first")
    }
}

/// The path of the list or map that a column is, or is part of: its values do not stand one a row.
fn list<'p>(root: &Type, path: &'p [String]) -> Option<&'p [String]> {
    let mut column = root;
    for (at, name) in path.iter().enumerate() {
        let inner = if column.is_group() { column.get_fields() } else { &[] };
        column = inner.iter().find(|column| column.name() == name)?;
        if is_list(column) {
            return Some(&path[..=at]);
        }
    }
    None
}

fn is_list(column: &Type) -> bool {
    let info = column.get_basic_info();
    let is_list =
        matches!(info.converted_type(), ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE | ConvertedType::LIST);
    let is_repeated = info.has_repetition() && info.repetition() == Repetition::REPEATED;
    is_list || is_repeated || matches!(info.logical_type_ref(), Some(LogicalType::Map | LogicalType::List))
}

fn names(schema: &SchemaDescriptor) -> String {
    let columns = schema.root_schema().get_fields();
    let mut names: Vec<_> = columns.iter().take(NAMED_COLUMNS).map(|column| data_text(column.name())).collect();
    if columns.len() > NAMED_COLUMNS {
        names.push("...".to_owned());
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parquet::schema::parser::parse_message_type;

    use super::*;

    fn columns(message: &str, need: impl Fn(&[String]) -> Need) -> Result<Columns> {
        let schema = parse_message_type(&format!("message schema {{ {message} }}")).expect("a schema");
        Columns::new(&SchemaDescriptor::new(Arc::new(schema)), need)
    }

    /// What stands around the values of a line, each of which is `_`.
    fn line(message: &str) -> String {
        let columns = columns(message, |_| Need::Useful).expect("columns");
        let mut line: Vec<_> = columns.leaves.iter().flat_map(|leaf| [leaf.before.as_slice(), b"_"].concat()).collect();
        line.extend(&columns.end);
        String::from_utf8(line).expect("UTF-8")
    }

    #[test]
    fn structures_open_and_close_around_their_values() {
        let text = "optional binary";
        assert_eq!(line(&format!("{text} a; {text} b;")), "{\"a\":_,\"b\":_}\n");
        let inner = format!("optional group b {{ {text} c; optional group d {{ {text} e; }} }}");
        assert_eq!(line(&format!("{text} a; {inner}")), "{\"a\":_,\"b\":{\"c\":_,\"d\":{\"e\":_}}}\n");
        assert_eq!(line(&format!("{inner} {text} z;")), "{\"b\":{\"c\":_,\"d\":{\"e\":_}},\"z\":_}\n");
        let siblings =
            format!("optional group a {{ optional group b {{ {text} c; }} optional group d {{ {text} c; }} }}");
        assert_eq!(line(&siblings), "{\"a\":{\"b\":{\"c\":_},\"d\":{\"c\":_}}}\n");
    }

    #[test]
    fn names_are_quoted() {
        let path = ["a\"b".to_owned(), "c\n".to_owned()];
        assert_eq!(separate(b"{", &[], &path), br#"{"a\"b":{"c\n":"#);
        assert_eq!(separate(b"", &path[..1], &["d".to_owned()]), br#"},"d":"#);
    }

    #[test]
    fn what_is_not_read_is_left_out_unless_it_decides() {
        let message = "optional binary a; optional int32 b (DATE); repeated int32 c; \
                       optional group d { repeated group list { optional int32 element; optional int32 other; } }";
        let skipped = columns(message, |_| Need::Useful).expect("columns").skipped;
        assert_eq!(skipped, ["b", "c", "d.list"]);
        for (deciding, reason) in [("b", "values in the column b"), ("c", "lists or maps in the column c")] {
            let need = |path: &[String]| if path == [deciding] { Need::Deciding } else { Need::No };
            let error = columns(message, need).err().expect("refused").to_string();
            assert!(error.contains(reason), "{error}");
        }
        assert!(columns(message, |_| Need::No).is_err(), "no column is left");
    }
}
