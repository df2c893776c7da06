//! Events as places in the text that was read: no allocation for an event, and none for a line.

use super::event::{
    ErrorLine, LogEvent, Plan, PlanFormat, Protocol, Report, ReportKind, Request, RequestPhase, SessionKey,
    Statement,
};
use super::span::Span;

/// Absent durations, row counts and the like.
pub(super) const ABSENT: u64 = u64::MAX;

/// Who spoke: the part of a record that statements and errors share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Who {
    pub(super) session: u64,
    pub(super) transaction: u64,
    pub(super) user: Span,
    pub(super) database: Span,
    pub(super) application: Span,
    pub(super) request_id: Span,
    pub(super) trace_id: Span,
}

impl Who {
    pub(super) const NOBODY: Who = Who {
        session: 0,
        transaction: 0,
        user: Span::NONE,
        database: Span::NONE,
        application: Span::NONE,
        request_id: Span::NONE,
        trace_id: Span::NONE,
    };
}

#[derive(Debug, Clone, Copy)]
pub(super) struct RawStatement {
    pub(super) who: Who,
    pub(super) offset: u64,
    pub(super) end_us: i64,
    pub(super) duration_us: u64,
    pub(super) rows: u64,
    pub(super) sql: Span,
    pub(super) parameters: Span,
    pub(super) error: Span,
    pub(super) protocol: Protocol,
    pub(super) truncated: bool,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct RawError {
    pub(super) who: Who,
    pub(super) offset: u64,
    pub(super) at_us: i64,
    pub(super) sqlstate: Span,
    pub(super) message: Span,
    pub(super) detail: Span,
    pub(super) context: Span,
    pub(super) statement: Span,
    pub(super) told_as_statement: bool,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct RawPlan {
    pub(super) session: u64,
    pub(super) offset: u64,
    pub(super) end_us: i64,
    pub(super) duration_us: u64,
    pub(super) plan: Span,
    pub(super) format: PlanFormat,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct RawRequest {
    pub(super) offset: u64,
    pub(super) at_us: i64,
    pub(super) phase: RequestPhase,
    pub(super) request_id: Span,
    pub(super) trace_id: Span,
    pub(super) method: Span,
    pub(super) route: Span,
    pub(super) status: Option<u16>,
    pub(super) duration_us: u64,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct RawReport {
    pub(super) offset: u64,
    pub(super) at_us: i64,
    pub(super) kind: ReportKind,
    pub(super) request_id: Span,
    pub(super) json: Span,
}

#[derive(Debug, Clone, Copy)]
#[allow(clippy::large_enum_variant, reason = "nearly all events are statements, the largest")]
pub(super) enum RawEvent {
    Statement(RawStatement),
    Error(RawError),
    Plan(RawPlan),
    Request(RawRequest),
    Report(RawReport),
}

fn optional(value: u64) -> Option<u64> {
    (value != ABSENT).then_some(value)
}

impl RawEvent {
    pub(super) fn time_us(&self) -> i64 {
        match self {
            RawEvent::Statement(event) => event.end_us,
            RawEvent::Error(event) => event.at_us,
            RawEvent::Plan(event) => event.end_us,
            RawEvent::Request(event) => event.at_us,
            RawEvent::Report(event) => event.at_us,
        }
    }

    /// Puts every text of the event through `change`.
    pub(super) fn map_spans(&mut self, mut change: impl FnMut(Span) -> Span) {
        match self {
            RawEvent::Statement(RawStatement { who, sql, parameters, error, .. }) => {
                who.map_spans(&mut change);
                [sql, parameters, error].into_iter().for_each(|span| *span = change(*span));
            }
            RawEvent::Error(RawError { who, sqlstate, message, detail, context, statement, .. }) => {
                who.map_spans(&mut change);
                [sqlstate, message, detail, context, statement]
                    .into_iter()
                    .for_each(|span| *span = change(*span));
            }
            RawEvent::Plan(event) => event.plan = change(event.plan),
            RawEvent::Request(RawRequest { request_id, trace_id, method, route, .. }) => {
                [request_id, trace_id, method, route].into_iter().for_each(|span| *span = change(*span));
            }
            RawEvent::Report(RawReport { request_id, json, .. }) => {
                [request_id, json].into_iter().for_each(|span| *span = change(*span));
            }
        }
    }

    fn view<'a>(&self, block: &'a [u8], scratch: &'a [u8]) -> LogEvent<'a> {
        let text = |span: Span| span.text(block, scratch);
        let maybe = |span: Span| span.optional(block, scratch);
        let known = |hash: u64| (hash != 0).then_some(hash);
        match self {
            RawEvent::Statement(event) => LogEvent::Statement(Statement {
                end_us: event.end_us,
                duration_us: optional(event.duration_us),
                sql: text(event.sql),
                parameters: maybe(event.parameters),
                session: SessionKey(event.who.session),
                user: text(event.who.user),
                database: text(event.who.database),
                application: text(event.who.application),
                transaction: known(event.who.transaction),
                request_id: maybe(event.who.request_id),
                trace_id: maybe(event.who.trace_id),
                protocol: event.protocol,
                rows: optional(event.rows),
                truncated: event.truncated,
                error: maybe(event.error),
                offset: event.offset,
            }),
            RawEvent::Error(event) => LogEvent::Error(ErrorLine {
                at_us: event.at_us,
                session: SessionKey(event.who.session),
                sqlstate: maybe(event.sqlstate),
                message: text(event.message),
                detail: maybe(event.detail),
                context: maybe(event.context),
                statement: maybe(event.statement),
                told_as_statement: event.told_as_statement,
                user: text(event.who.user),
                database: text(event.who.database),
                application: text(event.who.application),
                transaction: known(event.who.transaction),
                request_id: maybe(event.who.request_id),
                offset: event.offset,
            }),
            RawEvent::Plan(event) => LogEvent::Plan(Plan {
                end_us: event.end_us,
                duration_us: optional(event.duration_us),
                session: SessionKey(event.session),
                plan: text(event.plan),
                format: event.format,
                offset: event.offset,
            }),
            RawEvent::Request(event) => LogEvent::Request(Request {
                at_us: event.at_us,
                phase: event.phase,
                request_id: maybe(event.request_id),
                trace_id: maybe(event.trace_id),
                method: maybe(event.method),
                route: maybe(event.route),
                status: event.status,
                duration_us: optional(event.duration_us),
                offset: event.offset,
            }),
            RawEvent::Report(event) => LogEvent::Report(Report {
                at_us: event.at_us,
                kind: event.kind,
                request_id: maybe(event.request_id),
                json: text(event.json),
                offset: event.offset,
            }),
        }
    }
}

impl Who {
    fn map_spans(&mut self, mut change: impl FnMut(Span) -> Span) {
        [&mut self.user, &mut self.database, &mut self.application, &mut self.request_id, &mut self.trace_id]
            .into_iter()
            .for_each(|span| *span = change(*span));
    }
}

/// The events of one block, in the order of their lines, and the texts that had to be joined or unescaped.
#[derive(Debug, Default)]
pub struct Events {
    pub(super) list: Vec<RawEvent>,
    pub(super) scratch: Vec<u8>,
}

impl Events {
    /// Forgets the events and keeps the room.
    pub(super) fn clear(&mut self) {
        self.list.clear();
        self.scratch.clear();
    }

    pub fn len(&self) -> usize {
        self.list.len()
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The events as views into `block`, which must be the block they were read from.
    pub fn iter<'a>(&'a self, block: &'a [u8]) -> impl Iterator<Item = LogEvent<'a>> {
        self.list.iter().map(move |event| event.view(block, &self.scratch))
    }
}
