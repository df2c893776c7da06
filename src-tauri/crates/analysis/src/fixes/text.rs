//! SQL text word by word: placeholders found, replaced and renumbered.

use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::tokenizer::{Token, Tokenizer};

/// Its tokens with spaces and comments; none when the text has no end or is no SQL.
pub(super) fn tokens(sql: &str) -> Vec<Token> {
    let dialect = PostgreSqlDialect {};
    // Without unescaping every token prints as it was written.
    Tokenizer::new(&dialect, sql).with_unescape(false).tokenize().unwrap_or_default()
}

pub(super) fn number(token: &Token) -> Option<u32> {
    match token {
        Token::Placeholder(text) => text.strip_prefix('$')?.parse().ok(),
        _ => None,
    }
}

/// Numbers of the placeholders in their order, each as often as it stands there.
pub(super) fn placeholders(sql: &str) -> Vec<u32> {
    tokens(sql).iter().filter_map(number).collect()
}

pub(super) fn holds(sql: &str, wanted: u32) -> bool {
    placeholders(sql).contains(&wanted)
}

/// Puts something else where a placeholder stands; `None` leaves it.
pub(super) fn substitute(sql: &str, mut new: impl FnMut(u32) -> Option<String>) -> String {
    let mut text = String::with_capacity(sql.len());
    for token in tokens(sql) {
        match number(&token).and_then(&mut new) {
            Some(new) => text.push_str(&new),
            None => text.push_str(&token.to_string()),
        }
    }
    text
}

/// Numbers without a gap: PostgreSQL cannot tell the type of one that does not occur.
/// Also returns the numbers as they were, in their new order.
pub(super) fn compacted(sql: &str) -> (String, Vec<u32>) {
    let mut used = placeholders(sql);
    used.sort_unstable();
    used.dedup();
    let place = |number| used.binary_search(&number).ok().map(|index| format!("${}", index + 1));
    (substitute(sql, place), used)
}

/// Whether a word or a quoted name occurs, in any case.
pub(super) fn mentions(sql: &str, name: &str) -> bool {
    let same = |token: &Token| matches!(token, Token::Word(word) if word.value.eq_ignore_ascii_case(name));
    tokens(sql).iter().any(same)
}

/// Whether a placeholder stands right behind a word.
pub(super) fn follows(sql: &str, word: &str, wanted: u32) -> bool {
    significant(sql).windows(2).any(|pair| match pair {
        [before, after] => is_word(before, word) && number(after) == Some(wanted),
        _ => false,
    })
}

pub(super) fn is_word(token: &Token, name: &str) -> bool {
    matches!(token, Token::Word(word) if word.quote_style.is_none() && word.value.eq_ignore_ascii_case(name))
}

/// Its tokens without spaces and comments.
pub(super) fn significant(sql: &str) -> Vec<Token> {
    let mut tokens = tokens(sql);
    tokens.retain(|token| !matches!(token, Token::Whitespace(_)));
    tokens
}

/// Where the text goes on behind a parenthesis that opens at `start`.
pub(super) fn behind_group(tokens: &[Token], start: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(start) {
        match token {
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return index + 1;
        }
    }
    tokens.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_found_replaced_and_renumbered() {
        let sql = "SELECT '$9', \"$8\" FROM t WHERE a = $3 AND b IN ($5, $3) /* $7 */";
        assert_eq!(placeholders(sql), [3, 5, 3]);
        let (text, used) = compacted(sql);
        assert_eq!(text, "SELECT '$9', \"$8\" FROM t WHERE a = $1 AND b IN ($2, $1) /* $7 */");
        assert_eq!(used, [3, 5]);
        assert_eq!(substitute("a = $1 + $12", |n| (n == 1).then(|| "x".to_owned())), "a = x + $12");
    }
}
