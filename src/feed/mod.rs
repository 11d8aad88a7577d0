//! Feeds the chunks of all inputs to all threads.
//!
//! Every thread takes a piece of work after the other: a chunk of an input that is open, or else the next input. The
//! earliest input goes first, and another is opened only where threads would wait. So no more inputs are open than there
//! are threads, and nobody waits while there is something to read. (Nested parallel iterators, one over the inputs and
//! one over the chunks of each, begin inputs inside of others that wait for their last chunk, as deep as there are inputs.)

#[cfg(feature = "parquet")]
mod groups;
mod stream;

use std::io::{self, Read};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use anyhow::Result;

use crate::collect::Collection;
use crate::input::cells::Cells;
use crate::input::chunk::Chunk;
use crate::input::frames::FrameDecoder;
use crate::input::gzip::MemberDecoder;
use crate::input::members::{Members, Unpack, Work};
use crate::input::open::{ByteCount, FileAt};
use crate::input::{Decompress, Plain, decompressed};
use crate::intern::lock;
use crate::progress::Progress;
#[cfg(feature = "parquet")]
use groups::Groups;
use stream::{Next, Stream};

/// All inputs on their way to a collection.
pub(crate) struct Feeding<'f> {
    collection: &'f Collection,
    counts: &'f [ByteCount<'f>],
    decompress: Decompress,
    progress: &'f Progress,
    inputs: Mutex<Inputs<'f>>,
    /// Tells threads without work that an input was opened, or could not be.
    begun: Condvar,
}

/// How far the inputs are.
#[derive(Default)]
struct Inputs<'f> {
    next: usize,
    /// How many are being opened.
    opening: usize,
    /// Those that are open, in their order.
    open: Vec<Arc<Feed<'f>>>,
}

/// An input that is being read.
struct Feed<'f> {
    input: u32,
    chunks: Supply<'f>,
}

/// Where its chunks come from.
enum Supply<'f> {
    Cells {
        cells: Cells<'f, FileAt>,
        next: AtomicU32,
    },
    Members(Box<Members<'f, FileAt, MemberDecoder>>),
    Frames(Box<Members<'f, FileAt, FrameDecoder>>),
    #[cfg(feature = "parquet")]
    Groups(Box<Groups>),
    Stream(Stream<Box<dyn Read + Send + 'f>>),
}

/// What a thread met that turned to an input.
#[derive(PartialEq, Eq)]
enum Turn {
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

impl<'f> Feeding<'f> {
    pub(crate) fn new(
        collection: &'f Collection,
        counts: &'f [ByteCount<'f>],
        decompress: Decompress,
        progress: &'f Progress,
    ) -> Self {
        Self { collection, counts, decompress, progress, inputs: Mutex::default(), begun: Condvar::new() }
    }

    /// Reads all inputs with the threads of the current pool.
    pub(crate) fn run(&self) {
        rayon::broadcast(|_| while self.work() {});
    }

    /// Does a piece of work, or waits for some; false if there is none left.
    fn work(&self) -> bool {
        let open = lock(&self.inputs).open.clone();
        open.iter().any(|feed| self.turn(feed, Wait::No) == Turn::Worked)
            || self.begin_next()
            || open.iter().any(|feed| self.turn(feed, Wait::Yes) == Turn::Worked)
            || self.wait_for_another()
    }

    /// Opens the next input, and lets the other threads know; false if all were.
    fn begin_next(&self) -> bool {
        let mut inputs = lock(&self.inputs);
        let input = inputs.next;
        if input == self.counts.len() {
            return false;
        }
        (inputs.next, inputs.opening) = (input + 1, inputs.opening + 1);
        drop(inputs);
        let feed = self.begin(u32::try_from(input).expect("inputs are numbered"));
        let mut inputs = lock(&self.inputs);
        inputs.opening -= 1;
        inputs.open.extend(feed.map(Arc::new));
        inputs.open.sort_by_key(|feed| feed.input);
        self.begun.notify_all();
        true
    }

    /// Waits while other threads open inputs and none is open; false if there is nothing to wait for.
    fn wait_for_another(&self) -> bool {
        let inputs = lock(&self.inputs);
        if inputs.open.is_empty() && inputs.opening > 0 {
            drop(self.begun.wait(inputs).unwrap_or_else(PoisonError::into_inner));
            return true;
        }
        !inputs.open.is_empty()
    }

    /// Turns to an input; one that is over is forgotten, and closed by the last thread that works at it.
    fn turn(&self, feed: &Arc<Feed<'f>>, wait: Wait) -> Turn {
        let turn = match &feed.chunks {
            Supply::Cells { cells, next } => self.cell(feed.input, cells, next),
            Supply::Members(members) => self.member_work(feed.input, members, wait),
            Supply::Frames(frames) => self.member_work(feed.input, frames, wait),
            #[cfg(feature = "parquet")]
            Supply::Groups(groups) => self.group(feed.input, groups),
            Supply::Stream(stream) => self.stream_work(feed.input, stream, wait),
        };
        if turn == Turn::Over {
            lock(&self.inputs).open.retain(|open| !Arc::ptr_eq(open, feed));
        }
        turn
    }

    /// Opens an input, or notes why it cannot be read.
    fn begin(&self, input: u32) -> Option<Feed<'f>> {
        match self.supply(input) {
            Ok(chunks) => Some(Feed { input, chunks }),
            Err(error) => {
                let failure =
                    if error.is::<io::Error>() { format!("could not be opened: {error}") } else { error.to_string() };
                self.collection.refused(input, failure);
                None
            }
        }
    }

    fn supply(&self, input: u32) -> Result<Supply<'f>> {
        let (source, count) = (self.collection.source(input), &self.counts[input as usize]);
        let (compression, plain) = decompressed(source.open()?, &source, self.decompress, count)?;
        self.collection.recognised(input, compression);
        Ok(match plain {
            Plain::Cells(cells) => Supply::Cells { cells, next: AtomicU32::new(0) },
            Plain::Members(members) => Supply::Members(members),
            Plain::Frames(frames) => Supply::Frames(frames),
            #[cfg(feature = "parquet")]
            Plain::Parquet(parquet) => {
                let groups = Groups::new(*parquet, &self.collection.fields)?;
                self.collection.skipped(input, groups.skipped());
                Supply::Groups(Box::new(groups))
            }
            Plain::Stream(stream) => Supply::Stream(Stream::new(stream, rayon::current_num_threads())),
        })
    }

    /// Reads the next cell. One that cannot be read keeps no other from being read, so that what is reported does not
    /// depend on which thread was where.
    fn cell(&self, input: u32, cells: &Cells<'_, FileAt>, next: &AtomicU32) -> Turn {
        // In the order of the file, as systems read ahead.
        let cell = next.fetch_add(1, Ordering::Relaxed);
        if cell >= cells.cells() {
            next.fetch_sub(1, Ordering::Relaxed);
            return Turn::Over;
        }
        if let Err(error) = self.read_cell(input, cells, cell) {
            self.collection.failed(input, cell, error);
        }
        Turn::Worked
    }

    fn read_cell(&self, input: u32, cells: &Cells<'_, FileAt>, cell: u32) -> io::Result<()> {
        let Some(mut stretch) = cells.stretch(cell)? else { return Ok(()) };
        while let Some(chunk) = stretch.next_chunk(self.collection.buffer(stretch.has_ended()))? {
            self.read(input, chunk);
        }
        Ok(())
    }

    /// Reads the next row group, as [`Self::cell`] reads a cell.
    #[cfg(feature = "parquet")]
    fn group(&self, input: u32, groups: &Groups) -> Turn {
        let Some(group) = groups.take() else { return Turn::Over };
        if let Err(error) = self.read_group(input, groups, group) {
            self.collection.failed(input, group, error);
        }
        self.counts[input as usize].add(groups.share(group));
        Turn::Worked
    }

    #[cfg(feature = "parquet")]
    fn read_group(&self, input: u32, groups: &Groups, group: u32) -> io::Result<()> {
        let mut rows = groups.rows(group)?;
        while let Some(chunk) = rows.next_chunk(self.collection.buffer(rows.has_ended()))? {
            self.read(input, chunk);
        }
        Ok(())
    }

    fn read(&self, input: u32, chunk: Chunk) {
        self.collection.read_chunk(input, chunk);
        self.progress.set_sessions(self.collection.sessions.count());
    }

    fn member_work<'m, U: Unpack + 'm>(&self, input: u32, members: &Members<'m, FileAt, U>, wait: Wait) -> Turn {
        match members.work(wait == Wait::Yes, || self.collection.buffer(false)) {
            Work::Chunk(chunk) => self.read(input, chunk),
            Work::Done => {}
            Work::Wait => return Turn::Busy,
            Work::Over(end) => return self.over(input, end),
        }
        Turn::Worked
    }

    fn stream_work(&self, input: u32, stream: &Stream<impl Read>, wait: Wait) -> Turn {
        match stream.next(wait == Wait::Yes, || self.collection.buffer(false)) {
            Next::Chunk(chunk) => self.read(input, chunk),
            Next::Wait => return Turn::Busy,
            Next::Over(end) => return self.over(input, end),
        }
        Turn::Worked
    }

    fn over(&self, input: u32, end: io::Result<()>) -> Turn {
        end.unwrap_or_else(|error| self.collection.failed(input, 0, error));
        Turn::Over
    }
}
