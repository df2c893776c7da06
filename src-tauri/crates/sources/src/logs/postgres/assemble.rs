//! Records to events: details beside their statements, errors with theirs, texts and durations paired by session.
//!
//! Over 400 lines because one state follows a session over its records, and each rule leaves it as the next expects.

use super::super::bytes::{digits, rest};
use super::super::coverage::{Coverage, SkipReason};
use super::super::event::Protocol;
use super::super::events::{ABSENT, Events, RawError, RawEvent, RawPlan, RawStatement};
use super::super::span::Span;
use super::message::{Detail, Message, execute_arguments, has_sqlstate, understand, understand_detail};
use super::open::OpenStatements;
use super::record::{Record, Severity};

/// How many records of other sessions may stand between a record and what continues it.
const REACH: usize = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    /// Index into the events of this block.
    Event(usize),
    Open,
    /// A record that yields nothing, or nothing that could be added to.
    Ignored,
    /// No record, or one that is out of reach.
    Gone,
}

/// Where the pieces of one block go.
pub(in super::super) struct Sink<'a> {
    pub(in super::super) block: &'a [u8],
    pub(in super::super) out: &'a mut Events,
    pub(in super::super) coverage: &'a mut Coverage,
}

impl Sink<'_> {
    pub(in super::super) fn text(&self, span: Span) -> &[u8] {
        span.text(self.block, &self.out.scratch)
    }

    fn statement(&mut self, statement: RawStatement) -> Target {
        self.coverage.statements += 1;
        self.coverage.truncated += u64::from(statement.truncated);
        match statement.duration_us {
            ABSENT => self.coverage.without_duration += 1,
            duration => self.coverage.lasted(duration),
        }
        self.event(RawEvent::Statement(statement))
    }

    fn event(&mut self, event: RawEvent) -> Target {
        self.out.list.push(event);
        Target::Event(self.out.list.len() - 1)
    }
}

#[derive(Debug)]
pub(in super::super) struct Assembler {
    open: OpenStatements,
    /// The last records, by session, as a ring.
    recent: [(u64, Target); REACH],
    newest: usize,
    /// Events held back from the block before, because the next lines may add to them.
    held: Events,
}

impl Default for Assembler {
    fn default() -> Assembler {
        Assembler {
            open: OpenStatements::default(),
            recent: [(0, Target::Gone); REACH],
            newest: 0,
            held: Events::default(),
        }
    }
}

impl Assembler {
    /// Begins a block: what was held back comes first.
    pub(in super::super) fn begin(&mut self, out: &mut Events) {
        debug_assert!(out.is_empty() && out.scratch.is_empty());
        std::mem::swap(&mut self.held, out);
        self.held.clear();
    }

    /// A phase of an execution that is told elsewhere, as [`Assembler::record`] would have found: most lines of the
    /// extended protocol, of which nothing but their session is needed.
    #[inline]
    pub(in super::super) fn phase(&mut self, session: u64, at_us: i64, sink: &mut Sink<'_>) {
        sink.coverage.records += 1;
        sink.coverage.parse_bind += 1;
        sink.coverage.seen_at(at_us);
        self.note(session, Target::Ignored);
    }

    #[inline]
    fn note(&mut self, session: u64, target: Target) {
        self.newest = (self.newest + 1) % REACH;
        if let Some(place) = self.recent.get_mut(self.newest) {
            *place = (session, target);
        }
    }

    /// Ends a block. Unless `settled`, the last events wait for lines that add to them.
    pub(in super::super) fn end(&mut self, sink: &mut Sink<'_>, settled: bool) {
        self.open.keep(sink.block, &sink.out.scratch);
        let first = if settled { sink.out.list.len() } else { sink.out.list.len().saturating_sub(REACH) };
        self.held.list.extend(sink.out.list.drain(first..));
        let Events { list, scratch } = &mut self.held;
        for event in list {
            event.map_spans(|span| span.copied(sink.block, &sink.out.scratch, scratch));
        }
        for (_, target) in &mut self.recent {
            *target = match *target {
                Target::Event(index) if index >= first => Target::Event(index - first),
                Target::Event(_) => Target::Gone,
                other => other,
            };
        }
    }

    /// Ends the log: statements that still wait for their duration have none.
    pub(in super::super) fn finish(&mut self, sink: &mut Sink<'_>) {
        for statement in self.open.take_all(&mut sink.out.scratch) {
            sink.statement(statement);
        }
        self.recent = [(0, Target::Gone); REACH];
    }

    /// Where the earliest statement begins that still waits for its duration.
    pub(in super::super) fn earliest_open(&self) -> Option<u64> {
        self.open.earliest_offset()
    }

    #[inline]
    pub(in super::super) fn record(&mut self, record: &Record, sink: &mut Sink<'_>) {
        if record.severity.continues() {
            self.add(record, sink);
            return;
        }
        sink.coverage.records += 1;
        sink.coverage.seen_at(record.at_us);
        let target = match record.severity {
            Severity::Log => self.log(record, sink),
            Severity::Error => self.error(record, sink),
            _ => {
                sink.coverage.other += 1;
                Target::Ignored
            }
        };
        self.note(record.who.session, target);
    }

    #[inline]
    fn log(&mut self, record: &Record, sink: &mut Sink<'_>) -> Target {
        let mut message = record.message;
        if has_sqlstate(sink.text(message)) {
            message = message.skip(7);
        }
        match understand(sink.text(message)) {
            Message::Timed { duration_us, protocol, sql_at } => {
                self.close(record.who.session, sink);
                let mut statement = statement(record, protocol, message.skip(sql_at));
                statement.duration_us = duration_us;
                add_detail(&mut statement, record.detail, sink, |span| span);
                sink.statement(statement)
            }
            Message::Untimed { protocol, sql_at } => {
                self.close(record.who.session, sink);
                let mut statement = statement(record, protocol, message.skip(sql_at));
                add_detail(&mut statement, record.detail, sink, |span| span);
                self.open(statement, sink)
            }
            Message::Duration { duration_us } => self.duration(record, duration_us, sink),
            Message::Phase => {
                sink.coverage.parse_bind += 1;
                Target::Ignored
            }
            Message::Plan { duration_us, plan_at, format } => {
                sink.coverage.plans += 1;
                sink.event(RawEvent::Plan(RawPlan {
                    session: record.who.session,
                    offset: record.offset,
                    end_us: record.at_us,
                    duration_us,
                    plan: message.skip(plan_at),
                    format,
                }));
                Target::Ignored
            }
            Message::Other => {
                sink.coverage.other += 1;
                note_settings(message, sink);
                Target::Ignored
            }
        }
    }

    fn open(&mut self, statement: RawStatement, sink: &mut Sink<'_>) -> Target {
        if statement.who.session == 0 {
            // Without sessions a duration could belong to any text.
            return sink.statement(statement);
        }
        if self.open.is_full() {
            self.finish(sink);
        }
        self.open.insert(statement);
        Target::Open
    }

    fn duration(&mut self, record: &Record, duration_us: u64, sink: &mut Sink<'_>) -> Target {
        let Some(mut statement) = self.open.take(record.who.session, &mut sink.out.scratch) else {
            // The time of a parse or bind phase, whose text comes with the execution.
            sink.coverage.parse_bind += 1;
            return Target::Ignored;
        };
        statement.duration_us = duration_us;
        statement.end_us = record.at_us;
        statement.offset = record.offset;
        if statement.who.transaction == 0 {
            statement.who.transaction = record.who.transaction;
        }
        sink.coverage.hints.paired += 1;
        sink.statement(statement)
    }

    fn close(&mut self, session: u64, sink: &mut Sink<'_>) {
        if self.open.is_empty() {
            return;
        }
        if let Some(statement) = self.open.take(session, &mut sink.out.scratch) {
            sink.statement(statement);
        }
    }

    fn error(&mut self, record: &Record, sink: &mut Sink<'_>) -> Target {
        sink.coverage.errors += 1;
        let verbose = has_sqlstate(sink.text(record.message));
        let (sqlstate, message) = if verbose {
            (record.message.first(5), record.message.skip(7))
        } else {
            (record.sqlstate, record.message)
        };
        let target = sink.event(RawEvent::Error(RawError {
            who: record.who,
            offset: record.offset,
            at_us: record.at_us,
            sqlstate,
            message,
            detail: record.detail,
            context: record.context,
            statement: record.statement,
            told_as_statement: false,
        }));
        if let (Target::Event(index), false) = (target, record.statement.is_none()) {
            self.fail(record.who.session, index, sink);
        }
        target
    }

    /// Ends the open statement of a session whose error tells the same text.
    fn fail(&mut self, session: u64, error_index: usize, sink: &mut Sink<'_>) {
        let Some(RawEvent::Error(error)) = sink.out.list.get(error_index).copied() else { return };
        let same = self.open.sql(session, sink.block, &sink.out.scratch) == Some(sink.text(error.statement));
        if !same {
            return;
        }
        if let Some(mut statement) = self.open.take(session, &mut sink.out.scratch) {
            statement.error = error.sqlstate.or(error.message);
            sink.statement(statement);
        }
        if let Some(RawEvent::Error(error)) = sink.out.list.get_mut(error_index) {
            error.told_as_statement = true;
        }
    }

    /// DETAIL, CONTEXT, STATEMENT and the like, added to the record that they continue.
    fn add(&mut self, record: &Record, sink: &mut Sink<'_>) {
        let session = record.who.session;
        match self.target(session) {
            Target::Ignored => {}
            Target::Gone => sink.coverage.skip(SkipReason::Orphan, 1),
            Target::Open if record.severity == Severity::Detail => {
                let understood = understand_detail(sink.text(record.message));
                let arguments =
                    self.open.sql(session, sink.block, &sink.out.scratch).and_then(execute_arguments);
                self.open.change(session, (sink.block, &sink.out.scratch), |statement, keep| {
                    set_detail(statement, understood, arguments, record.message, keep);
                });
            }
            Target::Open => {}
            Target::Event(index) => self.add_to_event(index, record, sink),
        }
    }

    fn add_to_event(&mut self, index: usize, record: &Record, sink: &mut Sink<'_>) {
        match sink.out.list.get(index).copied() {
            Some(RawEvent::Statement(mut statement)) if record.severity == Severity::Detail => {
                add_detail(&mut statement, record.message, sink, |span| span);
                if let Some(place) = sink.out.list.get_mut(index) {
                    *place = RawEvent::Statement(statement);
                }
            }
            Some(RawEvent::Error(mut error)) => {
                match record.severity {
                    Severity::Detail => error.detail = record.message,
                    Severity::Context => error.context = record.message,
                    Severity::Statement => error.statement = record.message,
                    _ => {}
                }
                if let Some(place) = sink.out.list.get_mut(index) {
                    *place = RawEvent::Error(error);
                }
                if record.severity == Severity::Statement {
                    self.fail(record.who.session, index, sink);
                }
            }
            _ => {}
        }
    }

    /// What the newest record of the session became.
    fn target(&self, session: u64) -> Target {
        (0..REACH)
            .filter_map(|back| self.recent.get((self.newest + REACH - back) % REACH))
            .find(|(owner, target)| *owner == session && *target != Target::Gone)
            .map_or(Target::Gone, |(_, target)| match target {
                Target::Open if !self.open.has(session) => Target::Ignored,
                target => *target,
            })
    }
}

fn statement(record: &Record, protocol: Protocol, sql: Span) -> RawStatement {
    RawStatement {
        who: record.who,
        offset: record.offset,
        end_us: record.at_us,
        duration_us: ABSENT,
        rows: ABSENT,
        sql,
        parameters: Span::NONE,
        error: Span::NONE,
        protocol,
        truncated: record.cut,
    }
}

fn add_detail(
    statement: &mut RawStatement,
    detail: Span,
    sink: &Sink<'_>,
    mut keep: impl FnMut(Span) -> Span,
) {
    if detail.is_none() {
        return;
    }
    let understood = understand_detail(sink.text(detail));
    // Only EXECUTE has its arguments in its text.
    let prepared = matches!(understood, Detail::Prepared { .. });
    let arguments = if prepared { execute_arguments(sink.text(statement.sql)) } else { None };
    set_detail(statement, understood, arguments, detail, &mut keep);
}

fn set_detail(
    statement: &mut RawStatement,
    understood: Detail,
    arguments: Option<(usize, usize)>,
    detail: Span,
    keep: &mut dyn FnMut(Span) -> Span,
) {
    match understood {
        Detail::Parameters { at } => statement.parameters = keep(detail.skip(at)),
        Detail::Prepared { sql_at } => {
            // EXECUTE names the statement and gives its values; the text stands in the detail.
            if let Some((from, to)) = arguments {
                statement.parameters = statement.sql.skip(from).first(to - from);
            }
            statement.sql = keep(detail.skip(sql_at));
        }
        Detail::Other => {}
    }
}

/// `parameter "log_min_duration_statement" changed to "100ms"`: what a reload changed.
fn note_settings(message: Span, sink: &mut Sink<'_>) {
    let block = sink.block;
    let text = message.text(block, &sink.out.scratch);
    let Some(change) = text.strip_prefix(b"parameter \"log_") else { return };
    let mut words = change.split(|byte| *byte == b'"');
    let (name, value) = (words.next().unwrap_or_default(), words.nth(1).unwrap_or_default());
    match name {
        b"min_duration_statement" => sink.coverage.hints.min_duration_ms = setting_ms(value),
        b"min_duration_sample" => sink.coverage.hints.sampled |= value != b"-1",
        b"transaction_sample_rate" => sink.coverage.hints.sampled |= value != b"0",
        _ => {}
    }
}

fn setting_ms(value: &[u8]) -> Option<i64> {
    if value == b"-1" {
        return Some(-1);
    }
    let (number, count) = digits(value);
    let factor = match rest(value, count).trim_ascii() {
        b"" | b"ms" => 1,
        b"s" => 1_000,
        b"min" => 60_000,
        _ => return None,
    };
    i64::try_from(number).ok()?.checked_mul(factor)
}
