//! Keeps the largest rows of a list that data can make endless, and all others as their sum.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::count::counted;

/// How many rows are kept: far more than applications have libraries, and few enough to be read.
const MOST_ROWS: usize = 1000;

/// The largest rows of a list, and what the others are together.
#[derive(Debug, Clone)]
pub struct Largest<T> {
    /// The largest ones, in the order of reports; a thousand at the most.
    pub rows: Vec<T>,
    /// How many others there are, and their sum.
    pub others: Option<(u64, T)>,
}

impl<T> Default for Largest<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), others: None }
    }
}

impl<T: Default> Largest<T> {
    /// Of rows, the largest first; `add` adds a row to the sum.
    pub(in crate::audit) fn new(rows: impl IntoIterator<Item = T>, add: impl Fn(&mut T, T)) -> Self {
        let mut largest = Self::default();
        for row in rows {
            if largest.rows.len() < MOST_ROWS {
                largest.rows.push(row);
                continue;
            }
            let (count, sum) = largest.others.get_or_insert_default();
            *count += 1;
            add(sum, row);
        }
        largest
    }
}

impl<T> Largest<T> {
    /// Gives the sum of the others, if there are any, a name that says what they are.
    pub(in crate::audit) fn named(mut self, what: &str, name: impl FnOnce(&mut T) -> &mut Option<String>) -> Self {
        if let Some((others, sum)) = &mut self.others {
            *name(sum) = Some(format!("({})", counted(*others, &format!("other {what}"))));
        }
        self
    }

    /// How many rows there are, those of the sum included.
    #[must_use]
    pub fn count(&self) -> usize {
        let others = self.others.as_ref().map_or(0, |(others, _)| *others);
        self.rows.len() + usize::try_from(others).unwrap_or(usize::MAX)
    }

    /// All rows and, behind them, the sum of the others with their count.
    pub fn iter(&self) -> impl Iterator<Item = (Option<u64>, &T)> {
        let others = self.others.iter().map(|(others, sum)| (Some(*others), sum));
        self.rows.iter().map(|row| (None, row)).chain(others)
    }
}

/// A row with how many it sums, if it is the sum of the others.
#[derive(Serialize, Deserialize)]
struct Line<T> {
    #[serde(flatten)]
    row: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    others: Option<u64>,
}

impl<T: Serialize> Serialize for Largest<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(|(others, row)| Line { row, others }))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Largest<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let lines = Vec::<Line<T>>::deserialize(deserializer)?;
        Ok(lines.into_iter().map(|line| (line.others, line.row)).collect())
    }
}

/// What [`Largest::iter`] gives.
impl<T> FromIterator<(Option<u64>, T)> for Largest<T> {
    fn from_iter<I: IntoIterator<Item = (Option<u64>, T)>>(all: I) -> Self {
        let mut largest = Self::default();
        for (others, row) in all {
            match others {
                None => largest.rows.push(row),
                Some(others) => largest.others = Some((others, row)),
            }
        }
        largest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_behind_the_most_rows_is_summed() {
        let sum = |count: u64| {
            let largest = Largest::new((0..count).rev(), |sum, row| *sum += row);
            (largest.rows.len(), largest.others, largest.count())
        };
        assert_eq!(sum(3), (3, None, 3));
        assert_eq!(sum(1000), (1000, None, 1000));
        assert_eq!(sum(1003), (1000, Some((3, 3)), 1003));
        let largest = Largest::new(0..2000, |sum, row| *sum += row);
        let again: Largest<_> = largest.iter().map(|(others, row)| (others, *row)).collect();
        assert_eq!((again.rows, again.others), (largest.rows, largest.others));
    }
}
