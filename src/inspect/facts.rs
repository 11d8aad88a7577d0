//! Reads one input from start to end, or as far as it goes.

use std::io;

use super::Options;
use super::hints::{self, Hint};
use super::records::RecordFacts;
use crate::event::{EventReader, Fields, watch};
use crate::input::chunk::{CHUNK_BYTES, Chunk, Chunks};
use crate::input::interrupted;
use crate::input::open::ByteCount;
use crate::input::{Basis, Compression, OrderedPlain, Recognised, Source};
use crate::progress::Progress;
use crate::safe::escape_controls;

/// What was found in one input.
#[derive(Debug)]
pub struct InputFacts {
    /// Its name, safe to print.
    pub name: String,
    /// The size of a file in bytes.
    pub size: Option<u64>,
    /// The bytes that were read, as compressed as they are.
    pub bytes: u64,
    /// How it is compressed, and what tells so; `None` if it could not be opened or is no export.
    pub compression: Option<(Compression, Basis)>,
    /// How it is compressed by its name.
    pub named: Option<Compression>,
    /// How many gzip members or zstd frames were read to their end, where it is compressed by one of these, or how many row
    /// groups of Parquet were read.
    pub parts: Option<u64>,
    /// The plain bytes.
    pub plain_bytes: u64,
    /// The lines.
    pub lines: u64,
    /// What the records hold.
    pub records: RecordFacts,
    /// The columns of Parquet that would say something, but not as values that are read.
    pub skipped_columns: Vec<String>,
    /// Why it was not read to its end.
    pub failure: Option<String>,
}

impl InputFacts {
    /// Looks at an input.
    pub(super) fn of(source: &Source, options: &Options, progress: &Progress) -> Self {
        let fields = Fields::new(&options.fields, None);
        let mut facts = Self {
            name: escape_controls(&source.to_string()),
            size: source.size(),
            bytes: 0,
            compression: None,
            named: None,
            parts: None,
            plain_bytes: 0,
            lines: 0,
            records: RecordFacts::new(&fields, options.records),
            skipped_columns: Vec::new(),
            failure: None,
        };
        let count = ByteCount::new(progress);
        facts.failure = facts.read(source, options, fields, (&count, progress)).err();
        facts.bytes = count.bytes();
        facts
    }

    /// Whether only the first records were looked at, as was asked.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.records.is_cut
    }

    /// What looks odd, in plain words.
    #[must_use]
    pub fn hints(&self) -> Vec<Hint> {
        hints::of(self)
    }

    fn read<'c>(
        &mut self,
        source: &Source,
        options: &Options,
        fields: Fields,
        (count, progress): (&'c ByteCount<'c>, &Progress),
    ) -> Result<(), String> {
        let opened = source.open().map_err(|error| format!("could not be opened: {error}"))?;
        let recognised =
            Recognised::new(opened, source, options.decompress, count).map_err(|error| error.to_string())?;
        self.compression = Some((recognised.compression, recognised.basis));
        self.named = recognised.named;
        let plain = recognised.plain(source, count, |path| fields.need(path)).map_err(|error| error.to_string())?;
        self.skipped_columns = plain.skipped_columns().to_vec();
        let mut chunks = Chunks::new(plain, CHUNK_BYTES);
        let end = self.read_chunks(&mut chunks, EventReader::without_scan(fields), progress);
        self.parts = chunks.reader_mut().parts();
        end.map_err(|error| interrupted(&error, self.records.well_formed()))
    }

    fn read_chunks(
        &mut self,
        chunks: &mut Chunks<OrderedPlain<'_>>,
        mut reader: EventReader,
        progress: &Progress,
    ) -> io::Result<()> {
        let mut buffer = Vec::new();
        while let Some(chunk) = chunks.next_chunk(buffer)? {
            self.read_chunk(&chunk, &mut reader);
            buffer = chunk.into_buffer();
            progress.tick();
            if self.records.is_cut {
                return Ok(());
            }
        }
        Ok(())
    }

    fn read_chunk(&mut self, chunk: &Chunk, reader: &mut EventReader) {
        self.records.lines_before = self.lines;
        self.plain_bytes += chunk.bytes().len() as u64;
        self.lines += u64::from(watch(chunk, reader, &mut self.records));
        let ends_inside_line = chunk.is_last && chunk.bytes().last().is_some_and(|byte| *byte != b'\n');
        self.lines += u64::from(ends_inside_line);
    }
}
