//! SQL as a string of JavaScript, Ruby and Python, on one line and without a character that they would read.

use std::fmt::Write;

use charts::text::printable;

/// Between backticks, so that the quotes of SQL stay as they are.
pub(super) fn javascript(text: &str) -> String {
    let mut literal = String::from("`");
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => literal.push_str("\\\\"),
            '`' => literal.push_str("\\`"),
            '$' if characters.peek() == Some(&'{') => literal.push_str("\\$"),
            other => push(&mut literal, other, braced),
        }
    }
    literal.push('`');
    literal
}

pub(super) fn ruby(text: &str) -> String {
    let mut literal = String::from("\"");
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => literal.push_str("\\\\"),
            '"' => literal.push_str("\\\""),
            '#' if matches!(characters.peek(), Some('{' | '$' | '@')) => literal.push_str("\\#"),
            other => push(&mut literal, other, braced),
        }
    }
    literal.push('"');
    literal
}

pub(super) fn python(text: &str) -> String {
    let mut literal = String::from("\"");
    for character in text.chars() {
        match character {
            '\\' => literal.push_str("\\\\"),
            '"' => literal.push_str("\\\""),
            other => push(&mut literal, other, fixed),
        }
    }
    literal.push('"');
    literal
}

/// JavaScript and Ruby.
fn braced(code: u32) -> String {
    format!("\\u{{{code:x}}}")
}

/// Python.
fn fixed(code: u32) -> String {
    if code <= 0xFFFF { format!("\\u{code:04x}") } else { format!("\\U{code:08x}") }
}

fn push(literal: &mut String, character: char, escape: fn(u32) -> String) {
    let mut buffer = [0; 4];
    let text: &str = character.encode_utf8(&mut buffer);
    match character {
        '\n' => literal.push_str("\\n"),
        '\r' => literal.push_str("\\r"),
        '\t' => literal.push_str("\\t"),
        '\u{2028}' | '\u{2029}' => literal.push_str(&escape(u32::from(character))),
        other if other.is_control() || printable(text) != text => {
            _ = write!(literal, "{}", escape(u32::from(other)));
        }
        other => literal.push(other),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a reader of all three languages makes of the inside of a literal; it stops at what it would have run.
    fn read(literal: &str, quote: char, marks: &[&str]) -> Option<String> {
        let inside = literal.strip_prefix(quote)?.strip_suffix(quote)?;
        let mut text = String::new();
        let mut rest = inside;
        while let Some(character) = rest.chars().next() {
            if character == quote || character == '\n' || marks.iter().any(|mark| rest.starts_with(mark)) {
                return None;
            }
            rest = &rest[character.len_utf8()..];
            if character != '\\' {
                text.push(character);
                continue;
            }
            let escaped = rest.chars().next()?;
            rest = &rest[escaped.len_utf8()..];
            let digits = match escaped {
                'n' => "a",
                'r' => "d",
                't' => "9",
                'u' if rest.starts_with('{') => {
                    let (digits, after) = rest[1..].split_once('}')?;
                    rest = after;
                    digits
                }
                'u' => {
                    let (digits, after) = rest.split_at(4);
                    rest = after;
                    digits
                }
                'U' => {
                    let (digits, after) = rest.split_at(8);
                    rest = after;
                    digits
                }
                other => {
                    text.push(other);
                    continue;
                }
            };
            text.push(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?);
        }
        Some(text)
    }

    #[test]
    fn common_sql_stays_readable() {
        let sql = "CREATE INDEX \"a\" ON t (b) WHERE c = 'd'";
        assert_eq!(javascript(sql), format!("`{sql}`"));
        assert_eq!(ruby(sql), "\"CREATE INDEX \\\"a\\\" ON t (b) WHERE c = 'd'\"");
        assert_eq!(python("%s\n"), "\"%s\\n\"");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            text in "(\\PC|[\u{0}-\u{1f}]|\u{202e}|\u{2028}|'|\"|`|\\\\|\\$\\{|#\\{|#@|#\\$|\\?|%s){0,30}"
        ) {
            prop_assert_eq!(read(&javascript(&text), '`', &["${"]), Some(text.clone()));
            prop_assert_eq!(read(&ruby(&text), '"', &["#{", "#$", "#@"]), Some(text.clone()));
            prop_assert_eq!(read(&python(&text), '"', &[]), Some(text));
        }
    }
}
