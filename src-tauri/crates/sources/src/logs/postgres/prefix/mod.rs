//! `log_line_prefix`, compiled: fields and literals, matched against the start of a line.

#[cfg(test)]
mod cases;
mod header;
mod matching;
mod memory;

use super::super::bytes::{Pattern, rest};
use super::super::clock::Clock;
use super::record::Severity;
use header::{Field, Trial};
use matching::{severity_at, step, walk};
use memory::Text;

pub(in super::super) use header::Header;
pub(in super::super) use memory::Memory;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Literal(Pattern),
    Time,
    Epoch,
    Pid,
    /// Digits that are not kept: line number, transaction id, query id, leader.
    Number,
    Text(Field),
    /// A field whose letters are known: transaction id, session id, SQLSTATE.
    Shaped(Field),
    /// The session's start: a time that is not the line's.
    Start,
    /// `%q`: background processes have nothing behind it.
    Quit,
}

/// A `log_line_prefix` that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrefixError {
    #[error(
        "the prefix has the unknown escape %{0}; PostgreSQL knows %a %u %d %r %h %L %p %P %t %m %n %i %e %c %l %s %v %x %q %Q %b %%"
    )]
    UnknownEscape(char),
    #[error("the prefix ends in a lone %")]
    LonePercent,
    #[error("the prefix {0:?} has no time: add %m, %t or %n")]
    NoTime(String),
}

/// A compiled prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefix {
    source: String,
    tokens: Vec<Token>,
}

impl Prefix {
    /// Compiles the value of `log_line_prefix` as it stands in `postgresql.conf`.
    pub fn compile(source: &str) -> Result<Prefix, PrefixError> {
        let mut tokens: Vec<Token> = Vec::new();
        let mut literal: Vec<u8> = Vec::new();
        let mut rest = source.chars();
        while let Some(char) = rest.next() {
            if char != '%' {
                literal.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
                continue;
            }
            let mut escape = rest.next().ok_or(PrefixError::LonePercent)?;
            // A width as in %-10u: the padding is passed over when matching.
            while escape == '-' || escape.is_ascii_digit() {
                escape = rest.next().ok_or(PrefixError::LonePercent)?;
            }
            let token = match escape {
                '%' => {
                    literal.push(b'%');
                    continue;
                }
                'm' | 't' => Token::Time,
                's' => Token::Start,
                'n' => Token::Epoch,
                'p' => Token::Pid,
                'l' | 'x' => Token::Number,
                'u' => Token::Text(Field::User),
                'd' => Token::Text(Field::Database),
                'a' => Token::Text(Field::Application),
                'c' => Token::Shaped(Field::Session),
                'v' => Token::Shaped(Field::Transaction),
                'e' => Token::Shaped(Field::Sqlstate),
                'h' | 'r' | 'i' | 'b' | 'L' | 'P' | 'Q' => Token::Text(Field::Dropped),
                'q' => Token::Quit,
                other => return Err(PrefixError::UnknownEscape(other)),
            };
            push_literal(&mut tokens, &mut literal);
            tokens.push(token);
        }
        push_literal(&mut tokens, &mut literal);
        if !tokens.iter().any(|token| matches!(token, Token::Time | Token::Epoch)) {
            return Err(PrefixError::NoTime(source.to_owned()));
        }
        Ok(Prefix { source: source.to_owned(), tokens })
    }

    /// The prefix as it was given.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// Whether lines tell the process, so that sessions are told apart.
    pub fn has_session(&self) -> bool {
        self.tokens.iter().any(|token| matches!(token, Token::Pid | Token::Shaped(Field::Session)))
    }

    /// The header of a line, its severity, and where its message begins; nothing when the line does not begin so.
    #[inline]
    pub(in super::super) fn read(&self, line: &[u8], clock: &mut Clock) -> Option<(Header, Severity, usize)> {
        let (found, _) = self.tried(line, clock)?;
        Some(found)
    }

    /// As [`Prefix::read`], with the bytes that fields of unknown length took: the more a prefix knows, the fewer.
    pub(in super::super) fn open_bytes(&self, line: &[u8], clock: &mut Clock) -> Option<usize> {
        let (_, trial) = self.tried(line, clock)?;
        Some(trial.texts.iter().take(trial.text_count).map(|(start, end, _)| (end - start) as usize).sum())
    }

    fn tried(&self, line: &[u8], clock: &mut Clock) -> Option<((Header, Severity, usize), Trial)> {
        let (mut header, mut trial) = (Header::default(), Trial::default());
        let (severity, message) = walk(&self.tokens, line, 0, (&mut header, &mut trial), clock)?;
        Some(((header, severity, message), trial))
    }

    /// As [`Prefix::read`], and quicker where the session said the same before.
    #[inline]
    pub(in super::super) fn read_again(
        &self,
        line: &[u8],
        clock: &mut Clock,
        memory: &mut Memory,
    ) -> Option<(Header, Severity, usize)> {
        let timed = self.read_time(line, clock);
        if let Some((at_us, used)) = timed
            && let Some(found) = memory.whole(line, at_us, used)
        {
            return Some(found);
        }
        if let Some(found) = self.read_as_before(line, clock, memory) {
            memory.remember_whole(&found, timed, line);
            return Some(found);
        }
        let (found, trial) = self.tried(line, clock)?;
        if trial.tried == 0 {
            memory.remember(found.0.pid, &trial, line);
            memory.remember_whole(&found, timed, line);
        }
        Some(found)
    }

    /// The time, where the prefix begins with it.
    #[inline]
    fn read_time(&self, line: &[u8], clock: &mut Clock) -> Option<(i64, usize)> {
        match self.tokens.first() {
            Some(Token::Time) => clock.read(line),
            Some(Token::Epoch) => Clock::read_epoch(line),
            _ => None,
        }
    }

    fn read_as_before(
        &self,
        line: &[u8],
        clock: &mut Clock,
        memory: &Memory,
    ) -> Option<(Header, Severity, usize)> {
        let mut header = Header::default();
        let mut pos = 0;
        let mut texts: Option<std::slice::Iter<'_, Text>> = None;
        for token in &self.tokens {
            match token {
                Token::Text(field) => {
                    let text = texts.get_or_insert_with(|| memory.of(header.pid).iter()).next()?;
                    if !text.bytes.begins(rest(line, pos)) {
                        return None;
                    }
                    header.set(*field, (pos, pos + text.trimmed));
                    pos += text.bytes.len();
                }
                Token::Quit => {
                    if let Some((severity, message)) = severity_at(line, pos) {
                        return Some((header, severity, message));
                    }
                }
                other => pos = step(other, line, pos, &mut header, clock)?,
            }
        }
        let (severity, message) = severity_at(line, pos)?;
        Some((header, severity, message))
    }
}

fn push_literal(tokens: &mut Vec<Token>, literal: &mut Vec<u8>) {
    if !literal.is_empty() {
        tokens.push(Token::Literal(Pattern::new(&std::mem::take(literal))));
    }
}
