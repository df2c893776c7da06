//! A look at the text of a statement before it is sent: one statement that has a plan, and how many parameters it takes.

use std::ops::Range;

/// Longer texts are not planned: they come from logs, and each is kept by the server until the end.
const LONGEST: usize = 1 << 20;
/// What PostgreSQL can plan. Its grammar decides in the end; this spares it the rest.
const PLANNED: [&str; 8] = ["select", "with", "insert", "update", "delete", "merge", "values", "table"];

/// The number of parameters of `sql`, or why it cannot be planned.
pub(in crate::postgres) fn parameters(sql: &str) -> Result<usize, &'static str> {
    if sql.len() > LONGEST {
        return Err("its text is longer than 1 MiB");
    }
    if sql.contains('\0') {
        return Err("its text holds a NUL character");
    }
    let (mut begun, mut ended, mut parameters) = (false, false, 0);
    for token in (Tokens { rest: sql }) {
        match token {
            Token::End => ended = begun,
            _ if ended => return Err("it is more than one statement"),
            Token::Word(word) if !begun => {
                if !PLANNED.iter().any(|known| known.eq_ignore_ascii_case(word)) {
                    return Err("it is not a statement that has a plan");
                }
                begun = true;
            }
            Token::Open => {}
            _ if !begun => return Err("it is not a statement that has a plan"),
            Token::Parameter(number) => parameters = parameters.max(number),
            Token::Word(_) | Token::Other => {}
        }
    }
    match (begun, parameters) {
        (false, _) => Err("it is empty"),
        // The protocol's own bound.
        (true, 65_536..) => Err("it has too many parameters"),
        (true, parameters) => Ok(parameters),
    }
}

/// Without the semicolons and comments behind it.
pub(in crate::postgres) fn without_end(sql: &str) -> &str {
    let last = spans(sql).into_iter().rev().find(|span| sql.get(span.clone()) != Some(";"));
    last.and_then(|last| sql.get(..last.end)).unwrap_or(sql)
}

/// Where each token stands.
pub(in crate::postgres) fn spans(sql: &str) -> Vec<Range<usize>> {
    let mut tokens = Tokens { rest: sql };
    let mut spans = Vec::new();
    loop {
        tokens.skip_blanks();
        let start = sql.len() - tokens.rest.len();
        if tokens.next().is_none() {
            return spans;
        }
        spans.push(start..sql.len() - tokens.rest.len());
    }
}

/// Whether it is one statement that reads or changes rows.
pub(in crate::postgres) fn has_plan(sql: &str) -> bool {
    parameters(sql).is_ok()
}

enum Token<'a> {
    Word(&'a str),
    Parameter(usize),
    /// `(`
    Open,
    /// `;`
    End,
    Other,
}

struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        self.take(self.rest.find(|c| !wanted(c)).unwrap_or(self.rest.len()))
    }

    /// Through the next `end`, or through everything.
    fn take_through(&mut self, end: &str) {
        self.take(self.rest.find(end).map_or(self.rest.len(), |at| at + end.len()));
    }

    fn skip_blanks(&mut self) {
        loop {
            self.take_while(|c| c.is_ascii_whitespace() || c == '\x0b');
            if self.rest.starts_with("--") {
                self.take_while(|c| c != '\n' && c != '\r');
            } else if self.rest.starts_with("/*") {
                self.skip_comment();
            } else {
                return;
            }
        }
    }

    /// Comments nest.
    fn skip_comment(&mut self) {
        let mut depth = 0;
        loop {
            if self.rest.starts_with("/*") {
                depth += 1;
                self.take(2);
            } else if self.rest.starts_with("*/") {
                depth -= 1;
                self.take(2);
            } else if self.rest.is_empty() {
                return;
            } else {
                self.take(self.rest.chars().next().map_or(1, char::len_utf8));
                self.take_while(|c| c != '/' && c != '*');
            }
            if depth == 0 {
                return;
            }
        }
    }

    /// The opening quote is gone. A doubled quote ends one string and begins the next, which comes to the same.
    fn skip_escaped_string(&mut self) {
        while let Some(at) = self.rest.find(['\'', '\\']) {
            let escaped = self.take(at + 1).ends_with('\\');
            if !escaped {
                return;
            }
            self.take(self.rest.chars().next().map_or(0, char::len_utf8));
        }
        self.rest = "";
    }

    /// After a `$`: a parameter's number, or a string between tags.
    fn dollar(&mut self) -> Token<'a> {
        let number = self.take_while(|c| c.is_ascii_digit());
        if !number.is_empty() {
            return Token::Parameter(number.parse().unwrap_or(usize::MAX));
        }
        let tag = self.rest.find(|c| !in_word(c) || c == '$').unwrap_or(self.rest.len());
        if self.rest.get(tag..).is_some_and(|rest| rest.starts_with('$')) {
            let end = format!("${}", self.take(tag + 1));
            self.take_through(&end);
        }
        Token::Other
    }
}

fn in_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$' || !c.is_ascii()
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        self.skip_blanks();
        let first = self.rest.chars().next()?;
        if in_word(first) && first != '$' {
            let word = self.take_while(in_word);
            if word.eq_ignore_ascii_case("e") && self.rest.starts_with('\'') {
                self.take(1);
                self.skip_escaped_string();
                return Some(Token::Other);
            }
            return Some(Token::Word(word));
        }
        self.take(first.len_utf8());
        Some(match first {
            '(' => Token::Open,
            ';' => Token::End,
            '\'' => {
                self.take_through("'");
                Token::Other
            }
            '"' => {
                self.take_through("\"");
                Token::Other
            }
            '$' => self.dollar(),
            _ => Token::Other,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_counted_outside_strings_and_comments() {
        let cases = [
            ("SELECT 1", 0),
            ("  -- $9\n select $2, '$7', \"$8\", $$ $6 $$, $a$ $5 $$ $a$ where a=$1;", 2),
            ("(SELECT 'it''s $4') UNION (SELECT $3::int) ; ; -- x", 3),
            ("/* /* $5 */ $6 */ with x as (select e'\\'$9', E'a\\\\') select a$4 from x", 0),
            ("UPDATE t SET a = $1 WHERE b=$12", 12),
            ("TABLE t", 0),
            ("select 'naïve – ü', $1", 1),
            (";select 1", 0),
        ];
        for (sql, wanted) in cases {
            assert_eq!(parameters(sql), Ok(wanted), "{sql}");
        }
    }

    #[test]
    fn what_follows_a_statement_goes() {
        for (sql, wanted) in [
            ("SELECT 1 ; -- x", "SELECT 1"),
            ("SELECT ';' /* a */ ;;", "SELECT ';'"),
            ("SELECT 1; SELECT 2;", "SELECT 1; SELECT 2"),
            (";", ";"),
            ("", ""),
        ] {
            assert_eq!(without_end(sql), wanted);
        }
    }

    #[test]
    fn what_has_no_plan_is_refused() {
        let long = format!("SELECT '{}'", "x".repeat(LONGEST));
        for sql in [
            "",
            " ; -- nothing",
            "DROP TABLE x",
            "SELECT 1; DROP TABLE x",
            "SELECT 1;SELECT 2",
            "/* SELECT */ VACUUM",
            "EXPLAIN ANALYZE DELETE FROM x",
            "COPY x TO PROGRAM 'x'",
            "'SELECT'",
            "$1",
            "SELECT 1\0",
            "SELECT $70000",
            "SELECT 'a'; DELETE FROM x --'",
            &long,
        ] {
            assert!(parameters(sql).is_err(), "{sql}");
        }
    }
}
