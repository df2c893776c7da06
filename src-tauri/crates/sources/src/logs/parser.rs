//! One parser for every format, fed with blocks of bytes as they come: from a file, a pipe, or a file that grows.

use super::application::console::Console;
use super::application::lines::JsonLines;
use super::coverage::Coverage;
use super::event::LogEvent;
use super::events::Events;
use super::format::LogFormat;
use super::postgres::cloud::Envelopes;
use super::postgres::csvlog::Csvlog;
use super::postgres::jsonlog::Jsonlog;
use super::postgres::stderr::Stderr;
use super::postgres::syslog::Syslog;

/// Bounds of what one record may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// A record above this is cut: its beginning is read, the rest counted and passed over.
    pub record_bytes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { record_bytes: 4 << 20 }
    }
}

/// A block of the log and what is known about it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Feed<'a> {
    pub(super) block: &'a [u8],
    /// Bytes of the log before the block.
    pub(super) offset: u64,
    /// Nothing follows for now: what stands here counts as complete.
    pub(super) ends: bool,
}

#[derive(Debug)]
enum Inner {
    Stderr(Stderr),
    Csvlog(Csvlog),
    Jsonlog(Jsonlog),
    Syslog(Syslog),
    Envelopes(Envelopes),
    JsonLines(JsonLines),
    Console(Console),
}

/// Reads one log of one format; keeps what spans blocks.
#[derive(Debug)]
pub struct Parser {
    inner: Inner,
    coverage: Coverage,
    offset: u64,
    events: Events,
}

impl Parser {
    /// `now_us`, microseconds since the epoch, gives syslog lines their year.
    pub fn new(format: &LogFormat, limits: Limits, now_us: i64) -> Parser {
        let inner = match format.clone() {
            LogFormat::Stderr { prefix, tabs_stripped } => {
                Inner::Stderr(Stderr::new(prefix, tabs_stripped, limits))
            }
            LogFormat::Csvlog => Inner::Csvlog(Csvlog::new(limits)),
            LogFormat::Jsonlog => Inner::Jsonlog(Jsonlog::new(limits)),
            LogFormat::Syslog { prefix } => Inner::Syslog(Syslog::new(prefix, limits, now_us)),
            LogFormat::Envelopes { kind, prefix } => Inner::Envelopes(Envelopes::new(kind, prefix, limits)),
            LogFormat::Winston => Inner::JsonLines(JsonLines::winston(limits)),
            LogFormat::JsonLines { fields } => Inner::JsonLines(JsonLines::new(*fields, limits)),
            LogFormat::WinstonConsole => Inner::Console(Console::new(limits)),
        };
        Parser { inner, coverage: Coverage::default(), offset: 0, events: Events::default() }
    }

    /// Begins in the middle of a log, `offset` bytes behind its start.
    pub fn starting_at(mut self, offset: u64) -> Parser {
        self.offset = offset;
        self
    }

    /// The log goes on in another file, whose bytes count from `offset`.
    pub(super) fn go_on_at(&mut self, offset: u64) {
        self.offset = offset;
    }

    pub fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    /// Bytes of the log that are dealt with; behind them stands at most an unfinished record.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// From where a later parser must read to see every statement that still waits for its duration.
    pub fn resume_offset(&self) -> u64 {
        let open = match &self.inner {
            Inner::Stderr(parser) => parser.earliest_open(),
            Inner::Csvlog(parser) => parser.earliest_open(),
            Inner::Jsonlog(parser) => parser.earliest_open(),
            _ => None,
        };
        open.map_or(self.offset, |open| open.min(self.offset))
    }

    /// Reads a block and gives its events to `sink`. Gives how many bytes were taken: what is left must stand at
    /// the start of the next block. `at_end` tells that nothing follows, so that everything is taken.
    pub fn feed(&mut self, block: &[u8], at_end: bool, sink: &mut impl FnMut(LogEvent<'_>)) -> usize {
        let mut events = std::mem::take(&mut self.events);
        let taken = self.parse(block, at_end, &mut events);
        if at_end {
            self.finish(block, &mut events);
        }
        events.iter(block).for_each(sink);
        self.events = events;
        taken
    }

    /// As [`Parser::feed`], keeping the events in `out`, which is emptied first. `settled` gives out also what might
    /// still be added to, and leaves statements open that wait for their duration.
    pub(super) fn parse(&mut self, block: &[u8], settled: bool, out: &mut Events) -> usize {
        out.clear();
        let feed = Feed { block, offset: self.offset, ends: settled };
        let coverage = &mut self.coverage;
        let taken = match &mut self.inner {
            Inner::Stderr(parser) => parser.parse(&feed, out, coverage),
            Inner::Csvlog(parser) => parser.parse(&feed, out, coverage),
            Inner::Jsonlog(parser) => parser.parse(&feed, out, coverage),
            Inner::Syslog(parser) => parser.parse(&feed, out, coverage),
            Inner::Envelopes(parser) => parser.parse(&feed, out, coverage),
            Inner::JsonLines(parser) => parser.parse(&feed, out, coverage),
            Inner::Console(parser) => parser.parse(&feed, out, coverage),
        };
        self.offset += taken as u64;
        self.coverage.bytes += taken as u64;
        taken
    }

    /// Gives out what still waited, into the events that were read from `block`.
    pub(super) fn finish(&mut self, block: &[u8], out: &mut Events) {
        let coverage = &mut self.coverage;
        match &mut self.inner {
            Inner::Stderr(parser) => parser.finish(block, out, coverage),
            Inner::Csvlog(parser) => parser.finish(block, out, coverage),
            Inner::Jsonlog(parser) => parser.finish(block, out, coverage),
            // These give out everything once nothing follows.
            Inner::Syslog(_) | Inner::Envelopes(_) | Inner::JsonLines(_) | Inner::Console(_) => {}
        }
    }
}
