//! Lines for SQL that trees print on one: a line for each clause, and one for each condition.

use sqlparser::tokenizer::{Token, Whitespace};

use super::text::{behind_group, is_word, tokens};

/// Shorter statements stay on one line.
const LINE: usize = 88;
const STEP: usize = 2;

/// Words that begin a line.
const CLAUSES: &[&[&str]] = &[
    &["from"],
    &["where"],
    &["group", "by"],
    &["having"],
    &["window"],
    &["order", "by"],
    &["limit"],
    &["offset"],
    &["fetch"],
    &["for", "update"],
    &["for", "share"],
    &["union"],
    &["intersect"],
    &["except"],
    &["join"],
    &["inner", "join"],
    &["left", "join"],
    &["left", "outer", "join"],
    &["right", "join"],
    &["right", "outer", "join"],
    &["full", "join"],
    &["full", "outer", "join"],
    &["cross", "join"],
    &["set"],
    &["values"],
    &["on", "conflict"],
    &["using"],
    &["returning"],
];

pub(super) fn layout(sql: &str) -> String {
    let tokens: Vec<Token> = tokens(sql).into_iter().map(spaced).collect();
    if tokens.is_empty() || tokens.iter().any(is_line_comment) {
        return sql.to_owned();
    }
    let mut text = String::with_capacity(sql.len() + 32);
    write(&with_gaps(tokens), 0, &mut text);
    text
}

/// Trees print `ON CONFLICT(id)` and `USING(id)`.
fn with_gaps(tokens: Vec<Token>) -> Vec<Token> {
    let mut spaced: Vec<Token> = Vec::with_capacity(tokens.len() + 2);
    for token in tokens {
        let keyword = spaced.last().is_some_and(|last| is_word(last, "conflict") || is_word(last, "using"));
        if keyword && token == Token::LParen {
            spaced.push(Token::Whitespace(Whitespace::Space));
        }
        spaced.push(token);
    }
    spaced
}

fn spaced(token: Token) -> Token {
    match token {
        Token::Whitespace(Whitespace::Newline | Whitespace::Tab) => Token::Whitespace(Whitespace::Space),
        other => other,
    }
}

fn is_line_comment(token: &Token) -> bool {
    matches!(token, Token::Whitespace(Whitespace::SingleLineComment { .. }))
}

fn write(tokens: &[Token], indent: usize, text: &mut String) {
    let flat: String = tokens.iter().map(ToString::to_string).collect();
    let flat = flat.trim();
    if flat.len() + indent <= LINE {
        text.push_str(flat);
        return;
    }
    let mut index = 0;
    // `BETWEEN … AND …` is one condition.
    let mut between = false;
    let mut previous_word = None;
    while let Some(token) = tokens.get(index) {
        match token {
            Token::LParen => {
                let end = behind_group(tokens, index);
                group(tokens.get(index..end).unwrap_or_default(), indent, text);
                index = end;
                previous_word = None;
                continue;
            }
            Token::Word(word) if word.quote_style.is_none() => {
                let and = is_word(token, "and") && !between;
                if and || (begins_clause(tokens, index) && !continues(previous_word)) {
                    new_line(text, if and { indent + STEP } else { indent });
                }
                between = is_word(token, "between") || (between && !is_word(token, "and"));
                previous_word = Some(token);
            }
            Token::Whitespace(_) => {}
            Token::Comma => previous_word = Some(token),
            _ => previous_word = None,
        }
        text.push_str(&token.to_string());
        index += 1;
    }
}

/// The words in `IS DISTINCT FROM`, `LEFT JOIN` and `DO UPDATE SET` begin no line of their own.
fn continues(previous: Option<&Token>) -> bool {
    let joined =
        ["left", "right", "full", "inner", "outer", "cross", "natural", "distinct", "delete", "do", "update"];
    previous.is_some_and(|token| joined.iter().any(|word| is_word(token, word)))
}

fn begins_clause(tokens: &[Token], index: usize) -> bool {
    let rest = tokens.get(index..).unwrap_or_default();
    CLAUSES.iter().any(|words| {
        let mut found = rest.iter().filter(|token| !matches!(token, Token::Whitespace(_)));
        words.iter().all(|word| found.next().is_some_and(|token| is_word(token, word)))
    })
}

/// Breaks the line, unless nothing stands on it yet.
fn new_line(text: &mut String, indent: usize) {
    let trimmed = text.trim_end().len();
    if trimmed == 0 || text.get(trimmed..).is_some_and(|end| end.contains('\n')) {
        return;
    }
    text.truncate(trimmed);
    text.push('\n');
    text.extend(std::iter::repeat_n(' ', indent));
}

/// A query in parentheses that is too long for a line gets lines of its own.
fn group(tokens: &[Token], indent: usize, text: &mut String) {
    let flat: String = tokens.iter().map(ToString::to_string).collect();
    let used = text.len() - text.rfind('\n').map_or(0, |at| at + 1);
    let mut inner = tokens.iter().filter(|token| !matches!(token, Token::Whitespace(_))).skip(1);
    let query = inner.next().is_some_and(|first| is_word(first, "select") || is_word(first, "with"));
    let (Some((open, rest)), true) = (tokens.split_first(), query && used + flat.len() > LINE) else {
        text.push_str(&flat);
        return;
    };
    let (close, inside) = rest.split_last().unwrap_or((open, rest));
    text.push_str(&open.to_string());
    new_line(text, indent + STEP);
    write(inside, indent + STEP, text);
    new_line(text, indent);
    text.push_str(&close.to_string());
}

#[cfg(test)]
mod tests {
    use super::layout;

    #[test]
    fn long_statements_get_lines_and_short_ones_do_not() {
        for (flat, lines) in [
            ("SELECT * FROM t WHERE a = $1", "SELECT * FROM t WHERE a = $1"),
            (
                "SELECT id, total, created_at FROM orders WHERE customer_id = $1 AND a BETWEEN $2 AND $3 AND b IS DISTINCT FROM c LIMIT $4",
                "SELECT id, total, created_at\nFROM orders\nWHERE customer_id = $1\n  AND a BETWEEN $2 AND $3\n  \
                 AND b IS DISTINCT FROM c\nLIMIT $4",
            ),
            (
                "SELECT child.* FROM unnest($1::uuid[]) AS keys (id) CROSS JOIN LATERAL (SELECT id, total FROM orders WHERE customer_id = keys.id ORDER BY created_at DESC LIMIT $2) AS child",
                "SELECT child.*\nFROM unnest($1::uuid[]) AS keys (id)\nCROSS JOIN LATERAL (\n  SELECT id, total\n  \
                 FROM orders\n  WHERE customer_id = keys.id\n  ORDER BY created_at DESC\n  LIMIT $2\n) AS child",
            ),
            (
                "INSERT INTO orders (customer_id, total, status, created_at) VALUES ($1, $2, $3, now()), ($4, $5, $6, now()) ON CONFLICT (id) DO UPDATE SET total = excluded.total RETURNING id",
                "INSERT INTO orders (customer_id, total, status, created_at)\nVALUES ($1, $2, $3, now()), ($4, $5, $6, now())\n\
                 ON CONFLICT (id) DO UPDATE SET total = excluded.total\nRETURNING id",
            ),
        ] {
            assert_eq!(layout(flat), lines);
            assert_eq!(layout(lines).replace(['\n', ' '], ""), flat.replace(' ', ""));
        }
    }
}
