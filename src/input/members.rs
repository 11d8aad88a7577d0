//! Decodes the members of a gzip file, or the frames of a zstd file, on all threads, without knowing where they begin.
//!
//! What is said of members here goes for frames too.
//!
//! The file is divided into ranges. A thread looks for bytes in a range that a member may begin with, and decodes from
//! there, member after member, to the end of the range. Such bytes can be part of another member as well, so what was
//! decoded ahead is used only if the members before it, which are known to be real, end exactly where it begins; else
//! it is decoded again from there. What is unusual or broken is left to a stream, which reads on from the place where
//! all was well, and says what is wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::mem;
use std::sync::{Arc, Condvar, Mutex, PoisonError, TryLockError};

use super::chunk::{Chunk, Chunks};
use super::decompress::Failing;
use super::open::{ByteCount, Counted, InOrder, ReadAt};
use crate::input::lock;

/// The compressed bytes of a range.
pub const RANGE_BYTES: u64 = 64 << 10;
/// How many ranges behind the one that is needed next may be decoded ahead, and how many plain bytes may wait.
const RANGES_AHEAD: u64 = 32;
const BYTES_AHEAD: usize = 8 << 20;
/// No member is decoded in a range that has given so many plain bytes.
const RANGE_PLAIN_BYTES: usize = 4 << 20;
/// How many bytes that a member may begin with are tried in a range. Nearly always the first one is real; where several
/// are not, somebody made the file so.
const TRIED_STARTS: u32 = 4;
/// What is read behind a range for its last member, at first and at most.
const TAIL_BYTES: u64 = 8 << 10;
const MOST_TAIL_BYTES: u64 = 1 << 20;

/// Decodes a compression whose files consist of blocks (members or frames) that stand each by itself.
pub trait BlockDecoder: Default + Send {
    /// Where bytes are, at or behind `from`, that a member may begin with; they may be part of another as well.
    fn next_start(&self, bytes: &[u8], from: usize) -> Option<usize>;

    /// Appends the plain bytes of the member that begins `bytes`, and gives back its length. `None`, where it is not
    /// whole, unusual, too large or broken: the stream finds out.
    fn decode_block(&mut self, bytes: &[u8], ends_file: bool, plain: &mut Vec<u8>) -> Option<usize>;

    /// Reads all members that begin here: at the start of a file, or where another has ended.
    ///
    /// # Errors
    ///
    /// Memory that the system does not give.
    fn stream<'c>(reader: impl Read + Send + 'c, is_first: bool) -> io::Result<Box<dyn Read + Send + 'c>>;
}

/// A file that many threads decode.
pub struct Members<'c, F, D> {
    file: Arc<F>,
    range_bytes: u64,
    chunk_bytes: usize,
    state: Mutex<State<'c, F, D>>,
    arrived: Condvar,
}

/// What there was to do for a thread.
pub enum Work {
    /// To read a chunk.
    Chunk(Chunk),
    /// To decode ahead or to wait, which is done.
    Done,
    /// Nothing but waiting for what other threads decode.
    Wait,
    /// Nothing more; perhaps because of an error.
    Over(io::Result<()>),
}

struct State<'c, F, D> {
    chunks: Chunks<OrderedDecoder<'c, F, D>>,
    next_range: u64,
    decoders: Vec<RangeDecoder<D>>,
}

/// Decodes ranges.
#[derive(Default)]
struct RangeDecoder<D> {
    blocks: D,
    packed: Vec<u8>,
    plain: Vec<u8>,
}

/// Where members are decoded from.
#[derive(Clone, Copy)]
enum Start {
    /// Here a member begins.
    At(u64),
    /// Here or behind it are bytes that one may begin with.
    Behind(u64),
}

/// Members that follow each other.
#[derive(Default)]
struct Decoded {
    from: u64,
    to: u64,
    plain: Vec<u8>,
}

impl<'c, F: ReadAt + Send + 'c, D: BlockDecoder + 'c> Members<'c, F, D> {
    /// Divides a file into ranges of `range_bytes`; chunks have about `chunk_bytes`; what is read counts on `count`.
    pub fn new(file: Arc<F>, range_bytes: u64, chunk_bytes: usize, count: &'c ByteCount<'c>) -> Self {
        let ordered = OrderedDecoder {
            file: Arc::clone(&file),
            range_bytes,
            count,
            at: 0,
            ahead: BTreeMap::new(),
            underway: BTreeSet::new(),
            decoder: RangeDecoder::default(),
            current: Decoded::default(),
            read: 0,
            spare: Vec::new(),
            rest: None,
        };
        let state = State { chunks: Chunks::new(ordered, chunk_bytes), next_range: 0, decoders: Vec::new() };
        Self { file, range_bytes, chunk_bytes, state: Mutex::new(state), arrived: Condvar::new() }
    }

    /// Whether the first member can be decoded in memory; if not, the file is most likely one long member.
    pub fn serve(&self) -> bool {
        RangeDecoder::<D>::default().decode(&self.file, Start::At(0), 1).to > 0
    }

    /// Does what is to be done next: cutting off a chunk, if enough is decoded, else decoding ahead.
    pub fn work(&self, wait: bool, buffer: impl FnOnce() -> Vec<u8>) -> Work {
        let mut state = match self.state.try_lock() {
            Ok(state) => state,
            Err(TryLockError::WouldBlock) if !wait => return Work::Wait,
            Err(_) => lock(&self.state),
        };
        let is_ready = state.chunks.has_ended() || state.chunks.reader().is_ready(state.next_range, self.chunk_bytes);
        if !is_ready && let Some((range, from, decoder)) = state.range_to_decode(self.file.length()) {
            drop(state);
            self.decode_ahead(range, from, decoder);
            return Work::Done;
        }
        if is_ready || state.chunks.reader().underway.is_empty() {
            let buffer = if state.chunks.has_ended() { Vec::new() } else { buffer() };
            return match state.chunks.next_chunk(buffer) {
                Ok(chunk) => chunk.map_or(Work::Over(Ok(())), Work::Chunk),
                Err(error) => Work::Over(Err(error)),
            };
        }
        if !wait {
            return Work::Wait;
        }
        drop(self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner));
        Work::Done
    }

    fn decode_ahead(&self, range: u64, from: Start, mut decoder: RangeDecoder<D>) {
        let ahead = decoder.decode(&self.file, from, (range + 1) * self.range_bytes);
        let mut state = lock(&self.state);
        state.decoders.push(decoder);
        let ordered = state.chunks.reader_mut();
        ordered.underway.remove(&range);
        ordered.ahead.insert(range, ahead);
        self.arrived.notify_all();
    }
}

impl<'c, F: ReadAt + Send + 'c, D: BlockDecoder + 'c> State<'c, F, D> {
    /// The next range to decode ahead, from where, and with what.
    fn range_to_decode(&mut self, length: u64) -> Option<(u64, Start, RangeDecoder<D>)> {
        let ordered = self.chunks.reader_mut();
        let needed = ordered.at / ordered.range_bytes;
        let range = self.next_range.max(needed);
        let from = if range == needed { Start::At(ordered.at) } else { Start::Behind(range * ordered.range_bytes) };
        let waiting: usize = ordered.ahead.values().map(|ahead| ahead.plain.len()).sum();
        if range * ordered.range_bytes >= length || range > needed + RANGES_AHEAD || waiting > BYTES_AHEAD {
            return None;
        }
        ordered.underway.insert(range);
        self.next_range = range + 1;
        let mut decoder = self.decoders.pop().unwrap_or_default();
        decoder.plain = ordered.spare.pop().unwrap_or_default();
        Some((range, from, decoder))
    }
}

impl<D: BlockDecoder> RangeDecoder<D> {
    /// Decodes members as long as they begin before `end`. What cannot be read or decoded ends them.
    fn decode(&mut self, file: &impl ReadAt, start: Start, end: u64) -> Decoded {
        let (from, is_start) = match start {
            Start::At(from) => (from, true),
            Start::Behind(from) => (from, false),
        };
        self.packed.clear();
        let mut plain = mem::take(&mut self.plain);
        plain.clear();
        let first = if is_start { Some(0) } else { self.next_start(file, from, end, 0) };
        let (mut start, mut at) = (first.unwrap_or(0), first.unwrap_or(0));
        let mut failed = 0;
        while first.is_some() && from + (at as u64) < end && plain.len() < RANGE_PLAIN_BYTES {
            let ends_file = from + self.packed.len() as u64 == file.length();
            if let Some(length) = self.blocks.decode_block(&self.packed[at..], ends_file, &mut plain) {
                at += length;
            } else if !self.read_on(file, from, end, at) {
                failed += 1;
                if at > start || is_start || failed == TRIED_STARTS {
                    break;
                }
                let Some(next) = self.next_start(file, from, end, at + 1) else { break };
                (start, at) = (next, next);
            }
        }
        Decoded { from: from + start as u64, to: from + at as u64, plain }
    }

    /// Where a member may begin before `end`.
    fn next_start(&mut self, file: &impl ReadAt, from: u64, end: u64, at: usize) -> Option<usize> {
        if self.packed.is_empty() {
            self.read_on(file, from, end, 0);
        }
        self.blocks.next_start(&self.packed, at).filter(|at| from + (*at as u64) < end)
    }

    /// Reads more of the member at `at`; false if it is too long, or there is no more.
    fn read_on(&mut self, file: &impl ReadAt, from: u64, end: u64, at: usize) -> bool {
        let (held, length) = (self.packed.len() as u64, file.length() - from);
        let tail = (held - at as u64).max(TAIL_BYTES);
        let wanted = length.min((end - from).max(held) + tail);
        if wanted <= held || held - at as u64 > (end - from) + MOST_TAIL_BYTES {
            return false;
        }
        file.extend_window(&mut self.packed, from, from + wanted).is_ok()
    }
}

/// Gives the plain bytes of all members in their order: what was decoded ahead, and what it decodes itself.
struct OrderedDecoder<'c, F, D> {
    file: Arc<F>,
    range_bytes: u64,
    count: &'c ByteCount<'c>,
    /// Where the next member begins that was not put in order yet.
    at: u64,
    /// What was decoded ahead, and is being decoded, by its range.
    ahead: BTreeMap<u64, Decoded>,
    underway: BTreeSet<u64>,
    decoder: RangeDecoder<D>,
    /// What is being read, and how far.
    current: Decoded,
    read: usize,
    /// Buffers to be used again.
    spare: Vec<Vec<u8>>,
    /// What only the stream can read.
    rest: Option<Box<dyn Read + Send + 'c>>,
}

impl<'c, F: ReadAt + Send + 'c, D: BlockDecoder> OrderedDecoder<'c, F, D> {
    /// Goes on to the next plain bytes; false at the end.
    fn go_on(&mut self) -> bool {
        if self.at == self.file.length() || self.rest.is_some() {
            return false;
        }
        let range = self.at / self.range_bytes;
        self.ahead = self.ahead.split_off(&range);
        let ahead = self.ahead.remove(&range).filter(|ahead| ahead.from == self.at && ahead.to > self.at);
        let end = (range + 1) * self.range_bytes;
        self.spare.push(mem::take(&mut self.current.plain));
        self.current = ahead.unwrap_or_else(|| {
            self.decoder.plain = self.spare.pop().unwrap_or_default();
            self.decoder.decode(&self.file, Start::At(self.at), end)
        });
        self.read = 0;
        if self.current.to == self.at {
            self.stream_rest();
        }
        let taken = usize::try_from(self.current.to - self.at).expect("members fit the memory");
        self.count.add(taken);
        self.at = self.current.to;
        true
    }

    fn stream_rest(&mut self) {
        let rest = Counted::new(InOrder::from(Arc::clone(&self.file), self.at), self.count);
        self.rest = Some(D::stream(rest, self.at == 0).unwrap_or_else(|error| Box::new(Failing::new(error))));
        self.ahead.clear();
    }
}

impl<F: ReadAt, D> OrderedDecoder<'_, F, D> {
    /// Whether the bytes of a chunk are there, or must be decoded in their order.
    fn is_ready(&self, next_range: u64, chunk_bytes: usize) -> bool {
        let (mut at, mut bytes) = (self.at, self.current.plain.len() - self.read);
        while bytes <= chunk_bytes && self.rest.is_none() && at < self.file.length() {
            let range = at / self.range_bytes;
            match self.ahead.get(&range) {
                Some(ahead) if ahead.from == at && ahead.to > at => {
                    bytes += ahead.plain.len();
                    at = ahead.to;
                }
                None if self.underway.contains(&range) || range >= next_range => return false,
                // What was decoded there began elsewhere.
                _ => return true,
            }
        }
        true
    }
}

impl<'c, F: ReadAt + Send + 'c, D: BlockDecoder> Read for OrderedDecoder<'c, F, D> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.read == self.current.plain.len() {
            if let Some(rest) = &mut self.rest {
                return rest.read(buffer);
            }
            if !self.go_on() {
                return Ok(0);
            }
        }
        let plain = &self.current.plain[self.read..];
        let read = plain.len().min(buffer.len());
        buffer[..read].copy_from_slice(&plain[..read]);
        self.read += read;
        Ok(read)
    }
}
