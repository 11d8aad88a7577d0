//! Finds the name that somebody may have meant.

/// How alike names are, from 0 to 1, of which one may be meant by the other.
const ALIKE: f64 = 0.8;

/// The name that is most like this one, if any is like it.
#[must_use]
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = known.map(|known| (strsim::jaro(known, name), known)).filter(|(likeness, _)| *likeness > ALIKE);
    likeness.max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, name)| name)
}
