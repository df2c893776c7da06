//! Which `log_line_prefix` wrote these lines: common ones are tried, then one is inferred from the lines themselves.

use super::super::bytes::{at, cut, digits, rest};
use super::super::clock::Clock;
use super::prefix::Prefix;
use super::record::Severity;

/// Prefixes of packagers, clouds and guides; of two that match as many lines the earlier wins.
pub(in super::super) const COMMON: [&str; 26] = [
    "%m [%p] %q%u@%d ",
    "%m [%p] ",
    "%m [%p] %q%u@%d app=%a vxid=%v ",
    "%t:%r:%u@%d:[%p]:",
    "%t [%p]: user=%u,db=%d,app=%a,client=%h ",
    "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ",
    "%t [%p]: [%l-1] user=%u,db=%d ",
    "%m [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ",
    "%m [%p]: [%l-1] db=%d,user=%u ",
    "%t [%p]: [%l-1] db=%d,user=%u ",
    "%m [%p] %l %u@%d ",
    "%t [%p]: [%l] user=%u,db=%d,app=%a,client=%h ",
    "%m %d %u [%p] ",
    "%m [%p] %u@%d ",
    "%m [%p] %u@%d/%a ",
    "%m [%p] %q%u@%d/%a ",
    "%m [%p] %d %u %a ",
    "%m [%p] %q[user=%u,db=%d,app=%a] ",
    "%m [%p] %q[user=%u,db=%d,app=%a,client=%h] ",
    "%m [%p]: %q[user=%u,db=%d] ",
    "%t-%c-",
    "%m:%r:%u@%d:[%p]:",
    "%m [%p] %c %l %x %v %u@%d %a %r ",
    "%t [%p-%l] %q%u@%d ",
    "%t ",
    "%m ",
];

/// A prefix and how well it explains the sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Inferred {
    pub(in super::super) prefix: Prefix,
    /// Lines that match, of those that do not begin with a tab.
    pub(in super::super) matched: usize,
    pub(in super::super) lines: usize,
    pub(in super::super) tabs_stripped: bool,
}

/// The prefix that explains most lines of `sample`, if one explains the first lines of most records.
pub(in super::super) fn infer(sample: &[u8]) -> Option<Inferred> {
    let lines = lines(sample);
    let first: Vec<&[u8]> = lines.iter().copied().filter(|line| at(line, 0) != b'\t').collect();
    let tabs = first.len() < lines.len();
    let derived: Vec<String> = first.iter().filter_map(|line| derive(line)).take(40).collect();
    let candidates = COMMON.iter().copied().chain(derived.iter().map(String::as_str));
    let (matched, prefix) = best(candidates, &first)?;
    // Without its tabs a statement of many lines leaves few that match.
    let tabs_stripped = !tabs && matched * 10 < first.len() * 9 && matched * 20 >= first.len();
    let plausible = matched * 2 > first.len() || tabs_stripped;
    plausible.then_some(Inferred { prefix, matched, lines: first.len(), tabs_stripped })
}

/// Prefixes of lines that take their time from elsewhere.
const TIMELESS: [&str; 9] = [
    "%q%u@%d ",
    "%q[user=%u,db=%d,app=%a] ",
    "%q[user=%u,db=%d] ",
    "user=%u,db=%d,app=%a,client=%h ",
    "user=%u,db=%d ",
    "db=%d,user=%u ",
    "%u@%d ",
    "sql_error_code = %e ",
    "",
];

/// The prefix of lines to which `head` was added, itself included.
pub(in super::super) fn infer_behind(head: &str, sample: &[u8]) -> Option<Prefix> {
    let lines = lines(sample);
    let derived = lines.iter().filter_map(|line| derive(line)).take(40);
    let usual = TIMELESS.iter().chain(&COMMON).map(|prefix| format!("{head}{prefix}"));
    let candidates: Vec<String> = usual.chain(derived).collect();
    best(candidates.iter().map(String::as_str), &lines).map(|(_, prefix)| prefix)
}

/// The prefix that explains most lines, and of several the one that explains most of them: with it the fewest bytes are
/// left to fields that may hold anything. Of equals the first.
fn best<'p>(candidates: impl Iterator<Item = &'p str>, lines: &[&[u8]]) -> Option<(usize, Prefix)> {
    let mut best: Option<(usize, usize, Prefix)> = None;
    for source in candidates {
        let Ok(prefix) = Prefix::compile(source) else { continue };
        let (matched, left) = explained(&prefix, lines);
        // A word of these lines that is no field would not be found in others.
        let left = if names_a_value(source) { usize::MAX } else { left };
        let (most, least) = best.as_ref().map_or((0, 0), |(most, least, _)| (*most, *least));
        if matched > most || (matched == most && matched > 0 && left < least) {
            best = Some((matched, left, prefix));
        }
    }
    best.map(|(matched, _, prefix)| (matched, prefix))
}

/// Whether a prefix holds a word that is neither an escape nor the name in `name=%u`.
fn names_a_value(source: &str) -> bool {
    let mut rest = source;
    while let Some(found) = rest.find(|c: char| c.is_alphanumeric() || c == '%') {
        let here = rest.get(found..).unwrap_or_default();
        if let Some(escape) = here.strip_prefix('%') {
            let width = escape.find(|c: char| c != '-' && !c.is_ascii_digit()).unwrap_or(0);
            rest = escape.get(width + 1..).unwrap_or_default();
            continue;
        }
        let word = here.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(here.len());
        rest = here.get(word..).unwrap_or_default();
        // syslog's `[3-1]` counts the pieces of a message.
        if here.get(..word) == Some("1") && source.contains("%l-1") {
            continue;
        }
        if !rest.starts_with(['=', ' ']) || !rest.trim_start_matches(['=', ' ']).starts_with('%') {
            return true;
        }
    }
    false
}

/// How many of the lines a prefix explains.
pub(in super::super) fn matches(prefix: &Prefix, lines: &[&[u8]]) -> usize {
    let mut clock = Clock::default();
    lines.iter().filter(|line| prefix.read(line, &mut clock).is_some()).count()
}

/// How many of the lines a prefix explains, and how many bytes of these its text fields took.
fn explained(prefix: &Prefix, lines: &[&[u8]]) -> (usize, usize) {
    let mut clock = Clock::default();
    let found = lines.iter().filter_map(|line| prefix.open_bytes(line, &mut clock));
    found.fold((0, 0), |(matched, left), open| (matched + 1, left + open))
}

/// The first whole lines of a sample.
pub(in super::super) fn lines(sample: &[u8]) -> Vec<&[u8]> {
    let whole = memchr::memrchr(b'\n', sample).map_or(sample, |end| cut(sample, 0, end));
    whole
        .split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .filter(|line| !line.is_empty())
        .take(2000)
        .collect()
}

/// Reads a prefix off one line: the time, numbers in brackets, `name=value` pairs and `user@database` before the severity.
fn derive(line: &[u8]) -> Option<String> {
    let head = cut(line, 0, severity_place(line)?);
    let mut prefix = String::new();
    let mut clock = Clock::default();
    let mut pos = 0;
    let mut timed = false;
    while pos < head.len() {
        let here = rest(head, pos);
        if let Some((_, used)) = clock.read(here) {
            prefix.push_str(if timed { "%s" } else { "%m" });
            timed = true;
            pos += used;
            continue;
        }
        if let Some((_, used)) = Clock::read_epoch(here).filter(|_| !timed) {
            prefix.push_str("%n");
            timed = true;
            pos += used;
            continue;
        }
        let word = here.iter().take_while(|byte| is_word(**byte)).count();
        if word == 0 {
            push_literal(&mut prefix, at(head, pos));
            pos += 1;
            continue;
        }
        pos += word;
        let (escape, used) = name_field(cut(here, 0, word), &prefix, rest(head, pos));
        prefix.push_str(&escape);
        pos += used;
    }
    timed.then_some(prefix)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'/' | b'-' | b'$') || byte >= 0x80
}

fn push_literal(prefix: &mut String, byte: u8) {
    if byte == b'%' {
        prefix.push('%');
    }
    prefix.push(char::from(byte));
}

/// What a word of the prefix stands for, given what stands before it and behind it.
fn name_field(word: &[u8], before: &str, behind: &[u8]) -> (String, usize) {
    let text = String::from_utf8_lossy(word).into_owned();
    if at(behind, 0) == b'=' {
        // The value follows; an empty one has no word of its own.
        let empty = !rest(behind, 1).first().is_some_and(|byte| is_word(*byte) || *byte == b'[');
        return match escape_of(&text) {
            Some(escape) if empty => (format!("{text}={escape}"), 1),
            Some(escape) => {
                let value = rest(behind, 1);
                let used = value
                    .iter()
                    .take_while(|byte| is_word(**byte) || matches!(byte, b'[' | b']' | b'(' | b')' | b':'))
                    .count();
                (format!("{text}={escape}"), 1 + used)
            }
            None => (text, 0),
        };
    }
    if at(behind, 0) == b'@' {
        return ("%u".to_owned(), 0);
    }
    if before.ends_with("%u@") {
        return ("%d".to_owned(), 0);
    }
    let (_, count) = digits(word);
    if word == b"00000" {
        return ("%e".to_owned(), 0);
    }
    if count == word.len() {
        // A lone number beside a session id is the line's; taken for the process it would part a session's lines.
        let has_process = before.contains("%p") || before.contains("%c");
        return (if has_process { "%l" } else { "%p" }.to_owned(), 0);
    }
    if count > 0 && rest(word, count) == b"-1" {
        return ("%l-1".to_owned(), 0);
    }
    if count > 0 && at(word, count) == b'/' && digits(rest(word, count + 1)).1 + count + 1 == word.len() {
        return ("%v".to_owned(), 0);
    }
    let is_session = word.split(|byte| *byte == b'.').filter(|part| is_hex(part)).count() == 2;
    if is_session && memchr::memchr(b'.', word).is_some() {
        return ("%c".to_owned(), 0);
    }
    (text.replace('%', "%%"), 0)
}

fn is_hex(part: &[u8]) -> bool {
    !part.is_empty() && part.iter().all(u8::is_ascii_hexdigit)
}

fn escape_of(name: &str) -> Option<&'static str> {
    Some(match name.to_ascii_lowercase().as_str() {
        "user" | "usr" | "u" | "username" => "%u",
        "db" | "database" | "d" | "dbname" => "%d",
        "app" | "application" | "a" | "application_name" => "%a",
        "client" | "host" | "h" | "remote" | "r" | "addr" => "%r",
        "pid" | "p" => "%p",
        "vxid" | "v" | "vtid" => "%v",
        "xid" | "txid" | "x" => "%x",
        "sid" | "session" | "sess" | "c" => "%c",
        "line" | "l" => "%l",
        "state" | "sqlstate" | "e" => "%e",
        "cmd" | "tag" | "ps" => "%i",
        "qid" | "queryid" => "%Q",
        _ => return None,
    })
}

/// Where the first severity of a line begins.
fn severity_place(line: &[u8]) -> Option<usize> {
    let head = cut(line, 0, line.len().min(400));
    (0..head.len()).find(|place| {
        let starts = *place == 0 || !at(head, place - 1).is_ascii_alphanumeric();
        starts && at(head, *place).is_ascii_uppercase() && Severity::read(rest(head, *place)).is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn infers_the_prefix_of_the_first_lines() {
        let cases = [
            ("2026-11-23 12:00:00.123 UTC [7] ", "%m [%p] %q%u@%d "),
            ("2026-11-23 12:00:00 UTC:10.0.0.1(54):ann@shop:[7]:", "%t:%r:%u@%d:[%p]:"),
            (
                "2026-11-23 12:00:00 UTC [7]: [3-1] user=ann,db=shop,app=psql,client=[local] ",
                "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ",
            ),
            ("<2026-11-23 12:00:00.000 CET 9/12 pid=7 user=ann db=shop> ", "<%m %v pid=%p user=%u db=%d> "),
            ("1795435200.123 [7] 6b04943f.90d ann@shop|", "%n [%p] %c %u@%d|"),
            (
                "2026-11-23 12:00:00.123 UTC [7] ann@shop app=my app vxid=3/12 ",
                "%m [%p] %q%u@%d app=%a vxid=%v ",
            ),
            ("2026-11-23 12:00:00.123 UTC [7] ann@shop/psql ", "%m [%p] %u@%d/%a "),
            ("2026-11-23 12:00:00.123 UTC [7] shop ann psql ", "%m [%p] %d %u %a "),
            ("2026-11-23 12:00:00.123 UTC [7] user=ann db=shop xid=0 ", "%m [%p] user=%u db=%d xid=%x "),
        ];
        for (head, expected) in cases {
            let sample = format!("{head}LOG:  duration: 1.0 ms  statement: SELECT 1\n\tFROM t\n").repeat(3);
            let found = infer(sample.as_bytes()).unwrap_or_else(|| panic!("{head}"));
            assert_eq!(found.prefix.as_str(), expected, "{head}");
            assert_eq!((found.matched, found.lines, found.tabs_stripped), (3, 3, false), "{head}");
        }
    }

    #[test]
    fn knows_lines_whose_tabs_were_stripped() {
        let sample = "2026-11-23 12:00:00.123 UTC [7] LOG:  statement: SELECT 1\nFROM t\nWHERE x\n".repeat(4);
        assert!(infer(sample.as_bytes()).unwrap().tabs_stripped);
    }

    #[test]
    fn other_text_has_no_prefix() {
        assert_eq!(infer(b"hello\nworld\n"), None);
        assert_eq!(infer(b"{\"message\":\"LOG:  x\"}\n"), None);
    }
}
