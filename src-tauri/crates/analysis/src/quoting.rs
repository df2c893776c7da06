//! Names and texts as they stand in the SQL that is written.

use domain::keywords::is_keyword;

/// A name, between quotes where it must be.
pub(crate) fn quoted(name: &str) -> String {
    let plain = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if plain && !is_keyword(name) {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text in quotes that means the same under every `standard_conforming_strings`.
pub(crate) fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if quoted.contains('\\') { format!("E'{}'", quoted.replace('\\', "\\\\")) } else { format!("'{quoted}'") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_for_every_setting() {
        let cases = [("billing-7", "'billing-7'"), ("it's", "'it''s'"), ("a\\'b", "E'a\\\\''b'"), ("", "''")];
        for (text, wanted) in cases {
            assert_eq!(literal(text), wanted);
        }
    }

    #[test]
    fn names_are_quoted_where_they_must_be() {
        let cases = [
            ("email", "email"),
            ("Email", "\"Email\""),
            ("order", "\"order\""),
            ("order id", "\"order id\""),
            ("a\"b", "\"a\"\"b\""),
            ("2fa", "\"2fa\""),
            ("straße", "\"straße\""),
            ("_x1", "_x1"),
            ("user", "\"user\""),
        ];
        for (name, wanted) in cases {
            assert_eq!(quoted(name), wanted);
        }
    }
}
