//! The lines that mPanel writes about queries, requests and itself, once their object is known.

use super::super::bytes::{cut, digits, hash, mix};
use super::super::clock::Clock;
use super::super::coverage::{Coverage, SkipReason};
use super::super::duration::{DurationUnit, with_unit};
use super::super::event::{Protocol, ReportKind, RequestPhase};
use super::super::events::{ABSENT, Events, RawError, RawEvent, RawReport, RawRequest, RawStatement, Who};
use super::super::json::{Broken, Kind, Members, Value};
use super::super::span::Span;
use super::repeats::{Repeats, Telling};

/// Where the pieces of a line go.
pub(in super::super) struct Sink<'a> {
    pub(in super::super) block: &'a [u8],
    pub(in super::super) out: &'a mut Events,
    pub(in super::super) coverage: &'a mut Coverage,
}

impl Sink<'_> {
    fn text(&mut self, value: Option<Value>) -> Span {
        value.map_or(Span::NONE, |value| value.text(self.block, self.out))
    }

    fn raw(&self, value: Option<Value>) -> &[u8] {
        value.map_or(&[], |value| value.raw(self.block))
    }

    fn duration(&self, value: Option<Value>) -> u64 {
        value.and_then(|value| with_unit(value.raw(self.block), DurationUnit::Milliseconds)).unwrap_or(ABSENT)
    }
}

/// The members that matter; `message` is absent from console lines, where it stands before the object.
#[derive(Debug, Clone, Copy, Default)]
struct Fields {
    message: Option<Value>,
    timestamp: Option<Value>,
    sql: Option<Value>,
    duration: Option<Value>,
    params: Option<Value>,
    context: Option<Value>,
    request_id: Option<Value>,
    row_count: Option<Value>,
    error: Option<Value>,
    name: Option<Value>,
    transaction_id: Option<Value>,
}

/// Reads mPanel's lines.
#[derive(Debug, Default)]
pub(in super::super) struct Winston {
    clock: Clock,
    repeats: Repeats,
}

impl Winston {
    /// The line whose object lies at `from..to`; `message` is given where it stands outside.
    pub(in super::super) fn line(
        &mut self,
        (from, to): (usize, usize),
        message: Option<(usize, usize)>,
        offset: u64,
        sink: &mut Sink<'_>,
    ) -> Result<(), Broken> {
        let fields = Fields::read(sink.block, from, to)?;
        let Some((at_us, _)) = self.clock.read(sink.raw(fields.timestamp)) else {
            sink.coverage.skip(SkipReason::NotARecord, 1);
            return Ok(());
        };
        sink.coverage.records += 1;
        sink.coverage.seen_at(at_us);
        let nested = fields.message.filter(|message| message.kind == Kind::Nested);
        if let (Some(object), None) = (nested, message) {
            return request(object, &fields, at_us, offset, sink);
        }
        let text = match message {
            Some((from, to)) => cut(sink.block, from, to),
            None => fields.message.map_or(&[][..], |message| message.raw(sink.block)),
        };
        match Topic::of(plain(text)) {
            Topic::Query(telling) => self.query(telling, &fields, at_us, offset, sink),
            Topic::Failed => failed(&fields, at_us, offset, sink),
            Topic::Report(kind) => {
                sink.coverage.reports += 1;
                let request_id = sink.text(fields.request_id);
                let json = Span::block(from, to);
                sink.out.list.push(RawEvent::Report(RawReport { offset, at_us, kind, request_id, json }));
            }
            Topic::Trace(phase) => trace(phase, &fields, at_us, offset, sink),
            Topic::Other => sink.coverage.other += 1,
        }
        Ok(())
    }

    fn query(&mut self, telling: Telling, fields: &Fields, at_us: i64, offset: u64, sink: &mut Sink<'_>) {
        let sql = sink.raw(fields.sql);
        let duration_us = sink.duration(fields.duration);
        // Slow lines hold 500 characters, so that only these are alike on all lines of a query.
        let key =
            mix(hash(cut(sql, 0, sql.len().min(400))), mix(duration_us, hash(sink.raw(fields.context))));
        if !self.repeats.is_new(key, at_us, telling) {
            sink.coverage.repeated += 1;
            return;
        }
        let truncated = sql.ends_with(b"... (truncated)");
        let full = sink.text(fields.sql);
        let kept = full.text(sink.block, &sink.out.scratch);
        let sql = if truncated { full.first(kept.len().saturating_sub(15)) } else { full };
        let rows = match digits(sink.raw(fields.row_count)) {
            (_, 0) => ABSENT,
            (rows, _) => rows,
        };
        let statement = RawStatement {
            who: who(fields, sink),
            offset,
            end_us: at_us,
            duration_us,
            rows,
            sql,
            parameters: sink.text(fields.params),
            error: Span::NONE,
            protocol: Protocol::Unknown,
            truncated,
        };
        sink.coverage.statements += 1;
        sink.coverage.truncated += u64::from(truncated);
        match duration_us {
            ABSENT => sink.coverage.without_duration += 1,
            duration => sink.coverage.lasted(duration),
        }
        sink.out.list.push(RawEvent::Statement(statement));
    }
}

impl Fields {
    fn read(block: &[u8], from: usize, to: usize) -> Result<Fields, Broken> {
        let mut members = Members::of(block, from, to)?;
        let mut fields = Fields::default();
        while let Some((name, value)) = members.next()? {
            let place = match name {
                b"message" => &mut fields.message,
                b"timestamp" => &mut fields.timestamp,
                b"sql" => &mut fields.sql,
                b"duration" => &mut fields.duration,
                b"params" => &mut fields.params,
                b"context" => &mut fields.context,
                b"requestId" => &mut fields.request_id,
                b"rowCount" => &mut fields.row_count,
                b"error" => &mut fields.error,
                b"name" => &mut fields.name,
                b"transactionId" => &mut fields.transaction_id,
                _ => continue,
            };
            *place = Some(value);
        }
        Ok(fields)
    }
}

/// What a line is about, by its message without the sign before it.
enum Topic {
    Query(Telling),
    Failed,
    Report(ReportKind),
    Trace(RequestPhase),
    Other,
}

impl Topic {
    fn of(message: &[u8]) -> Topic {
        match message {
            b"Database query executed" => Topic::Query(Telling::Executed),
            b"Slow query detected" => Topic::Query(Telling::Slow),
            b"VERY SLOW QUERY detected" => Topic::Query(Telling::VerySlow),
            b"Database query failed" => Topic::Failed,
            b"N+1 Query Pattern Detected" => Topic::Report(ReportKind::NPlusOne),
            b"Database Pool Health Report" => Topic::Report(ReportKind::PoolHealth),
            b"Connections waiting for pool availability" => Topic::Report(ReportKind::PoolWaiting),
            b"Potential connection leak detected" => Topic::Report(ReportKind::ConnectionLeak),
            b"Database Index Advisor Report" => Topic::Report(ReportKind::IndexAdvice),
            b"Database Query Performance Report" => Topic::Report(ReportKind::QueryPerformance),
            b"POTENTIAL MEMORY LEAK DETECTED" => Topic::Report(ReportKind::MemoryLeak),
            b"Retry attempt failed, backing off" | b"Retry succeeded" | b"All retry attempts failed" => {
                Topic::Report(ReportKind::Retry)
            }
            b"APM transaction started" => Topic::Trace(RequestPhase::Started),
            b"APM transaction ended" => Topic::Trace(RequestPhase::Finished),
            b"[object Object]" => Topic::Trace(RequestPhase::Seen),
            _ if message.ends_with(b"Database pool near saturation") => {
                Topic::Report(ReportKind::PoolSaturated)
            }
            _ => Topic::Other,
        }
    }
}

/// The message without the sign and the spaces before it.
fn plain(message: &[u8]) -> &[u8] {
    let sign = message.iter().take_while(|byte| !byte.is_ascii() || **byte == b' ').count();
    cut(message, sign, message.len())
}

/// Request and trace: `context` is an object on mended instances, a bare word on stock ones.
fn who(fields: &Fields, sink: &mut Sink<'_>) -> Who {
    let mut who = Who { request_id: sink.text(fields.request_id), ..Who::NOBODY };
    let Some(context) = fields.context.filter(|context| context.kind == Kind::Nested) else { return who };
    let Ok(mut members) = Members::of(sink.block, context.from, context.to) else { return who };
    while let Ok(Some((name, value))) = members.next() {
        match name {
            b"requestId" => who.request_id = sink.text(Some(value)),
            b"apmTransactionId" => who.trace_id = sink.text(Some(value)),
            _ => {}
        }
    }
    who
}

fn failed(fields: &Fields, at_us: i64, offset: u64, sink: &mut Sink<'_>) {
    sink.coverage.errors += 1;
    let error = RawError {
        who: who(fields, sink),
        offset,
        at_us,
        sqlstate: Span::NONE,
        message: sink.text(fields.error),
        detail: Span::NONE,
        context: Span::NONE,
        statement: sink.text(fields.sql),
        told_as_statement: false,
    };
    sink.out.list.push(RawEvent::Error(error));
}

fn trace(phase: RequestPhase, fields: &Fields, at_us: i64, offset: u64, sink: &mut Sink<'_>) {
    sink.coverage.requests += 1;
    let request = RawRequest {
        offset,
        at_us,
        phase,
        request_id: sink.text(fields.request_id),
        trace_id: sink.text(fields.transaction_id),
        method: Span::NONE,
        route: sink.text(fields.name),
        status: None,
        duration_us: sink.duration(fields.duration),
    };
    sink.out.list.push(RawEvent::Request(request));
}

/// A request or response line, whose message is an object.
fn request(
    object: Value,
    fields: &Fields,
    at_us: i64,
    offset: u64,
    sink: &mut Sink<'_>,
) -> Result<(), Broken> {
    let mut request = RawRequest {
        offset,
        at_us,
        phase: RequestPhase::Seen,
        request_id: sink.text(fields.request_id),
        trace_id: Span::NONE,
        method: Span::NONE,
        route: Span::NONE,
        status: None,
        duration_us: ABSENT,
    };
    let mut members = Members::of(sink.block, object.from, object.to)?;
    while let Some((name, value)) = members.next()? {
        match name {
            b"type" => {
                request.phase = match value.raw(sink.block) {
                    b"request" => RequestPhase::Started,
                    b"response" => RequestPhase::Finished,
                    _ => RequestPhase::Seen,
                }
            }
            b"method" => request.method = sink.text(Some(value)),
            b"url" => request.route = sink.text(Some(value)),
            b"statusCode" => request.status = u16::try_from(digits(value.raw(sink.block)).0).ok(),
            b"duration" => request.duration_us = sink.duration(Some(value)),
            _ => {}
        }
    }
    sink.coverage.requests += 1;
    sink.out.list.push(RawEvent::Request(request));
    Ok(())
}
