//! Hands the chunks of a stream to all threads, one of which goes on decoding while others read what it has decoded.
//!
//! A decoder's tables and window are best left in the cache of one core, so it changes hands only when chunks are ready
//! and nobody takes them.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::{Condvar, Mutex, PoisonError};

use super::chunk::{CHUNK_BYTES, Chunk, Chunks};
use crate::input::lock;

/// A stream, cut into chunks.
pub(super) struct Stream<R> {
    chunks: Mutex<Chunks<R>>,
    ready: Mutex<Ready>,
    changed: Condvar,
    /// How many chunks may be ready.
    most: usize,
}

/// What is decoded, but not read yet.
#[derive(Default)]
struct Ready {
    chunks: VecDeque<Chunk>,
    /// Whether a thread is decoding.
    decoding: bool,
    has_ended: bool,
    /// Why it has ended, to be told when all chunks are taken.
    failure: Option<io::Error>,
}

/// What there is for a thread to do.
pub(super) enum Next {
    /// To read a chunk.
    Chunk(Chunk),
    /// Nothing but waiting for another thread.
    Wait,
    /// Nothing more, all chunks are taken; perhaps because of an error, which is told once.
    Over(io::Result<()>),
}

impl<R: Read> Stream<R> {
    /// For so many threads.
    pub(super) fn new(reader: R, threads: usize) -> Self {
        let chunks = Mutex::new(Chunks::new(reader, CHUNK_BYTES));
        // A single thread reads every chunk while it is in the cache.
        let most = if threads > 1 { threads } else { 0 };
        Self { chunks, ready: Mutex::default(), changed: Condvar::new(), most }
    }

    /// Takes a chunk that is ready, or else decodes until there is one that others do not take.
    pub(super) fn next(&self, wait: bool, buffer: impl FnMut() -> Vec<u8>) -> Next {
        let mut ready = lock(&self.ready);
        loop {
            if let Some(next) = ready.next() {
                return next;
            }
            if !ready.decoding {
                ready.decoding = true;
                drop(ready);
                return self.decode(buffer);
            }
            if !wait {
                return Next::Wait;
            }
            ready = self.changed.wait(ready).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn decode(&self, mut buffer: impl FnMut() -> Vec<u8>) -> Next {
        let mut chunks = lock(&self.chunks);
        loop {
            let buffer = if chunks.has_ended() { Vec::new() } else { buffer() };
            let next = chunks.next_chunk(buffer);
            let mut ready = lock(&self.ready);
            let is_room = ready.chunks.len() < self.most;
            match next {
                Ok(Some(chunk)) => ready.chunks.push_back(chunk),
                Ok(None) => ready.has_ended = true,
                Err(error) => (ready.has_ended, ready.failure) = (true, Some(error)),
            }
            if ready.has_ended || !is_room {
                ready.decoding = false;
                self.changed.notify_all();
                return ready.next().expect("a chunk or the end");
            }
            self.changed.notify_one();
        }
    }
}

impl Ready {
    /// A chunk, or else the end.
    fn next(&mut self) -> Option<Next> {
        if let Some(chunk) = self.chunks.pop_front() {
            return Some(Next::Chunk(chunk));
        }
        self.has_ended.then(|| Next::Over(self.failure.take().map_or(Ok(()), Err)))
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    /// What threads get of a stream: the bytes in their order, and how many errors.
    fn read(stream: impl Read + Send, threads: usize) -> (Vec<u8>, usize) {
        let stream = Stream::new(stream, threads);
        let (chunks, errors) = (Mutex::new(Vec::new()), Mutex::new(0));
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    loop {
                        match stream.next(true, Vec::new) {
                            Next::Chunk(chunk) => lock(&chunks).push((chunk.number, chunk.bytes().to_vec())),
                            Next::Wait => unreachable!("it was asked to wait"),
                            Next::Over(end) => {
                                assert!(lock(&stream.ready).chunks.is_empty());
                                *lock(&errors) += usize::from(end.is_err());
                                break;
                            }
                        }
                    }
                });
            }
        });
        let mut chunks = chunks.into_inner().expect("all chunks");
        chunks.sort();
        (chunks.into_iter().flat_map(|(_, bytes)| bytes).collect(), errors.into_inner().expect("all errors"))
    }

    struct Failing;

    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::InvalidData.into())
        }
    }

    #[test]
    fn all_threads_together_get_everything_once() {
        let text = b"{\"event\":\"a\"}\n".repeat(300_000);
        for threads in [1, 2, 5] {
            assert!(read(text.as_slice(), threads) == (text.clone(), 0), "{threads} threads");
            assert!(read(text.as_slice().chain(Failing), threads) == (text.clone(), 1), "{threads} threads");
            assert!(read(io::empty(), threads) == (Vec::new(), 0), "{threads} threads");
        }
    }
}
