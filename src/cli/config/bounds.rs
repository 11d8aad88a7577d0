//! Reads what the file says of single rules and causes.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use session_audit::bounds::Bound;
use session_audit::gate::parse_percent;

use super::keys::Kind;
use super::settings::{entries, table_of};
use super::tables::hint;
use super::value::{Wrong, text};

/// How much a rule or cause matters.
pub(super) const SEVERITIES: [&str; 2] = ["error", "off"];

/// What a table of a rule or cause may say, and how.
pub(super) const FIELDS: [(&str, Kind); 3] =
    [("severity", Kind::Text), ("max", Kind::Integer), ("max-percent", Kind::Percent)];

/// One thing that is said: the key from the top of the file on, its text, and where it begins.
pub(super) struct Said {
    pub(super) key: String,
    pub(super) kind: Kind,
    pub(super) text: String,
    pub(super) at: usize,
}

/// Reads the tables of rules, or those of causes: `of` is `rules` or `causes`, and `names` are all of them.
pub(super) fn bounds(
    of: &str,
    names: &[&'static str],
    value: &Spanned<DeValue<'_>>,
) -> Result<(Vec<Bound>, Vec<Said>), Wrong> {
    let mut said = Vec::new();
    let mut bounds = Vec::new();
    for (key, value) in entries(table_of(of, value)?) {
        let Some(name) = names.iter().find(|name| *name == key.get_ref()) else {
            let (what, hint) = (of.trim_end_matches('s'), hint(key.get_ref(), names.iter().copied()));
            let why = format!("there is no {what} \"{}\"{hint}", key.get_ref());
            return Err(Wrong::new(key.span(), why));
        };
        let path = format!("{of}.{name}");
        bounds.push(bound(name, &path, table_of(&path, value)?, &mut said)?);
    }
    bounds.sort_by_key(|bound| names.iter().position(|name| *name == bound.name));
    Ok((bounds, said))
}

fn bound(name: &'static str, path: &str, table: &DeTable<'_>, said: &mut Vec<Said>) -> Result<Bound, Wrong> {
    let mut bound = Bound { name, ..Bound::default() };
    for (key, value) in entries(table) {
        let Some((field, kind)) = FIELDS.iter().find(|(field, _)| field == key.get_ref()) else {
            let hint = hint(key.get_ref(), FIELDS.iter().map(|(field, _)| *field));
            return Err(Wrong::new(key.span(), format!("unknown key \"{}\" in [{path}]{hint}", key.get_ref())));
        };
        let key_path = format!("{path}.{field}");
        let wrong = |why: String| Wrong::new(value.span(), format!("{key_path}: {why}"));
        let text = text(*kind, value.get_ref()).map_err(wrong)?;
        match *field {
            "severity" if !SEVERITIES.contains(&text.as_str()) => {
                return Err(wrong(format!("\"{text}\" is none of {}", SEVERITIES.join(", "))));
            }
            "severity" => bound.is_off = text == "off",
            "max" => bound.max = text.parse().ok(),
            _ => bound.max_percent = Some(parse_percent(&text).map_err(wrong)?),
        }
        said.push(Said { key: key_path, kind: *kind, text, at: key.span().start });
    }
    Ok(bound)
}
