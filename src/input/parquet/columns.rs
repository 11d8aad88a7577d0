//! Chooses the columns to read, and says how their values stand together in a line.

use anyhow::{Result, bail};
use parquet::basic::{ConvertedType, LogicalType};
use parquet::schema::types::{SchemaDescriptor, Type};

use super::column::Form;
use crate::safe::data_text;

/// How many columns are named where none is needed.
const NAMED_COLUMNS: usize = 12;

/// The columns to read, in the order of the file.
pub struct Columns {
    pub(super) leaves: Vec<Leaf>,
    /// What closes a line.
    pub(super) end: Vec<u8>,
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
    pub(super) fn new(schema: &SchemaDescriptor, is_needed: impl Fn(&[String]) -> bool) -> Result<Self> {
        refuse_lists(schema, &is_needed)?;
        let (mut leaves, mut open, mut end) = (Vec::new(), Vec::new(), b"{".to_vec());
        for (index, column) in schema.columns().iter().enumerate() {
            let path = column.path().parts();
            if !is_needed(path) {
                continue;
            }
            let name = data_text(&path.join("."));
            let Some(form) = Form::of(column).filter(|_| column.max_rep_level() == 0) else {
                bail!("is Parquet with values in the column {name} that are not read: cast them to text first");
            };
            let before = separate(&end, &open, path);
            leaves.push(Leaf { index, name, form, before });
            (open, end) = (path[..path.len() - 1].to_vec(), Vec::new());
        }
        if leaves.is_empty() {
            bail!("is Parquet without any column of an event (there are: {})", names(schema));
        }
        let end = [b"}".repeat(open.len()).as_slice(), b"}\n"].concat();
        Ok(Self { leaves, end })
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

/// A column that is needed as a whole may be no list and no map: their values do not stand one a row.
fn refuse_lists(schema: &SchemaDescriptor, is_needed: &impl Fn(&[String]) -> bool) -> Result<()> {
    let columns = schema.root_schema().get_fields().iter();
    for column in columns.filter(|column| column.is_group() && is_needed(&[column.name().to_owned()])) {
        if is_list(column) {
            let name = data_text(column.name());
            bail!("is Parquet with lists or maps in the column {name}, which are not read: make them JSON first");
        }
    }
    Ok(())
}

fn is_list(column: &Type) -> bool {
    let info = column.get_basic_info();
    let is_list =
        matches!(info.converted_type(), ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE | ConvertedType::LIST);
    is_list || matches!(info.logical_type_ref(), Some(LogicalType::Map | LogicalType::List))
}

fn names(schema: &SchemaDescriptor) -> String {
    let columns = schema.root_schema().get_fields();
    let mut names: Vec<_> = columns.iter().take(NAMED_COLUMNS).map(|column| data_text(column.name())).collect();
    if columns.len() > NAMED_COLUMNS {
        names.push("...".to_owned());
    }
    names.join(", ")
}
