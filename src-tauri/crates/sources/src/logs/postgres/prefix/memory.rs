//! What the sessions seen last said in their headers, so that most lines need not be taken apart.

use super::super::super::bytes::{Pattern, cut, mix, rest, word};
use super::super::record::Severity;
use super::header::{Header, MOST_TEXTS, Trial};
use super::matching::severity_at;

/// A text field's bytes with padding, and its length without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) bytes: Pattern,
    pub(super) trimmed: usize,
}

/// What the headers of the sessions seen last were: who is connected does not change from line to line, and within a
/// transaction nothing but the time does.
///
/// Only what no other reading was tried for is remembered, so that reading from memory finds the same.
#[derive(Debug, Clone)]
pub(in super::super::super) struct Memory {
    sessions: Vec<(Option<u64>, Vec<Text>)>,
    /// Whole headers behind the time, by their first bytes.
    wholes: Vec<Whole>,
}

/// A header behind its time, and where its fields are in it.
#[derive(Debug, Clone, Default)]
struct Whole {
    bytes: Vec<u8>,
    /// Without a time; positions count from behind it.
    header: Header,
}

/// A power of two.
const REMEMBERED: usize = 256;

impl Default for Memory {
    fn default() -> Memory {
        Memory { sessions: vec![(None, Vec::new()); REMEMBERED], wholes: vec![Whole::default(); REMEMBERED] }
    }
}

impl Memory {
    fn place(pid: Option<u64>) -> usize {
        pid.unwrap_or(0) as usize % REMEMBERED
    }

    #[inline]
    pub(super) fn of(&self, pid: Option<u64>) -> &[Text] {
        match self.sessions.get(Memory::place(pid)) {
            Some((known, texts)) if *known == pid => texts,
            _ => &[],
        }
    }

    #[inline]
    fn whole_place(text: &[u8]) -> usize {
        (mix(word(text), 0x7768_6f6c) >> 32) as usize % REMEMBERED
    }

    /// The header of a line that says behind its time what a line before said.
    #[inline]
    pub(super) fn whole(&self, line: &[u8], at_us: i64, used: usize) -> Option<(Header, Severity, usize)> {
        let text = rest(line, used);
        let known = self.wholes.get(Memory::whole_place(text))?;
        if known.bytes.is_empty() || !text.starts_with(&known.bytes) {
            return None;
        }
        let (severity, message) = severity_at(line, used + known.bytes.len())?;
        let mut header = known.header.moved(used, usize::checked_add);
        header.at_us = Some(at_us);
        Some((header, severity, message))
    }

    pub(super) fn remember_whole(
        &mut self,
        (header, severity, message): &(Header, Severity, usize),
        timed: Option<(i64, usize)>,
        line: &[u8],
    ) {
        let Some((_, used)) = timed else { return };
        // The severity's word, its colon and its blanks stand between.
        let head = cut(line, used, *message);
        let Some(end) = head.windows(2).rposition(|pair| pair == b": ").map(|colon| {
            let word =
                cut(head, 0, colon).iter().rev().take_while(|byte| byte.is_ascii_alphanumeric()).count();
            colon - word
        }) else {
            return;
        };
        let read_again = severity_at(line, used + end);
        if end == 0 || read_again != Some((*severity, *message)) {
            return;
        }
        if let Some(place) = self.wholes.get_mut(Memory::whole_place(head)) {
            place.bytes.clear();
            place.bytes.extend_from_slice(cut(head, 0, end));
            place.header = header.moved(used, usize::checked_sub);
        }
    }

    pub(super) fn remember(&mut self, pid: Option<u64>, trial: &Trial, line: &[u8]) {
        if trial.text_count == 0 || trial.text_count > MOST_TEXTS {
            return;
        }
        // A process id behind the first text is not known when that is read.
        let noted = trial.texts.iter().take(trial.text_count).rev();
        for key in [pid, None] {
            let Some((known, texts)) = self.sessions.get_mut(Memory::place(key)) else { continue };
            *known = key;
            texts.clear();
            texts.extend(noted.clone().map(|(start, end, trimmed)| Text {
                bytes: Pattern::new(cut(line, *start as usize, *end as usize)),
                trimmed: (trimmed - start) as usize,
            }));
        }
    }
}
