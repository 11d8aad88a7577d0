//! Recognises what an input is by its first bytes and name.

use std::ffi::OsStr;
use std::path::Path;

use anyhow::{Result, bail};

use super::Source;
use super::decompress::{Compression, Decompress};
use super::open::{ByteCount, Opened};

/// What tells how an input is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// Its first bytes.
    Content,
    /// Its name.
    Name,
    /// `--decompress`.
    Option,
    /// Nothing speaks for a compression.
    Nothing,
}

/// First bytes of what cannot be read, and what it is.
const FOREIGN: [(&[u8], &str); 7] = [
    (PARQUET, "Parquet"),
    (b"\xfd7zXZ\0", "compressed with xz"),
    (b"BZh", "compressed with bzip2"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x04\x22\x4d\x18", "compressed with lz4"),
    (b"\xff\x06\0\0sNaP", "compressed with snappy"),
    (b"\x1f\x9d", "compressed with compress"),
];
const PARQUET: &[u8] = b"PAR1";

/// The bytes looked at to recognise an input.
pub(super) const HEAD_BYTES: usize = 1024;
/// Whether this build reads Parquet.
pub(super) const READS_PARQUET: bool = cfg!(feature = "parquet");

/// An input of which is known how it is compressed.
pub struct Recognised {
    /// How.
    pub compression: Compression,
    /// What tells so.
    pub basis: Basis,
    /// How it is compressed by its name.
    pub named: Option<Compression>,
    pub(super) opened: Opened,
    pub(super) head: Vec<u8>,
}

impl Recognised {
    /// Looks at the first bytes of an input that is open; of one that is refused they count on `count`.
    ///
    /// # Errors
    ///
    /// What is not JSON to begin with, such as another binary file or an archive; what the reader says, as it is.
    pub fn new(mut opened: Opened, source: &Source, how: Decompress, count: &ByteCount<'_>) -> Result<Self> {
        let head = opened.head(HEAD_BYTES)?;
        let (compression, basis) = recognised(&head, source, how).inspect_err(|_| count.add(head.len()))?;
        Ok(Self { compression, basis, named: named(source), opened, head })
    }
}

/// How an input is compressed by its first bytes, and what tells so.
fn recognised(head: &[u8], source: &Source, how: Decompress) -> Result<(Compression, Basis)> {
    if READS_PARQUET && how == Decompress::Auto && head.starts_with(PARQUET) {
        return Ok((Compression::Parquet, Basis::Content));
    }
    let (compression, basis) = match how {
        Decompress::As(compression) => (compression, Basis::Option),
        Decompress::Auto => {
            refuse_foreign(head, source)?;
            recognise(head, source)
        }
    };
    if compression == Compression::None {
        refuse_binary(head)?;
    }
    Ok((compression, basis))
}

/// By the first bytes; brotli, which has none of its own, by the name.
fn recognise(head: &[u8], source: &Source) -> (Compression, Basis) {
    match head {
        [0x1f, 0x8b, ..] => return (Compression::Gzip, Basis::Content),
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => {
            return (Compression::Zstd, Basis::Content);
        }
        _ if looks_like_json(head) => return (Compression::None, Basis::Content),
        _ => {}
    }
    named(source).map_or((Compression::None, Basis::Nothing), |compression| (compression, Basis::Name))
}

/// How an input is compressed by its name; standard input has none.
fn named(source: &Source) -> Option<Compression> {
    let Source::File(path) = source else { return None };
    match Path::extension(path).map(OsStr::to_ascii_lowercase)?.to_str()? {
        "br" => Some(Compression::Brotli),
        "gz" => Some(Compression::Gzip),
        "zst" => Some(Compression::Zstd),
        _ => None,
    }
}

/// Plain JSON under the name of a compressed file, as a download that was decompressed on the way.
fn looks_like_json(head: &[u8]) -> bool {
    let text = head.trim_ascii_start();
    matches!(text.first(), Some(b'{' | b'['))
        && text.iter().take(32).all(|b| (b' '..=b'~').contains(b) || b.is_ascii_whitespace())
}

pub(super) fn refuse_foreign(head: &[u8], source: &Source) -> Result<()> {
    let Some((magic, what)) = FOREIGN.iter().find(|(magic, _)| head.starts_with(magic)) else { return Ok(()) };
    if *magic == PARQUET && !READS_PARQUET {
        let name = source.to_string().replace('\'', "''");
        let command = format!("COPY (FROM read_parquet('{name}')) TO '{name}.jsonl' (FORMAT json)");
        bail!("is Parquet, which is not read; `duckdb -c \"{command}\"` turns it into JSON Lines");
    }
    bail!("is {what}, which is not read; unpack it first");
}

pub(super) fn refuse_binary(head: &[u8]) -> Result<()> {
    if head.contains(&0) && !looks_like_json(head) {
        let utf16 = matches!(head, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
        bail!("is {}, not JSON", if utf16 { "UTF-16 text" } else { "binary data" });
    }
    Ok(())
}
