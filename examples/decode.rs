//! Only decodes a compressed file, with the libraries that the audit reads streams with: what an audit of one takes at the
//! least. Prints the number of plain bytes.

use std::env;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::PathBuf;

fn main() -> io::Result<()> {
    let path = PathBuf::from(env::args_os().nth(1).ok_or_else(|| io::Error::other("which file?"))?);
    let file = BufReader::with_capacity(64 << 10, File::open(&path)?);
    let extension = path.extension().unwrap_or_default();
    let mut plain: Box<dyn Read> = match extension.to_str() {
        Some("gz") => Box::new(flate2::bufread::MultiGzDecoder::new(file)),
        Some("zst") => Box::new(zstd::Decoder::with_buffer(file)?),
        Some("br") => Box::new(brotli_decompressor::Decompressor::new(file, 64 << 10)),
        _ => return Err(io::Error::other("not .gz, .zst or .br")),
    };
    let (mut bytes, mut buffer) = (0, vec![0; 512 << 10]);
    loop {
        match plain.read(&mut buffer)? {
            0 => break,
            read => bytes += read,
        }
    }
    #[allow(clippy::print_stdout, reason = "an example")]
    {
        println!("{bytes}");
    }
    Ok(())
}
