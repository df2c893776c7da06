//! PostgreSQL through syslog, rsyslog's ISO times and logplex included: records in numbered pieces, a process each.

use std::collections::HashMap;

use super::super::bytes::{at, cut, digits, rest};
use super::super::clock::{Clock, date_of, days};
use super::super::coverage::{Coverage, SkipReason};
use super::super::events::Events;
use super::super::lines::Lines;
use super::super::parser::{Feed, Limits};
use super::prefix::Prefix;
use super::unwrapped::Unwrapped;

/// Lines that other processes may write before a record counts as complete.
const PATIENCE: u64 = 2_000;

/// What stands before PostgreSQL's own text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct SyslogHead {
    pub(in super::super) at_us: i64,
    pub(in super::super) pid: u64,
    /// `[5-2]`: the second piece of the fifth record.
    piece: Option<u64>,
    pub(in super::super) content: usize,
}

#[derive(Debug, Default)]
struct Pending {
    text: Vec<u8>,
    began: u64,
}

#[derive(Debug)]
pub(in super::super) struct Syslog {
    clock: Clock,
    now_us: i64,
    lines: Lines,
    unwrapped: Unwrapped,
    pending: HashMap<u64, Pending>,
    seen: u64,
}

impl Syslog {
    /// `prefix` is the prefix of the unwrapped text: [`HEAD`] and the server's own `log_line_prefix`.
    pub(in super::super) fn new(prefix: Prefix, limits: Limits, now_us: i64) -> Syslog {
        Syslog {
            clock: Clock::default(),
            now_us,
            lines: Lines::new(limits),
            unwrapped: Unwrapped::new(prefix, limits),
            pending: HashMap::new(),
            seen: 0,
        }
    }

    pub(in super::super) fn parse(
        &mut self,
        feed: &Feed<'_>,
        out: &mut Events,
        coverage: &mut Coverage,
    ) -> usize {
        let mut pos = 0;
        while let Some(line) = self.lines.next(feed, pos, coverage) {
            pos = line.next;
            let text = cut(feed.block, line.from, line.to);
            match read_head(text, &mut self.clock, self.now_us) {
                Some(head) => self.piece(&head, rest(text, head.content)),
                None if text.is_empty() => {}
                None => coverage.skip(SkipReason::NotARecord, 1),
            }
        }
        self.complete(if feed.ends { 0 } else { PATIENCE });
        self.unwrapped.read(feed.ends, out, coverage);
        self.lines.taken(feed, pos)
    }

    fn piece(&mut self, head: &SyslogHead, content: &[u8]) {
        self.seen += 1;
        let pending = self.pending.entry(head.pid).or_default();
        let continues = match head.piece {
            Some(piece) => piece > 1,
            None => content.starts_with(b"#011") || content.starts_with(b"\t"),
        };
        if !continues {
            self.unwrapped.text.append(&mut pending.text);
            write_head(head, &mut pending.text);
            pending.began = self.seen;
        } else if pending.text.last() == Some(&b'\n') {
            // A piece that begins with a tab was a new line; another was cut in the middle of one.
            if !(content.starts_with(b"#011") || content.starts_with(b"\t")) {
                pending.text.pop();
            }
        }
        unescape(content, &mut pending.text);
        pending.text.push(b'\n');
    }

    /// Hands over the records that began more than `patience` lines ago, in the order of their first lines.
    fn complete(&mut self, patience: u64) {
        let seen = self.seen;
        let mut done: Vec<Pending> = Vec::new();
        self.pending.retain(|_, pending| {
            let is_done = seen >= pending.began + patience;
            if is_done {
                done.push(std::mem::take(pending));
            }
            !is_done
        });
        done.sort_by_key(|pending| pending.began);
        done.iter().for_each(|pending| self.unwrapped.text.extend_from_slice(&pending.text));
    }
}

/// The prefix of what [`write_head`] writes.
pub(in super::super) const HEAD: &str = "%m [%p] ";

fn write_head(head: &SyslogHead, into: &mut Vec<u8>) {
    let us = head.at_us.rem_euclid(1_000_000);
    let seconds = head.at_us.div_euclid(1_000_000);
    let (year, month, day) = date_of(head.at_us);
    let (hour, minute, second) =
        (seconds.rem_euclid(86_400) / 3600, seconds.rem_euclid(3600) / 60, seconds.rem_euclid(60));
    let text = format!(
        "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{us:06} UTC [{}] ",
        head.pid
    );
    into.extend_from_slice(text.as_bytes());
}

/// rsyslog writes control characters as `#` and three octal digits.
fn unescape(content: &[u8], into: &mut Vec<u8>) {
    let mut cursor = 0;
    while let Some(found) = memchr::memchr(b'#', rest(content, cursor)) {
        let hash = cursor + found;
        into.extend_from_slice(cut(content, cursor, hash));
        let control = match cut(content, hash, hash + 4) {
            b"#011" => Some(b'\t'),
            b"#012" => Some(b'\n'),
            b"#015" => Some(b'\r'),
            _ => None,
        };
        into.push(control.unwrap_or(b'#'));
        cursor = hash + if control.is_some() { 4 } else { 1 };
    }
    into.extend_from_slice(rest(content, cursor));
}

/// `Nov 23 12:00:00 host postgres[7]: [5-1] …`, `2026-11-23T12:00:00Z host …`, `<134>1 2026-… host postgres 7 - - …`.
pub(in super::super) fn read_head(line: &[u8], clock: &mut Clock, now_us: i64) -> Option<SyslogHead> {
    let mut pos = 0;
    if at(line, 0) == b'<' {
        pos = memchr::memchr(b'>', cut(line, 0, 8))? + 1;
        let (_, version) = digits(rest(line, pos));
        pos += if version > 0 && at(line, pos + version) == b' ' { version + 1 } else { 0 };
    }
    let (at_us, used) = clock.read(rest(line, pos)).or_else(|| old_time(rest(line, pos), now_us))?;
    pos += used;
    if at(line, pos) != b' ' {
        return None;
    }
    // Host, tag and process stand before the first `]: ` or `PROCID - - `.
    let window = cut(line, pos, line.len().min(pos + 256));
    let (pid, content) = tagged(window).or_else(|| structured(window))?;
    let mut content = pos + content;
    let mut piece = None;
    // logplex has the database's name in brackets before the piece.
    for _ in 0..2 {
        let Some(bracket) = rest(line, content).strip_prefix(b"[") else { break };
        let Some(close) = memchr::memchr(b']', cut(bracket, 0, bracket.len().min(64))) else { break };
        let inside = cut(bracket, 0, close);
        let (_, count) = digits(inside);
        let numbered = count > 0 && at(inside, count) == b'-';
        let number = digits(rest(inside, count + 1));
        if numbered && number.1 + count + 1 == inside.len() {
            piece = Some(number.0);
        } else if inside.iter().any(|byte| !(byte.is_ascii_uppercase() || *byte == b'_')) {
            break;
        }
        content += close + 2;
        content += usize::from(at(line, content) == b' ');
        if piece.is_some() {
            break;
        }
    }
    Some(SyslogHead { at_us, pid, piece, content })
}

/// `host postgres[7]: `, `app[postgres.7]: `.
fn tagged(window: &[u8]) -> Option<(u64, usize)> {
    let close = memchr::memmem::find(window, b"]: ")?;
    let open = memchr::memrchr(b'[', cut(window, 0, close))?;
    let inside = cut(window, open + 1, close);
    let name = inside.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (pid, count) = digits(rest(inside, inside.len() - name));
    (count > 0).then_some((pid, close + 3))
}

/// RFC 5424: ` host app PROCID MSGID - `.
fn structured(window: &[u8]) -> Option<(u64, usize)> {
    let mut words = window.split(|byte| *byte == b' ').skip(1);
    let lengths: usize = words.by_ref().take(2).map(|word| word.len() + 1).sum();
    let procid = words.next()?;
    let (pid, count) = digits(procid.strip_prefix(b"postgres.").unwrap_or(procid));
    let behind = 1 + lengths + procid.len() + 1;
    let dashes = words.take(2).take_while(|word| *word == b"-").count();
    (count > 0 && dashes > 0).then_some((pid, behind + dashes * 2))
}

/// `Nov 23 12:00:00`, in the last year in which it is not in the future.
fn old_time(text: &[u8], now_us: i64) -> Option<(i64, usize)> {
    const MONTHS: [&[u8]; 12] =
        [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
    let month = MONTHS.iter().position(|month| *month == cut(text, 0, 3))? as i64 + 1;
    let number = |from: usize| match digits(cut(text, from, from + 2)) {
        (value, 2) => i64::try_from(value).ok(),
        _ => None,
    };
    let day = if at(text, 4) == b' ' { i64::try_from(digits(cut(text, 5, 6)).0).ok()? } else { number(4)? };
    let clock = (number(7)? * 60 + number(10)?) * 60 + number(13)?;
    let in_year = |year: i64| (days(year, month, day) * 86_400 + clock) * 1_000_000;
    let (year, ..) = date_of(now_us);
    const DAY_US: i64 = 86_400_000_000;
    let this_year = in_year(year);
    Some((if this_year > now_us + DAY_US { in_year(year - 1) } else { this_year }, 15))
}
