//! Text that comes from outside, made fit to be shown: no character that a page, a terminal or XML may not hold.

use std::borrow::Cow;
use std::fmt::Write;

/// Puts U+FFFD in place of control characters (escape sequences of a terminal are built from them), of characters
/// that XML forbids, and of those that turn the direction of what follows.
pub fn printable(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_printable) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.chars().map(|one| if is_printable(one) { one } else { char::REPLACEMENT_CHARACTER }).collect(),
    )
}

fn is_printable(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' => true,
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FFFE}' | '\u{FFFF}' => false,
        other => !other.is_control(),
    }
}

/// Printable, with every run of white space as one space.
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in printable(text).split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// Printable and escaped for XML and HTML, between tags and between quotes alike.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    for character in printable(text).chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\r' => escaped.push_str("&#13;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// [`escape`], and white space kept as it is: a parser makes spaces of it between quotes.
pub fn escape_attribute(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in escape(text).chars() {
        match character {
            '\t' | '\n' => _ = write!(escaped, "&#{};", u32::from(character)),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Columns that a text takes in a font of fixed width: two for what East Asia writes and for pictures, none for
/// marks set over the letter before.
pub fn columns(text: &str) -> usize {
    text.chars().map(column).sum()
}

/// Columns of one character.
pub fn column(character: char) -> usize {
    match u32::from(character) {
        0x300..=0x36F | 0x200B..=0x200F | 0xFE00..=0xFE0F => 0,
        0x1100..=0x115F
        | 0x2E80..=0xA4CF
        | 0xAC00..=0xD7A3
        | 0xF900..=0xFAFF
        | 0xFE30..=0xFE6F
        | 0xFF00..=0xFF60
        | 0xFFE0..=0xFFE6
        | 0x1F300..=0x1FAFF
        | 0x20000..=0x3FFFD => 2,
        _ => 1,
    }
}

/// One line of at most so many columns; "…" where something was left out.
pub fn clip(text: &str, most: usize) -> String {
    // Enough to decide: a statement may be far longer than what is shown of it.
    let begin = text
        .char_indices()
        .nth(most.saturating_mul(4))
        .map_or(text, |(end, _)| text.get(..end).unwrap_or(text));
    let line = one_line(begin);
    if begin.len() == text.len() && columns(&line) <= most {
        return line;
    }
    let mut clipped = String::with_capacity(most);
    let mut taken = 1;
    for character in line.chars() {
        taken += column(character);
        if taken > most {
            break;
        }
        clipped.push(character);
    }
    clipped.truncate(clipped.trim_end().len());
    clipped.push('…');
    clipped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_may_not_be_shown_is_replaced() {
        let cases = [
            ("SELECT 1\n\tFROM a", "SELECT 1\n\tFROM a"),
            ("\u{1b}[31mred\0", "\u{FFFD}[31mred\u{FFFD}"),
            ("\u{85}\u{9b}2J\u{7f}", "\u{FFFD}\u{FFFD}2J\u{FFFD}"),
            ("a\u{202E}b\u{2066}\u{FFFE}\u{FFFF}", "a\u{FFFD}b\u{FFFD}\u{FFFD}\u{FFFD}"),
            ("größer 表 😀", "größer 表 😀"),
        ];
        for (text, expected) in cases {
            assert_eq!(printable(text), expected, "{text:?}");
        }
    }

    #[test]
    fn texts_are_clipped_by_columns() {
        let cases = [
            ("SELECT  *\n FROM a", 20, "SELECT * FROM a"),
            ("SELECT * FROM a", 15, "SELECT * FROM a"),
            ("SELECT * FROM a", 14, "SELECT * FROM…"),
            ("SELECT * FROM a", 10, "SELECT *…"),
            ("表表表表", 5, "表表…"),
            ("abc", 0, "…"),
            ("", 3, ""),
        ];
        for (text, most, expected) in cases {
            assert_eq!(clip(text, most), expected, "{text:?} {most}");
        }
        assert_eq!(clip(&"x".repeat(10_000), 100).chars().count(), 100);
    }

    /// Of every character; `any::<String>()` would leave the control characters out.
    fn hostile() -> impl Strategy<Value = String> {
        let character = prop_oneof![any::<char>(), proptest::char::range('\0', '~')];
        proptest::collection::vec(character, 0..60).prop_map(String::from_iter)
    }

    proptest! {
        #[test]
        fn what_is_escaped_is_read_back(text in hostile()) {
            let xml = format!("<a b=\"{}\">{}</a>", escape_attribute(&text), escape(&text));
            let document = roxmltree::Document::parse(&xml).unwrap();
            let expected = printable(&text);
            prop_assert_eq!(document.root_element().text().unwrap_or_default(), expected.as_ref());
            prop_assert_eq!(document.root_element().attribute("b").unwrap(), expected.as_ref());
        }

        #[test]
        fn clipping_keeps_its_promise(text in hostile(), most in 1usize..80) {
            prop_assert!(columns(&clip(&text, most)) <= most);
        }
    }
}
