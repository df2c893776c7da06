//! Names and texts in SQL, whatever characters they hold.

use std::fmt::Write;

use charts::text::printable;
use domain::keywords::is_keyword;

/// A name as SQL reads it: quoted where it must be.
///
/// Characters that an editor would not show, or show in another order than they run, are written as escapes.
pub(in super::super) fn identifier(name: &str) -> String {
    if is_plain(name) && !is_keyword(name) {
        return name.to_owned();
    }
    // Knex takes a backslash before a question mark for its own.
    if name.chars().all(is_shown) && !name.contains("\\?") {
        return format!("\"{}\"", name.replace('"', "\"\""));
    }
    let mut quoted = String::from("U&\"");
    for character in name.chars() {
        match character {
            '\\' => quoted.push_str("\\\\"),
            '"' => quoted.push_str("\"\""),
            '?' => quoted.push_str("\\003F"),
            other if is_shown(other) => quoted.push(other),
            other if u32::from(other) <= 0xFFFF => _ = write!(quoted, "\\{:04X}", u32::from(other)),
            other => _ = write!(quoted, "\\+{:06X}", u32::from(other)),
        }
    }
    quoted.push('"');
    quoted
}

/// Folded to itself where it is not quoted.
fn is_plain(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_ascii_lowercase() || first == '_')
        && characters
            .all(|other| other.is_ascii_lowercase() || other.is_ascii_digit() || matches!(other, '_' | '$'))
}

fn is_shown(character: char) -> bool {
    let mut buffer = [0; 4];
    let text: &str = character.encode_utf8(&mut buffer);
    !character.is_control() && printable(text) == text
}

pub(in super::super) fn qualified(schema: Option<&str>, name: &str) -> String {
    match schema {
        Some(schema) => format!("{}.{}", identifier(schema), identifier(name)),
        None => identifier(name),
    }
}

/// The same name for `to_regclass`, as a text in quotes: it knows no escapes but doubled quotes.
pub(super) fn name_literal(schema: Option<&str>, name: &str) -> String {
    let part = |name: &str| {
        if is_plain(name) && !is_keyword(name) {
            name.to_owned()
        } else {
            format!("\"{}\"", name.replace('"', "\"\""))
        }
    };
    let schema = schema.map(|schema| part(schema) + ".").unwrap_or_default();
    literal(&format!("{schema}{}", part(name)))
}

/// A text in quotes that means the same under every `standard_conforming_strings`, and within `$…$`.
pub(super) fn literal(text: &str) -> String {
    let escaped = |character: char| matches!(character, '\\' | '$') || !is_shown(character);
    if !text.chars().any(escaped) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let mut quoted = String::from("E'");
    for character in text.chars() {
        match character {
            '\'' => quoted.push_str("''"),
            '\\' => quoted.push_str("\\\\"),
            '$' | '?' => _ = write!(quoted, "\\x{:02X}", u32::from(character)),
            other if is_shown(other) => quoted.push(other),
            other if u32::from(other) <= 0xFFFF => _ = write!(quoted, "\\u{:04X}", u32::from(other)),
            other => _ = write!(quoted, "\\U{:08X}", u32::from(other)),
        }
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_where_they_must_be() {
        let cases = [
            ("orders", "orders"),
            ("_a$1", "_a$1"),
            ("Orders", "\"Orders\""),
            ("1st", "\"1st\""),
            ("a b", "\"a b\""),
            ("order", "\"order\""),
            ("left", "\"left\""),
            ("int", "\"int\""),
            ("status", "status"),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("größe", "\"größe\""),
            ("*/ -- ${x} #{y}", "\"*/ -- ${x} #{y}\""),
            ("a\nb\\", "U&\"a\\000Ab\\\\\""),
            ("a\\?", "U&\"a\\\\\\003F\""),
            ("\u{202e}\"", "U&\"\\202E\"\"\""),
            ("", "\"\""),
        ];
        for (name, expected) in cases {
            assert_eq!(identifier(name), expected, "{name:?}");
        }
        assert_eq!(qualified(Some("Sales"), "order"), "\"Sales\".\"order\"");
    }

    #[test]
    fn texts_are_quoted_for_every_setting() {
        let cases = [
            ("it's", "'it''s'"),
            ("a\\b", "E'a\\\\b'"),
            ("$check$ ?", "E'\\x24check\\x24 \\x3F'"),
            ("a\n'", "E'a\\u000A'''"),
        ];
        for (text, expected) in cases {
            assert_eq!(literal(text), expected, "{text:?}");
        }
        assert_eq!(name_literal(Some("s"), "A\"b'"), "'s.\"A\"\"b''\"'");
    }
}
