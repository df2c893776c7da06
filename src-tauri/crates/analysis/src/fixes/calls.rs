//! What the functions that a query calls do: sum up rows, or look at their neighbours.

use sqlparser::ast::{GroupByExpr, Select};
use sqlparser::tokenizer::Token;

use super::text::{behind_group, is_word, number, significant, tokens};
use crate::sql::AGGREGATES;

/// The functions called outside queries in parentheses that compute one value from many rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Calls {
    pub(super) aggregate: bool,
    pub(super) window: bool,
}

/// Whether each row of the result is one that was read: nothing is grouped, summed up or numbered.
pub(super) fn row_by_row(select: &Select) -> bool {
    let found = calls(&select.to_string());
    let grouped = !matches!(&select.group_by, GroupByExpr::Expressions(items, _) if items.is_empty());
    !(grouped || found.aggregate || found.window) && select.having.is_none()
}

pub(super) fn calls(sql: &str) -> Calls {
    let all = significant(sql);
    let tokens: Vec<Token> = outside_queries(&all).cloned().collect();
    let mut calls = Calls::default();
    for (index, pair) in tokens.windows(2).enumerate() {
        let [name, Token::LParen] = pair else { continue };
        if !AGGREGATES.iter().any(|aggregate| is_word(name, aggregate)) {
            continue;
        }
        let mut end = behind_group(&tokens, index + 1);
        if tokens.get(end).is_some_and(|token| is_word(token, "filter")) {
            end = behind_group(&tokens, end + 1);
        }
        calls.aggregate |= !tokens.get(end).is_some_and(|token| is_word(token, "over"));
    }
    calls.window = tokens.iter().any(|token| is_word(token, "over"));
    calls
}

fn outside_queries(tokens: &[Token]) -> impl Iterator<Item = &Token> {
    let mut inside: Option<usize> = None;
    let mut depth = 0_usize;
    tokens.iter().enumerate().filter_map(move |(index, token)| {
        match token {
            Token::LParen => {
                depth += 1;
                let query = tokens
                    .get(index + 1)
                    .is_some_and(|next| is_word(next, "select") || is_word(next, "with"));
                if query && inside.is_none() {
                    inside = Some(depth);
                }
            }
            Token::RParen => {
                if inside == Some(depth) {
                    inside = None;
                }
                depth = depth.saturating_sub(1);
            }
            _ => {}
        }
        inside.is_none().then_some(token)
    })
}

/// `count(1)` is masked as `count($1)`, whose type nobody can tell; it counts rows.
pub(super) fn count_rows(sql: &str, varying: &[u32]) -> String {
    let tokens = tokens(sql);
    let counted = |index: usize| {
        let before = index.checked_sub(2).and_then(|at| tokens.get(at..index));
        matches!(before, Some([name, Token::LParen]) if is_word(name, "count"))
            && matches!(tokens.get(index + 1), Some(Token::RParen))
    };
    let mut text = String::with_capacity(sql.len());
    for (index, token) in tokens.iter().enumerate() {
        match number(token) {
            Some(number) if !varying.contains(&number) && counted(index) => text.push('*'),
            _ => text.push_str(&token.to_string()),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aggregates_and_windows_are_told_apart() {
        for (sql, aggregate, window) in [
            ("count(*)", true, false),
            ("coalesce(sum(total), $1)", true, false),
            ("count(*) FILTER (WHERE a) OVER (PARTITION BY b)", false, true),
            ("count(*) FILTER (WHERE a)", true, false),
            ("row_number() OVER w", false, true),
            ("(SELECT count(*) FROM x)", false, false),
            ("\"count\"(x), max", false, false),
            ("rank() OVER (ORDER BY sum(x))", true, true),
        ] {
            assert_eq!(calls(sql), Calls { aggregate, window }, "{sql}");
        }
    }

    #[test]
    fn counting_a_constant_counts_rows() {
        assert_eq!(
            count_rows("SELECT count($1) FROM t WHERE a = $2", &[2]),
            "SELECT count(*) FROM t WHERE a = $2"
        );
        assert_eq!(count_rows("SELECT count($1)", &[1]), "SELECT count($1)");
    }
}
