//! The statements that advice is for, from wherever they come: read, merged, filtered, and the rest counted.

mod collect;
mod replay;
mod statements;
mod text;

use analysis::index_advice::Workload;
use analysis::sql::{mask, statements as split};
use domain::{Degradation, LeftOutStatements, ReplayReport, WorkloadChoice};
use sources::postgres::StatementsReading;

pub use text::SqlText;

pub(super) use replay::of_replay;
pub(super) use statements::{name_of_statements, of_readings, of_statements};
pub(super) use text::of_texts;

/// Bytes of pasted statements that are kept with what was asked for.
const LONGEST_TOLD: usize = 64 * 1024;

/// Where the statements come from.
pub enum AdviceWorkload {
    Replay(Box<ReplayReport>),
    /// `pg_stat_statements` of the database since it began to count, or what comes in during the next seconds.
    Statements {
        seconds: Option<u32>,
    },
    /// The same, read already: what ran since an earlier reading, or all that was counted.
    Counted {
        earlier: Option<Box<StatementsReading>>,
        later: Box<StatementsReading>,
    },
    Texts(Vec<SqlText>),
}

/// The statements, and what became of the others.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub workload: Workload,
    /// "postgresql.log", "24 h of statements"
    pub origin: String,
    /// Different ones; those used and those left out add up to it.
    pub seen: usize,
    pub left_out: Vec<LeftOutStatements>,
    pub lacks: Vec<Degradation>,
}

/// What is kept, shown and sent of what was asked for: pasted statements without their constants.
pub(super) fn told(choice: &WorkloadChoice) -> WorkloadChoice {
    let WorkloadChoice::Text { sql } = choice else { return choice.clone() };
    let mut told = String::new();
    let mut statements = split(sql);
    for statement in &mut statements {
        told.push_str(&mask(statement.as_bytes()));
        told.push_str(";\n");
        if told.len() > LONGEST_TOLD {
            break;
        }
    }
    let more = statements.count();
    if more > 0 {
        told.push_str(&format!("-- and {more} more\n"));
    }
    WorkloadChoice::Text { sql: told }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_was_pasted_is_told_with_its_constants() {
        let pasted =
            "select 1 from t where name = 'Ada; Lovelace'; -- 'secret'\nUPDATE t SET a = 5;\n".to_owned();
        let WorkloadChoice::Text { sql } = told(&WorkloadChoice::Text { sql: pasted }) else { panic!() };
        assert_eq!(sql, "select $1 from t where name = $2;\nUPDATE t SET a = $1;\n");
        let many = "SELECT a FROM some_table WHERE b = 1;".repeat(10_000);
        let WorkloadChoice::Text { sql } = told(&WorkloadChoice::Text { sql: many }) else { panic!() };
        assert!(sql.len() < LONGEST_TOLD + 100 && sql.contains("\n-- and 8"), "{}", sql.len());
        let file = WorkloadChoice::File { path: "a.sql".to_owned() };
        assert_eq!(told(&file), file);
    }
}
