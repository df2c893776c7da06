//! OpenMetrics 1.0.

use std::borrow::Cow;

use super::cursor::{Cursor, Quoted, unescape};
use super::labels::{self, Rules};
use super::{Entry, Exemplar, FamilyType, Label, ParseError, Sample};

const SERIES: Rules = Rules {
    loose: false,
    name_inside: true,
    quoted_name: Quoted { line_breaks: true, nul: false },
    value: Quoted { line_breaks: false, nul: true },
};

const EXEMPLAR: Rules = Rules {
    loose: false,
    name_inside: false,
    quoted_name: Quoted { line_breaks: false, nul: false },
    value: Quoted { line_breaks: false, nul: false },
};

const END: &str = "`# EOF` at the end of the body";

/// Labels of the series and of its exemplar, kept from line to line to save allocations.
#[derive(Default)]
struct Room<'a> {
    series: Vec<Label<'a>>,
    exemplar: Vec<Label<'a>>,
}

pub(super) fn parse<'a>(
    mut cursor: Cursor<'a>,
    visit: &mut impl FnMut(Entry<'a, '_>),
) -> Result<(), ParseError> {
    let mut room = Room::default();
    loop {
        match cursor.peek() {
            None => return Err(cursor.expected(END)),
            Some(b'#') => match metadata(&mut cursor)? {
                Some(entry) => visit(entry),
                None => return Ok(()),
            },
            Some(_) => visit(Entry::Sample(sample(&mut cursor, &mut room)?)),
        }
    }
}

fn sample<'a, 'p>(cursor: &mut Cursor<'a>, room: &'p mut Room<'a>) -> Result<Sample<'a, 'p>, ParseError> {
    room.series.clear();
    room.exemplar.clear();
    let start = cursor.position();
    let mut name = cursor.metric_name().map(Cow::Borrowed);
    if cursor.eat(b'{') {
        name = labels::parse(cursor, SERIES, name, &mut room.series)?;
    } else if name.is_none() {
        return Err(cursor.expected("a metric name, `{` or `# `"));
    }
    let Some(name) = name else {
        return Err(cursor.expected_at(start, "a series with a metric name"));
    };
    let value = spaced_number(cursor, "one space and a value")?;
    let timestamp_ms = if cursor.starts_with(" # {") { None } else { timestamp(cursor)? };
    let exemplar = if cursor.eat_word(" # {") {
        labels::parse(cursor, EXEMPLAR, None, &mut room.exemplar)?;
        let value = spaced_number(cursor, "one space and the value of the exemplar")?;
        let timestamp_ms = timestamp(cursor)?;
        Some(Exemplar { labels: &room.exemplar, value, timestamp_ms })
    } else {
        None
    };
    match cursor.peek() {
        Some(b'\n') => cursor.bump(),
        Some(_) => return Err(cursor.expected("the end of the line")),
        None => return Err(cursor.expected(END)),
    }
    Ok(Sample { name, labels: &room.series, value, timestamp_ms, exemplar })
}

#[inline]
fn spaced_number(cursor: &mut Cursor<'_>, expected: &'static str) -> Result<f64, ParseError> {
    if !cursor.eat(b' ') || matches!(cursor.peek(), None | Some(b' ' | b'\n')) {
        return Err(cursor.expected(expected));
    }
    cursor.number(|byte| matches!(byte, b' ' | b'\n'))
}

/// Seconds, made milliseconds.
#[inline]
fn timestamp(cursor: &mut Cursor<'_>) -> Result<Option<i64>, ParseError> {
    if cursor.peek() != Some(b' ') {
        return Ok(None);
    }
    let start = cursor.position() + 1;
    let seconds = spaced_number(cursor, "a timestamp in seconds")?;
    if !seconds.is_finite() {
        return Err(cursor.expected_at(start, "a finite timestamp in seconds"));
    }
    Ok(Some((seconds * 1000.0) as i64))
}

/// None at `# EOF`.
fn metadata<'a>(cursor: &mut Cursor<'a>) -> Result<Option<Entry<'a, 'a>>, ParseError> {
    if cursor.eat_word("# EOF") {
        cursor.eat(b'\n');
        return match cursor.peek() {
            None => Ok(None),
            Some(_) => Err(cursor.expected("nothing after `# EOF`")),
        };
    }
    let start = cursor.position();
    let word = ["# HELP ", "# TYPE ", "# UNIT "].into_iter().find(|word| cursor.eat_word(word));
    let Some(word) = word else {
        return Err(cursor.expected_at(start, "`# HELP`, `# TYPE`, `# UNIT` or `# EOF`"));
    };
    let family = cursor.family_name("a metric name")?;
    if !cursor.eat(b' ') {
        return Err(cursor.expected("one space and text"));
    }
    let at = cursor.position();
    let text = cursor.take_line();
    if !cursor.eat(b'\n') {
        return Err(cursor.expected(END));
    }
    let entry = match word {
        "# HELP " if text.contains('\\') => Entry::Help { family, text: Cow::Owned(unescape(text, true)) },
        "# HELP " => Entry::Help { family, text: Cow::Borrowed(text) },
        "# TYPE " => match family_type(text) {
            Some(family_type) => Entry::Type { family, family_type },
            None => return Err(cursor.expected_at(at, TYPES)),
        },
        _ => {
            if !text.is_empty() && !family.strip_suffix(text).is_some_and(|stem| stem.ends_with('_')) {
                return Err(cursor.expected_at(at, "a unit that the metric's name ends with"));
            }
            Entry::Unit { family, unit: text }
        }
    };
    Ok(Some(entry))
}

const TYPES: &str = "counter, gauge, histogram, gaugehistogram, summary, info, stateset or unknown";

fn family_type(text: &str) -> Option<FamilyType> {
    Some(match text {
        "counter" => FamilyType::Counter,
        "gauge" => FamilyType::Gauge,
        "histogram" => FamilyType::Histogram,
        "gaugehistogram" => FamilyType::GaugeHistogram,
        "summary" => FamilyType::Summary,
        "info" => FamilyType::Info,
        "stateset" => FamilyType::StateSet,
        "unknown" => FamilyType::Unknown,
        _ => return None,
    })
}
