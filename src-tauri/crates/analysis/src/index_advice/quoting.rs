//! Names as they stand in the SQL that is written.

use domain::keywords::is_keyword;

/// A name, between quotes where it must be.
pub(super) fn quoted(name: &str) -> String {
    let plain = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if plain && !is_keyword(name) {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

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
