//! The stderr format: a prefix, a severity, a message; further lines of a message begin with a tab.

use memchr::memchr;

use super::super::bytes::{at, cut, rest};
use super::super::clock::Clock;
use super::super::coverage::{Coverage, SkipReason};
use super::super::events::{Events, Who};
use super::super::parser::{Feed, Limits};
use super::super::span::Span;
use super::assemble::{Assembler, Sink};
use super::message::is_phase;
use super::prefix::{Header, Memory, Prefix};
use super::record::{Record, Severity, named_session, process_session, transaction};

#[derive(Debug)]
pub(in super::super) struct Stderr {
    prefix: Prefix,
    /// Some shippers strip the tabs: then a line that does not match the prefix continues the one before.
    tabs_stripped: bool,
    clock: Clock,
    memory: Memory,
    assembler: Assembler,
    limits: Limits,
    passing: Passing,
}

/// Behind an overlong record, whose rest is passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Passing {
    No,
    /// In the line that was cut, which is counted already.
    CutLine,
    FurtherLines,
}

/// Where a record ends, and what is known from having looked.
struct Extent {
    /// Without the line ending.
    end: usize,
    next: usize,
    lines: u64,
    complete: bool,
}

impl Stderr {
    pub(in super::super) fn new(prefix: Prefix, tabs_stripped: bool, limits: Limits) -> Stderr {
        Stderr {
            prefix,
            tabs_stripped,
            clock: Clock::default(),
            memory: Memory::default(),
            assembler: Assembler::default(),
            limits,
            passing: Passing::No,
        }
    }

    pub(in super::super) fn earliest_open(&self) -> Option<u64> {
        self.assembler.earliest_open()
    }

    /// Reads the records that are complete in `feed.block`; gives the bytes that need not be shown again.
    pub(in super::super) fn parse(
        &mut self,
        feed: &Feed<'_>,
        out: &mut Events,
        coverage: &mut Coverage,
    ) -> usize {
        self.assembler.begin(out);
        let block = feed.block;
        let mut sink = Sink { block, out, coverage };
        let mut pos = 0;
        while pos < block.len() {
            if self.passing != Passing::No {
                let next = self.pass_over(block, pos, feed.ends, sink.coverage);
                if next == pos {
                    break;
                }
                pos = next;
                continue;
            }
            let extent = self.extent(block, pos, feed.ends);
            if extent.complete {
                sink.coverage.lines += extent.lines;
                self.line(pos, &extent, feed.offset + pos as u64, false, &mut sink);
                pos = extent.next;
            } else if block.len() - pos >= self.limits.record_bytes {
                sink.coverage.lines += extent.lines;
                let extent = Extent { end: block.len(), next: block.len(), ..extent };
                self.line(pos, &extent, feed.offset + pos as u64, true, &mut sink);
                self.passing = Passing::CutLine;
                pos = block.len();
            } else {
                break;
            }
        }
        sink.coverage.hints.unknown_zone |= self.clock.unknown_zone;
        self.assembler.end(&mut sink, feed.ends);
        pos
    }

    /// Ends the log.
    pub(in super::super) fn finish(&mut self, block: &[u8], out: &mut Events, coverage: &mut Coverage) {
        self.assembler.finish(&mut Sink { block, out, coverage });
    }

    /// A record is complete when the line behind its last one is seen not to continue it.
    #[inline]
    fn extent(&mut self, block: &[u8], from: usize, ends: bool) -> Extent {
        let mut lines = 0;
        let mut cursor = from;
        loop {
            let Some(newline) = memchr(b'\n', rest(block, cursor)).map(|found| cursor + found) else {
                let unfinished = u64::from(cursor < block.len() || lines == 0);
                let end = line_end(block, from, block.len());
                return Extent { end, next: block.len(), lines: lines + unfinished, complete: ends };
            };
            lines += 1;
            cursor = newline + 1;
            let seen_next = cursor < block.len();
            if !seen_next {
                let end = line_end(block, from, newline);
                return Extent { end, next: cursor, lines, complete: ends };
            }
            if at(block, cursor) == b'\t' || (self.tabs_stripped && self.continues(block, cursor, ends)) {
                continue;
            }
            return Extent { end: line_end(block, from, newline), next: cursor, lines, complete: true };
        }
    }

    /// Where tabs are stripped: whether the line at `from` is part of the record before it.
    fn continues(&mut self, block: &[u8], from: usize, ends: bool) -> bool {
        match memchr(b'\n', rest(block, from)) {
            Some(length) => self.prefix.read(cut(block, from, from + length), &mut self.clock).is_none(),
            None => !ends || self.prefix.read(rest(block, from), &mut self.clock).is_none(),
        }
    }

    /// Passes over the rest of a record; gives how far it came.
    fn pass_over(&mut self, block: &[u8], from: usize, ends: bool, coverage: &mut Coverage) -> usize {
        let mut cursor = from;
        while let Some(found) = memchr(b'\n', rest(block, cursor)) {
            let next = cursor + found + 1;
            if next == block.len() && !ends {
                // The newline is shown again with what follows it.
                return next - 1;
            }
            if self.passing == Passing::FurtherLines {
                coverage.lines += 1;
                coverage.skip(SkipReason::Overlong, 1);
            }
            self.passing = Passing::FurtherLines;
            cursor = next;
            if at(block, next) != b'\t' {
                self.passing = Passing::No;
                return next;
            }
        }
        block.len()
    }

    #[inline]
    fn line(&mut self, from: usize, extent: &Extent, offset: u64, overlong: bool, sink: &mut Sink<'_>) {
        let text = cut(sink.block, from, extent.end);
        let Some((header, severity, message)) =
            self.prefix.read_again(text, &mut self.clock, &mut self.memory)
        else {
            let cut_off =
                extent.next == sink.block.len() && at(sink.block, extent.next.wrapping_sub(1)) != b'\n';
            let reason = if cut_off { SkipReason::CutOff } else { SkipReason::NotARecord };
            sink.coverage.skip(reason, extent.lines);
            return;
        };
        if severity == Severity::Log && is_phase(rest(text, message)) {
            self.assembler.phase(session(&header, text), header.at_us.unwrap_or(0), sink);
            return;
        }
        let mut record = Record::new(offset);
        record.at_us = header.at_us.unwrap_or(0);
        record.severity = severity;
        record.who = who(&header, from, text);
        record.sqlstate = place(header.sqlstate, from);
        record.cut = overlong;
        record.message = if extent.lines > 1 {
            joined(from + message, extent.end, sink)
        } else {
            Span::block(from + message, extent.end)
        };
        self.assembler.record(&record, sink);
    }
}

#[inline]
fn line_end(block: &[u8], from: usize, newline: usize) -> usize {
    if newline > from && at(block, newline - 1) == b'\r' { newline - 1 } else { newline }
}

#[inline]
fn place((start, end): (usize, usize), from: usize) -> Span {
    if end == 0 { Span::NONE } else { Span::block(from + start, from + end) }
}

#[inline]
fn session(header: &Header, text: &[u8]) -> u64 {
    match header.session {
        (_, 0) => header.pid.map_or(0, process_session),
        (start, end) => named_session(cut(text, start, end)),
    }
}

#[inline]
fn who(header: &Header, from: usize, text: &[u8]) -> Who {
    let named = |(start, end): (usize, usize)| cut(text, start, end);
    let session = session(header, text);
    Who {
        session,
        transaction: if header.transaction.1 == 0 {
            0
        } else {
            transaction(session, named(header.transaction))
        },
        user: place(header.user, from),
        database: place(header.database, from),
        application: place(header.application, from),
        request_id: Span::NONE,
        trace_id: Span::NONE,
    }
}

/// The message with the tab behind each newline, which PostgreSQL adds, taken away again.
fn joined(from: usize, end: usize, sink: &mut Sink<'_>) -> Span {
    let start = sink.out.scratch.len();
    let text = cut(sink.block, from, end);
    let mut cursor = 0;
    while let Some(found) = memchr(b'\n', rest(text, cursor)) {
        let newline = cursor + found;
        sink.out.scratch.extend_from_slice(cut(text, cursor, line_end(text, cursor, newline)));
        sink.out.scratch.push(b'\n');
        cursor = newline + 1 + usize::from(at(text, newline + 1) == b'\t');
    }
    sink.out.scratch.extend_from_slice(rest(text, cursor));
    Span::scratch(start, sink.out.scratch.len())
}
