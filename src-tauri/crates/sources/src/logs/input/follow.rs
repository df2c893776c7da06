//! A log that grows, followed over rotation and truncation, with a checkpoint to go on from exactly.

use std::fs::{File, Metadata};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::super::bytes::hash;
use super::super::coverage::Coverage;
use super::super::error::LogError;
use super::super::event::LogEvent;
use super::super::events::Events;
use super::super::format::{LogFormat, SAMPLE_BYTES};
use super::super::parser::Parser;
use super::compression::unreadable;
use super::reader::ReadOptions;

/// Where following goes on. Holds nothing of the log's content but a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Everything before is told.
    pub offset: u64,
    /// From here on statements may still wait for their duration: read again, not told again.
    pub resume: u64,
    pub inode: u64,
    /// Length and hash of the file's beginning, because inodes are used again.
    pub head_bytes: u64,
    pub head_hash: u64,
}

/// What a poll met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Polled {
    pub bytes: u64,
    /// The file was replaced by a new one; the old one was read to its end.
    pub rotated: bool,
    /// The file was emptied and written anew.
    pub truncated: bool,
}

const BLOCK: usize = 1 << 20;
const HEAD_BYTES: u64 = 1024;

/// Follows one plain file.
pub struct Follower {
    path: PathBuf,
    file: File,
    inode: u64,
    head: (u64, u64),
    parser: Parser,
    format: LogFormat,
    block: Vec<u8>,
    events: Events,
    /// Events that were told before the checkpoint.
    told_to: u64,
    /// Size at the last poll: unchanged, the last record is complete.
    size: u64,
    lost: bool,
}

impl Follower {
    /// Follows `path` from its beginning, or from where `checkpoint` was taken, be that in a file rotated since.
    pub fn open(
        path: &Path,
        checkpoint: Option<&Checkpoint>,
        options: &ReadOptions,
    ) -> Result<Follower, LogError> {
        let found = checkpoint.map(|checkpoint| (checkpoint, holder(path, checkpoint)));
        let start = match &found {
            Some((_, Some(holder))) => holder.clone(),
            _ => path.to_owned(),
        };
        let failed = |error: std::io::Error| unreadable(&start, &error);
        let mut file = File::open(&start).map_err(failed)?;
        let mut sample = Vec::new();
        (&mut file).take(SAMPLE_BYTES as u64).read_to_end(&mut sample).map_err(failed)?;
        let format = options.detect(&path.display().to_string(), &sample)?;
        let inode = inode(&file.metadata().map_err(failed)?);
        let head = head(&mut file, HEAD_BYTES).map_err(failed)?;
        let parser = Parser::new(&format, options.limits, options.now_us);
        let (resume, told_to) = match &found {
            Some((checkpoint, Some(_))) => (checkpoint.resume, checkpoint.offset),
            _ => (0, 0),
        };
        Ok(Follower {
            path: path.to_owned(),
            file,
            inode,
            head,
            parser: parser.starting_at(resume),
            format,
            block: Vec::new(),
            events: Events::default(),
            told_to,
            size: 0,
            lost: matches!(found, Some((_, None))),
        })
    }

    /// True when the file of the checkpoint was not there any more: what was written between is not known.
    pub fn lost_its_place(&self) -> bool {
        self.lost
    }

    pub fn format(&self) -> &LogFormat {
        &self.format
    }

    pub fn coverage(&self) -> &Coverage {
        self.parser.coverage()
    }

    /// Tells what was written since the last poll. The last record waits for a poll without growth, because lines may
    /// still be added to it.
    pub fn poll(&mut self, sink: &mut impl FnMut(LogEvent<'_>)) -> Result<Polled, LogError> {
        let mut polled = Polled::default();
        let size = self.metadata()?.len();
        if size < self.parser.offset() || self.head_changed()? {
            polled.truncated = true;
            self.go_on_from_start(sink)?;
        }
        polled.bytes += self.read(false, sink)?;
        // A file that was replaced gets no more lines once its successor is there.
        match std::fs::metadata(&self.path) {
            Ok(metadata) if inode(&metadata) != self.inode => {
                polled.bytes += self.read(true, sink)?;
                let file = File::open(&self.path).map_err(|error| unreadable(&self.path, &error))?;
                self.inode = inode(&file.metadata().map_err(|error| unreadable(&self.path, &error))?);
                self.file = file;
                polled.rotated = true;
                self.go_on_from_start(sink)?;
                polled.bytes += self.read(false, sink)?;
            }
            _ => {}
        }
        Ok(polled)
    }

    /// Everything told so far, to go on from.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            offset: self.parser.offset().max(self.told_to),
            resume: self.parser.resume_offset(),
            inode: self.inode,
            head_bytes: self.head.0,
            head_hash: self.head.1,
        }
    }

    fn metadata(&self) -> Result<Metadata, LogError> {
        self.file.metadata().map_err(|error| unreadable(&self.path, &error))
    }

    fn head_changed(&mut self) -> Result<bool, LogError> {
        let (known, expected) = self.head;
        let now = head(&mut self.file, known).map_err(|error| unreadable(&self.path, &error))?;
        let changed = now != (known, expected);
        if !changed && known < HEAD_BYTES {
            self.head = head(&mut self.file, HEAD_BYTES).map_err(|error| unreadable(&self.path, &error))?;
        }
        Ok(changed)
    }

    fn go_on_from_start(&mut self, sink: &mut impl FnMut(LogEvent<'_>)) -> Result<(), LogError> {
        // What was held back of the old content is complete now.
        self.tell(0, true, sink);
        self.parser.go_on_at(0);
        self.told_to = 0;
        self.size = 0;
        self.head = head(&mut self.file, HEAD_BYTES).map_err(|error| unreadable(&self.path, &error))?;
        Ok(())
    }

    /// Reads to the end of the file; gives the bytes that were dealt with.
    fn read(&mut self, last: bool, sink: &mut impl FnMut(LogEvent<'_>)) -> Result<u64, LogError> {
        let size = self.metadata()?.len();
        let settled = last || size == self.size;
        self.size = size;
        let began = self.parser.offset();
        let mut length = BLOCK;
        loop {
            let offset = self.parser.offset();
            self.block.resize(length, 0);
            let failed = |error: std::io::Error| unreadable(&self.path, &error);
            self.file.seek(SeekFrom::Start(offset)).map_err(failed)?;
            let filled = read_full(&mut self.file, &mut self.block).map_err(failed)?;
            let ends = filled < length;
            // A line without its end is still being written.
            let whole = match memchr::memrchr(b'\n', self.block.get(..filled).unwrap_or_default()) {
                Some(newline) if ends => newline + 1,
                None if ends => 0,
                _ => filled,
            };
            let taken = self.tell(whole, ends && settled, sink);
            match (ends, taken) {
                (true, _) => return Ok(self.parser.offset() - began),
                (false, 0) => length *= 2,
                (false, _) => length = BLOCK,
            }
        }
    }

    /// Gives out the events of the first `length` bytes of the block.
    fn tell(&mut self, length: usize, settled: bool, sink: &mut impl FnMut(LogEvent<'_>)) -> usize {
        let block = self.block.get(..length).unwrap_or_default();
        let taken = self.parser.parse(block, settled, &mut self.events);
        let told_to = self.told_to;
        self.events.iter(block).filter(|event| event.offset() >= told_to).for_each(sink);
        taken
    }
}

fn read_full(file: &mut File, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while let Some(place) = buffer.get_mut(filled..).filter(|place| !place.is_empty()) {
        match file.read(place) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Length and hash of the first `bytes` of a file, or of all it has.
fn head(file: &mut File, bytes: u64) -> std::io::Result<(u64, u64)> {
    let mut buffer = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(bytes).read_to_end(&mut buffer)?;
    Ok((buffer.len() as u64, hash(&buffer)))
}

/// The file that a checkpoint was taken in: the one at `path`, or one beside it that it was renamed or copied to.
fn holder(path: &Path, checkpoint: &Checkpoint) -> Option<PathBuf> {
    let is_it = |candidate: &Path| {
        let Ok(mut file) = File::open(candidate) else { return false };
        let long_enough = file.metadata().is_ok_and(|metadata| metadata.len() >= checkpoint.offset);
        long_enough
            && head(&mut file, checkpoint.head_bytes).ok()
                == Some((checkpoint.head_bytes, checkpoint.head_hash))
    };
    if is_it(path) {
        return Some(path.to_owned());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut others: Vec<PathBuf> = std::fs::read_dir(folder)
        .ok()?
        .flatten()
        .map(|entry| entry.path())
        .filter(|other| other.is_file())
        .collect();
    others.sort();
    let same_inode =
        |other: &PathBuf| std::fs::metadata(other).is_ok_and(|found| inode(&found) == checkpoint.inode);
    let renamed = others.iter().find(|other| same_inode(other) && is_it(other)).cloned();
    renamed.or_else(|| others.into_iter().find(|other| is_it(other)))
}

#[cfg(unix)]
fn inode(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

/// Elsewhere files are told apart by their beginning alone.
#[cfg(not(unix))]
fn inode(_: &Metadata) -> u64 {
    0
}
