//! JSON exports of hosted PostgreSQL: CloudSQL, Azure, and containers' JSON logs, with a stderr line in each object.

use super::super::clock::Clock;
use super::super::coverage::Coverage;
use super::super::events::Events;
use super::super::json::{Broken, Members, Value, unescape};
use super::super::lines::{Line, Lines};
use super::super::parser::{Feed, Limits};
use super::prefix::Prefix;
use super::unwrapped::Unwrapped;

/// Where the object has the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EnvelopeKind {
    /// `textPayload`; a statement of many lines comes in as many objects.
    CloudSql,
    /// `properties.message`.
    Azure,
    /// `log`.
    Container,
}

impl EnvelopeKind {
    pub const ALL: [EnvelopeKind; 3] = [EnvelopeKind::CloudSql, EnvelopeKind::Azure, EnvelopeKind::Container];

    /// The line inside an object, with its quotes and escapes; nothing where the object has none.
    pub(in super::super) fn payload(
        self,
        block: &[u8],
        from: usize,
        to: usize,
    ) -> Result<Option<Value>, Broken> {
        match self {
            EnvelopeKind::CloudSql => member(block, from, to, b"textPayload"),
            EnvelopeKind::Container => member(block, from, to, b"log"),
            EnvelopeKind::Azure => match member(block, from, to, b"properties")? {
                Some(properties) => member(block, properties.from, properties.to, b"message"),
                None => Ok(None),
            },
        }
    }
}

fn member(block: &[u8], from: usize, to: usize, wanted: &[u8]) -> Result<Option<Value>, Broken> {
    let mut members = Members::of(block, from, to)?;
    let mut found = None;
    while let Some((name, value)) = members.next()? {
        if name == wanted {
            found = Some(value);
        }
    }
    Ok(found)
}

#[derive(Debug)]
pub(in super::super) struct Envelopes {
    kind: EnvelopeKind,
    prefix: Prefix,
    clock: Clock,
    lines: Lines,
    unwrapped: Unwrapped,
    payload: Vec<u8>,
}

impl Envelopes {
    pub(in super::super) fn new(kind: EnvelopeKind, prefix: Prefix, limits: Limits) -> Envelopes {
        let unwrapped = Unwrapped::new(prefix.clone(), limits);
        let lines = Lines::new(limits);
        Envelopes { kind, prefix, clock: Clock::default(), lines, unwrapped, payload: Vec::new() }
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
            self.line(&line, feed.block, coverage);
        }
        self.unwrapped.read(feed.ends, out, coverage);
        self.lines.taken(feed, pos)
    }

    fn line(&mut self, line: &Line, block: &[u8], coverage: &mut Coverage) {
        let text = block.get(line.from..line.to).unwrap_or_default().trim_ascii();
        // An export may be one array with an object a line.
        let text = text.strip_suffix(b",").unwrap_or(text);
        if matches!(text, b"" | b"[" | b"]") {
            return;
        }
        match self.kind.payload(text, 0, text.len()) {
            Ok(Some(payload)) => self.append(payload.raw(text)),
            Ok(None) => coverage.other += 1,
            Err(Broken) => coverage.skip(line.broken_because(block), 1),
        }
    }

    /// Appends a payload as stderr would have written it: each further line behind a tab.
    fn append(&mut self, raw: &[u8]) {
        self.payload.clear();
        unescape(raw, &mut self.payload);
        let payload = self.payload.strip_suffix(b"\n").unwrap_or(&self.payload);
        let begins = self.prefix.read(payload, &mut self.clock).is_some();
        for (index, line) in payload.split(|byte| *byte == b'\n').enumerate() {
            if (index > 0 || !begins) && line.first() != Some(&b'\t') {
                self.unwrapped.text.push(b'\t');
            }
            self.unwrapped.text.extend_from_slice(line);
            self.unwrapped.text.push(b'\n');
        }
    }
}

impl Envelopes {
    /// The stderr text inside the objects of a sample.
    pub(in super::super) fn unwrap(kind: EnvelopeKind, lines: &[&[u8]]) -> Vec<u8> {
        let mut text = Vec::new();
        for line in lines {
            let line = line.trim_ascii();
            let line = line.strip_suffix(b",").unwrap_or(line);
            if let Ok(Some(payload)) = kind.payload(line, 0, line.len()) {
                let mut payload_text = Vec::new();
                unescape(payload.raw(line), &mut payload_text);
                let first = payload_text.split(|byte| *byte == b'\n').next().unwrap_or_default();
                text.extend_from_slice(first);
                text.push(b'\n');
            }
        }
        text
    }
}
