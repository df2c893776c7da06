//! The csvlog format: one record of quoted fields, which may hold newlines.

use memchr::memmem::Finder;
use memchr::{memchr, memchr2};

use super::super::bytes::{at, cut, rest};
use super::super::clock::Clock;
use super::super::coverage::{Coverage, SkipReason};
use super::super::events::Events;
use super::super::parser::{Feed, Limits};
use super::super::span::Span;
use super::assemble::{Assembler, Sink};
use super::message::is_phase;
use super::record::{Record, Severity, named_session, transaction};

/// The columns that are kept; PostgreSQL 10 to 18 add further ones only at the end.
mod column {
    pub(super) const SESSION: usize = 5;
    pub(super) const TRANSACTION: usize = 9;
    pub(super) const SEVERITY: usize = 11;
    pub(super) const SQLSTATE: usize = 12;
    pub(super) const MESSAGE: usize = 13;
    pub(super) const DETAIL: usize = 14;
    pub(super) const CONTEXT: usize = 18;
    pub(super) const STATEMENT: usize = 19;
    pub(super) const APPLICATION: usize = 22;
    /// PostgreSQL 8.4 to 12 end here.
    pub(super) const FEWEST: usize = 22;
    pub(super) const MOST: usize = 23;
}

/// A field as it lies in the block, its quotes taken off.
#[derive(Debug, Clone, Copy, Default)]
struct Field {
    from: usize,
    to: usize,
    /// Holds doubled quotes.
    escaped: bool,
}

#[derive(Debug)]
pub(in super::super) struct Csvlog {
    clock: Clock,
    assembler: Assembler,
    limits: Limits,
    /// Inside the rest of an overlong record: whether within quotes.
    passing: Option<bool>,
    message: Finder<'static>,
}

/// What is needed of a parse or bind phase.
struct Phase {
    next: usize,
    lines: u64,
    at_us: i64,
    session: u64,
}

/// What stands before a message that tells a duration, and how that begins.
const TIMED: &[u8] = b",LOG,00000,\"duration: ";
const DURATION: &[u8] = b"duration: ";
/// Names are at most 63 bytes each; what is longer is read in full.
const LONGEST_HEAD: usize = 512;

enum Framed {
    Record {
        next: usize,
        fields: usize,
        lines: u64,
    },
    /// The block ends inside the record; the number of the field it ends in, and whether within quotes.
    Unfinished {
        fields: usize,
        in_quotes: bool,
    },
    /// A quote stands where none may; the line is no record.
    Broken,
}

impl Csvlog {
    pub(in super::super) fn new(limits: Limits) -> Csvlog {
        let message = Finder::new(TIMED);
        Csvlog { clock: Clock::default(), assembler: Assembler::default(), limits, passing: None, message }
    }

    pub(in super::super) fn earliest_open(&self) -> Option<u64> {
        self.assembler.earliest_open()
    }

    pub(in super::super) fn finish(&mut self, block: &[u8], out: &mut Events, coverage: &mut Coverage) {
        self.assembler.finish(&mut Sink { block, out, coverage });
    }

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
        let mut fields = [Field::default(); column::MOST];
        while pos < block.len() {
            if let Some(in_quotes) = self.passing {
                pos = self.pass_over(block, pos, in_quotes, &mut sink);
                continue;
            }
            if !is_start(rest(block, pos)) {
                let Some(next) = next_line(block, pos, feed.ends) else { break };
                skip(block, pos, next, &mut sink);
                pos = next;
                continue;
            }
            if let Some(phase) = self.phase(block, pos) {
                sink.coverage.lines += phase.lines;
                self.assembler.phase(phase.session, phase.at_us, &mut sink);
                pos = phase.next;
                continue;
            }
            match frame(block, pos, &mut fields) {
                Framed::Record { next, fields: count, lines } => {
                    sink.coverage.lines += lines;
                    self.record(&fields, count, feed.offset + pos as u64, false, lines, &mut sink);
                    pos = next;
                }
                Framed::Unfinished { fields: count, in_quotes } => {
                    let overlong = block.len() - pos >= self.limits.record_bytes;
                    if !overlong && !feed.ends {
                        break;
                    }
                    let lines = newlines(cut(block, pos, block.len())) + 1;
                    sink.coverage.lines += lines;
                    let readable = count > column::MESSAGE || (overlong && count == column::MESSAGE);
                    if (in_quotes && !overlong) || !readable {
                        sink.coverage.skip(SkipReason::CutOff, lines);
                    } else {
                        self.record(
                            &fields,
                            column::FEWEST,
                            feed.offset + pos as u64,
                            overlong,
                            lines,
                            &mut sink,
                        );
                    }
                    self.passing = (overlong && !feed.ends).then_some(in_quotes);
                    pos = block.len();
                }
                Framed::Broken => {
                    let Some(next) = next_line(block, pos, feed.ends) else { break };
                    sink.coverage.lines += 1;
                    sink.coverage.skip(SkipReason::Malformed, 1);
                    pos = next;
                }
            }
        }
        sink.coverage.hints.unknown_zone |= self.clock.unknown_zone;
        self.assembler.end(&mut sink, feed.ends);
        pos
    }

    /// The record at `from`, where it tells of a parse or bind phase: told from its first fields and the beginning of
    /// its message, because nothing else of it is needed. What is unusual in any way is left to [`frame`].
    fn phase(&mut self, block: &[u8], from: usize) -> Option<Phase> {
        // Within quotes a quote is doubled, so that this stands before a message and nowhere else.
        let window = cut(block, from, block.len().min(from + LONGEST_HEAD));
        let found = self.message.find(window)?;
        let head = cut(window, 0, found);
        let message = from + found + TIMED.len() - DURATION.len();
        if memchr(b'\n', head).is_some() || !is_phase(rest(block, message)) {
            return None;
        }
        let (at_us, _) = self.clock.read(head)?;
        let mut pos = 0;
        for _ in 0..column::SESSION {
            pos = field_end(head, pos)? + 1;
        }
        let session = named_session(cut(head, pos, field_end(head, pos)?));
        let (next, lines) = record_end(block, message)?;
        Some(Phase { next, lines, at_us, session })
    }

    fn record(
        &mut self,
        fields: &[Field; column::MOST],
        count: usize,
        offset: u64,
        overlong: bool,
        lines: u64,
        sink: &mut Sink<'_>,
    ) {
        // The last column that is kept is the application's name.
        let [time, user, database, .., application] = fields;
        let field = |index: usize| fields.get(index).copied().unwrap_or_default();
        let raw = |field: Field| cut(sink.block, field.from, field.to);
        let severity = Severity::named(raw(field(column::SEVERITY)));
        let at_us = self.clock.read(raw(*time)).map(|(at_us, _)| at_us);
        let (Some(severity), Some(at_us), true) = (severity, at_us, count >= column::FEWEST) else {
            sink.coverage.skip(SkipReason::Malformed, lines);
            return;
        };
        let session = named_session(raw(field(column::SESSION)));
        let mut record = Record::new(offset);
        record.at_us = at_us;
        record.severity = severity;
        record.who.session = session;
        record.who.transaction = transaction(session, raw(field(column::TRANSACTION)));
        record.who.user = text(*user, sink);
        record.who.database = text(*database, sink);
        if count > column::APPLICATION {
            record.who.application = text(*application, sink);
        }
        record.sqlstate = text(field(column::SQLSTATE), sink);
        record.message = text(field(column::MESSAGE), sink);
        record.detail = text(field(column::DETAIL), sink);
        record.context = text(field(column::CONTEXT), sink);
        record.statement = text(field(column::STATEMENT), sink);
        record.cut = overlong;
        self.assembler.record(&record, sink);
    }

    /// Passes over the rest of an overlong record.
    fn pass_over(&mut self, block: &[u8], from: usize, quoted: bool, sink: &mut Sink<'_>) -> usize {
        let mut in_quotes = quoted;
        let mut cursor = from;
        while let Some(found) = memchr2(b'"', b'\n', rest(block, cursor)) {
            let place = cursor + found;
            cursor = place + 1;
            match at(block, place) {
                b'"' => in_quotes = !in_quotes,
                _ if in_quotes => {
                    sink.coverage.lines += 1;
                    sink.coverage.skip(SkipReason::Overlong, 1);
                }
                _ => {
                    self.passing = None;
                    return cursor;
                }
            }
        }
        self.passing = Some(in_quotes);
        block.len()
    }
}

/// `2026-…`: every record begins with its time.
#[inline]
fn is_start(text: &[u8]) -> bool {
    at(text, 0).is_ascii_digit() && (text.len() < 11 || (at(text, 4) == b'-' && at(text, 10) == b' '))
}

fn next_line(block: &[u8], from: usize, ends: bool) -> Option<usize> {
    match memchr(b'\n', rest(block, from)) {
        Some(found) => Some(from + found + 1),
        None => ends.then_some(block.len()),
    }
}

fn skip(block: &[u8], from: usize, next: usize, sink: &mut Sink<'_>) {
    sink.coverage.lines += 1;
    let blank = cut(block, from, next).trim_ascii().is_empty();
    if !blank {
        sink.coverage.skip(SkipReason::NotARecord, 1);
    }
}

fn newlines(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', text).count() as u64
}

/// Where the field at `from` ends: at a comma.
#[inline]
fn field_end(head: &[u8], from: usize) -> Option<usize> {
    let mut pos = from;
    if at(head, pos) == b'"' {
        pos = closing_quote(head, pos + 1, &mut 0)? + 1;
    }
    memchr(b',', rest(head, pos)).map(|found| pos + found)
}

/// The quote that ends the field whose inside begins at `from`; newlines in it are counted.
#[inline]
fn closing_quote(text: &[u8], from: usize, newlines: &mut u64) -> Option<usize> {
    let mut pos = from;
    loop {
        pos += memchr2(b'"', b'\n', rest(text, pos))?;
        if at(text, pos) == b'\n' {
            *newlines += 1;
            pos += 1;
        } else if at(text, pos + 1) == b'"' {
            pos += 2;
        } else {
            return Some(pos);
        }
    }
}

/// Behind the record in whose quoted field `inside` lies, where the block holds its end; and its lines from there.
fn record_end(block: &[u8], inside: usize) -> Option<(usize, u64)> {
    let mut lines = 1;
    let mut pos = closing_quote(block, inside, &mut lines)? + 1;
    loop {
        pos += memchr2(b'"', b'\n', rest(block, pos))?;
        if at(block, pos) == b'\n' {
            return Some((pos + 1, lines));
        }
        pos = closing_quote(block, pos + 1, &mut lines)? + 1;
    }
}

/// Splits one record; fields beyond the array are passed over.
#[inline]
fn frame(block: &[u8], from: usize, fields: &mut [Field; column::MOST]) -> Framed {
    let mut pos = from;
    let mut count = 0;
    let mut lines = 1;
    loop {
        let mut field = Field { from: pos, to: pos, escaped: false };
        if at(block, pos) == b'"' {
            field.from = pos + 1;
            let mut cursor = pos + 1;
            loop {
                let Some(found) = memchr2(b'"', b'\n', rest(block, cursor)) else {
                    field.to = block.len();
                    store(fields, count, field);
                    return Framed::Unfinished { fields: count, in_quotes: true };
                };
                cursor += found + 1;
                if at(block, cursor - 1) == b'\n' {
                    lines += 1;
                } else if at(block, cursor) == b'"' {
                    field.escaped = true;
                    cursor += 1;
                } else {
                    break;
                }
            }
            field.to = cursor - 1;
            pos = cursor;
        } else {
            let plain = rest(block, pos).iter().take(40).position(|byte| matches!(byte, b',' | b'\n'));
            let plain = plain.or_else(|| memchr2(b',', b'\n', rest(block, pos)));
            let Some(length) = plain else {
                field.to = block.len();
                store(fields, count, field);
                return Framed::Unfinished { fields: count, in_quotes: false };
            };
            pos += length;
            field.to = pos;
        }
        store(fields, count, field);
        count += 1;
        match at(block, pos) {
            b',' => pos += 1,
            b'\n' => return Framed::Record { next: pos + 1, fields: count, lines },
            b'\r' if at(block, pos + 1) == b'\n' => {
                return Framed::Record { next: pos + 2, fields: count, lines };
            }
            _ if pos >= block.len() => return Framed::Unfinished { fields: count, in_quotes: false },
            _ => return Framed::Broken,
        }
    }
}

#[inline]
fn store(fields: &mut [Field; column::MOST], index: usize, field: Field) {
    if let Some(place) = fields.get_mut(index) {
        *place = field;
    }
}

/// The text of a field, unescaped; nothing where it is empty.
#[inline]
fn text(field: Field, sink: &mut Sink<'_>) -> Span {
    if field.from >= field.to {
        return Span::NONE;
    }
    if !field.escaped {
        return Span::block(field.from, field.to);
    }
    let start = sink.out.scratch.len();
    let mut cursor = field.from;
    while let Some(found) = memchr(b'"', cut(sink.block, cursor, field.to)) {
        let quote = cursor + found + 1;
        sink.out.scratch.extend_from_slice(cut(sink.block, cursor, quote));
        cursor = quote + 1;
    }
    sink.out.scratch.extend_from_slice(cut(sink.block, cursor, field.to));
    Span::scratch(start, sink.out.scratch.len())
}
