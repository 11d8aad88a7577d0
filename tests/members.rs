//! Decodes gzip files on many threads, from any ranges: the bytes and the error are those of a plain stream.

use std::io::{BufReader, ErrorKind, Read, Write};
use std::sync::{Arc, Mutex};
use std::thread;

use flate2::Compression;
use flate2::write::GzEncoder;
use session_audit::input::gzip::MemberStream;
use session_audit::input::members::{Members, Work};
use session_audit::input::open::{ByteCount, ReadAt};
use session_audit::progress::Progress;

/// A file in memory.
struct File(Vec<u8>);

impl ReadAt for File {
    fn length(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> std::io::Result<usize> {
        let offset = usize::try_from(offset).expect("files are short");
        let rest = self.0.get(offset..).unwrap_or_default();
        let read = rest.len().min(buffer.len());
        buffer[..read].copy_from_slice(&rest[..read]);
        Ok(read)
    }
}

/// What was read, and how it ended.
#[derive(Debug, PartialEq, Eq)]
struct End {
    plain: Vec<u8>,
    error: Option<(ErrorKind, String)>,
}

fn end(plain: Vec<u8>, result: std::io::Result<()>) -> End {
    End { plain, error: result.err().map(|error| (error.kind(), error.to_string())) }
}

/// Reads a stream a piece at a time; of a corrupt piece nothing is read.
fn in_stream(file: &[u8], piece: usize) -> End {
    let (mut plain, mut stream) = (Vec::new(), MemberStream::new(BufReader::new(file)));
    let mut buffer = vec![0; piece];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => break end(plain, Ok(())),
            Ok(read) => plain.extend_from_slice(&buffer[..read]),
            Err(error) => break end(plain, Err(error)),
        }
    }
}

/// Expects what a stream reads, more or less the piece that a corrupt byte is in.
fn assert_alike(file: &[u8], ranges: &[u64], chunks: &[usize], what: &str) {
    let (least, most) = (in_stream(file, 1 << 20), in_stream(file, 1));
    for range_bytes in ranges {
        for chunk_bytes in chunks {
            let found = on_threads(file, *range_bytes, *chunk_bytes, 1);
            let errors = (&found.error, &most.error);
            assert!(found.error == most.error && found.error == least.error, "{what}: {errors:?}");
            let bytes = (found.plain.len(), least.plain.len(), most.plain.len());
            assert!(
                found.plain.len() >= least.plain.len() && most.plain.starts_with(&found.plain),
                "{what}: {bytes:?}"
            );
        }
    }
}

const RANGES: [u64; 5] = [1, 30, 100, 1000, 1 << 16];
const CHUNKS: [usize; 2] = [50, 1 << 12];

fn on_threads(file: &[u8], range_bytes: u64, chunk_bytes: usize, threads: usize) -> End {
    let progress = Progress::none();
    let count = ByteCount::new(&progress);
    let members = Members::new(Arc::new(File(file.to_vec())), range_bytes, chunk_bytes, &count);
    let (chunks, ends) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    let work = || {
        loop {
            match members.work(true, Vec::new) {
                Work::Chunk(chunk) => chunks.lock().expect("a chunk").push((chunk.number, chunk.bytes().to_vec())),
                Work::Decoded | Work::Wait => {}
                Work::Over(result) => break ends.lock().expect("an end").push(result),
            }
        }
    };
    if threads == 1 {
        work();
    } else {
        thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    }
    let mut chunks = chunks.into_inner().expect("all chunks");
    chunks.sort();
    let plain = chunks.into_iter().flat_map(|(_, bytes)| bytes).collect();
    let ends = ends.into_inner().expect("all ends");
    assert!(ends.iter().any(Result::is_err) || count.bytes() == file.len() as u64, "all bytes are counted, once");
    end(plain, ends.into_iter().find(Result::is_err).unwrap_or(Ok(())))
}

fn member(plain: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(level));
    encoder.write_all(plain).expect("memory can be written");
    encoder.finish().expect("memory can be written")
}

/// Lines of random lengths, as events are.
fn text(rng: &mut fastrand::Rng, lines: usize) -> Vec<u8> {
    let line = |_| {
        let id: String = (0..rng.usize(..60)).map(|_| rng.alphanumeric()).collect();
        format!("{{\"event\":\"a\",\"uuid\":\"{id}\"}}\n")
    };
    (0..lines).map(line).collect::<Vec<_>>().concat().into_bytes()
}

/// Many members: of one line, half a line, or several, of nothing, stored, or with the start of another inside.
fn members(rng: &mut fastrand::Rng, number: usize) -> Vec<Vec<u8>> {
    let one = |_| match rng.u8(..8) {
        0 => member(b"", 6),
        1 => member(b"{\"event\":\"cut in ", rng.u32(..10)),
        2 => member(b"two\"}\n", rng.u32(..10)),
        3 => {
            let lines = rng.usize(..30);
            member(&text(rng, lines), 9)
        }
        4 => {
            let inner =
                [b"{}\n".to_vec(), member(&text(rng, 2), 6), member(&text(rng, 2), 0), b"\x1f\x8b\x08\n".to_vec()];
            member(&inner.concat(), 0)
        }
        _ => member(&text(rng, 1), rng.u32(..10)),
    };
    (0..number).map(one).collect()
}

#[test]
fn members_of_any_kind_are_decoded_as_a_stream_decodes_them() {
    let mut rng = fastrand::Rng::with_seed(1);
    for _ in 0..12 {
        let number = rng.usize(1..60);
        assert_alike(&members(&mut rng, number).concat(), &RANGES, &CHUNKS, "members");
    }
}

#[test]
fn what_is_behind_and_between_members_is_read_as_a_stream_reads_it() {
    let mut rng = fastrand::Rng::with_seed(2);
    let (some, more) = (members(&mut rng, 20).concat(), members(&mut rng, 20).concat());
    let named = flate2::GzBuilder::new()
        .filename("events")
        .comment("of a day")
        .extra("x")
        .write(Vec::new(), Compression::best());
    let named = named.finish().expect("memory can be written");
    let mut checked = member(b"{}\n", 6);
    checked[3] |= 2;
    for (what, between) in [
        ("zeros", vec![0; 700]),
        ("garbage", b"garbage".to_vec()),
        ("the length again", some[some.len() - 4..].to_vec()),
        ("the footer again", some[some.len() - 8..].to_vec()),
        ("the start of a member", some[..10].to_vec()),
        ("a named member", named),
        ("a header with a checksum", checked),
    ] {
        assert_alike(&[some.as_slice(), &between].concat(), &RANGES, &CHUNKS, what);
        assert_alike(&[some.as_slice(), &between, &more].concat(), &RANGES, &CHUNKS, what);
        assert_alike(&between, &RANGES, &CHUNKS, what);
    }
}

#[test]
fn a_file_that_is_cut_anywhere_ends_as_a_stream_does() {
    let mut rng = fastrand::Rng::with_seed(3);
    let file = members(&mut rng, 12).concat();
    for length in 1..file.len() {
        assert_alike(&file[..length], &[64, 500], &[100], &format!("{length} bytes"));
    }
}

#[test]
fn a_wrong_byte_anywhere_ends_the_file_as_it_ends_a_stream() {
    let mut rng = fastrand::Rng::with_seed(4);
    let mut file = members(&mut rng, 12).concat();
    for at in 0..file.len() {
        let right = file[at];
        file[at] ^= 1 << rng.u8(..8);
        assert_alike(&file, &[128], &[100], &format!("wrong at {at}"));
        file[at] = right;
    }
}

#[test]
fn large_members_are_streamed() {
    let mut rng = fastrand::Rng::with_seed(5);
    let large = vec![b'\n'; 5 << 20];
    let noise: Vec<_> = (0..1 << 20).map(|_| rng.u8(..)).collect();
    let small = members(&mut rng, 30).concat();
    let file = [small.as_slice(), &member(&noise, 1), &small, &member(&large, 6), &small].concat();
    let expected = in_stream(&file, 1 << 20);
    assert_eq!(expected.error, None);
    assert!(on_threads(&file, 1 << 16, 1 << 16, 1) == expected);
}

#[test]
fn threads_decode_what_one_decodes() {
    let mut rng = fastrand::Rng::with_seed(6);
    for round in 0..20 {
        let mut parts = members(&mut rng, 300);
        if round % 2 == 1 {
            parts[200].truncate(15);
        }
        let file = parts.concat();
        let expected = in_stream(&file, 1 << 20);
        for range_bytes in [100, 3000] {
            assert!(on_threads(&file, range_bytes, 2000, 3) == expected, "ranges of {range_bytes}");
        }
    }
}
