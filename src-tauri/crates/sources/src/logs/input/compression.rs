//! Compressed logs, told by their first bytes; one that ends too early gives what is readable.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::super::error::LogError;

/// A decompressed stream of bytes.
pub(super) struct Input {
    reader: Box<dyn Read + Send>,
    compressed: bool,
    /// It ended in the middle.
    pub(super) broken: bool,
}

const BUFFER: usize = 256 << 10;

/// Counts the bytes of a file as they lie on the disk.
struct Counted {
    file: File,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

impl Input {
    /// `read` is added what is read of the file, compressed or not.
    pub(super) fn open(path: &Path, read: &Arc<AtomicU64>) -> Result<Input, LogError> {
        let file = File::open(path).map_err(|error| unreadable(path, &error))?;
        let counted = Counted { file, read: Arc::clone(read) };
        Input::of(Box::new(counted)).map_err(|error| unreadable(path, &error))
    }

    pub(super) fn is_compressed(&self) -> bool {
        self.compressed
    }

    /// A file or a pipe, whatever compressed it.
    pub(super) fn of(mut reader: Box<dyn Read + Send>) -> io::Result<Input> {
        let mut magic = [0; 4];
        let mut length = 0;
        while let Some(place) = magic.get_mut(length..).filter(|place| !place.is_empty()) {
            match reader.read(place)? {
                0 => break,
                count => length += count,
            }
        }
        let head = magic.get(..length).unwrap_or_default().to_vec();
        let all = Cursor::new(head).chain(reader);
        let (reader, compressed): (Box<dyn Read + Send>, bool) = match &magic {
            [0x1f, 0x8b, ..] => {
                (Box::new(flate2::bufread::MultiGzDecoder::new(BufReader::with_capacity(BUFFER, all))), true)
            }
            [0x28, 0xb5, 0x2f, 0xfd] => (Box::new(zstd::Decoder::new(all)?), true),
            [b'B', b'Z', b'h', b'1'..=b'9'] => {
                (Box::new(bzip2::bufread::MultiBzDecoder::new(BufReader::with_capacity(BUFFER, all))), true)
            }
            _ => (Box::new(all), false),
        };
        Ok(Input { reader, compressed, broken: false })
    }

    /// Fills `buffer` as far as the input reaches; fewer bytes than asked for mean its end.
    pub(super) fn fill(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while let Some(place) = buffer.get_mut(filled..).filter(|place| !place.is_empty() && !self.broken) {
            match self.reader.read(place) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) if self.compressed => self.broken = true,
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }
}

pub(super) fn unreadable(path: &Path, error: &io::Error) -> LogError {
    LogError::Unreadable { path: path.to_owned(), reason: error.to_string() }
}

impl Input {
    pub(super) fn map(self, change: impl FnOnce(Box<dyn Read + Send>) -> Box<dyn Read + Send>) -> Input {
        Input { reader: change(self.reader), compressed: self.compressed, broken: self.broken }
    }
}
