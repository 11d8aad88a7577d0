//! Keeps what is known of an id beside its number.

/// What is known of an id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Marks(u8);

/// The number of an id, with its marks in the two bits that no number needs: both are asked together, and each look
/// waits for memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Marked(u32);

const NUMBER_BITS: u32 = 30;

impl Marks {
    /// A user was identified by it, or by one that it is linked to.
    pub(super) const IDENTIFIED: Self = Self(1);
    /// It is a user's that may be anybody.
    pub(super) const GENERIC: Self = Self(2);

    /// These marks if something is so, else none.
    pub(super) fn when(self, is_so: bool) -> Self {
        if is_so { self } else { Self::default() }
    }

    pub(super) fn add(&mut self, others: Self) {
        self.0 |= others.0;
    }

    pub(super) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl Marked {
    /// The greatest number.
    pub(super) const MOST: u32 = (1 << NUMBER_BITS) - 1;

    pub(super) fn new(id: u32, marks: Marks) -> Self {
        Self(id | u32::from(marks.0) << NUMBER_BITS)
    }

    /// The number.
    pub(super) fn id(self) -> u32 {
        self.0 & Self::MOST
    }

    pub(super) fn marks(self) -> Marks {
        let [marks, ..] = self.0.to_be_bytes();
        Marks(marks >> (8 - (u32::BITS - NUMBER_BITS)))
    }

    pub(super) fn add(&mut self, others: Marks) {
        self.0 |= u32::from(others.0) << NUMBER_BITS;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_marks_do_not_mix() {
        for id in [0, 1, Marked::MOST] {
            let mut marked = Marked::new(id, Marks::GENERIC);
            assert_eq!((marked.id(), marked.marks()), (id, Marks::GENERIC));
            marked.add(Marks::IDENTIFIED);
            assert!(marked.marks().has(Marks::IDENTIFIED) && marked.marks().has(Marks::GENERIC));
            assert_eq!(marked.id(), id);
        }
    }
}
