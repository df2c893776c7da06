//! `log_line_prefix`, compiled: fields and literals, matched against the start of a line.

use super::super::bytes::{Pattern, at, cut, digits, mix, rest, word};
use super::super::clock::Clock;
use super::record::Severity;

/// What a text field of the prefix is kept for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    User,
    Database,
    Application,
    Session,
    Transaction,
    Sqlstate,
    Dropped,
}

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

/// The fields that a line's prefix holds, as positions in the line.
#[derive(Debug, Clone, Copy, Default)]
pub(in super::super) struct Header {
    pub(in super::super) at_us: Option<i64>,
    pub(in super::super) pid: Option<u64>,
    pub(in super::super) user: (usize, usize),
    pub(in super::super) database: (usize, usize),
    pub(in super::super) application: (usize, usize),
    pub(in super::super) session: (usize, usize),
    pub(in super::super) transaction: (usize, usize),
    pub(in super::super) sqlstate: (usize, usize),
}

/// How the text fields of a line were found.
#[derive(Debug, Clone, Copy, Default)]
struct Trial {
    /// Ends of fields that were tried: hostile lines must not cost more than their length.
    tried: u16,
    /// Text fields: start, end with padding, end without. The last field first.
    texts: [(u32, u32, u32); MOST_TEXTS],
    text_count: usize,
}

/// Prefixes with more text fields are read, but not remembered.
const MOST_TEXTS: usize = 6;

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

/// Names are at most 63 bytes (NAMEDATALEN − 1), addresses and command tags shorter than this.
const LONGEST_FIELD: usize = 128;
const MOST_TRIED: u16 = 1024;

/// Matches `tokens` from `from`, then a severity.
#[inline]
fn walk(
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
fn step(token: &Token, line: &[u8], pos: usize, header: &mut Header, clock: &mut Clock) -> Option<usize> {
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

impl Field {
    /// How many bytes at the start of `text` are of this field.
    #[inline]
    fn length(self, text: &[u8]) -> usize {
        let count = |takes: fn(&&u8) -> bool| text.iter().take_while(takes).count();
        match self {
            Field::Transaction => count(|byte| byte.is_ascii_digit() || **byte == b'/'),
            Field::Session => count(|byte| byte.is_ascii_hexdigit() || **byte == b'.'),
            _ => count(|byte| byte.is_ascii_alphanumeric()),
        }
    }
}

/// A text field's bytes with padding, and its length without.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Text {
    bytes: Pattern,
    trimmed: usize,
}

/// What the headers of the sessions seen last were: who is connected does not change from line to line, and within a
/// transaction nothing but the time does.
///
/// Only what no other reading was tried for is remembered, so that reading from memory finds the same.
#[derive(Debug, Clone)]
pub(in super::super) struct Memory {
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
    fn of(&self, pid: Option<u64>) -> &[Text] {
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
    fn whole(&self, line: &[u8], at_us: i64, used: usize) -> Option<(Header, Severity, usize)> {
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

    fn remember_whole(
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

    fn remember(&mut self, pid: Option<u64>, trial: &Trial, line: &[u8]) {
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

impl Trial {
    fn note(&mut self, start: usize, end: usize, trimmed: usize) {
        if let Some(place) = self.texts.get_mut(self.text_count) {
            *place = (start as u32, end as u32, trimmed as u32);
        }
        self.text_count += 1;
    }
}

impl Header {
    /// With every place moved; those that are not set stay so.
    #[inline]
    fn moved(&self, by: usize, how: fn(usize, usize) -> Option<usize>) -> Header {
        let moved = |(start, end): (usize, usize)| match (how(start, by), how(end, by)) {
            (Some(start), Some(end)) if end != 0 => (start, end),
            _ => (0, 0),
        };
        let set = |place: (usize, usize)| if place.1 == 0 { (0, 0) } else { moved(place) };
        Header {
            at_us: self.at_us,
            pid: self.pid,
            user: set(self.user),
            database: set(self.database),
            application: set(self.application),
            session: set(self.session),
            transaction: set(self.transaction),
            sqlstate: set(self.sqlstate),
        }
    }

    #[inline]
    fn set(&mut self, field: Field, place: (usize, usize)) {
        match field {
            Field::User => self.user = place,
            Field::Database => self.database = place,
            Field::Application => self.application = place,
            Field::Session => self.session = place,
            Field::Transaction => self.transaction = place,
            Field::Sqlstate => self.sqlstate = place,
            Field::Dropped => {}
        }
    }
}

#[inline]
fn severity_at(line: &[u8], pos: usize) -> Option<(Severity, usize)> {
    if !at(line, pos).is_ascii_uppercase() {
        return None;
    }
    let (severity, used) = Severity::read(rest(line, pos))?;
    Some((severity, pos + used))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fields(prefix: &str, line: &str) -> Option<(Option<u64>, String, String, String, String)> {
        let prefix = Prefix::compile(prefix).unwrap();
        let (header, _, message) = prefix.read(line.as_bytes(), &mut Clock::default())?;
        let text = |(from, to): (usize, usize)| line[from..to].to_owned();
        Some((
            header.pid,
            text(header.user),
            text(header.database),
            text(header.application),
            line[message..].to_owned(),
        ))
    }

    #[test]
    fn reads_any_prefix() {
        let time = "2026-11-23 12:00:00.123 UTC";
        let seconds = "2026-11-23 12:00:00 UTC";
        let cases = [
            ("%m [%p] ", format!("{time} [7] "), (Some(7), "", "", "")),
            ("%m [%p] %q%u@%d ", format!("{time} [7] "), (Some(7), "", "", "")),
            ("%m [%p] %q%u@%d ", format!("{time} [7] ann@shop "), (Some(7), "ann", "shop", "")),
            (
                "%t:%r:%u@%d:[%p]:",
                format!("{seconds}:10.0.0.1(5432):ann@shop:[7]:"),
                (Some(7), "ann", "shop", ""),
            ),
            ("%m [%p] app=%a ", format!("{time} [7] app=my app | [x] "), (Some(7), "", "", "my app | [x]")),
            ("%m|%a|%p|", format!("{time}|a|b|7|"), (Some(7), "", "", "a|b")),
            ("%m [%a] [%p] ", format!("{time} [we[ir]d] [9]] [7] "), (Some(7), "", "", "we[ir]d] [9]")),
            ("%n %p %u ", "1795435200.123 7 ann ".to_owned(), (Some(7), "ann", "", "")),
            (
                "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ",
                format!("{seconds} [7]: [3-1] user=ann,db=shop,app=x,y,client=::1 "),
                (Some(7), "ann", "shop", "x,y"),
            ),
            ("%-8u|%5p|%m ", format!("ann     |    7|{time} "), (Some(7), "ann", "", "")),
            ("%m %u", format!("{time} ann"), (None, "ann", "", "")),
            ("%m %c %v %e %% ", format!("{time} 6b0.90d 3/12 00000 % "), (None, "", "", "")),
        ];
        for (prefix, head, (pid, user, database, application)) in cases {
            let line = format!("{head}LOG:  duration: 1.0 ms");
            let expected = (
                pid,
                user.to_owned(),
                database.to_owned(),
                application.to_owned(),
                "duration: 1.0 ms".to_owned(),
            );
            assert_eq!(fields(prefix, &line), Some(expected), "{prefix}");
        }
    }

    proptest! {
        #[test]
        fn what_is_remembered_reads_the_same(
            prefix in prop::sample::select(vec![
                "%m [%p] %q%u@%d app=%a vxid=%v ", "%m %a|%u|%p|", "%m [%a] [%p] ", "%t:%r:%u@%d:[%p]:", "%m [%p] %u%d ",
                "%-8u|%5p|%m ", "%m [%l] %a: ", "%n %p %u ",
            ]),
            lines in prop::collection::vec(
                (0..4_u64, "[ab ]{0,3}", "[ab|: \\]@\\[]{0,5}", 0..3_u8, prop::bool::ANY), 1..40,
            ),
        ) {
            let compiled = Prefix::compile(prefix).unwrap();
            let (mut clock, mut other, mut memory) = (Clock::default(), Clock::default(), Memory::default());
            for (pid, user, app, vxid, quiet) in lines {
                let time = format!("2026-11-23 12:00:0{pid}.12{vxid} UTC");
                let head = prefix
                    .replace("%q", if quiet { "" } else { "%q" })
                    .replace("%m", &time)
                    .replace("%t", &time)
                    .replace("%n", "1795435200.123")
                    .replace("%-8u", &format!("{user:<8}"))
                    .replace("%5p", &format!("{pid:>5}"))
                    .replace("%p", &pid.to_string())
                    .replace("%l", &pid.to_string())
                    .replace("%u", &user)
                    .replace("%d", "shop")
                    .replace("%r", "[local]")
                    .replace("%v", &format!("3/{vxid}"))
                    .replace("%a", &app)
                    .replace("%q", "");
                let line = format!("{head}LOG:  duration: 1.0 ms");
                let seen = |found: Option<(Header, Severity, usize)>| {
                    found.map(|(h, severity, at)| {
                        (h.at_us, h.pid, h.user, h.database, h.application, h.transaction, severity, at)
                    })
                };
                let plain = seen(compiled.read(line.as_bytes(), &mut other));
                let again = seen(compiled.read_again(line.as_bytes(), &mut clock, &mut memory));
                prop_assert_eq!(plain, again, "{}", line);
            }
        }
    }

    #[test]
    fn a_line_of_another_kind_does_not_match() {
        for line in [
            "\t2026-11-23 12:00:00.123 UTC [7] LOG:  x",
            "2026-11-23 12:00:00.123 UTC [7] LOUD:  x",
            "",
            "LOG:  x",
        ] {
            assert_eq!(fields("%m [%p] ", line), None, "{line}");
        }
    }

    #[test]
    fn refuses_what_is_no_prefix() {
        assert_eq!(Prefix::compile("%m %y"), Err(PrefixError::UnknownEscape('y')));
        assert_eq!(Prefix::compile("%m %"), Err(PrefixError::LonePercent));
        assert_eq!(Prefix::compile("[%p]"), Err(PrefixError::NoTime("[%p]".into())));
    }
}
