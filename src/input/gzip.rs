//! Decodes gzip: members in memory, as whole exports have them, or a stream of any members.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::GzDecoder;
use libdeflater::Decompressor;
use memchr::memmem::{self, Finder};

use super::decompress::READ_BYTES;
use super::members::BlockDecoder;

/// What a member begins with: gzip, and the only method there is.
const START: &[u8] = b"\x1f\x8b\x08";
/// The bytes before and behind the deflated ones.
const HEADER_BYTES: usize = 10;
const FOOTER_BYTES: usize = 8;
/// Flags of members that are left to the stream, which knows them: a checksum of the header, and what is reserved.
const UNUSUAL_FLAGS: u8 = 0b1110_0010;
/// Names and comments in longer members are left to the stream, which knows how long they may be.
const NAMED_BYTES: usize = 60_000;
/// The plain bytes of the largest member that is decoded in memory.
const PLAIN_BYTES: usize = 4 << 20;
/// How many places are tried at which a member may end.
const TRIED_ENDS: usize = 8;

/// Decodes members that are in memory as a whole, twice as fast as a stream does.
pub struct MemberDecoder {
    inflate: Decompressor,
    start: Finder<'static>,
}

impl Default for MemberDecoder {
    fn default() -> Self {
        Self { inflate: Decompressor::new(), start: Finder::new(START) }
    }
}

impl BlockDecoder for MemberDecoder {
    fn next_start(&self, bytes: &[u8], from: usize) -> Option<usize> {
        Some(from + self.start.find(bytes.get(from..)?)?)
    }

    /// The decoder does not tell where a member ends, so the places are tried at which another may begin.
    fn decode_block(&mut self, bytes: &[u8], ends_file: bool, plain: &mut Vec<u8>) -> Option<usize> {
        if !bytes.starts_with(START) || bytes.len() < HEADER_BYTES || bytes[3] & UNUSUAL_FLAGS != 0 {
            return None;
        }
        let before = plain.len();
        let ends = self.ends(bytes, ends_file);
        let length = ends.into_iter().flatten().find_map(|end| self.decode_until(&bytes[..end], before, plain));
        if length.is_none() {
            plain.truncate(before);
        }
        length
    }

    fn stream<'c>(reader: impl Read + Send + 'c, is_first: bool) -> io::Result<Box<dyn Read + Send + 'c>> {
        let reader = BufReader::with_capacity(READ_BYTES, reader);
        Ok(Box::new(if is_first { MemberStream::new(reader) } else { MemberStream::behind_member(reader)? }))
    }
}

impl MemberDecoder {
    /// Where another member may begin, or the file ends.
    fn ends(&self, bytes: &[u8], ends_file: bool) -> [Option<usize>; TRIED_ENDS] {
        let mut from = Some(HEADER_BYTES + FOOTER_BYTES);
        std::array::from_fn(|_| {
            let next = self.next_start(bytes, from?);
            from = next.map(|next| next + 1);
            next.or(ends_file.then_some(bytes.len()))
        })
    }

    /// Decodes the member if it ends where `bytes` do. That is proven: its last four bytes are its plain length, and
    /// it can be decoded from any bytes that hold it whole and from no fewer. So of all places where the length
    /// stands, which are few and mostly one, it ends at the first from which it can be decoded.
    ///
    /// Its plain bytes stand behind `before` then, and are the last ones. Until then `plain` only grows, since setting
    /// its bytes again for every place would be the most work by far.
    fn decode_until(&mut self, bytes: &[u8], before: usize, plain: &mut Vec<u8>) -> Option<usize> {
        if bytes.len() < HEADER_BYTES + FOOTER_BYTES || bytes[3] != 0 && bytes.len() > NAMED_BYTES {
            return None;
        }
        let footer = bytes.last_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*footer)).ok().filter(|length| *length <= PLAIN_BYTES)?;
        plain.resize(plain.len().max(before + length), 0);
        let mut at = HEADER_BYTES;
        for _ in 0..TRIED_ENDS {
            at += memmem::find(&bytes[at..], footer)?;
            let room = &mut plain[before..before + length];
            if self.inflate.gzip_decompress(&bytes[..at + footer.len()], room) == Ok(length) {
                plain.truncate(before + length);
                return Some(at + footer.len());
            }
            at += 1;
        }
        None
    }
}

/// Reads every member of a gzip file; zeros behind the last one are padding.
pub struct MemberStream<R: Read> {
    member: Option<GzDecoder<BufReader<R>>>,
    /// The plain bytes that the member has given.
    given: usize,
    /// The members that have ended.
    ended: u64,
}

/// The plain bytes that are decoded at once; they are lost where one of them is corrupt, so that it must not depend on
/// the reader which ones those are.
const STEP_BYTES: usize = 32 << 10;

impl<R: Read> MemberStream<R> {
    /// Begins with a member.
    pub fn new(reader: BufReader<R>) -> Self {
        Self { member: Some(GzDecoder::new(reader)), given: 0, ended: 0 }
    }

    /// Begins where a member has ended.
    ///
    /// # Errors
    ///
    /// What the reader says.
    pub fn behind_member(mut reader: BufReader<R>) -> io::Result<Self> {
        let ends = skip_padding(&mut reader)?;
        Ok(Self { member: (!ends).then(|| GzDecoder::new(reader)), given: 0, ended: 0 })
    }

    /// How many members were read to their end.
    pub fn ended(&self) -> u64 {
        self.ended
    }
}

impl<R: Read> Read for MemberStream<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some(member) = &mut self.member else { return Ok(0) };
            let step = buffer.len().min(STEP_BYTES - self.given % STEP_BYTES);
            let read = member.read(&mut buffer[..step])?;
            self.given += read;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            if let Some(member) = self.member.take() {
                self.ended += 1;
                *self = Self { ended: self.ended, ..Self::behind_member(member.into_inner())? };
            }
        }
    }
}

/// Passes zeros; true if they go on to the end.
fn skip_padding(reader: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let bytes = match reader.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            bytes => bytes?,
        };
        if bytes.is_empty() {
            return Ok(true);
        }
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        let ends_here = zeros < bytes.len();
        reader.consume(zeros);
        if ends_here {
            return Ok(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    /// Gives these one after the other, then nothing.
    struct Steps(VecDeque<io::Result<Vec<u8>>>);

    impl Read for Steps {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let bytes = self.0.pop_front().unwrap_or(Ok(Vec::new()))?;
            buffer[..bytes.len()].copy_from_slice(&bytes);
            Ok(bytes.len())
        }
    }

    fn member(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish()).expect("a member")
    }

    /// The text, the members that ended, and the error, if there is one.
    fn read(steps: impl IntoIterator<Item = io::Result<Vec<u8>>>) -> (String, u64, Option<io::ErrorKind>) {
        let mut stream = MemberStream::new(BufReader::new(Steps(steps.into_iter().collect())));
        let mut text = String::new();
        let error = stream.read_to_string(&mut text).err().map(|error| error.kind());
        (text, stream.ended(), error)
    }

    #[test]
    fn a_reader_that_fails_between_members_says_why() {
        use io::ErrorKind::{Interrupted, PermissionDenied};
        let (first, second, zeros) = (member("a"), member("b"), vec![0; 9]);
        let steps = [Ok(first.clone()), Ok(zeros.clone()), Err(PermissionDenied.into())];
        assert_eq!(read(steps), ("a".to_owned(), 1, Some(PermissionDenied)));
        let steps = [Ok(first), Err(Interrupted.into()), Ok(zeros), Err(Interrupted.into()), Ok(second)];
        assert_eq!(read(steps), ("ab".to_owned(), 2, None));
    }
}
