//! A compiled prefix matched against the start of a line.

use super::super::super::bytes::{at, cut, digits, rest};
use super::super::super::clock::Clock;
use super::super::record::Severity;
use super::Token;
use super::header::{Field, Header, Trial};

/// Names are at most 63 bytes (NAMEDATALEN − 1), addresses and command tags shorter than this.
const LONGEST_FIELD: usize = 128;
const MOST_TRIED: u16 = 1024;

/// Matches `tokens` from `from`, then a severity.
#[inline]
pub(super) fn walk(
    tokens: &[Token],
    line: &[u8],
    from: usize,
    (header, trial): (&mut Header, &mut Trial),
    clock: &mut Clock,
) -> Option<(Severity, usize)> {
    let mut pos = from;
    let mut left = tokens;
    while let Some((token, behind)) = left.split_first() {
        left = behind;
        match token {
            Token::Quit => {
                if let Some(found) = severity_at(line, pos) {
                    return Some(found);
                }
            }
            Token::Text(field) => return text(*field, left, line, pos, (header, trial), clock),
            other => pos = step(other, line, pos, header, clock)?,
        }
    }
    severity_at(line, pos)
}

/// Matches one token whose length is told by its bytes; gives where it ends.
#[inline]
pub(super) fn step(
    token: &Token,
    line: &[u8],
    pos: usize,
    header: &mut Header,
    clock: &mut Clock,
) -> Option<usize> {
    let here = rest(line, pos);
    match token {
        Token::Literal(literal) => literal.begins(here).then(|| pos + literal.len()),
        Token::Time => {
            let (at_us, used) = clock.read(here)?;
            header.at_us = Some(at_us);
            Some(pos + used)
        }
        Token::Start => Some(pos + clock.read(here).map_or(0, |(_, used)| used)),
        Token::Shaped(field) => {
            let end = pos + field.length(here);
            header.set(*field, (pos, end));
            Some(end)
        }
        Token::Epoch => {
            let (at_us, used) = Clock::read_epoch(here)?;
            header.at_us = Some(at_us);
            Some(pos + used)
        }
        Token::Pid | Token::Number => {
            let padding = here.iter().take_while(|byte| **byte == b' ').count();
            let (number, count) = digits(rest(here, padding));
            if *token == Token::Pid {
                header.pid = Some(number);
            }
            (count > 0).then_some(pos + padding + count)
        }
        Token::Quit | Token::Text(_) => Some(pos),
    }
}

/// A field of unknown length: the shortest one with which the rest of the prefix matches.
#[inline]
fn text(
    field: Field,
    left: &[Token],
    line: &[u8],
    from: usize,
    (header, trial): (&mut Header, &mut Trial),
    clock: &mut Clock,
) -> Option<(Severity, usize)> {
    let window = cut(line, from, line.len().min(from + LONGEST_FIELD));
    let first = match left.first() {
        Some(Token::Literal(literal)) => literal.head(),
        _ => None,
    };
    let mut tried = 0;
    loop {
        let candidate = match first {
            Some(byte) => tried + memchr::memchr(byte, rest(window, tried))?,
            None => tried,
        };
        if let Some(found) = walk(left, line, from + candidate, (header, trial), clock) {
            // Padding of %-10u stands before the literal that ends the field.
            let end = from + cut(line, from, from + candidate).trim_ascii_end().len();
            header.set(field, (from, end));
            trial.note(from, from + candidate, end);
            return Some(found);
        }
        tried = candidate + 1;
        trial.tried += 1;
        if tried > window.len() || trial.tried > MOST_TRIED {
            return None;
        }
    }
}

#[inline]
pub(super) fn severity_at(line: &[u8], pos: usize) -> Option<(Severity, usize)> {
    if !at(line, pos).is_ascii_uppercase() {
        return None;
    }
    let (severity, used) = Severity::read(rest(line, pos))?;
    Some((severity, pos + used))
}
