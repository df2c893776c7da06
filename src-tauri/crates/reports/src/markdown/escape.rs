//! Text in markdown that stays text: in sentences, in cells of tables, in fences of code.

use std::fmt::Write;

use charts::text::{clip, escape, one_line, printable};

use crate::words::{Piece, pieces};

/// On one line, with every character that could be markup, a mention or a link as a reference to it.
pub(crate) fn text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in one_line(text).chars() {
        match character {
            ' ' | ',' | '(' | ')' | '/' | '%' | ';' | '?' | '=' => escaped.push(character),
            // A digit and a full stop begin a list only at the start of a line, where no text of a log stands.
            '.' | '-' | '+' => escaped.push(character),
            other if other.is_ascii_punctuation() => _ = write!(escaped, "&#{};", u32::from(other)),
            other => escaped.push(other),
        }
    }
    // What GitHub makes a link of by itself.
    escaped.replace("www.", "www&#46;")
}

/// Names between backticks become code.
pub(crate) fn sentence(sentence: &str) -> String {
    let pieces = pieces(sentence).into_iter().map(|piece| match piece {
        Piece::Text(piece) => {
            // `text` takes the spaces at the ends of a piece away.
            let before = if piece.starts_with(char::is_whitespace) { " " } else { "" };
            let after = if piece.len() > 1 && piece.ends_with(char::is_whitespace) { " " } else { "" };
            format!("{before}{}{after}", text(piece))
        }
        Piece::Code(name) => code(name, usize::MAX),
    });
    pieces.collect()
}

/// Code within a line or a cell, at most so many characters. Backticks, pipes and backslashes end code or cells in
/// ways on which renderers differ: with them, HTML says what is meant.
pub(crate) fn code(code: &str, most: usize) -> String {
    let code = if most == usize::MAX { one_line(code) } else { clip(code, most) };
    if code.is_empty() {
        return String::new();
    }
    if !code.contains(['`', '|', '\\']) {
        return format!("`{code}`");
    }
    let mut escaped = String::from("<code>");
    for character in code.chars() {
        match character {
            other if other.is_ascii_punctuation() => _ = write!(escaped, "&#{};", u32::from(other)),
            other => escaped.push(other),
        }
    }
    escaped.push_str("</code>");
    escaped
}

/// Text within a tag of HTML that stands on a line of its own.
pub(crate) fn html(text: &str) -> String {
    escape(&one_line(text))
}

/// A block of code; the fence is longer than any row of backticks within.
pub(crate) fn fence(language: &str, code: &str) -> String {
    let code = printable(code);
    let (mut longest, mut current) = (0, 0);
    for character in code.chars() {
        current = if character == '`' { current + 1 } else { 0 };
        longest = longest.max(current);
    }
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", code.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_no_markup() {
        let cases = [
            ("orders by customer_id", "orders by customer&#95;id"),
            ("a | b\nc", "a &#124; b c"),
            ("<b>*x*</b>", "&#60;b&#62;&#42;x&#42;&#60;/b&#62;"),
            ("@team see http://a.b", "&#64;team see http&#58;//a.b"),
            ("www.example.org", "www&#46;example.org"),
        ];
        for (plain, expected) in cases {
            assert_eq!(text(plain), expected);
        }
        assert_eq!(sentence("It follows `customer_id` of a_b."), "It follows `customer_id` of a&#95;b.");
    }

    #[test]
    fn code_is_a_span_or_html() {
        let cases = [
            ("SELECT *\n FROM a_b", "`SELECT * FROM a_b`"),
            ("a || b", "<code>a &#124;&#124; b</code>"),
            ("a ` b", "<code>a &#96; b</code>"),
            ("E'\\n'", "<code>E&#39;&#92;n&#39;</code>"),
            ("", ""),
        ];
        for (plain, expected) in cases {
            assert_eq!(code(plain, usize::MAX), expected);
        }
        assert_eq!(code("SELECT abc", 8), "`SELECT…`");
    }

    #[test]
    fn fences_outlast_what_they_hold() {
        assert_eq!(fence("sql", "SELECT 1\n"), "```sql\nSELECT 1\n```\n");
        assert_eq!(fence("ts", "a ``` b ```` c"), "`````ts\na ``` b ```` c\n`````\n");
    }
}
