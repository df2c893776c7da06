//! What a LOG message says: an execution, a phase of one, a duration, a plan, or something else.

use super::super::bytes::{at, cut, rest};
use super::super::duration::milliseconds;
use super::super::event::{PlanFormat, Protocol};

/// A message, understood. Positions count from its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Message {
    /// `duration: 0.1 ms  statement: …`: an execution with text and time.
    Timed {
        duration_us: u64,
        protocol: Protocol,
        sql_at: usize,
    },
    /// `statement: …`: its time is on another line, or nowhere.
    Untimed {
        protocol: Protocol,
        sql_at: usize,
    },
    /// `duration: 0.1 ms`: the time of a text on another line.
    Duration {
        duration_us: u64,
    },
    /// Parse or bind with its text, or a fast-path call: not an execution of a statement.
    Phase,
    Plan {
        duration_us: u64,
        plan_at: usize,
        format: PlanFormat,
    },
    Other,
}

#[inline]
pub(in super::super) fn understand(message: &[u8]) -> Message {
    if let Some(text) = message.strip_prefix(b"duration: ") {
        return timed(message, text);
    }
    match message.first() {
        Some(b's') if message.starts_with(b"statement: ") => {
            Message::Untimed { protocol: Protocol::Simple, sql_at: 11 }
        }
        Some(b'e') => match execute(message) {
            Some((protocol, sql_at)) => Message::Untimed { protocol, sql_at },
            None => Message::Other,
        },
        Some(b'f') if message.starts_with(b"fastpath function call: ") => Message::Phase,
        _ => Message::Other,
    }
}

/// Whether a message tells no more than the time of a parse or bind phase, as [`understand`] would find.
#[inline]
pub(in super::super) fn is_phase(message: &[u8]) -> bool {
    let Some(text) = message.strip_prefix(b"duration: ") else { return false };
    let Some((_, used)) = milliseconds(text) else { return false };
    // Two blanks stand between the time and the word.
    match rest(text, used) {
        [b' ', b' ', word @ ..] => word.starts_with(b"bind ") || word.starts_with(b"parse "),
        _ => false,
    }
}

fn timed(message: &[u8], text: &[u8]) -> Message {
    let Some((duration_us, used)) = milliseconds(text) else { return Message::Other };
    let behind = rest(text, used);
    let told = behind.trim_ascii_start();
    let told_at = message.len() - told.len();
    if told.starts_with(b"statement: ") {
        return Message::Timed { duration_us, protocol: Protocol::Simple, sql_at: told_at + 11 };
    }
    if told.starts_with(b"plan:") {
        let plan = rest(told, 5).trim_ascii_start();
        let format = plan_format(plan);
        return Message::Plan { duration_us, plan_at: message.len() - plan.len(), format };
    }
    if let Some((protocol, sql_at)) = execute(told) {
        return Message::Timed { duration_us, protocol, sql_at: told_at + sql_at };
    }
    if told.is_empty() { Message::Duration { duration_us } } else { phase(told) }
}

fn phase(told: &[u8]) -> Message {
    let known = [&b"parse "[..], b"bind ", b"fastpath "].iter().any(|word| told.starts_with(word));
    if known { Message::Phase } else { Message::Other }
}

/// `execute <unnamed>: …`, `execute S_1/C_1: …`, `execute fetch from …: …`.
fn execute(text: &[u8]) -> Option<(Protocol, usize)> {
    let name = text.strip_prefix(b"execute ")?;
    // Statement names come from drivers; none is longer than this.
    let head = cut(name, 0, name.len().min(512));
    let colon = memchr::memchr_iter(b':', head).find(|colon| at(head, colon + 1) == b' ')?;
    let protocol = if name.starts_with(b"fetch from ") { Protocol::Fetch } else { Protocol::Execute };
    Some((protocol, 8 + colon + 2))
}

fn plan_format(plan: &[u8]) -> PlanFormat {
    if plan.starts_with(b"{") || plan.starts_with(b"[") {
        PlanFormat::Json
    } else if plan.starts_with(b"Query Text: ") {
        PlanFormat::Text
    } else {
        PlanFormat::Other
    }
}

/// `42P01: ` before a message, as verbose error reports have it.
#[inline]
pub(in super::super) fn has_sqlstate(message: &[u8]) -> bool {
    let Some((code, behind)) = message.split_at_checked(5) else { return false };
    behind.starts_with(b": ")
        && code.iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
        && code.iter().any(u8::is_ascii_digit)
}

/// What a DETAIL line adds to a statement. Positions count from its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Detail {
    Parameters {
        at: usize,
    },
    /// The text of the prepared statement that an SQL `EXECUTE` ran.
    Prepared {
        sql_at: usize,
    },
    Other,
}

pub(in super::super) fn understand_detail(detail: &[u8]) -> Detail {
    // PostgreSQL 16 begins the word with a capital.
    if detail.starts_with(b"parameters: ") || detail.starts_with(b"Parameters: ") {
        return Detail::Parameters { at: 12 };
    }
    match detail.strip_prefix(b"prepare: ").and_then(prepared_body) {
        Some(at) => Detail::Prepared { sql_at: 9 + at },
        None => Detail::Other,
    }
}

/// Where the statement begins in `PREPARE name [(types)] AS statement`.
fn prepared_body(text: &[u8]) -> Option<usize> {
    let head = cut(text, 0, text.len().min(4096));
    let found = head.windows(4).position(|window| match window {
        [before, a, s, behind] => {
            (before.is_ascii_whitespace() || *before == b')')
                && [*a, *s].eq_ignore_ascii_case(b"as")
                && behind.is_ascii_whitespace()
        }
        _ => false,
    })?;
    let body = rest(text, found + 4);
    Some(text.len() - body.trim_ascii_start().len())
}

/// Where the arguments begin in `EXECUTE name(1, 'two');`, and where they end.
pub(in super::super) fn execute_arguments(sql: &[u8]) -> Option<(usize, usize)> {
    let open = memchr::memchr(b'(', sql)?;
    let close = memchr::memrchr(b')', sql)?;
    (open < close).then_some((open + 1, close))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_executions_from_phases_plans_and_talk() {
        let simple = Protocol::Simple;
        let cases: &[(&str, Message)] = &[
            (
                "duration: 0.5 ms  statement: SELECT 1",
                Message::Timed { duration_us: 500, protocol: simple, sql_at: 29 },
            ),
            (
                "duration: 0.5 ms  execute <unnamed>: SELECT 1",
                Message::Timed { duration_us: 500, protocol: Protocol::Execute, sql_at: 37 },
            ),
            (
                "duration: 0.5 ms  execute fetch from S_1/C_2: SELECT 1",
                Message::Timed { duration_us: 500, protocol: Protocol::Fetch, sql_at: 46 },
            ),
            ("duration: 0.5 ms  parse <unnamed>: SELECT 1", Message::Phase),
            ("duration: 0.5 ms  bind S_1: SELECT 1", Message::Phase),
            ("duration: 0.5 ms", Message::Duration { duration_us: 500 }),
            ("statement: SELECT 1", Message::Untimed { protocol: simple, sql_at: 11 }),
            ("execute S_1: SELECT 1", Message::Untimed { protocol: Protocol::Execute, sql_at: 13 }),
            (
                "duration: 0.5 ms  plan:\n{ \"Plan\": 1 }",
                Message::Plan { duration_us: 500, plan_at: 24, format: PlanFormat::Json },
            ),
            ("executing", Message::Other),
            ("checkpoint starting: time", Message::Other),
            ("", Message::Other),
        ];
        for (message, expected) in cases {
            assert_eq!(understand(message.as_bytes()), *expected, "{message}");
        }
    }

    #[test]
    fn finds_what_a_detail_adds() {
        let body = |detail: &'static str| match understand_detail(detail.as_bytes()) {
            Detail::Parameters { at } | Detail::Prepared { sql_at: at } => &detail[at..],
            Detail::Other => "",
        };
        assert_eq!(body("parameters: $1 = '1'"), "$1 = '1'");
        assert_eq!(body("Parameters: $1 = '1'"), "$1 = '1'");
        assert_eq!(body("prepare: PREPARE p1(int) AS SELECT * FROM t AS x"), "SELECT * FROM t AS x");
        assert_eq!(body("prepare: prepare p1 as\n select 1"), "select 1");
        assert_eq!(body("Process 1 waits"), "");
    }

    #[test]
    fn a_sqlstate_holds_a_digit() {
        assert!(has_sqlstate(b"42P01: relation"));
        assert!(!has_sqlstate(b"HELLO: world"));
        assert!(!has_sqlstate(b"duration: 1 ms"));
    }
}
