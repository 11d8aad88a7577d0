//! Reads all inputs with all threads, and hands every chunk to the thread's own worker.
//!
//! A thread does one piece of work after the other: it reads a chunk of an input that is open, or else opens the next
//! input. The earliest input goes first, and another is opened only where threads would wait. So no more inputs are open
//! than there are threads, and nobody waits while there is something to read. (Nested parallel iterators, one over the
//! inputs and one over the chunks of each, begin inputs inside of others that wait for their last chunk, as deep as there
//! are inputs.)

use std::io::{self, Read};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use anyhow::Result;

use super::chunk::Chunk;
use super::frames::FrameDecoder;
#[cfg(feature = "parquet")]
use super::groups::Groups;
use super::gzip::MemberDecoder;
use super::members::{BlockDecoder, Members, Work};
use super::open::{ByteCount, FileAt};
use super::ranges::FileRanges;
use super::stream::{Next, Stream};
use super::{Decompress, Need, Plain, Source, decompressed};
use crate::input::lock;
use crate::progress::Progress;

/// What to read, and how.
pub struct Reading<'a> {
    /// The inputs; each is known by its place among them.
    pub sources: &'a [Source],
    /// How they are compressed.
    pub decompress: Decompress,
    /// Which columns of Parquet are needed, each told by its path.
    pub need: &'a (dyn Fn(&[String]) -> Need + Sync),
    /// Counts the bytes that are read.
    pub progress: &'a Progress,
}

/// How the reading of one input went.
#[derive(Debug, Default)]
pub struct InputOutcome {
    /// How it is compressed, once that was found out.
    pub compression: Option<&'static str>,
    /// The bytes read, as compressed as they are.
    pub bytes: u64,
    /// Why it was not read to its end.
    pub failure: Option<InputFailure>,
    /// The needed columns of Parquet that are of types that are not read.
    pub skipped_columns: Vec<String>,
}

/// Why an input was not read to its end.
#[derive(Debug)]
pub enum InputFailure {
    /// Nothing of it is read, for this reason.
    Refused(String),
    /// It could not be read on at some place. What was read before and, of files that are read by position, also behind
    /// it was handed on; of several errors this is the first in the input.
    Interrupted(io::Error),
}

/// Reads all sources with the threads of the current pool. Each thread makes a worker of its own for the chunks that it
/// reads; they are given back after the outcomes of the inputs. Where `on_chunk` says so, no more is read, but for what
/// other threads are in the middle of.
pub fn read_all<W: Send>(
    reading: &Reading<'_>,
    new_worker: impl Fn() -> W + Sync,
    on_chunk: impl Fn(&mut W, u32, &Chunk) -> ControlFlow<()> + Sync,
) -> (Vec<InputOutcome>, Vec<W>) {
    let counts: Vec<_> = reading.sources.iter().map(|_| ByteCount::new(reading.progress)).collect();
    let scheduler = Scheduler::new(reading, &counts);
    let workers = rayon::broadcast(|_| {
        let mut worker = new_worker();
        let mut thread = Thread {
            scheduler: &scheduler,
            spare: None,
            on_chunk: |input, chunk: &Chunk| on_chunk(&mut worker, input, chunk),
        };
        while thread.work() {}
        worker
    });
    let outcomes = scheduler.into_outcomes().zip(&counts);
    (outcomes.map(|(outcome, count)| InputOutcome { bytes: count.bytes(), ..outcome }).collect(), workers)
}

/// What all threads share.
struct Scheduler<'s> {
    reading: &'s Reading<'s>,
    counts: &'s [ByteCount<'s>],
    inputs: Mutex<Inputs<'s>>,
    /// Tells threads without work that an input was opened, or could not be.
    opened: Condvar,
    reports: Vec<Mutex<InputReport>>,
    /// Whether no chunk is wanted any more.
    is_stopped: AtomicBool,
    /// Buffers that threads could not keep: of a stream that one thread decodes, others get the chunks.
    spare_buffers: Mutex<Vec<Vec<u8>>>,
}

/// How far the inputs are.
#[derive(Default)]
struct Inputs<'s> {
    next: usize,
    /// How many are being opened.
    opening: usize,
    /// Those that are open, in their order.
    open: Vec<Arc<OpenInput<'s>>>,
}

/// An input that is being read.
struct OpenInput<'s> {
    number: u32,
    chunks: ChunkSource<'s>,
}

/// Where its chunks come from.
enum ChunkSource<'s> {
    Ranges {
        ranges: FileRanges<'s, FileAt>,
        next: AtomicU32,
    },
    Members(Box<Members<'s, FileAt, MemberDecoder>>),
    Frames(Box<Members<'s, FileAt, FrameDecoder>>),
    #[cfg(feature = "parquet")]
    Groups(Box<Groups>),
    Stream(Stream<Box<dyn Read + Send + 's>>),
}

/// What is known of an input so far.
#[derive(Default)]
struct InputReport {
    compression: Option<&'static str>,
    skipped_columns: Vec<String>,
    refusal: Option<String>,
    /// The first place, as far as is known, where it could not be read on, and why.
    interruption: Option<(u32, io::Error)>,
}

/// What a thread met that asked an input for work.
#[derive(PartialEq, Eq)]
enum Poll {
    /// Something to do, which is done.
    Worked,
    /// Another thread, that must be waited for.
    Busy,
    /// The end.
    Over,
}

/// Whether to wait for another thread.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wait {
    No,
    Yes,
}

/// One of the threads that read.
struct Thread<'t, 's, F> {
    scheduler: &'t Scheduler<'s>,
    /// The buffer of the chunk that was read last, to be used again while it is in the cache.
    spare: Option<Vec<u8>>,
    on_chunk: F,
}

impl<'s> Scheduler<'s> {
    fn new(reading: &'s Reading<'s>, counts: &'s [ByteCount<'s>]) -> Self {
        let reports = reading.sources.iter().map(|_| Mutex::default()).collect();
        let (inputs, opened, spare_buffers, is_stopped) = Default::default();
        Self { reading, counts, inputs, opened, reports, is_stopped, spare_buffers }
    }

    /// Opens the next input, and lets the other threads know; false if all were.
    fn open_next(&self) -> bool {
        let mut inputs = lock(&self.inputs);
        let number = inputs.next;
        if number == self.counts.len() {
            return false;
        }
        inputs.next += 1;
        inputs.opening += 1;
        drop(inputs);
        let input = self.open(u32::try_from(number).expect("inputs are numbered"));
        let mut inputs = lock(&self.inputs);
        inputs.opening -= 1;
        inputs.open.extend(input.map(Arc::new));
        inputs.open.sort_by_key(|input| input.number);
        self.opened.notify_all();
        true
    }

    /// Waits while other threads open inputs and none is open; false if there is nothing to wait for.
    fn wait_for_another(&self) -> bool {
        let inputs = lock(&self.inputs);
        if inputs.open.is_empty() && inputs.opening > 0 {
            drop(self.opened.wait(inputs).unwrap_or_else(PoisonError::into_inner));
            return true;
        }
        !inputs.open.is_empty()
    }

    /// Opens an input, or notes why it cannot be read.
    fn open(&self, number: u32) -> Option<OpenInput<'s>> {
        match self.chunk_source(number) {
            Ok(chunks) => Some(OpenInput { number, chunks }),
            Err(error) => {
                let refusal =
                    if error.is::<io::Error>() { format!("could not be opened: {error}") } else { error.to_string() };
                lock(self.report(number)).refusal = Some(refusal);
                None
            }
        }
    }

    fn chunk_source(&self, number: u32) -> Result<ChunkSource<'s>> {
        let source = &self.reading.sources[number as usize];
        let count = &self.counts[number as usize];
        let (compression, plain) = decompressed(source.open()?, source, self.reading.decompress, count)?;
        lock(self.report(number)).compression = Some(compression.name());
        Ok(match plain {
            Plain::Ranges(ranges) => ChunkSource::Ranges { ranges, next: AtomicU32::new(0) },
            Plain::Members(members) => ChunkSource::Members(members),
            Plain::Frames(frames) => ChunkSource::Frames(frames),
            #[cfg(feature = "parquet")]
            Plain::Parquet(parquet) => {
                let groups = Groups::new(*parquet, self.reading.need)?;
                lock(self.report(number)).skipped_columns = groups.skipped().to_vec();
                ChunkSource::Groups(Box::new(groups))
            }
            Plain::Stream(stream) => ChunkSource::Stream(Stream::new(stream, rayon::current_num_threads())),
        })
    }

    fn report(&self, number: u32) -> &Mutex<InputReport> {
        &self.reports[number as usize]
    }

    /// Notes that an input could not be read on at a place; of several the first counts, whichever thread was first.
    fn interrupted(&self, number: u32, place: u32, error: io::Error) {
        let mut report = lock(self.report(number));
        if report.interruption.as_ref().is_none_or(|(first, _)| place < *first) {
            report.interruption = Some((place, error));
        }
    }

    /// How the inputs were read, in their order; the bytes are counted elsewhere.
    fn into_outcomes(self) -> impl Iterator<Item = InputOutcome> {
        self.reports.into_iter().map(|report| {
            let InputReport { compression, skipped_columns, refusal, interruption } =
                report.into_inner().unwrap_or_else(PoisonError::into_inner);
            let interrupted = interruption.map(|(_, error)| InputFailure::Interrupted(error));
            let failure = interrupted.or(refusal.map(InputFailure::Refused));
            InputOutcome { compression, bytes: 0, failure, skipped_columns }
        })
    }
}

impl<F: FnMut(u32, &Chunk) -> ControlFlow<()>> Thread<'_, '_, F> {
    /// Does a piece of work, or waits for some; false if there is none left, or none is wanted.
    fn work(&mut self) -> bool {
        if self.scheduler.is_stopped.load(Ordering::Relaxed) {
            return false;
        }
        let open = lock(&self.scheduler.inputs).open.clone();
        open.iter().any(|input| self.poll(input, Wait::No) == Poll::Worked)
            || self.scheduler.open_next()
            || open.iter().any(|input| self.poll(input, Wait::Yes) == Poll::Worked)
            || self.scheduler.wait_for_another()
    }

    /// Asks an input for work; one that is over is forgotten, and closed by the last thread that works at it.
    fn poll(&mut self, input: &OpenInput<'_>, wait: Wait) -> Poll {
        let number = input.number;
        let poll = match &input.chunks {
            ChunkSource::Ranges { ranges, next } => self.poll_ranges(number, ranges, next),
            ChunkSource::Members(members) => self.poll_members(number, members, wait),
            ChunkSource::Frames(frames) => self.poll_members(number, frames, wait),
            #[cfg(feature = "parquet")]
            ChunkSource::Groups(groups) => self.poll_groups(number, groups),
            ChunkSource::Stream(stream) => self.poll_stream(number, stream, wait),
        };
        if poll == Poll::Over {
            lock(&self.scheduler.inputs).open.retain(|open| open.number != number);
        }
        poll
    }

    /// Reads the next range. One that cannot be read keeps no other from being read, so that what is reported does not
    /// depend on which thread was where.
    fn poll_ranges(&mut self, input: u32, ranges: &FileRanges<'_, FileAt>, next: &AtomicU32) -> Poll {
        // In the order of the file, as systems read ahead.
        let range = next.fetch_add(1, Ordering::Relaxed);
        if range >= ranges.count() {
            next.fetch_sub(1, Ordering::Relaxed);
            return Poll::Over;
        }
        if let Err(error) = self.read_range(input, ranges, range) {
            self.scheduler.interrupted(input, range, error);
        }
        Poll::Worked
    }

    fn read_range(&mut self, input: u32, ranges: &FileRanges<'_, FileAt>, range: u32) -> io::Result<()> {
        let Some(mut reader) = ranges.reader(range)? else { return Ok(()) };
        while let Some(chunk) = reader.next_chunk(if reader.has_ended() { Vec::new() } else { self.buffer() })? {
            self.read(input, chunk);
        }
        Ok(())
    }

    /// Reads the next row group, as [`Self::poll_ranges`] reads a range.
    #[cfg(feature = "parquet")]
    fn poll_groups(&mut self, input: u32, groups: &Groups) -> Poll {
        let Some(group) = groups.take() else { return Poll::Over };
        if let Err(error) = self.read_group(input, groups, group) {
            self.scheduler.interrupted(input, group, error);
        }
        self.scheduler.counts[input as usize].add(groups.share(group));
        Poll::Worked
    }

    #[cfg(feature = "parquet")]
    fn read_group(&mut self, input: u32, groups: &Groups, group: u32) -> io::Result<()> {
        let mut rows = groups.rows(group)?;
        while let Some(chunk) = rows.next_chunk(if rows.has_ended() { Vec::new() } else { self.buffer() })? {
            self.read(input, chunk);
        }
        Ok(())
    }

    fn poll_members<'m, D: BlockDecoder + 'm>(
        &mut self,
        input: u32,
        members: &Members<'m, FileAt, D>,
        wait: Wait,
    ) -> Poll {
        match members.work(wait == Wait::Yes, || self.buffer()) {
            Work::Chunk(chunk) => self.read(input, chunk),
            Work::Done => {}
            Work::Wait => return Poll::Busy,
            Work::Over(end) => return self.over(input, end),
        }
        Poll::Worked
    }

    fn poll_stream(&mut self, input: u32, stream: &Stream<impl Read>, wait: Wait) -> Poll {
        match stream.next(wait == Wait::Yes, || self.buffer()) {
            Next::Chunk(chunk) => self.read(input, chunk),
            Next::Wait => return Poll::Busy,
            Next::Over(end) => return self.over(input, end),
        }
        Poll::Worked
    }

    fn over(&self, input: u32, end: io::Result<()>) -> Poll {
        end.unwrap_or_else(|error| self.scheduler.interrupted(input, 0, error));
        Poll::Over
    }

    /// A buffer that was used before, if one is free.
    fn buffer(&mut self) -> Vec<u8> {
        self.spare.take().or_else(|| lock(&self.scheduler.spare_buffers).pop()).unwrap_or_default()
    }

    fn read(&mut self, input: u32, chunk: Chunk) {
        if (self.on_chunk)(input, &chunk).is_break() {
            self.scheduler.is_stopped.store(true, Ordering::Relaxed);
        }
        if let Some(older) = self.spare.replace(chunk.into_buffer()) {
            lock(&self.scheduler.spare_buffers).push(older);
        }
    }
}
