//! The text format 0.0.4.

use std::borrow::Cow;

use super::cursor::{Cursor, Quoted, unescape};
use super::labels::{self, Rules};
use super::{Entry, FamilyType, Label, ParseError, Sample};

const RULES: Rules = Rules {
    loose: true,
    name_inside: true,
    quoted_name: Quoted { line_breaks: true, nul: false },
    value: Quoted { line_breaks: true, nul: true },
};

pub(super) fn parse<'a>(
    mut cursor: Cursor<'a>,
    visit: &mut impl FnMut(Entry<'a, '_>),
) -> Result<(), ParseError> {
    let mut labels = Vec::with_capacity(16);
    loop {
        cursor.blanks();
        match cursor.peek() {
            None => return Ok(()),
            Some(b'\n') => cursor.bump(),
            Some(b'#') => {
                if let Some(entry) = comment(&mut cursor)? {
                    visit(entry);
                }
            }
            Some(_) => visit(Entry::Sample(sample(&mut cursor, &mut labels)?)),
        }
    }
}

#[inline]
fn sample<'a, 'p>(
    cursor: &mut Cursor<'a>,
    labels: &'p mut Vec<Label<'a>>,
) -> Result<Sample<'a, 'p>, ParseError> {
    labels.clear();
    let start = cursor.position();
    let mut name = cursor.metric_name().map(Cow::Borrowed);
    if name.is_some() {
        cursor.blanks();
    } else if cursor.peek() != Some(b'{') {
        return Err(cursor.expected("a metric name, `{` or `#`"));
    }
    if cursor.eat(b'{') {
        name = labels::parse(cursor, RULES, name, labels)?;
        cursor.blanks();
    }
    let Some(name) = name else {
        return Err(cursor.expected_at(start, "a series with a metric name"));
    };
    if matches!(cursor.peek(), None | Some(b'\n' | b'{')) {
        return Err(cursor.expected("a value"));
    }
    let value = cursor.number(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'{'))?;
    let timestamp_ms = timestamp(cursor)?;
    Ok(Sample { name, labels, value, timestamp_ms, exemplar: None })
}

/// What follows a value up to the end of the line: nothing, or whole milliseconds.
#[inline]
fn timestamp(cursor: &mut Cursor<'_>) -> Result<Option<i64>, ParseError> {
    cursor.blanks();
    if matches!(cursor.peek(), None | Some(b'\n')) {
        return Ok(None);
    }
    let start = cursor.position();
    let digits = cursor.take_while(|byte| byte.is_ascii_digit());
    let Ok(timestamp) = digits.parse() else {
        return Err(cursor.expected_at(start, "a timestamp in whole milliseconds or the end of the line"));
    };
    cursor.blanks();
    match cursor.peek() {
        None | Some(b'\n') => Ok(Some(timestamp)),
        Some(_) => Err(cursor.expected("the end of the line")),
    }
}

/// Only `HELP` and `TYPE` mean something; `UNIT` and `EOF` are comments here.
fn comment<'a>(cursor: &mut Cursor<'a>) -> Result<Option<Entry<'a, 'a>>, ParseError> {
    cursor.bump();
    let spaced = matches!(cursor.peek(), Some(b' ' | b'\t'));
    cursor.blanks();
    let word = cursor.take_while(|byte| byte.is_ascii_uppercase());
    let known = spaced && matches!(word, "HELP" | "TYPE") && matches!(cursor.peek(), Some(b' ' | b'\t'));
    if !known {
        cursor.take_line();
        return Ok(None);
    }
    cursor.blanks();
    let family = cursor.family_name("a metric name")?;
    let start = cursor.position();
    let line = cursor.take_line();
    // The server cuts one byte, whichever it is.
    let Some(text) = line.get(1..).or_else(|| line.is_empty().then_some("")) else {
        return Err(cursor.expected_at(start, "a space after the metric name"));
    };
    if word == "HELP" {
        let text = if text.contains('\\') { Cow::Owned(unescape(text, false)) } else { Cow::Borrowed(text) };
        return Ok(Some(Entry::Help { family, text }));
    }
    let family_type = match text {
        "counter" => FamilyType::Counter,
        "gauge" => FamilyType::Gauge,
        "histogram" => FamilyType::Histogram,
        "summary" => FamilyType::Summary,
        "untyped" => FamilyType::Unknown,
        _ => {
            let at = start + usize::from(!line.is_empty());
            return Err(cursor.expected_at(at, "counter, gauge, histogram, summary or untyped"));
        }
    };
    Ok(Some(Entry::Type { family, family_type }))
}
