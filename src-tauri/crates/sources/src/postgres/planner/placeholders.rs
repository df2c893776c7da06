//! Placeholders where `pg_stat_statements` put them and SQL has none: written so that the server can plan them.

use std::borrow::Cow;
use std::ops::Range;

use super::text::spans;

/// Types whose name may stand before a constant: `INTERVAL '1 day'`.
const TYPES: [&str; 34] = [
    "bigint",
    "bit",
    "bool",
    "boolean",
    "box",
    "bytea",
    "char",
    "cidr",
    "circle",
    "date",
    "decimal",
    "float4",
    "float8",
    "inet",
    "int",
    "int4",
    "int8",
    "integer",
    "interval",
    "json",
    "jsonb",
    "macaddr",
    "money",
    "numeric",
    "point",
    "real",
    "smallint",
    "text",
    "time",
    "timestamp",
    "timestamptz",
    "timetz",
    "uuid",
    "varchar",
];

/// `INTERVAL $1` becomes `$1::INTERVAL`, and `EXTRACT($1 FROM x)` becomes `date_part($1 , x)`.
pub(in crate::postgres) fn plannable(sql: &str) -> Cow<'_, str> {
    let spans = spans(sql);
    let text = |index: usize| spans.get(index).and_then(|span| sql.get(span.clone())).unwrap_or_default();
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    for (index, span) in spans.iter().enumerate() {
        let placeholder = text(index);
        if !is_placeholder(placeholder) {
            continue;
        }
        if let Some(begin) = type_before(index, &text) {
            let start = spans.get(begin).map_or(span.start, |span| span.start);
            let kind = sql.get(start..span.start).unwrap_or_default().trim_end();
            edits.push((start..span.end, format!("{placeholder}::{kind}")));
        } else if index >= 2
            && is(text(index - 2), "extract")
            && text(index - 1) == "("
            && is(text(index + 1), "from")
        {
            let whole = |index: usize| spans.get(index).cloned().unwrap_or_default();
            edits.push((whole(index - 2), "date_part".to_owned()));
            edits.push((whole(index + 1), ",".to_owned()));
        }
    }
    if edits.is_empty() { Cow::Borrowed(sql) } else { Cow::Owned(edited(sql, &edits)) }
}

fn is(word: &str, other: &str) -> bool {
    word.eq_ignore_ascii_case(other)
}

fn is_placeholder(text: &str) -> bool {
    text.strip_prefix('$')
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Where the type's name begins that stands right before this place.
fn type_before<'a>(place: usize, text: &impl Fn(usize) -> &'a str) -> Option<usize> {
    let before = |back: usize| place.checked_sub(back).map_or("", text);
    let mut back = 1;
    // `timestamp with time zone`
    if is(before(1), "zone") && is(before(2), "time") && (is(before(3), "with") || is(before(3), "without")) {
        back = 4;
    }
    // `interval(3)`
    if before(back) == ")"
        && before(back + 2) == "("
        && before(back + 1).bytes().all(|byte| byte.is_ascii_digit())
    {
        back += 3;
    }
    let begin = place.checked_sub(back)?;
    TYPES.iter().any(|kind| is(text(begin), kind)).then_some(begin)
}

fn edited(sql: &str, edits: &[(Range<usize>, String)]) -> String {
    let (mut out, mut done) = (String::with_capacity(sql.len() + 16), 0);
    for (range, replacement) in edits {
        out.push_str(sql.get(done..range.start).unwrap_or_default());
        out.push_str(replacement);
        done = range.end;
    }
    out.push_str(sql.get(done..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_stand_where_sql_has_them() {
        for (sql, wanted) in [
            ("SELECT now() - INTERVAL $1", "SELECT now() - $1::INTERVAL"),
            ("SELECT interval $1 day to second, $2", "SELECT $1::interval day to second, $2"),
            ("SELECT interval(3) $1", "SELECT $1::interval(3)"),
            (
                "WHERE a > timestamp  with time zone /* $9 */ $1 AND b < DATE $2",
                "WHERE a > $1::timestamp  with time zone /* $9 */ AND b < $2::DATE",
            ),
            (
                "SELECT extract($1 from a + $2), EXTRACT(day FROM b)",
                "SELECT date_part($1 , a + $2), EXTRACT(day FROM b)",
            ),
        ] {
            assert_eq!(plannable(sql), wanted);
        }
        for same in [
            "SELECT a AT TIME ZONE $1, $2::date, 'interval $1', date(b) FROM t WHERE c IN ($3 /*, ... */) LIMIT $4",
            "SELECT \"date\" FROM t WHERE x = $1",
            "",
        ] {
            assert!(matches!(plannable(same), Cow::Borrowed(_)), "{same}");
        }
    }
}
