//! mPanel's console lines: `level: message {json}` in colours, with raw stack traces between.

use super::super::bytes::{at, cut, rest};
use super::super::coverage::{Coverage, SkipReason};
use super::super::events::Events;
use super::super::json::{Broken, Members};
use super::super::lines::{Line, Lines};
use super::super::parser::{Feed, Limits};
use super::winston::{Sink, Winston};

#[derive(Debug)]
pub(in super::super) struct Console {
    lines: Lines,
    winston: Winston,
}

/// Winston's levels, npm's and syslog's.
const LEVELS: [&[u8]; 9] =
    [b"info", b"debug", b"warn", b"error", b"http", b"verbose", b"silly", b"warning", b"notice"];

impl Console {
    pub(in super::super) fn new(limits: Limits) -> Console {
        Console { lines: Lines::new(limits), winston: Winston::default() }
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
            self.line(&line, feed.offset + line.from as u64, &mut sink);
        }
        self.lines.taken(feed, pos)
    }

    fn line(&mut self, line: &Line, offset: u64, sink: &mut Sink<'_>) {
        let text = cut(sink.block, line.from, line.to);
        if text.trim_ascii().is_empty() {
            return;
        }
        let Some(message) = message_at(text) else {
            sink.coverage.skip(SkipReason::NotARecord, 1);
            return;
        };
        let Some(object) = object_at(text, message) else {
            // A banner, or a line that a crash left without its object.
            sink.coverage.skip(if line.overlong { SkipReason::Overlong } else { SkipReason::CutOff }, 1);
            return;
        };
        let message_end = message + cut(text, message, object).trim_ascii_end().len();
        let place = (line.from + object, line.to);
        let message = (line.from + message, line.from + message_end);
        if let Err(Broken) = self.winston.line(place, Some(message), offset, sink) {
            sink.coverage.skip(SkipReason::Malformed, 1);
        }
    }
}

/// Where the message begins behind `ESC[32minfoESC[39m: `.
pub(in super::super) fn message_at(text: &[u8]) -> Option<usize> {
    let mut pos = colour(text, 0);
    let level = rest(text, pos).iter().take(8).take_while(|byte| byte.is_ascii_lowercase()).count();
    if !LEVELS.contains(&cut(text, pos, pos + level)) {
        return None;
    }
    pos = colour(text, pos + level);
    rest(text, pos).starts_with(b": ").then_some(pos + 2)
}

/// Passes over one `ESC[…m`.
fn colour(text: &[u8], pos: usize) -> usize {
    if !rest(text, pos).starts_with(b"\x1b[") {
        return pos;
    }
    let parameters =
        rest(text, pos + 2).iter().take_while(|byte| byte.is_ascii_digit() || **byte == b';').count();
    let end = pos + 2 + parameters;
    if at(text, end) == b'm' { end + 1 } else { pos }
}

/// Where the object begins that ends the line: the first `{` with which all the rest is one object.
fn object_at(text: &[u8], message: usize) -> Option<usize> {
    let mut tried = message;
    for _ in 0..8 {
        let found = tried + memchr::memchr(b'{', rest(text, tried))?;
        if is_object(text, found) {
            return Some(found);
        }
        tried = found + 1;
    }
    None
}

fn is_object(text: &[u8], from: usize) -> bool {
    let Ok(mut members) = Members::of(text, from, text.len()) else { return false };
    loop {
        match members.next() {
            Ok(Some(_)) => {}
            Ok(None) => return rest(text, members.end()).trim_ascii().is_empty(),
            Err(Broken) => return false,
        }
    }
}
