//! JSON lines: mPanel's own, and those of any application by the names of their members.

use super::super::bytes::{at, digits};
use super::super::clock::Clock;
use super::super::coverage::{Coverage, SkipReason};
use super::super::duration::with_unit;
use super::super::event::Protocol;
use super::super::events::{ABSENT, Events, RawEvent, RawStatement, Who};
use super::super::json::{Broken, Kind, Members, Value};
use super::super::lines::{Line, Lines};
use super::super::parser::{Feed, Limits};
use super::super::postgres::record::named_session;
use super::super::span::Span;
use super::fields::FieldNames;
use super::winston::{Sink, Winston};

#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "there is one of them for a whole log")]
enum Dialect {
    Winston(Winston),
    Named { paths: Vec<(Vec<u8>, Part)>, names: FieldNames, clock: Clock },
}

/// What a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Time,
    Sql,
    Duration,
    Parameters,
    Request,
    Trace,
    Session,
    User,
    Database,
    Rows,
    Error,
}

const PARTS: usize = 11;

#[derive(Debug)]
pub(in super::super) struct JsonLines {
    lines: Lines,
    dialect: Dialect,
}

impl JsonLines {
    pub(in super::super) fn winston(limits: Limits) -> JsonLines {
        JsonLines { lines: Lines::new(limits), dialect: Dialect::Winston(Winston::default()) }
    }

    pub(in super::super) fn new(names: FieldNames, limits: Limits) -> JsonLines {
        let path = |name: &str, part| (name.as_bytes().to_vec(), part);
        let mut paths = vec![path(&names.time, Part::Time), path(&names.sql, Part::Sql)];
        let optional = [
            (&names.duration, Part::Duration),
            (&names.parameters, Part::Parameters),
            (&names.request_id, Part::Request),
            (&names.trace_id, Part::Trace),
            (&names.session, Part::Session),
            (&names.user, Part::User),
            (&names.database, Part::Database),
            (&names.rows, Part::Rows),
            (&names.error, Part::Error),
        ];
        paths.extend(optional.into_iter().filter_map(|(name, part)| Some(path(name.as_deref()?, part))));
        let dialect = Dialect::Named { paths, names, clock: Clock::default() };
        JsonLines { lines: Lines::new(limits), dialect }
    }

    pub(in super::super) fn parse(
        &mut self,
        feed: &Feed<'_>,
        out: &mut Events,
        coverage: &mut Coverage,
    ) -> usize {
        let mut sink = Sink { block: feed.block, out, coverage };
        let mut pos = 0;
        while let Some(line) = self.lines.next(feed, pos, sink.coverage) {
            pos = line.next;
            if line.from < line.to {
                self.line(&line, feed.offset + line.from as u64, &mut sink);
            }
        }
        self.lines.taken(feed, pos)
    }

    fn line(&mut self, line: &Line, offset: u64, sink: &mut Sink<'_>) {
        let read = match &mut self.dialect {
            Dialect::Winston(winston) => winston.line((line.from, line.to), None, offset, sink),
            Dialect::Named { paths, names, clock } => named(line, offset, paths, names, clock, sink),
        };
        if read.is_err() {
            sink.coverage.skip(line.broken_because(sink.block), 1);
        }
    }
}

fn named(
    line: &Line,
    offset: u64,
    paths: &[(Vec<u8>, Part)],
    names: &FieldNames,
    clock: &mut Clock,
    sink: &mut Sink<'_>,
) -> Result<(), Broken> {
    let mut parts: [Option<Value>; PARTS] = [None; PARTS];
    collect(sink.block, (line.from, line.to), paths, 0, &mut parts)?;
    let part = |part: Part| parts.get(part as usize).copied().flatten();
    let raw = |wanted: Part| part(wanted).map_or(&[][..], |value| value.raw(sink.block));
    let Some(at_us) = time(raw(Part::Time), clock) else {
        sink.coverage.skip(SkipReason::NotARecord, 1);
        return Ok(());
    };
    sink.coverage.records += 1;
    sink.coverage.seen_at(at_us);
    let duration_us = with_unit(raw(Part::Duration), names.unit).unwrap_or(ABSENT);
    let rows = match digits(raw(Part::Rows)) {
        (_, 0) => ABSENT,
        (rows, _) => rows,
    };
    let session = named_session(raw(Part::Session));
    if part(Part::Sql).is_none_or(|sql| !matches!(sql.kind, Kind::String { .. })) {
        sink.coverage.other += 1;
        return Ok(());
    }
    let mut text = |wanted: Part| part(wanted).map_or(Span::NONE, |value| value.text(sink.block, sink.out));
    let statement = RawStatement {
        who: Who {
            session,
            user: text(Part::User),
            database: text(Part::Database),
            request_id: text(Part::Request),
            trace_id: text(Part::Trace),
            ..Who::NOBODY
        },
        offset,
        end_us: at_us,
        duration_us,
        rows,
        sql: text(Part::Sql),
        parameters: text(Part::Parameters),
        error: text(Part::Error),
        protocol: Protocol::Unknown,
        truncated: false,
    };
    sink.coverage.statements += 1;
    match duration_us {
        ABSENT => sink.coverage.without_duration += 1,
        duration => sink.coverage.lasted(duration),
    }
    sink.out.list.push(RawEvent::Statement(statement));
    Ok(())
}

/// Finds the members by their dotted names; `done` bytes of each path are matched already.
fn collect(
    block: &[u8],
    (from, to): (usize, usize),
    paths: &[(Vec<u8>, Part)],
    done: usize,
    parts: &mut [Option<Value>; PARTS],
) -> Result<(), Broken> {
    let mut members = Members::of(block, from, to)?;
    while let Some((name, value)) = members.next()? {
        for (path, part) in paths {
            let Some(left) = path.get(done..).and_then(|path| path.strip_prefix(name)) else { continue };
            if left.is_empty() {
                if let Some(place) = parts.get_mut(*part as usize) {
                    *place = Some(value);
                }
            } else if at(left, 0) == b'.' && value.kind == Kind::Nested && at(block, value.from) == b'{' {
                let own = std::slice::from_ref(paths.iter().find(|(_, own)| own == part).ok_or(Broken)?);
                collect(block, (value.from, value.to), own, done + name.len() + 1, parts)?;
            }
        }
    }
    Ok(())
}

/// A time as text, or as a number since the epoch in a unit that its size tells.
fn time(raw: &[u8], clock: &mut Clock) -> Option<i64> {
    if let Some((at_us, _)) = clock.read(raw) {
        return Some(at_us);
    }
    let (number, count) = digits(raw);
    let number = i64::try_from(number).ok()?;
    match count {
        9..=11 => Clock::read_epoch(raw).map(|(at_us, _)| at_us),
        12..=14 => number.checked_mul(1000),
        15..=17 => Some(number),
        18..=19 => Some(number / 1000),
        _ => None,
    }
}
