//! A place in a body, and the tokens that both formats share.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

use super::ParseError;
use super::number;

#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

/// What may stand, unescaped, between double quotes.
#[derive(Clone, Copy)]
pub(super) struct Quoted {
    pub(super) line_breaks: bool,
    pub(super) nul: bool,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Cursor<'a> {
        Cursor { text, at: 0 }
    }

    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
    pub(super) fn bump(&mut self) {
        self.at += 1;
    }

    #[inline]
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    /// Takes `word` if it comes next.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let there = self.rest().starts_with(word);
        if there {
            self.at += word.len();
        }
        there
    }

    pub(super) fn starts_with(&self, word: &str) -> bool {
        self.rest().starts_with(word)
    }

    #[inline]
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// Steps over spaces and tabs.
    #[inline]
    pub(super) fn blanks(&mut self) {
        self.take_while(|byte| matches!(byte, b' ' | b'\t'));
    }

    #[inline]
    pub(super) fn take_while(&mut self, belongs: impl Fn(u8) -> bool) -> &'a str {
        let start = self.at;
        let rest = self.text.as_bytes().get(start..).unwrap_or(&[]);
        self.at += rest.iter().position(|byte| !belongs(*byte)).unwrap_or(rest.len());
        self.text.get(start..self.at).unwrap_or("")
    }

    /// Everything up to the end of the line, which is not taken.
    pub(super) fn take_line(&mut self) -> &'a str {
        let rest = self.rest();
        let line = rest.get(..memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len())).unwrap_or(rest);
        self.at += line.len();
        line
    }

    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`
    #[inline]
    pub(super) fn metric_name(&mut self) -> Option<&'a str> {
        self.peek().filter(|byte| is_metric_start(*byte))?;
        Some(self.take_while(|byte| is_metric_start(byte) || byte.is_ascii_digit()))
    }

    /// `[a-zA-Z_][a-zA-Z0-9_]*`
    #[inline]
    pub(super) fn label_name(&mut self) -> Option<&'a str> {
        self.peek().filter(|byte| is_label_start(*byte))?;
        Some(self.take_while(|byte| is_label_start(byte) || byte.is_ascii_digit()))
    }

    /// The name of a family in metadata: bare, or in quotes where it holds other characters.
    pub(super) fn family_name(&mut self, expected: &'static str) -> Result<Cow<'a, str>, ParseError> {
        if self.peek() == Some(b'"') {
            return self.quoted(Quoted { line_breaks: false, nul: false });
        }
        self.metric_name().map(Cow::Borrowed).ok_or_else(|| self.expected(expected))
    }

    /// A string in double quotes; the cursor stands on the first of them.
    #[inline]
    pub(super) fn quoted(&mut self, allowed: Quoted) -> Result<Cow<'a, str>, ParseError> {
        let open = self.at;
        let escaped = self.skip_quoted()?;
        let raw = self.text.get(open + 1..self.at - 1).unwrap_or("");
        if !allowed.line_breaks && memchr(b'\n', raw.as_bytes()).is_some() {
            return Err(self.expected_at(open, "a string that is closed on its line"));
        }
        if !allowed.nul && memchr(0, raw.as_bytes()).is_some() {
            return Err(self.expected_at(open, "a string without NUL bytes"));
        }
        Ok(if escaped { Cow::Owned(unescape(raw, true)) } else { Cow::Borrowed(raw) })
    }

    /// Moves past the closing quote; true if something in between is escaped.
    #[inline]
    fn skip_quoted(&mut self) -> Result<bool, ParseError> {
        let open = self.at;
        self.bump();
        let mut escaped = false;
        loop {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or(&[]);
            let Some(offset) = memchr2(b'"', b'\\', rest) else {
                return Err(self.expected_at(open, "a string with a closing quote"));
            };
            self.at += offset + 1;
            if rest.get(offset) == Some(&b'"') {
                return Ok(escaped);
            }
            escaped = true;
            match self.peek() {
                None | Some(b'\n') => return Err(self.expected("an escaped character")),
                Some(_) => self.bump(),
            }
        }
    }

    /// A number that ends where `ends` says.
    #[inline]
    pub(super) fn number(&mut self, ends: impl Fn(u8) -> bool) -> Result<f64, ParseError> {
        let start = self.at;
        let word = self.take_while(|byte| !ends(byte));
        number::parse(word)
            .ok_or_else(|| self.expected_at(start, "a number (decimal, NaN or Inf) in the range of a double"))
    }

    pub(super) fn expected(&self, expected: &'static str) -> ParseError {
        self.expected_at(self.at, expected)
    }

    pub(super) fn expected_at(&self, at: usize, expected: &'static str) -> ParseError {
        ParseError::syntax(self.text, at, expected)
    }

    #[inline]
    pub(super) fn position(&self) -> usize {
        self.at
    }
}

#[inline]
fn is_label_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

#[inline]
fn is_metric_start(byte: u8) -> bool {
    is_label_start(byte) || byte == b':'
}

/// `\\` and `\n`, and `\"` where quotes are escaped; any other backslash stands for itself.
pub(super) fn unescape(raw: &str, quotes: bool) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let (meant, taken) = match after.bytes().next() {
            Some(b'\\') => ('\\', 1),
            Some(b'n') => ('\n', 1),
            Some(b'"') if quotes => ('"', 1),
            _ => ('\\', 0),
        };
        out.push(meant);
        rest = after.get(taken..).unwrap_or("");
    }
    out.push_str(rest);
    out
}
