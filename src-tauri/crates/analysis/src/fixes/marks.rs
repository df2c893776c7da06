//! Comments that a tree does not keep: the marks of lists that were shortened, and those that rewrites add.

use sqlparser::tokenizer::{Token, Whitespace};

use super::text::{number, tokens};

/// What `sql::mask` writes behind the first of several like items.
const MORE: &str = ", ... ";

/// A comment that a tree does not keep. It stands behind a placeholder, and parentheses closed after that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) number: u32,
    pub(super) closed: usize,
    pub(super) text: &'static str,
}

/// Lists that the text shows with their first item only.
pub(super) fn shortened_lists(sql: &str) -> Vec<Mark> {
    let mut lists = Vec::new();
    let mut last: Option<Mark> = None;
    for token in tokens(sql) {
        match &token {
            Token::RParen => {
                if let Some(list) = &mut last {
                    list.closed += 1;
                }
            }
            Token::Whitespace(Whitespace::MultiLineComment(text)) if text == MORE => lists.extend(last),
            _ => {
                if let Some(number) = number(&token) {
                    last = Some(Mark { number, closed: 0, text: MORE });
                }
            }
        }
    }
    lists
}

/// Puts the marks back into text that a tree printed.
pub(super) fn with_marks(sql: &str, marks: &[Mark]) -> String {
    let mut text = String::with_capacity(sql.len() + 16);
    // The mark still to be written, and the parentheses to be closed before it.
    let mut open: Option<(Mark, usize)> = None;
    for token in tokens(sql) {
        match (&token, open) {
            (Token::RParen, Some((mark, 0))) | (Token::Comma | Token::RBracket, Some((mark, 0))) => {
                text.push_str(&format!(" /*{}*/", mark.text));
                open = None;
            }
            (Token::RParen, Some((mark, left))) => open = Some((mark, left - 1)),
            _ => {}
        }
        if let Some(number) = number(&token) {
            open = marks.iter().find(|mark| mark.number == number).map(|mark| (*mark, mark.closed));
        }
        text.push_str(&token.to_string());
    }
    if let Some((mark, 0)) = open {
        text.push_str(&format!(" /*{}*/", mark.text));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_lists_survive_a_tree() {
        for sql in [
            "a IN ($1 /*, ... */)",
            "a IN ($1::text /*, ... */) AND b = $2",
            "(a, b) IN (($1, $2) /*, ... */)",
            "a = ANY (ARRAY[$1 /*, ... */])",
            "VALUES ($1, now()) /*, ... */, ($2, $3)",
        ] {
            let plain = sql.replace(" /*, ... */", "");
            assert_eq!(with_marks(&plain, &shortened_lists(sql)), sql);
        }
        assert_eq!(shortened_lists("a IN ($1)"), []);
    }
}
