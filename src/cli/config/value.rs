//! Turns values of the file into texts as the command line would give them.

use serde_json::Value;
use toml::de::{DeInteger, DeValue};

use super::keys::Kind;

/// The text of one value, if it is of the right type.
pub(super) fn text(kind: Kind, value: &DeValue<'_>) -> Result<String, String> {
    match (kind, value) {
        (Kind::Flag, DeValue::Boolean(is)) => Ok(is.to_string()),
        (Kind::Count, DeValue::Integer(count)) => u8::try_from(whole(count)?)
            .map(|count| count.to_string())
            .map_err(|_| format!("expected {}", expected(kind))),
        (Kind::Integer | Kind::CountOrPercent | Kind::Percent, DeValue::Integer(number)) => {
            whole(number).map(|number| number.to_string())
        }
        (Kind::Percent, DeValue::Float(number)) => Ok(number.as_str().to_owned()),
        (Kind::CountOrPercent | Kind::Text, DeValue::String(text)) => Ok(text.to_string()),
        (_, other) => Err(unlike(expected(kind), other)),
    }
}

fn whole(number: &DeInteger<'_>) -> Result<u64, String> {
    u64::from_str_radix(number.as_str(), number.radix()).map_err(|_| {
        let is_negative = number.as_str().starts_with('-');
        format!("{number} is {}", if is_negative { "below 0" } else { "too large" })
    })
}

fn expected(kind: Kind) -> &'static str {
    match kind {
        Kind::Flag => "true or false",
        Kind::Count => "a whole number from 0 to 255",
        Kind::Integer => "a whole number",
        Kind::Percent => "a number",
        Kind::CountOrPercent => "a whole number or a percentage in quotes",
        Kind::Text => "a text in quotes",
    }
}

pub(super) fn unlike(expected: &str, value: &DeValue<'_>) -> String {
    let found = match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(true) => "true",
        DeValue::Boolean(false) => "false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    format!("expected {expected}, not {found}")
}

/// A text as the value of the file that it comes from, or could.
pub(super) fn json(kind: Kind, text: &str) -> Value {
    match kind {
        Kind::Flag => Value::Bool(text == "true"),
        Kind::Text => Value::from(text),
        Kind::Count | Kind::Integer | Kind::Percent | Kind::CountOrPercent => text
            .parse::<u64>()
            .map(Value::from)
            .or_else(|_| text.parse::<f64>().map(Value::from))
            .unwrap_or_else(|_| Value::from(text)),
    }
}
