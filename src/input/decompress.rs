//! Decompresses inputs.

use std::io::{self, BufReader, Chain, Cursor, Read};
use std::str::FromStr;
use std::sync::Arc;

use anyhow::Result;

use super::Source;
use super::chunk::CHUNK_BYTES;
use super::frames::FrameDecoder;
use super::gzip::{MemberDecoder, MemberStream};
use super::members::{BlockDecoder, Members, RANGE_BYTES};
use super::open::{ByteCount, Counted, FileAt, InOrder, Opened};
#[cfg(feature = "parquet")]
use super::parquet::Parquet;
use super::ranges::FileRanges;
use super::recognise::{HEAD_BYTES, Recognised, refuse_binary, refuse_foreign};

/// How an input is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip, any number of members.
    Gzip,
    /// Zstandard, any number of frames.
    Zstd,
    /// Brotli, one stream.
    Brotli,
    /// Parquet, whose columns are compressed inside; only a build with the feature of that name reads it.
    Parquet,
}

impl Compression {
    /// The name that reports use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Brotli => "brotli",
            Self::Parquet => "parquet",
        }
    }
}

/// What `--decompress` says: a compression, or to find out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Decompress {
    /// By the first bytes, then by the name.
    #[default]
    Auto,
    /// As this, whatever the bytes and the name say.
    As(Compression),
}

impl Decompress {
    /// The names on the command line.
    pub const NAMES: [&str; 8] = ["auto", "none", "gzip", "zstd", "brotli", "gz", "zst", "br"];
}

impl FromStr for Decompress {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Ok(Self::As(match name {
            "auto" => return Ok(Self::Auto),
            "none" => Compression::None,
            "gzip" | "gz" => Compression::Gzip,
            "zstd" | "zst" => Compression::Zstd,
            "brotli" | "br" => Compression::Brotli,
            _ => return Err(format!("no compression is named {name:?}")),
        }))
    }
}

/// The compressed bytes that a stream takes at once.
pub(super) const READ_BYTES: usize = 64 << 10;
/// The largest window of zstd that there is.
pub(super) const WINDOW_LOG_MAX: u32 = 31;
/// The bytes that the brotli decoder takes at once; what it makes of them is lost when one of them is corrupt.
const BROTLI_BYTES: usize = 1024;

/// The plain bytes of an input.
pub enum Plain<'c> {
    /// To be read by position.
    Ranges(FileRanges<'c, FileAt>),
    /// gzip, to be decoded by many threads.
    Members(Box<Members<'c, FileAt, MemberDecoder>>),
    /// zstd, to be decoded by many threads.
    Frames(Box<Members<'c, FileAt, FrameDecoder>>),
    /// The rows of Parquet, to be read by row groups.
    #[cfg(feature = "parquet")]
    Parquet(Box<Parquet>),
    /// To be read in their order.
    Stream(Box<dyn Read + Send + 'c>),
}

/// Finds out how an input is compressed, and opens its plain bytes; what is read of it counts on `count`.
///
/// # Errors
///
/// As [`Recognised::new`], also of what was compressed; Parquet whose end cannot be read.
pub fn decompressed<'c>(
    opened: Opened,
    source: &Source,
    how: Decompress,
    count: &'c ByteCount<'c>,
) -> Result<(Compression, Plain<'c>)> {
    let Recognised { compression, opened, head, .. } = Recognised::new(opened, source, how, count)?;
    let head_bytes = head.len();
    let plain = match (compression, opened) {
        #[cfg(feature = "parquet")]
        (Compression::Parquet, opened) => {
            count.add(head_bytes);
            return Ok((compression, Plain::Parquet(Box::new(Parquet::open(opened)?))));
        }
        (Compression::None, opened) => return Ok((compression, plain(opened, head, count)?)),
        (Compression::Gzip, Opened::File(file)) => members(file, source, count, Plain::Members),
        (Compression::Zstd, Opened::File(file)) => members(file, source, count, Plain::Frames),
        (_, opened) => {
            let plain = decoder(Counted::new(opened.behind_head(head), count), compression)?;
            return Ok((compression, Plain::Stream(Box::new(looked_at(plain, source)?))));
        }
    };
    let plain = plain.inspect_err(|_| count.add(head_bytes))?;
    Ok((compression, plain))
}

/// The bytes of a file that is not compressed.
fn plain<'c>(opened: Opened, head: Vec<u8>, count: &'c ByteCount<'c>) -> io::Result<Plain<'c>> {
    let opened = match opened {
        Opened::File(file) => {
            let ranges = FileRanges::new(file, CHUNK_BYTES, count);
            if ranges.serve()? {
                return Ok(Plain::Ranges(ranges));
            }
            Opened::File(ranges.into_file())
        }
        stream @ Opened::Stream(_) => stream,
    };
    Ok(Plain::Stream(Box::new(Counted::new(opened.behind_head(head), count))))
}

/// The members of a file, or the stream that they are if the first one is large.
fn members<'c, D: BlockDecoder + 'c>(
    file: FileAt,
    source: &Source,
    count: &'c ByteCount<'c>,
    plain: impl FnOnce(Box<Members<'c, FileAt, D>>) -> Plain<'c>,
) -> Result<Plain<'c>> {
    let file = Arc::new(file);
    looked_at(D::stream(InOrder::from(Arc::clone(&file), 0), true)?, source)?;
    let members = Members::new(Arc::clone(&file), RANGE_BYTES, CHUNK_BYTES, count);
    if members.serve() {
        return Ok(plain(Box::new(members)));
    }
    Ok(Plain::Stream(D::stream(Counted::new(InOrder::from(file, 0), count), true)?))
}

/// Looks at the first of the bytes that were compressed: they must not be binary either.
fn looked_at<R: Read>(mut plain: R, source: &Source) -> Result<impl Read + use<R>> {
    Ok(looked_at_head(&mut plain, source)?.chain(plain))
}

/// The first of the bytes that were compressed, once they were looked at.
pub(super) fn looked_at_head(plain: &mut impl Read, source: &Source) -> Result<Chain<Cursor<Vec<u8>>, Failing>> {
    let mut head = Vec::with_capacity(HEAD_BYTES);
    let failure = plain.take(HEAD_BYTES as u64).read_to_end(&mut head).err();
    refuse_foreign(&head, source)?;
    refuse_binary(&head)?;
    Ok(Cursor::new(head).chain(Failing(failure)))
}

/// Says an error once, where the bytes before it end.
pub(super) struct Failing(Option<io::Error>);

impl Failing {
    pub(super) fn new(error: io::Error) -> Self {
        Self(Some(error))
    }
}

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

pub(super) fn decoder<'r>(
    reader: impl Read + Send + 'r,
    compression: Compression,
) -> io::Result<Box<dyn Read + Send + 'r>> {
    Ok(match compression {
        Compression::None => Box::new(reader),
        Compression::Gzip => Box::new(MemberStream::new(BufReader::with_capacity(READ_BYTES, reader))),
        Compression::Brotli => {
            let reader = Ending { reader: BufReader::with_capacity(READ_BYTES, reader), has_ended: false };
            Box::new(Brotli(brotli_decompressor::Decompressor::new(reader, BROTLI_BYTES)))
        }
        Compression::Zstd => Box::new(zstd_stream(reader)?),
        Compression::Parquet => return Err(io::ErrorKind::Unsupported.into()),
    })
}

/// Reads every frame of zstd.
pub(super) fn zstd_stream<R: Read>(reader: R) -> io::Result<impl Read + use<R>> {
    let mut decoder = zstd::Decoder::with_buffer(BufReader::with_capacity(READ_BYTES, reader))?;
    decoder.window_log_max(WINDOW_LOG_MAX)?;
    Ok(decoder)
}

/// Reads brotli, and tells a stream that ends early from a corrupt one, which its decoder does not.
struct Brotli<R: Read>(brotli_decompressor::Decompressor<Ending<R>>);

impl<R: Read> Read for Brotli<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(buffer);
        if read.is_err() && self.0.get_ref().has_ended { Err(io::ErrorKind::UnexpectedEof.into()) } else { read }
    }
}

/// A reader that remembers that it has come to its end.
struct Ending<R> {
    reader: R,
    has_ended: bool,
}

impl<R: Read> Read for Ending<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.has_ended |= read == 0;
        Ok(read)
    }
}
