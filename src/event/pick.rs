//! Picks the values of some keys of an object, the last of each.

use serde::Deserializer as _;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::text::mend;

/// The values picked from one object, by slot.
pub(super) type Picked<'a> = Vec<Option<&'a RawValue>>;

/// Picks the values of some keys; what is no JSON is mended first, if it can be.
pub(super) fn pick_or_mend<'a>(
    json: &'a [u8],
    keys: &[String],
    mended: &'a mut String,
) -> serde_json::Result<Picked<'a>> {
    pick(json, keys).or_else(|error| {
        *mended = mend(json).ok_or(error)?;
        pick(mended.as_bytes(), keys)
    })
}

/// Picks the values of some keys of an object, the last one where a key is repeated.
pub(super) fn pick<'a>(json: &'a [u8], keys: &[String]) -> serde_json::Result<Picked<'a>> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let picked = deserializer.deserialize_map(Pick(keys))?;
    deserializer.end()?;
    Ok(picked)
}

/// The reason in `serde_json`'s words, without the line (a record is its own).
pub(super) fn not_json(error: &serde_json::Error) -> String {
    if error.is_data() {
        return "JSON, but no object".to_owned();
    }
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or_default();
    if error.is_eof() {
        return format!("not JSON: cut off at column {}", error.column());
    }
    format!("not JSON: {what} at column {}", error.column())
}

struct Pick<'k>(&'k [String]);

impl<'de> Visitor<'de> for Pick<'_> {
    type Value = Picked<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut picked = vec![None; self.0.len()];
        while let Some(slot) = map.next_key_seed(Slot(self.0))? {
            match slot {
                Some(slot) => picked[slot] = Some(map.next_value()?),
                None => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(picked)
    }
}

/// Reads a key as bytes, since a key may be no valid text, and finds it among the wanted ones.
struct Slot<'k>(&'k [String]);

impl<'de> DeserializeSeed<'de> for Slot<'_> {
    type Value = Option<usize>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_bytes(self)
    }
}

impl Visitor<'_> for Slot<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a key")
    }

    fn visit_bytes<E>(self, key: &[u8]) -> Result<Self::Value, E> {
        Ok(self.0.iter().position(|wanted| wanted.as_bytes() == key))
    }
}

/// Hands every element of an array to a function, up to what is no JSON.
pub(super) fn each_element<'a>(array: &'a RawValue, each: impl FnMut(&'a RawValue)) -> serde_json::Result<()> {
    serde_json::Deserializer::from_str(array.get()).deserialize_seq(Elements(each))
}

/// Hands every element of an array to a function.
struct Elements<F>(F);

impl<'de, F: FnMut(&'de RawValue)> Visitor<'de> for Elements<F> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut array: A) -> Result<(), A::Error> {
        while let Some(element) = array.next_element()? {
            self.0(element);
        }
        Ok(())
    }
}
