//! Describes the configuration file as a JSON Schema.

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

use session_audit::causes;
use session_audit::rules::RULES;

use super::keys::{Key, Kind};
use super::tables::{Table, Tables};

/// The schema as a page.
pub(super) fn page() -> Result<Vec<u8>> {
    let mut page = serde_json::to_vec_pretty(&schema()).context("could not write the schema")?;
    page.push(b'\n');
    Ok(page)
}

fn schema() -> Value {
    let tables = Tables::new();
    let mut keys = properties(&tables.top);
    for table in &tables.commands {
        let about = format!("The options of `session-audit {}`; they win over those at the top level.", table.name);
        keys.insert(table.name.to_owned(), object(&about, properties(table)));
    }
    let rules = RULES.iter().map(|rule| (rule.name, rule.summary));
    let causes = causes::all().map(|cause| (cause.name, cause.label));
    keys.insert("rules".to_owned(), object("What holds for single rules.", named(rules, "rule")));
    keys.insert("causes".to_owned(), object("What holds for single causes.", named(causes, "cause")));
    let mut schema = object("Every option of `session-audit check` and `links` is a key, by its long name.", keys);
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!("session-audit.toml");
    schema["$defs"] = json!({ "rule": bound(&tables.rule), "cause": bound(&tables.cause) });
    schema
}

fn object(about: &str, properties: Map<String, Value>) -> Value {
    let mut object = json!({ "description": about, "type": "object", "additionalProperties": false });
    object["properties"] = Value::Object(properties);
    object
}

fn properties(table: &Table) -> Map<String, Value> {
    table.keys.iter().map(|key| (key.name.clone(), option(key))).collect()
}

fn option(key: &Key) -> Value {
    let mut value = of_kind(key.kind());
    if key.kind() == Kind::Integer {
        let (least, most) = key.range();
        value["minimum"] = json!(least);
        if let Some(most) = most {
            value["maximum"] = json!(most);
        }
    }
    let choices = key.choices();
    if key.kind() == Kind::Text {
        if !choices.is_empty() {
            value = json!({ "enum": choices });
        } else if !key.judges("") {
            value["minLength"] = json!(1);
        }
    }
    let mut schema = if key.is_list() { json!({ "type": "array", "items": value }) } else { value };
    schema["description"] = json!(key.help());
    if let Some(default) = key.default() {
        schema["default"] = default;
    }
    schema
}

fn of_kind(kind: Kind) -> Value {
    match kind {
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Count => json!({ "type": "integer", "minimum": 0, "maximum": 255 }),
        Kind::Integer => json!({ "type": "integer", "minimum": 0 }),
        Kind::Percent => json!({ "type": "number", "minimum": 0, "maximum": 100 }),
        Kind::CountOrPercent => json!({ "anyOf": [
            { "type": "integer", "minimum": 0 },
            { "type": "string", "pattern": r"^\+?([0-9]+|([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?%)$" },
        ] }),
        Kind::Text => json!({ "type": "string" }),
    }
}

fn bound(table: &Table) -> Value {
    json!({ "type": "object", "properties": properties(table), "additionalProperties": false })
}

fn named<'a>(names: impl Iterator<Item = (&'a str, &'a str)>, of: &str) -> Map<String, Value> {
    let reference =
        |(name, text): (&str, &str)| (name.to_owned(), json!({ "description": text, "$ref": format!("#/$defs/{of}") }));
    names.map(reference).collect()
}
