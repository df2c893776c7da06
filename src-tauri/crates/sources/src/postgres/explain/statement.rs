//! A statement that can be explained, as it is sent.

use domain::ExplainMode;

use super::ExplainError;
use crate::postgres::planner::{plannable, text};

pub(super) struct Statement {
    pub(super) sql: String,
    pub(super) placeholders: usize,
}

impl Statement {
    pub(super) fn read(sql: &str, mode: &ExplainMode) -> Result<Statement, ExplainError> {
        let sql = plannable(text::without_end(sql)).into_owned();
        let placeholders =
            text::parameters(&sql).map_err(|reason| ExplainError::not_explained(reason, None))?;
        if creates_table(&sql) {
            let remedy = "Explain it without INTO and the table's name.".to_owned();
            return Err(ExplainError::not_explained("it creates a table", Some(remedy)));
        }
        let values = match mode {
            ExplainMode::Generic => None,
            ExplainMode::Values { values } | ExplainMode::Analyze { values, .. } => Some(values.len()),
        };
        match values.filter(|given| *given != placeholders) {
            Some(given) => Err(ExplainError::Values { wanted: placeholders, given }),
            None => Ok(Statement { sql, placeholders }),
        }
    }

    /// What the role must be allowed to do beside reading.
    pub(super) fn privilege(&self) -> &'static str {
        let first = text::spans(&self.sql)
            .into_iter()
            .filter_map(|span| self.sql.get(span))
            .find(|word| *word != "(");
        let writes = ["INSERT", "UPDATE", "DELETE"];
        writes
            .into_iter()
            .find(|word| first.is_some_and(|first| word.eq_ignore_ascii_case(first)))
            .unwrap_or("SELECT")
    }
}

/// `SELECT … INTO x`, which `EXPLAIN ANALYZE` carries out even where nothing may be written.
fn creates_table(sql: &str) -> bool {
    let spans = text::spans(sql);
    let words: Vec<&str> = spans.into_iter().filter_map(|span| sql.get(span)).collect();
    let names_it =
        |before: &str| ["insert", "merge", "as", "."].iter().any(|word| word.eq_ignore_ascii_case(before));
    words
        .windows(2)
        .any(|pair| matches!(pair, [before, word] if word.eq_ignore_ascii_case("into") && !names_it(before)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_select_that_creates_a_table_is_refused() {
        let generic = ExplainMode::Generic;
        for sql in [
            "SELECT 1 INTO x",
            "WITH a AS (SELECT 1) SELECT * into TEMP x FROM a",
            "SELECT a.b INTO x FROM a",
        ] {
            assert!(Statement::read(sql, &generic).is_err(), "{sql}");
        }
        for sql in [
            "INSERT /* x */ INTO t VALUES (1)",
            "SELECT 1 AS into, t.into, 'a into b', \"into\" FROM t",
            "MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE",
        ] {
            assert!(Statement::read(sql, &generic).is_ok(), "{sql}");
        }
    }

    #[test]
    fn the_first_word_tells_which_privilege_it_takes() {
        for (sql, wanted) in
            [("(select 1)", "SELECT"), ("update t SET a = 1", "UPDATE"), ("-- x\nDELETE FROM t", "DELETE")]
        {
            let statement = Statement::read(sql, &ExplainMode::Generic);
            assert_eq!(statement.map(|statement| statement.privilege()).ok(), Some(wanted));
        }
    }
}
