//! Decodes zstd: frames in memory, or a stream of any frames.

use std::io::{self, Read};

use memchr::memmem;
use zstd::stream::raw::{Decoder, InBuffer, Operation, OutBuffer};
use zstd::zstd_safe::{find_frame_compressed_size, get_frame_content_size};

use super::decompress::zstd_stream;
use super::members::BlockDecoder;

/// What a frame begins with, and, behind a byte from `0x50` to `0x5f`, what is to be skipped.
const START: &[u8] = b"\x28\xb5\x2f\xfd";
const SKIPPED_START: &[u8] = b"\x2a\x4d\x18";
/// The bytes before those that are skipped.
const SKIPPED_HEADER_BYTES: usize = 8;
/// The plain bytes of the largest frame that is decoded in memory.
const PLAIN_BYTES: usize = 4 << 20;
/// The largest frame that is tried without knowing how much is in it; to give it up later is work lost.
const UNSIZED_BYTES: usize = 512 << 10;
/// By how much the room for plain bytes grows at the most.
const ROOM_BYTES: usize = 128 << 10;

/// Decodes frames that are in memory as a whole.
#[derive(Default)]
pub struct FrameDecoder(Option<Decoder<'static>>);

impl BlockDecoder for FrameDecoder {
    fn next_start(&self, bytes: &[u8], from: usize) -> Option<usize> {
        Some(from + memmem::find(bytes.get(from..)?, START)?)
    }

    fn decode_block(&mut self, bytes: &[u8], _: bool, plain: &mut Vec<u8>) -> Option<usize> {
        if let Some(length) = skipped(bytes) {
            return (length <= bytes.len()).then_some(length);
        }
        let (most, room) = match get_frame_content_size(bytes).ok()? {
            Some(plain) if plain > PLAIN_BYTES as u64 => return None,
            // A byte more than there are, so that the decoder sees their end.
            Some(plain) => (usize::MAX, ROOM_BYTES.min(usize::try_from(plain).ok()? + 1)),
            None => (UNSIZED_BYTES, ROOM_BYTES),
        };
        let frame = bytes.get(..find_frame_compressed_size(bytes).ok().filter(|length| *length <= most)?)?;
        let before = plain.len();
        if self.decode(frame, room, plain).is_none() {
            plain.truncate(before);
            return None;
        }
        Some(frame.len())
    }

    fn stream<'c>(reader: impl Read + Send + 'c, _: bool) -> io::Result<Box<dyn Read + Send + 'c>> {
        Ok(Box::new(zstd_stream(reader)?))
    }
}

impl FrameDecoder {
    fn decode(&mut self, frame: &[u8], room: usize, plain: &mut Vec<u8>) -> Option<()> {
        if self.0.is_none() {
            self.0 = Decoder::new().ok();
        }
        let decoder = self.0.as_mut()?;
        decoder.reinit().ok()?;
        let (before, mut input) = (plain.len(), InBuffer::around(frame));
        let mut length = before;
        while length - before <= PLAIN_BYTES {
            plain.resize(length + room, 0);
            let mut output = OutBuffer::around(&mut plain[length..]);
            let rest = decoder.run(&mut input, &mut output).ok()?;
            length += output.pos();
            if rest == 0 {
                plain.truncate(length);
                return (input.pos() == frame.len()).then_some(());
            }
        }
        None
    }
}

/// How long a frame is that holds nothing plain; `None` if it does.
fn skipped(bytes: &[u8]) -> Option<usize> {
    let (header, _) = bytes.split_at_checked(SKIPPED_HEADER_BYTES)?;
    let is_skipped = matches!(header[0], 0x50..=0x5f) && header[1..4] == *SKIPPED_START;
    let length = u32::from_le_bytes(*header.last_chunk()?);
    is_skipped.then(|| usize::try_from(length).ok()?.checked_add(SKIPPED_HEADER_BYTES))?
}
