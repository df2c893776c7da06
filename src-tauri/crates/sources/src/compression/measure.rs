//! How small a body becomes, with the levels that the document names.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

/// gzip level and brotli quality.
const LEVEL: u32 = 6;
const WINDOW: u32 = 22;
const BUFFER: usize = 4_096;

/// Counts what it is given and keeps nothing.
#[derive(Default)]
struct Counter(u64);

impl Write for Counter {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0 += data.len() as u64;
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// None where the body cannot be compressed for want of memory.
pub(super) fn gzip_bytes(body: &[u8]) -> Option<u64> {
    let mut encoder = GzEncoder::new(Counter::default(), Compression::new(LEVEL));
    encoder.write_all(body).ok()?;
    encoder.finish().ok().map(|counter| counter.0)
}

pub(super) fn brotli_bytes(body: &[u8]) -> Option<u64> {
    let mut encoder = brotli::CompressorWriter::new(Counter::default(), BUFFER, LEVEL, WINDOW);
    encoder.write_all(body).ok()?;
    encoder.flush().ok()?;
    Some(encoder.into_inner().0)
}
