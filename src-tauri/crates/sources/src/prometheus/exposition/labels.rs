//! What stands between the braces of a series or an exemplar.

use std::borrow::Cow;

use super::cursor::{Cursor, Quoted};
use super::{Label, ParseError};

/// The rules that differ between the two formats, and between series and exemplars.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    /// Spaces and tabs between tokens, and commas between labels left out.
    pub(super) loose: bool,
    /// `{"metric.name",…}`
    pub(super) name_inside: bool,
    /// In label names.
    pub(super) quoted_name: Quoted,
    pub(super) value: Quoted,
}

/// Reads labels up to and with the closing brace into `labels`; gives the metric's name, which may stand inside.
#[inline]
pub(super) fn parse<'a>(
    cursor: &mut Cursor<'a>,
    rules: Rules,
    mut name: Option<Cow<'a, str>>,
    labels: &mut Vec<Label<'a>>,
) -> Result<Option<Cow<'a, str>>, ParseError> {
    let open = cursor.position();
    loop {
        blanks(cursor, rules);
        let start = cursor.position();
        let (label, quoted) = match cursor.peek() {
            Some(b'}') => {
                cursor.bump();
                refuse_duplicates(cursor, open, labels)?;
                return Ok(name);
            }
            Some(b'"') => (cursor.quoted(rules.quoted_name)?, true),
            _ => match cursor.label_name() {
                Some(label) => (Cow::Borrowed(label), false),
                None => return Err(cursor.expected("a label name or `}`")),
            },
        };
        if label.is_empty() {
            return Err(cursor.expected_at(start, "a name that is not empty"));
        }
        blanks(cursor, rules);
        if quoted && rules.name_inside && matches!(cursor.peek(), Some(b',' | b'}')) {
            if name.is_some() {
                return Err(cursor.expected_at(start, "one metric name only"));
            }
            name = Some(label);
            cursor.eat(b',');
            continue;
        }
        let value = value(cursor, rules)?;
        labels.push(Label { name: label, value });
        blanks(cursor, rules);
        if !cursor.eat(b',') && !rules.loose && cursor.peek() != Some(b'}') {
            return Err(cursor.expected("`,` or `}`"));
        }
    }
}

#[inline]
fn value<'a>(cursor: &mut Cursor<'a>, rules: Rules) -> Result<Cow<'a, str>, ParseError> {
    if !cursor.eat(b'=') {
        return Err(cursor.expected("`=`"));
    }
    blanks(cursor, rules);
    if cursor.peek() != Some(b'"') {
        return Err(cursor.expected("a label value in double quotes"));
    }
    cursor.quoted(rules.value)
}

#[inline]
fn blanks(cursor: &mut Cursor<'_>, rules: Rules) {
    if rules.loose {
        cursor.blanks();
    }
}

/// Sorting pays only above this many labels.
const FEW: usize = 16;

#[inline]
fn refuse_duplicates(cursor: &Cursor<'_>, open: usize, labels: &[Label<'_>]) -> Result<(), ParseError> {
    let duplicate = if labels.len() <= FEW {
        let mut rest = labels;
        let mut found = false;
        while let Some((first, others)) = rest.split_first() {
            found |= first.name == "__name__" || others.iter().any(|other| other.name == first.name);
            rest = others;
        }
        found
    } else {
        let mut names: Vec<&str> = labels.iter().map(|label| label.name.as_ref()).collect();
        names.push("__name__");
        names.sort_unstable();
        names.windows(2).any(|pair| pair.first() == pair.last())
    };
    if duplicate { Err(cursor.expected_at(open, "labels that are each named once")) } else { Ok(()) }
}
