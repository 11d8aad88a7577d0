//! Opens an input to be read in its order by one thread, and tells in how many parts it is compressed.

use std::io::{self, BufReader, Chain, Cursor, Read};

use anyhow::Result;
use zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation, OutBuffer, WriteBuf};
use zstd::stream::zio;

use super::decompress::{Compression, Failing, READ_BYTES, WINDOW_LOG_MAX, decoder, looked_at_head};
use super::gzip::MemberStream;
use super::open::{ByteCount, Counted};
#[cfg(feature = "parquet")]
use super::parquet::{Lines, Parquet};
use super::recognise::Recognised;
use super::{Need, Source};

impl Recognised {
    /// Opens its plain bytes; what is read of it counts on `count`. Of Parquet the columns are read that `need` asks
    /// for, each told by its path.
    ///
    /// # Errors
    ///
    /// As [`Self::new`], of what was compressed; Parquet that has no such column, or not as values that are read.
    #[cfg_attr(not(feature = "parquet"), allow(unused_variables, reason = "only Parquet has columns"))]
    pub fn plain<'c>(
        self,
        source: &Source,
        count: &'c ByteCount<'c>,
        need: impl Fn(&[String]) -> Need,
    ) -> Result<OrderedPlain<'c>> {
        #[cfg(feature = "parquet")]
        if self.compression == Compression::Parquet {
            count.add(self.head.len());
            let parquet = Box::new(Parquet::open(self.opened)?);
            let columns = parquet.columns(need)?;
            return Ok(OrderedPlain { head: None, parts: Parts::Rows(Lines::new(parquet, columns, count)) });
        }
        let bytes: Bytes<'c> = Box::new(Counted::new(self.opened.behind_head(self.head), count));
        let buffered = |bytes| BufReader::with_capacity(READ_BYTES, bytes);
        let mut parts = match self.compression {
            Compression::Gzip => Parts::Members(Box::new(MemberStream::new(buffered(bytes)))),
            Compression::Zstd => Parts::Frames(Box::new(zio::Reader::new(buffered(bytes), Frames::new()?))),
            Compression::None | Compression::Brotli | Compression::Parquet => {
                Parts::Whole(decoder(bytes, self.compression)?)
            }
        };
        let head = match self.compression {
            Compression::None => None,
            _ => Some(looked_at_head(&mut parts, source)?),
        };
        Ok(OrderedPlain { head, parts })
    }
}

type Bytes<'c> = Box<dyn Read + Send + 'c>;

/// The plain bytes of an input, in their order.
pub struct OrderedPlain<'c> {
    head: Option<Chain<Cursor<Vec<u8>>, Failing>>,
    parts: Parts<'c>,
}

enum Parts<'c> {
    Members(Box<MemberStream<Bytes<'c>>>),
    Frames(Box<zio::Reader<BufReader<Bytes<'c>>, Frames>>),
    #[cfg(feature = "parquet")]
    Rows(Lines<'c>),
    Whole(Bytes<'c>),
}

impl OrderedPlain<'_> {
    /// The needed columns of Parquet that are not read.
    #[must_use]
    pub fn skipped_columns(&self) -> &[String] {
        match &self.parts {
            #[cfg(feature = "parquet")]
            Parts::Rows(rows) => rows.skipped(),
            _ => &[],
        }
    }

    /// How many gzip members or zstd frames (also those that hold nothing plain) were read to their end, or row groups
    /// of Parquet were begun.
    pub fn parts(&mut self) -> Option<u64> {
        match &mut self.parts {
            Parts::Members(members) => Some(members.ended()),
            Parts::Frames(frames) => Some(frames.operation_mut().ended),
            #[cfg(feature = "parquet")]
            Parts::Rows(rows) => Some(rows.groups().into()),
            Parts::Whole(_) => None,
        }
    }
}

impl Read for OrderedPlain<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(head) = &mut self.head {
            match head.read(buffer)? {
                0 if !buffer.is_empty() => self.head = None,
                read => return Ok(read),
            }
        }
        self.parts.read(buffer)
    }
}

impl Read for Parts<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Members(members) => members.read(buffer),
            Self::Frames(frames) => frames.read(buffer),
            #[cfg(feature = "parquet")]
            Self::Rows(rows) => rows.read(buffer),
            Self::Whole(bytes) => bytes.read(buffer),
        }
    }
}

/// Decodes zstd, and counts its frames.
struct Frames {
    decoder: Decoder<'static>,
    ended: u64,
}

impl Frames {
    fn new() -> io::Result<Self> {
        let mut decoder = Decoder::new()?;
        decoder.set_parameter(DParameter::WindowLogMax(WINDOW_LOG_MAX))?;
        Ok(Self { decoder, ended: 0 })
    }
}

impl Operation for Frames {
    fn run<C: WriteBuf + ?Sized>(
        &mut self,
        input: &mut InBuffer<'_>,
        output: &mut OutBuffer<'_, C>,
    ) -> io::Result<usize> {
        let (taken, given) = (input.pos(), output.pos());
        let wanted = self.decoder.run(input, output)?;
        let is_end = wanted == 0 && (input.pos() > taken || output.pos() > given);
        self.ended += u64::from(is_end);
        Ok(wanted)
    }

    fn reinit(&mut self) -> io::Result<()> {
        self.decoder.reinit()
    }

    fn finish<C: WriteBuf + ?Sized>(
        &mut self,
        output: &mut OutBuffer<'_, C>,
        finished_frame: bool,
    ) -> io::Result<usize> {
        self.decoder.finish(output, finished_frame)
    }
}
