//! Checks the streams of numbers in a page, which the library believes: runs of levels and of places in a dictionary,
//! and numbers that are told by their differences.

/// The bytes of the longest number of variable length that the library takes.
const VARINT_BYTES: usize = 10;
/// The bits of the widest number.
const MOST_BITS: usize = 64;

/// The bytes of a stream that are not read yet.
pub(super) struct Numbers<'p>(pub(super) &'p [u8]);

/// What stands where a number of variable length is to begin.
enum Varint {
    Number(u64),
    /// The stream ends before the number does.
    End,
    /// More bytes than any number has.
    Endless,
}

impl<'p> Numbers<'p> {
    fn take(&mut self, bytes: usize) -> Option<&'p [u8]> {
        let (taken, rest) = self.0.split_at_checked(bytes)?;
        self.0 = rest;
        Some(taken)
    }

    fn varint(&mut self) -> Varint {
        let mut number = 0;
        for (at, byte) in self.0.iter().enumerate() {
            if at == VARINT_BYTES {
                return Varint::Endless;
            }
            number |= u64::from(byte & 0x7f) << (7 * at);
            if byte & 0x80 == 0 {
                self.0 = &self.0[at + 1..];
                return Varint::Number(number);
            }
        }
        Varint::End
    }

    fn number(&mut self) -> Option<u64> {
        if let Varint::Number(number) = self.varint() { Some(number) } else { None }
    }

    fn count(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    /// Whether so many values of so many bits can be read as runs. The library tells runs that end early, and panics
    /// at a number that does not end, be it at the first run or at a later one.
    pub(super) fn are_runs(mut self, bits: usize, values: usize) -> bool {
        let mut left = values;
        loop {
            let header = match self.varint() {
                // The library goes on behind a first header of nothing.
                Varint::Number(0) => continue,
                Varint::End => return true,
                Varint::Number(header) => usize::try_from(header).unwrap_or(usize::MAX),
                Varint::Endless => return false,
            };
            let is_packed = header & 1 == 1;
            let (values, bytes) = if is_packed {
                ((header >> 1).saturating_mul(8), (header >> 1).saturating_mul(bits))
            } else {
                (header >> 1, bits.div_ceil(8))
            };
            left = left.saturating_sub(values);
            if left == 0 || self.take(bytes).is_none() {
                return true;
            }
        }
    }

    /// Reads numbers that are told by their differences, and says how many there are: `most` at the most.
    /// `None` where the stream is broken.
    pub(super) fn differences(&mut self, most: usize, mut each: impl FnMut(i64)) -> Option<usize> {
        let (in_block, stretches, count) = (self.count()?, self.count()?, self.count()?);
        let mut number = self.signed()?;
        let in_stretch = in_block.checked_div(stretches).filter(|values| *values > 0)?;
        let mut left = Some(count).filter(|count| *count <= most)?.saturating_sub(1);
        if count > 0 {
            each(number);
        }
        while left > 0 {
            let least = self.signed()?;
            for &bits in self.take(stretches)?.iter().take(left.div_ceil(in_stretch)) {
                let bits = Some(usize::from(bits)).filter(|bits| *bits <= MOST_BITS)?;
                let packed = self.take(in_stretch.checked_mul(bits)? / 8)?;
                let values = left.min(in_stretch);
                for at in 0..values {
                    number = number.wrapping_add(least).wrapping_add_unsigned(unpacked(packed, at, bits));
                    each(number);
                }
                left -= values;
            }
        }
        Some(count)
    }

    /// Reads the lengths of texts, of which all stand behind them, and says how many there are; `None` where the
    /// stream is broken.
    pub(super) fn lengths(&mut self, most: usize) -> Option<usize> {
        let mut sum = Some(0_usize);
        let count = self.differences(most, |length| {
            let length = i32::try_from(length).ok().and_then(|length| usize::try_from(length).ok());
            sum = sum.and_then(|sum| sum.checked_add(length?));
        })?;
        sum.filter(|sum| *sum <= self.0.len()).map(|_| count)
    }
}

/// One of the numbers that stand side by side with so many bits each.
fn unpacked(packed: &[u8], at: usize, bits: usize) -> u64 {
    let first = at * bits;
    let mut word = [0; 16];
    for (to, from) in word.iter_mut().zip(&packed[first / 8..]) {
        *to = *from;
    }
    let number = u128::from_le_bytes(word) >> (first % 8) & ((1 << bits) - 1);
    u64::try_from(number).expect("at most 64 bits")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn differences(bytes: &[u8]) -> Option<(Vec<i64>, usize)> {
        let (mut numbers, mut stream) = (Vec::new(), Numbers(bytes));
        let count = stream.differences(200, |number| numbers.push(number))?;
        assert_eq!(numbers.len(), count);
        Some((numbers, stream.0.len()))
    }

    #[test]
    fn numbers_are_told_by_their_differences() {
        // 128 in a block of 4 stretches; 5 numbers, the first is 7; at least -2 more each, and 2 bits.
        let mut bytes = [b"\x80\x01\x04\x05\x0e\x03\x02\0\0\0\xe4".as_slice(), &[0; 7], b"rest"].concat();
        assert_eq!(differences(&bytes), Some((vec![7, 5, 4, 4, 5], 4)));
        for end in 0..bytes.len() - 4 {
            assert_eq!(differences(&bytes[..end]), None, "{end} bytes");
        }
        bytes[6] = 65;
        assert_eq!(differences(&bytes), None, "more bits than a number has");
        assert_eq!(differences(b"\x80\x01\x04\0\0"), Some((vec![], 0)));
        assert_eq!(differences(b"\x80\x01\x04\x01\x01"), Some((vec![-1], 0)));
        assert_eq!(differences(b"\x80\x01\x04\xff\xff\x03\x01"), None, "more numbers than rows");
        assert_eq!(differences(b"\x80\x01\0\x02\x01\x01"), None, "no stretches");
        assert_eq!(differences(b"\0\x04\x02\x01\x01\0\0\0\0"), None, "no numbers in a block");
    }

    #[test]
    fn numbers_are_unpacked_from_any_place() {
        let packed = u128::MAX.to_le_bytes();
        assert_eq!(unpacked(&packed, 0, 64), u64::MAX);
        assert_eq!(unpacked(&packed, 2, 33), (1 << 33) - 1);
        assert_eq!(unpacked(&[], 5, 0), 0);
    }

    #[test]
    fn lengths_are_those_of_texts_that_are_there() {
        assert_eq!(Numbers(b"\x80\x01\x04\x01\x06abc").lengths(1), Some(1));
        assert_eq!(Numbers(b"\x80\x01\x04\x01\x08abc").lengths(1), None, "one byte too long");
        assert_eq!(Numbers(b"\x80\x01\x04\x01\x01abc").lengths(1), None, "less than nothing");
    }

    #[test]
    fn runs_are_of_numbers_that_end() {
        let endless = [0x80; 11];
        assert!(!Numbers(&endless).are_runs(1, 0));
        assert!(Numbers(&endless[..10]).are_runs(1, 1), "the library tells that it ends early");
        let behind = |run: &[u8], values| Numbers(&[run, &endless].concat()).are_runs(3, values);
        for run in [b"\x08\x01".as_slice(), b"\x03\x88\xc6\xfa"] {
            assert!(behind(run, 4));
            assert!(!behind(run, 9), "there is to be more");
        }
        assert!(!behind(b"\0", 9), "a run of nothing before it");
        assert!(Numbers(b"\x08\x01\0\0\0").are_runs(3, 9), "padding");
    }
}
