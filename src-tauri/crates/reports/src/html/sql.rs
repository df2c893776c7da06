//! SQL with its words coloured, and two statements compared line by line.

use charts::text::{escape, printable};

const KEYWORDS: [&str; 72] = [
    "all",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "between",
    "by",
    "case",
    "conflict",
    "copy",
    "create",
    "cross",
    "delete",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "exists",
    "false",
    "filter",
    "for",
    "from",
    "full",
    "group",
    "having",
    "ilike",
    "in",
    "index",
    "inner",
    "insert",
    "intersect",
    "into",
    "is",
    "join",
    "key",
    "lateral",
    "left",
    "like",
    "limit",
    "not",
    "nothing",
    "null",
    "offset",
    "on",
    "or",
    "order",
    "ordinality",
    "outer",
    "over",
    "partition",
    "primary",
    "returning",
    "right",
    "rows",
    "select",
    "set",
    "then",
    "true",
    "union",
    "unique",
    "unnest",
    "update",
    "using",
    "values",
    "when",
    "where",
    "window",
    "with",
    "within",
];
/// Characters of what is shown; programs get the whole.
const LONGEST: usize = 20_000;

/// The same text, escaped, its keywords, constants and comments marked.
pub(super) fn coloured(sql: &str) -> String {
    let sql = printable(sql);
    let end = sql.char_indices().nth(LONGEST).map_or(sql.len(), |(end, _)| end);
    let (mut rest, left_out) = sql.split_at(end);
    let mut out = String::with_capacity(rest.len() * 2);
    while let Some(first) = rest.chars().next() {
        let (class, length) = token(rest, first);
        let (token, after) = rest.split_at(length);
        if class.is_empty() {
            out.push_str(&escape(token));
        } else {
            out.push_str(&format!("<span class=\"{class}\">{}</span>", escape(token)));
        }
        rest = after;
    }
    if !left_out.is_empty() {
        let more = crate::words::number(left_out.chars().count() as u64);
        out.push_str(&format!("<span class=\"cm\">… {more} more characters, in the JSON report</span>"));
    }
    out
}

/// Code of another language, escaped.
pub(super) fn plain(code: &str) -> String {
    let end = code.char_indices().nth(LONGEST).map_or(code.len(), |(end, _)| end);
    let (shown, left_out) = code.split_at(end);
    escape(shown) + if left_out.is_empty() { "" } else { "…" }
}

/// The class and the length of what a text begins with.
fn token(text: &str, first: char) -> (&'static str, usize) {
    let until = |found: Option<usize>| found.unwrap_or(text.len());
    if text.starts_with("--") {
        return ("cm", until(text.find('\n')));
    }
    if text.starts_with("/*") {
        return ("cm", until(text.find("*/").map(|end| end + 2)));
    }
    let quoted = |quote| until(text.match_indices(quote).nth(1).map(|(end, _)| end + 1));
    match first {
        '\'' => ("str", quoted('\'')),
        '"' => ("", quoted('"')),
        letter if letter.is_alphabetic() || letter == '_' => {
            let part = |character: char| character.is_alphanumeric() || matches!(character, '_' | '$');
            let length = until(text.find(|character| !part(character)));
            let word = text.get(..length).unwrap_or(text);
            let keyword =
                word.len() < 12 && KEYWORDS.binary_search(&word.to_ascii_lowercase().as_str()).is_ok();
            (if keyword { "kw" } else { "" }, length)
        }
        other => ("", other.len_utf8()),
    }
}

/// What runs today and what should: lines that both begin or end with are told once.
pub(super) fn difference(before: &str, after: &str) -> String {
    let (old, new): (Vec<_>, Vec<_>) = (before.lines().collect(), after.lines().collect());
    let begin = old.iter().zip(&new).take_while(|(one, other)| one == other).count();
    let most = old.len().min(new.len()) - begin;
    let end =
        old.iter().rev().zip(new.iter().rev()).take(most).take_while(|(one, other)| one == other).count();
    let changed = |lines: &[&str], sign: &str, class: &str| -> String {
        let lines = lines.iter().take(lines.len() - end).skip(begin);
        lines
            .map(|line| {
                format!(
                    "<span class=\"line\"><span class=\"{class}\">{sign} </span>{}</span>",
                    coloured(line)
                )
            })
            .collect()
    };
    let same = |lines: &mut dyn Iterator<Item = &&str>| -> String {
        lines.map(|line| format!("<span class=\"line\">  {}</span>", coloured(line))).collect()
    };
    let mut out = same(&mut new.iter().take(begin));
    out.push_str(&changed(&old, "-", "del"));
    out.push_str(&changed(&new, "+", "add"));
    out.push_str(&same(&mut new.iter().skip(new.len() - end)));
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_coloured() {
        let cases = [
            ("select a FROM b", "<span class=\"kw\">select</span> a <span class=\"kw\">FROM</span> b"),
            ("'a -- b' -- c", "<span class=\"str\">&#39;a -- b&#39;</span> <span class=\"cm\">-- c</span>"),
            ("/* a */x", "<span class=\"cm\">/* a */</span>x"),
            ("\"select\" 'open", "&quot;select&quot; <span class=\"str\">&#39;open</span>"),
            ("selected", "selected"),
        ];
        for (sql, expected) in cases {
            assert_eq!(coloured(sql), expected);
        }
        assert!(KEYWORDS.is_sorted());
    }

    #[test]
    fn only_what_differs_is_marked() {
        let plain = |html: String| {
            let xml = format!("<a>{html}</a>");
            let document = roxmltree::Document::parse(&xml).unwrap();
            let lines = document.root_element().children().map(|line| {
                line.descendants()
                    .filter(|node| node.is_text())
                    .filter_map(|node| node.text())
                    .collect::<String>()
            });
            lines.collect::<Vec<_>>().join("\n")
        };
        let cases = [
            ("a\nb\nc", "a\nx\ny\nc", "  a\n- b\n+ x\n+ y\n  c"),
            ("a", "b", "- a\n+ b"),
            ("a", "a", "  a"),
            ("a\na", "a", "  a\n- a"),
            ("", "a", "+ a"),
        ];
        for (before, after, expected) in cases {
            assert_eq!(plain(difference(before, after)), expected, "{before:?} {after:?}");
        }
    }

    proptest! {
        #[test]
        fn the_text_stays_the_same(sql in "(\\PC|\n|'|\"|--|/\\*|\\*/|select ){0,60}") {
            let xml = format!("<a>{}</a>", coloured(&sql));
            let document = roxmltree::Document::parse(&xml).unwrap();
            let text: String = document.descendants().filter(|node| node.is_text()).filter_map(|node| node.text()).collect();
            prop_assert_eq!(text, printable(&sql).into_owned());
        }
    }
}
