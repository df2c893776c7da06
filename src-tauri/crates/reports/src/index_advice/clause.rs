//! Where the served statements use the first column of an index: the document's reports name the clause.

use domain::{AdvisedStatement, IndexAdvice, IndexSuggestion};

/// In the order in which they are told where a statement has several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Clause {
    Where,
    Join,
    OrderBy,
    GroupBy,
}

/// The clause with the most executions.
pub(super) struct Use {
    pub clause: Clause,
    pub calls: u64,
    /// Of those executions that were measured.
    pub mean_ms: Option<f64>,
}

pub(super) fn most_used(advice: &IndexAdvice, one: &IndexSuggestion) -> Option<Use> {
    let names = names(one)?;
    let served = one.serves.iter().filter_map(|served| advice.statements.get(served.statement));
    let used: Vec<(Clause, &AdvisedStatement)> =
        served.filter_map(|statement| Some((clause(&statement.statement, &names)?, statement))).collect();
    let uses =
        [Clause::Where, Clause::Join, Clause::OrderBy, Clause::GroupBy].into_iter().filter_map(|clause| {
            let calls: u64 = used.iter().filter(|(one, _)| *one == clause).map(|(_, one)| one.calls).sum();
            (calls > 0).then_some((clause, calls))
        });
    // The first of those with the same number.
    let (clause, calls) = uses.reduce(|most, next| if next.1 > most.1 { next } else { most })?;
    let timed =
        used.iter().filter(|(one, _)| *one == clause).filter_map(|(_, one)| Some((one.calls, one.mean_ms?)));
    let (count, total) = timed
        .fold((0, 0.0), |(count, total), (calls, mean)| (count + calls, mean.mul_add(calls as f64, total)));
    Some(Use { clause, calls, mean_ms: (count > 0).then(|| total / count as f64) })
}

/// The first key's column, or all that its expression names.
fn names(one: &IndexSuggestion) -> Option<Vec<String>> {
    let key = one.definition.keys.first()?;
    match (&key.column, &key.expression) {
        (Some(column), _) => Some(vec![column.clone()]),
        (None, Some(expression)) => {
            Some(tokens(expression).into_iter().filter(|one| one.name).map(|one| one.text).collect())
        }
        (None, None) => None,
    }
}

fn clause(statement: &str, names: &[String]) -> Option<Clause> {
    let mut current = None;
    let mut around = Vec::new();
    let mut found: Vec<Clause> = Vec::new();
    for token in tokens(statement) {
        match token.text.as_str() {
            "(" => around.push(current),
            ")" => current = around.pop().flatten(),
            text if token.name && names.iter().any(|name| name == text) => found.extend(current),
            text if token.word => current = next(current, text),
            _ => {}
        }
    }
    found.into_iter().min()
}

/// The clause in which what follows a word stands.
fn next(current: Option<Clause>, word: &str) -> Option<Clause> {
    match word {
        "where" | "having" => Some(Clause::Where),
        "on" | "using" => Some(Clause::Join),
        "order" => Some(Clause::OrderBy),
        "group" => Some(Clause::GroupBy),
        "select" | "from" | "join" | "set" | "returning" | "values" | "into" | "limit" | "offset"
        | "union" | "intersect" | "except" | "window" | "for" => None,
        _ => current,
    }
}

struct Token {
    /// Folded where it is not quoted.
    text: String,
    word: bool,
    /// It may name a column: no function.
    name: bool,
}

/// Words, quoted names and parentheses; constants are skipped.
fn tokens(sql: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut characters = sql.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' | '\'' => {
                let mut text = String::new();
                while let Some(inner) = characters.next() {
                    if inner == character && characters.next_if_eq(&character).is_none() {
                        break;
                    }
                    text.push(inner);
                }
                if character == '"' {
                    tokens.push(Token { text, word: false, name: true });
                }
            }
            '(' | ')' => {
                let call = (character == '(').then(|| tokens.last_mut()).flatten();
                if let Some(last) = call.filter(|last| last.word) {
                    last.name = false;
                }
                tokens.push(Token { text: character.to_string(), word: false, name: false });
            }
            first if first.is_alphabetic() || first == '_' => {
                let mut text = first.to_lowercase().to_string();
                while let Some(more) =
                    characters.next_if(|one| one.is_alphanumeric() || matches!(one, '_' | '$'))
                {
                    text.extend(more.to_lowercase());
                }
                tokens.push(Token { text, word: true, name: true });
            }
            _ => {}
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clauses() {
        let cases = [
            ("SELECT a FROM t WHERE b = $1 AND t.a = $2", Some(Clause::Where)),
            ("SELECT * FROM t JOIN u ON u.id = t.a WHERE u.b = $1", Some(Clause::Join)),
            ("SELECT * FROM u JOIN t USING (a)", Some(Clause::Join)),
            ("SELECT * FROM t WHERE b = $1 ORDER BY a DESC LIMIT 5", Some(Clause::OrderBy)),
            ("SELECT a, count(*) FROM t GROUP BY a", Some(Clause::GroupBy)),
            ("SELECT * FROM t JOIN u ON u.id = t.a WHERE t.\"a\" IN ($1)", Some(Clause::Where)),
            ("SELECT a FROM t WHERE b = 'a' AND \"A\" = 1", None),
            (
                "SELECT * FROM u WHERE id IN (SELECT u_id FROM t WHERE x = $1) ORDER BY A",
                Some(Clause::OrderBy),
            ),
            ("SELECT * FROM u WHERE EXISTS (SELECT 1 FROM t ORDER BY x) AND a = $1", Some(Clause::Where)),
            ("SELECT * FROM t WHERE a($1)", None),
            ("UPDATE t SET a = $1 WHERE b = $2", None),
        ];
        for (statement, expected) in cases {
            assert_eq!(clause(statement, &["a".to_owned()]), expected, "{statement}");
        }
    }
}
