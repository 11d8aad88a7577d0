//! Decodes gzip and zstd files on many threads, from any ranges: the bytes and the error are those of a plain stream.

use std::io::{ErrorKind, Read, Write};
use std::sync::{Arc, Mutex};
use std::thread;

use flate2::Compression;
use flate2::write::GzEncoder;
use session_audit::input::frames::FrameDecoder;
use session_audit::input::gzip::MemberDecoder;
use session_audit::input::members::{BlockDecoder, Members, Work};
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
fn in_stream<U: BlockDecoder>(file: &[u8], piece: usize) -> End {
    let (mut plain, mut stream) = (Vec::new(), U::stream(file, true).expect("memory for a stream"));
    let mut buffer = vec![0; piece];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => break end(plain, Ok(())),
            Ok(read) => plain.extend_from_slice(&buffer[..read]),
            Err(error) => break end(plain, Err(error)),
        }
    }
}

/// Expects what a stream reads, more or less the piece that a corrupt byte is in. (Of a frame's wrong length zstd takes
/// notice only if there is room for all of it.)
fn assert_alike<U: BlockDecoder>(file: &[u8], ranges: &[u64], chunks: &[usize], what: &str) {
    let (least, most) = (in_stream::<U>(file, 1 << 20), in_stream::<U>(file, 1));
    for range_bytes in ranges {
        for chunk_bytes in chunks {
            let found = on_threads::<U>(file, *range_bytes, *chunk_bytes, 1);
            let errors = (&found.error, &least.error, &most.error);
            assert!(found.error == most.error || found.error == least.error, "{what}: {errors:?}");
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

fn on_threads<U: BlockDecoder>(file: &[u8], range_bytes: u64, chunk_bytes: usize, threads: usize) -> End {
    let progress = Progress::none();
    let count = ByteCount::new(&progress);
    let file_at = Arc::new(File(file.to_vec()));
    let members = Members::<_, U>::new(file_at, range_bytes, chunk_bytes, &count);
    let (chunks, ends) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    let work = || {
        loop {
            match members.work(true, Vec::new) {
                Work::Chunk(chunk) => chunks.lock().expect("a chunk").push((chunk.number, chunk.bytes().to_vec())),
                Work::Done | Work::Wait => {}
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
    for _ in 0..5 {
        let number = rng.usize(1..60);
        assert_alike::<MemberDecoder>(&members(&mut rng, number).concat(), &RANGES, &CHUNKS, "members");
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
        assert_alike::<MemberDecoder>(&[some.as_slice(), &between].concat(), &RANGES, &CHUNKS, what);
        assert_alike::<MemberDecoder>(&[some.as_slice(), &between, &more].concat(), &RANGES, &CHUNKS, what);
        assert_alike::<MemberDecoder>(&between, &RANGES, &CHUNKS, what);
    }
}

#[test]
fn a_file_that_is_cut_anywhere_ends_as_a_stream_does() {
    let mut rng = fastrand::Rng::with_seed(3);
    let file = members(&mut rng, 9).concat();
    for length in 1..file.len() {
        assert_alike::<MemberDecoder>(&file[..length], &[64, 500], &[100], &format!("{length} bytes"));
    }
}

#[test]
fn a_wrong_byte_anywhere_ends_the_file_as_it_ends_a_stream() {
    let mut rng = fastrand::Rng::with_seed(4);
    let mut file = members(&mut rng, 9).concat();
    for at in 0..file.len() {
        let right = file[at];
        file[at] ^= 1 << rng.u8(..8);
        assert_alike::<MemberDecoder>(&file, &[128], &[100], &format!("wrong at {at}"));
        file[at] = right;
    }
}

#[test]
fn bytes_that_look_like_members_everywhere_are_read_as_a_stream_reads_them() {
    let starts = b"\x1f\x8b\x08\0\0\0\x40\0".repeat(4000);
    let stored = member(&[b"{}\n", starts.as_slice(), b"\n"].concat(), 0);
    let file = [stored.as_slice(), &stored, &stored[..stored.len() / 2]].concat();
    assert_alike::<MemberDecoder>(&file, &[1000, 1 << 14], &[1 << 12], "starts");
}

#[test]
fn large_members_are_streamed() {
    let mut rng = fastrand::Rng::with_seed(5);
    let large = vec![b'\n'; 5 << 20];
    let noise: Vec<_> = (0..1 << 20).map(|_| rng.u8(..)).collect();
    let small = members(&mut rng, 30).concat();
    let file = [small.as_slice(), &member(&noise, 1), &small, &member(&large, 6), &small].concat();
    let expected = in_stream::<MemberDecoder>(&file, 1 << 20);
    assert_eq!(expected.error, None);
    assert!(on_threads::<MemberDecoder>(&file, 1 << 16, 1 << 16, 1) == expected);
}

#[test]
fn members_are_decoded_outside_of_what_threads_wait_for() {
    let mut rng = fastrand::Rng::with_seed(10);
    let file: Vec<_> = (0..300).flat_map(|_| member(&text(&mut rng, 3), 6)).collect();
    let ranges = file.len().div_ceil(1000);
    let progress = Progress::none();
    let count = ByteCount::new(&progress);
    let members = Members::<_, MemberDecoder>::new(Arc::new(File(file)), 1000, 2000, &count);
    let mut decoded = 0;
    loop {
        match members.work(true, Vec::new) {
            Work::Done => decoded += 1,
            Work::Chunk(_) | Work::Wait => {}
            Work::Over(_) => break,
        }
    }
    assert_eq!(decoded, ranges);
}

#[test]
fn threads_decode_what_one_decodes() {
    let mut rng = fastrand::Rng::with_seed(6);
    for round in 0..8 {
        let mut parts = members(&mut rng, 300);
        if round % 2 == 1 {
            parts[200].truncate(15);
        }
        let file = parts.concat();
        let expected = in_stream::<MemberDecoder>(&file, 1 << 20);
        for range_bytes in [100, 3000] {
            assert!(on_threads::<MemberDecoder>(&file, range_bytes, 2000, 3) == expected, "ranges of {range_bytes}");
        }
    }
}

fn frame(plain: &[u8], level: i32, has_checksum: bool) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), level).expect("memory for an encoder");
    encoder.include_checksum(has_checksum).expect("an encoder that can");
    encoder.write_all(plain).expect("memory can be written");
    encoder.finish().expect("memory can be written")
}

/// Many frames: of one line, half a line, or several, of nothing, to be skipped, or with the start of another inside.
fn frames(rng: &mut fastrand::Rng, number: usize) -> Vec<u8> {
    let one = |_| match rng.u8(..9) {
        0 => frame(b"", 3, rng.bool()),
        1 => frame(b"{\"event\":\"cut in ", 3, rng.bool()),
        2 => frame(b"two\"}\n", 3, rng.bool()),
        3 => {
            let lines = rng.usize(..30);
            frame(&text(rng, lines), rng.i32(1..12), rng.bool())
        }
        4 => zstd::bulk::compress(&text(rng, 3), 3).expect("memory can be written"),
        5 => {
            let noise: Vec<_> = (0..50).map(|_| rng.u8(..)).collect();
            frame(&[b"{}\n", noise.as_slice(), &frame(&text(rng, 2), 3, true)].concat(), 1, true)
        }
        6 => [b"\x53\x2a\x4d\x18\x05\0\0\0", b"\x28\xb5\x2f\xfd\0".as_slice()].concat(),
        _ => frame(&text(rng, 1), rng.i32(1..12), rng.bool()),
    };
    (0..number).map(one).collect::<Vec<_>>().concat()
}

#[test]
fn frames_are_decoded_as_a_stream_decodes_them() {
    let mut rng = fastrand::Rng::with_seed(7);
    for _ in 0..5 {
        let number = rng.usize(1..60);
        let file = frames(&mut rng, number);
        assert_alike::<FrameDecoder>(&file, &RANGES, &CHUNKS, "frames");
        for behind in [b"garbage".as_slice(), b"\0\0\0\0\0", b"\x28\xb5", b"\x53\x2a\x4d\x18\x05\0\0\0"] {
            let file = [&file, behind].concat();
            assert_alike::<FrameDecoder>(&file, &RANGES, &CHUNKS, "frames and more");
            assert_alike::<FrameDecoder>(&[&file, file.as_slice()].concat(), &RANGES, &CHUNKS, "frames, more, frames");
        }
    }
}

#[test]
fn frames_that_are_cut_or_wrong_anywhere_end_as_a_stream_does() {
    let mut rng = fastrand::Rng::with_seed(8);
    let mut file = frames(&mut rng, 9);
    for at in 1..file.len() {
        assert_alike::<FrameDecoder>(&file[..at], &[64, 500], &[100], &format!("{at} bytes"));
        let right = file[at];
        file[at] ^= 1 << rng.u8(..8);
        assert_alike::<FrameDecoder>(&file, &[128], &[100], &format!("wrong at {at}"));
        file[at] = right;
    }
}

#[test]
fn threads_decode_the_frames_that_one_decodes() {
    let mut rng = fastrand::Rng::with_seed(9);
    for _ in 0..4 {
        let file = frames(&mut rng, 300);
        let expected = in_stream::<FrameDecoder>(&file, 1 << 20);
        assert!(on_threads::<FrameDecoder>(&file, 300, 2000, 3) == expected);
    }
    let large = frame(&vec![b'\n'; 5 << 20], 3, true);
    let file = [frames(&mut rng, 30), large, frames(&mut rng, 30)].concat();
    assert!(on_threads::<FrameDecoder>(&file, 300, 2000, 3) == in_stream::<FrameDecoder>(&file, 1 << 20));
}
