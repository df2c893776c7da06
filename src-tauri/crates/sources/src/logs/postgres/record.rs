//! One record of a PostgreSQL log, whatever its format.

use super::super::bytes::{at, cut, hash, mix, rest};
use super::super::events::Who;
use super::super::span::Span;

/// The word before a message; the last six continue a record of the same session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Severity {
    Log,
    /// WARNING, NOTICE, INFO, DEBUG: understood, never about one statement's execution.
    Notice,
    /// ERROR, FATAL, PANIC.
    Error,
    Detail,
    Hint,
    Context,
    Statement,
    Query,
    Location,
}

impl Severity {
    /// `LOG:  ` at the start of `text`: the severity and where the message begins.
    #[inline]
    pub(in super::super) fn read(text: &[u8]) -> Option<(Severity, usize)> {
        if text.starts_with(b"LOG:  ") {
            return Some((Severity::Log, 6));
        }
        let word = text.iter().take(10).take_while(|byte| byte.is_ascii_alphanumeric()).count();
        if word < 3 || at(text, word) != b':' {
            return None;
        }
        let severity = Severity::named(cut(text, 0, word))?;
        let behind = rest(text, word + 1);
        // Two spaces; an empty message may have lost them to an editor.
        let spaces = behind.iter().take(2).take_while(|byte| **byte == b' ').count();
        (spaces > 0 || behind.is_empty()).then_some((severity, word + 1 + spaces))
    }

    pub(in super::super) fn named(word: &[u8]) -> Option<Severity> {
        Some(match word {
            b"LOG" => Severity::Log,
            b"DETAIL" => Severity::Detail,
            b"STATEMENT" => Severity::Statement,
            b"ERROR" | b"FATAL" | b"PANIC" => Severity::Error,
            b"CONTEXT" => Severity::Context,
            b"HINT" => Severity::Hint,
            b"QUERY" => Severity::Query,
            b"LOCATION" => Severity::Location,
            b"WARNING" | b"NOTICE" | b"INFO" | b"DEBUG" | b"DEBUG1" | b"DEBUG2" | b"DEBUG3" | b"DEBUG4"
            | b"DEBUG5" => Severity::Notice,
            _ => return None,
        })
    }

    /// True for the lines that only add to a record before them.
    pub(in super::super) fn continues(self) -> bool {
        !matches!(self, Severity::Log | Severity::Notice | Severity::Error)
    }
}

/// A record with its texts; formats that keep everything in one record fill `detail`, `context` and `statement` too.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Record {
    pub(in super::super) offset: u64,
    pub(in super::super) at_us: i64,
    pub(in super::super) severity: Severity,
    pub(in super::super) who: Who,
    pub(in super::super) sqlstate: Span,
    pub(in super::super) message: Span,
    pub(in super::super) detail: Span,
    pub(in super::super) context: Span,
    pub(in super::super) statement: Span,
    /// Cut at the size limit.
    pub(in super::super) cut: bool,
}

impl Record {
    pub(in super::super) fn new(offset: u64) -> Record {
        Record {
            offset,
            at_us: 0,
            severity: Severity::Log,
            who: Who::NOBODY,
            sqlstate: Span::NONE,
            message: Span::NONE,
            detail: Span::NONE,
            context: Span::NONE,
            statement: Span::NONE,
            cut: false,
        }
    }
}

/// The key of a process id; never the key of an unknown session.
#[inline]
pub(in super::super) fn process_session(pid: u64) -> u64 {
    mix(pid, 0x7069_6421).max(1)
}

#[inline]
pub(in super::super) fn named_session(id: &[u8]) -> u64 {
    if id.is_empty() { 0 } else { hash(id).max(1) }
}

/// The key of a virtual transaction id in its session; 0 outside a transaction, where the local part is 0 or absent.
#[inline]
pub(in super::super) fn transaction(session: u64, vxid: &[u8]) -> u64 {
    match memchr::memchr(b'/', vxid).map(|slash| rest(vxid, slash + 1)) {
        None | Some(b"" | b"0") => 0,
        Some(_) => mix(session, hash(vxid)).max(1),
    }
}
