//! Reads logs batch by batch: each file once, rotated files as one, several logs merged by time.

use std::collections::VecDeque;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::super::coverage::Coverage;
use super::super::error::LogError;
use super::super::event::LogEvent;
use super::super::events::Events;
use super::super::format::{LogFormat, SAMPLE_BYTES};
use super::super::parser::{Limits, Parser};
use super::ahead::{Block, Blocks, HEADROOM};
use super::compression::{Input, unreadable};
use super::files::{LogFile, SetAside, families};
use super::merge::Merge;

/// How to read.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// The format, where it is known; else each file's own is found out.
    pub format: Option<LogFormat>,
    /// `log_line_prefix`, where it is known.
    pub prefix: Option<String>,
    pub limits: Limits,
    /// Microseconds since the epoch; gives syslog lines their year.
    pub now_us: i64,
}

impl ReadOptions {
    pub(super) fn detect(&self, name: &str, sample: &[u8]) -> Result<LogFormat, LogError> {
        match &self.format {
            Some(format) => Ok(format.clone()),
            None => LogFormat::detect(name, sample, self.prefix.as_deref(), self.now_us),
        }
    }
}

/// Some events with the texts they point into.
#[derive(Debug, Default)]
pub struct Batch {
    pub(super) block: Vec<u8>,
    /// The text lies between these.
    from: usize,
    filled: usize,
    pub(super) events: Events,
}

impl Batch {
    pub fn events(&self) -> impl Iterator<Item = LogEvent<'_>> {
        self.events.iter(self.text())
    }

    pub(super) fn text(&self) -> &[u8] {
        self.block.get(self.from..self.filled).unwrap_or_default()
    }

    /// Empties it and keeps the room.
    pub(super) fn forget(&mut self) {
        self.events.clear();
        (self.from, self.filled) = (0, 0);
    }

    /// Takes a block over, with `tail` before its text.
    fn put(&mut self, block: Block, tail: &[u8]) {
        (self.block, self.filled) = (block.bytes, block.filled);
        self.from = HEADROOM.saturating_sub(tail.len());
        match self.block.get_mut(self.from..HEADROOM).filter(|room| room.len() == tail.len()) {
            Some(room) => room.copy_from_slice(tail),
            None => {
                // A record of many blocks, of which there are few.
                let text = self.block.get(HEADROOM..self.filled).unwrap_or_default();
                let joined = [tail, text].concat();
                (self.from, self.filled) = (0, joined.len());
                self.block = joined;
            }
        }
    }
}

/// One log: a file, the files it was rotated to, or a pipe.
pub(super) struct Chain {
    waiting: VecDeque<LogFile>,
    current: Option<(PathBuf, Blocks)>,
    parser: Parser,
    format: LogFormat,
    options: ReadOptions,
    /// Of parsers that were replaced by one for another format.
    before: Coverage,
    /// What the last block ended with: an unfinished record.
    tail: Vec<u8>,
    broken: u64,
    finished: bool,
    /// Bytes read of the files as they lie on the disk.
    read: Arc<AtomicU64>,
}

impl Chain {
    fn of_files(files: Vec<LogFile>, options: &ReadOptions, read: &Arc<AtomicU64>) -> Option<Chain> {
        let format = files.first()?.format.clone();
        Some(Chain::new(format, files.into(), None, options, read))
    }

    fn new(
        format: LogFormat,
        waiting: VecDeque<LogFile>,
        current: Option<(PathBuf, Blocks)>,
        options: &ReadOptions,
        read: &Arc<AtomicU64>,
    ) -> Chain {
        Chain {
            waiting,
            current,
            parser: Parser::new(&format, options.limits, options.now_us),
            format,
            options: options.clone(),
            before: Coverage::default(),
            tail: Vec::new(),
            broken: 0,
            finished: false,
            read: Arc::clone(read),
        }
    }

    pub(super) fn coverage(&self) -> Coverage {
        let mut coverage = self.before;
        coverage.add(self.parser.coverage());
        coverage.broken_inputs += self.broken;
        coverage
    }

    /// Reads the next block; false once nothing is left.
    pub(super) fn next(&mut self, batch: &mut Batch) -> Result<bool, LogError> {
        batch.forget();
        if self.finished || !self.input_open()? {
            return Ok(false);
        }
        let Some((path, blocks)) = &mut self.current else { return Ok(false) };
        let block =
            blocks.next(std::mem::take(&mut batch.block)).map_err(|error| unreadable(path, &error))?;
        let Some(block) = block else {
            return Err(unreadable(path, &io::Error::other("reading it ended unexpectedly")));
        };
        let (ends, broken) = (block.ends, block.broken);
        batch.put(block, &self.tail);
        let taken = {
            let text = batch.block.get(batch.from..batch.filled).unwrap_or_default();
            self.parser.parse(text, ends, &mut batch.events)
        };
        self.tail.clear();
        self.tail.extend_from_slice(batch.text().get(taken..).unwrap_or_default());
        if ends {
            self.broken += u64::from(broken);
            self.current = None;
            self.ended(batch);
        }
        Ok(true)
    }

    fn ended(&mut self, batch: &mut Batch) {
        let same = self.waiting.front().is_some_and(|next| next.format == self.format);
        if same {
            return;
        }
        let block = batch.block.get(batch.from..batch.filled).unwrap_or_default();
        self.parser.finish(block, &mut batch.events);
        match self.waiting.front() {
            None => self.finished = true,
            Some(next) => {
                self.before.add(self.parser.coverage());
                self.format = next.format.clone();
                self.parser = Parser::new(&self.format, self.options.limits, self.options.now_us);
            }
        }
    }

    fn input_open(&mut self) -> Result<bool, LogError> {
        if self.current.is_none() {
            let Some(next) = self.waiting.pop_front() else { return Ok(false) };
            let input = Input::open(&next.path, &self.read)?;
            let blocks = Blocks::start(input).map_err(|error| unreadable(&next.path, &error))?;
            self.current = Some((next.path, blocks));
        }
        Ok(true)
    }
}

/// Reads one log or several as one.
pub struct LogReader {
    merge: Merge,
    formats: Vec<LogFormat>,
    set_aside: Vec<SetAside>,
    total_bytes: Option<u64>,
    read: Arc<AtomicU64>,
}

impl LogReader {
    /// Opens files, directories and patterns. A file that is named must be readable; of a directory what is no log is set aside.
    pub fn open(patterns: &[String], options: &ReadOptions) -> Result<LogReader, LogError> {
        let (families, set_aside) = families(patterns, options)?;
        let mut formats = Vec::new();
        for file in families.iter().flatten() {
            if !formats.contains(&file.format) {
                formats.push(file.format.clone());
            }
        }
        let total_bytes = families.iter().flatten().map(|file| file.bytes).sum();
        let read = Arc::default();
        let chains =
            families.into_iter().filter_map(|files| Chain::of_files(files, options, &read)).collect();
        Ok(LogReader { merge: Merge::new(chains), formats, set_aside, total_bytes: Some(total_bytes), read })
    }

    /// Reads a pipe; `name` is for messages.
    pub fn of_pipe(
        name: &str,
        pipe: Box<dyn Read + Send>,
        options: &ReadOptions,
    ) -> Result<LogReader, LogError> {
        let failed = |error: io::Error| unreadable(Path::new(name), &error);
        let mut input = Input::of(pipe).map_err(failed)?;
        let mut sample = vec![0; SAMPLE_BYTES];
        let filled = input.fill(&mut sample).map_err(failed)?;
        sample.truncate(filled);
        let format = options.detect(name, &sample)?;
        let input = Blocks::start(input.preceded_by(sample)).map_err(failed)?;
        let read = Arc::default();
        let chain = Chain::new(format.clone(), VecDeque::new(), Some((name.into(), input)), options, &read);
        Ok(LogReader {
            merge: Merge::new(vec![chain]),
            formats: vec![format],
            set_aside: Vec::new(),
            total_bytes: None,
            read,
        })
    }

    /// Reads the next events into `batch`, in the order of time where there are several logs; false once nothing is left.
    pub fn next(&mut self, batch: &mut Batch) -> Result<bool, LogError> {
        self.merge.next(batch)
    }

    /// What was read so far.
    pub fn coverage(&self) -> Coverage {
        self.merge.coverage()
    }

    pub fn formats(&self) -> &[LogFormat] {
        &self.formats
    }

    pub fn set_aside(&self) -> &[SetAside] {
        &self.set_aside
    }

    /// Size of the files as they lie on the disk; a pipe's is not known.
    pub fn total_bytes(&self) -> Option<u64> {
        self.total_bytes
    }

    /// How much of [`LogReader::total_bytes`] is read, as it goes on.
    pub fn read_bytes(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.read)
    }
}

impl Input {
    /// Puts back what was read to tell the format.
    fn preceded_by(self, sample: Vec<u8>) -> Input {
        self.map(|reader| Box::new(Cursor::new(sample).chain(reader)))
    }
}
