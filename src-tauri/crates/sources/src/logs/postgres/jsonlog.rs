//! The jsonlog format of PostgreSQL 15 and later: one object a line.

use memchr::memchr;
use memchr::memmem::Finder;

use super::super::bytes::{cut, rest};
use super::super::clock::Clock;
use super::super::coverage::{Coverage, SkipReason};
use super::super::events::Events;
use super::super::json::{Broken, Members, Value};
use super::super::lines::{Line, Lines};
use super::super::parser::{Feed, Limits};
use super::super::span::Span;
use super::assemble::{Assembler, Sink};
use super::message::is_phase;
use super::record::{Record, Severity, named_session, process_session, transaction};

#[derive(Debug)]
pub(in super::super) struct Jsonlog {
    clock: Clock,
    assembler: Assembler,
    lines: Lines,
    message: Finder<'static>,
    session: Finder<'static>,
}

impl Jsonlog {
    pub(in super::super) fn new(limits: Limits) -> Jsonlog {
        Jsonlog {
            clock: Clock::default(),
            assembler: Assembler::default(),
            lines: Lines::new(limits),
            message: Finder::new(MESSAGE),
            session: Finder::new(SESSION),
        }
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
        let mut sink = Sink { block: feed.block, out, coverage };
        let mut pos = 0;
        while let Some(line) = self.lines.next(feed, pos, sink.coverage) {
            pos = line.next;
            if line.from < line.to {
                self.line(&line, feed.offset + line.from as u64, &mut sink);
            }
        }
        sink.coverage.hints.unknown_zone |= self.clock.unknown_zone;
        self.assembler.end(&mut sink, feed.ends);
        self.lines.taken(feed, pos)
    }

    fn line(&mut self, line: &Line, offset: u64, sink: &mut Sink<'_>) {
        if let Some((session, at_us)) = self.phase(line, sink.block) {
            self.assembler.phase(session, at_us, sink);
            return;
        }
        let read = record(line, offset, &mut self.clock, sink);
        match read {
            Ok(Some(record)) => self.assembler.record(&record, sink),
            Ok(None) => sink.coverage.skip(SkipReason::NotARecord, 1),
            Err(Broken) => sink.coverage.skip(line.broken_because(sink.block), 1),
        }
    }

    /// Session and time of a line that tells of a parse or bind phase: nothing else of it is needed.
    fn phase(&mut self, line: &Line, block: &[u8]) -> Option<(u64, i64)> {
        let text = cut(block, line.from, line.to);
        let message = self.message.find(text)? + MESSAGE.len();
        if line.overlong || !text.ends_with(b"}") || !is_phase(rest(text, message)) {
            return None;
        }
        let head = cut(text, 0, message);
        let (at_us, _) = self.clock.read(head.strip_prefix(TIMESTAMP)?)?;
        let id = rest(head, self.session.find(head)? + SESSION.len());
        let session = named_session(cut(id, 0, memchr(b'"', id)?));
        (session != 0).then_some((session, at_us))
    }
}

/// How members begin. Within strings a quote is escaped, so that these stand before values and nowhere else.
const MESSAGE: &[u8] = b"\"message\":\"";
const SESSION: &[u8] = b"\"session_id\":\"";
const TIMESTAMP: &[u8] = b"{\"timestamp\":\"";

/// Reads one object. Of an overlong line what stands before the cut counts, if it has come to the message.
fn record(
    line: &Line,
    offset: u64,
    clock: &mut Clock,
    sink: &mut Sink<'_>,
) -> Result<Option<Record>, Broken> {
    let block = sink.block;
    let mut members = Members::of(block, line.from, line.to)?;
    let mut record = Record::new(offset);
    let mut at_us = None;
    let mut severity = None;
    let mut vxid: &[u8] = &[];
    let mut pid = 0;
    loop {
        let (name, value) = match members.next() {
            Ok(Some(member)) => member,
            Ok(None) => break,
            Err(Broken) if line.overlong && cut_message(line, block, &mut record, sink) => break,
            Err(Broken) => return Err(Broken),
        };
        match name {
            b"timestamp" => at_us = clock.read(value.raw(block)).map(|(at_us, _)| at_us),
            b"error_severity" => severity = Severity::named(value.raw(block)),
            b"message" => record.message = text(&value, sink),
            b"detail" => record.detail = text(&value, sink),
            b"context" => record.context = text(&value, sink),
            b"statement" => record.statement = text(&value, sink),
            b"state_code" => record.sqlstate = text(&value, sink),
            b"user" => record.who.user = text(&value, sink),
            b"dbname" => record.who.database = text(&value, sink),
            b"application_name" => record.who.application = text(&value, sink),
            b"session_id" => record.who.session = named_session(value.raw(block)),
            b"pid" => pid = super::super::bytes::digits(value.raw(block)).0,
            b"vxid" => vxid = value.raw(block),
            _ => {}
        }
    }
    let (Some(at_us), Some(severity)) = (at_us, severity) else { return Ok(None) };
    record.at_us = at_us;
    record.severity = severity;
    if record.who.session == 0 && pid > 0 {
        record.who.session = process_session(pid);
    }
    record.who.transaction = transaction(record.who.session, vxid);
    Ok(Some(record))
}

#[inline]
fn text(value: &Value, sink: &mut Sink<'_>) -> Span {
    value.text(sink.block, sink.out)
}

/// Takes the beginning of a message that the size limit cut.
fn cut_message(line: &Line, block: &[u8], record: &mut Record, sink: &mut Sink<'_>) -> bool {
    record.cut = true;
    if !record.message.is_none() {
        return true;
    }
    const NAME: &[u8] = b"\"message\":\"";
    let Some(found) = memchr::memmem::find(cut(block, line.from, line.to.min(line.from + 4096)), NAME) else {
        return false;
    };
    let from = line.from + found + NAME.len();
    let start = sink.out.scratch.len();
    super::super::json::unescape(cut(block, from, line.to), &mut sink.out.scratch);
    record.message = Span::scratch(start, sink.out.scratch.len());
    memchr(b'"', rest(block, from)).is_some() || !record.message.is_empty()
}
