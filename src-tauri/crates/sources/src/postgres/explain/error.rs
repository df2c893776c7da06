//! Why a statement is not explained, and what to do about it.

use domain::Problem;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExplainError {
    #[error("pg_stat_statements has no statement {queryid} that {role:?} may see")]
    NotFound { queryid: i64, role: String },
    #[error("the statement ran in the database {database:?}, and plans differ between databases")]
    Elsewhere { database: String },
    #[error("the statement cannot be explained: {reason}")]
    NotExplained { reason: String, remedy: Option<String> },
    #[error("the statement has {wanted} placeholders, and {given} values were given for them")]
    Values { wanted: usize, given: usize },
    #[error("what was typed is not the name of the database, {database}")]
    DatabaseNameDiffers { database: String },
    #[error("the statement writes, and this source does not allow the console to write")]
    WritesNotAllowed,
    #[error("the statement was cancelled after {seconds} s and rolled back; nothing is measured")]
    TimedOut { seconds: u64 },
    #[error("{}", .0.message)]
    Server(Problem),
}

impl ExplainError {
    pub(super) fn not_explained(reason: impl Into<String>, remedy: Option<String>) -> ExplainError {
        ExplainError::NotExplained { reason: reason.into(), remedy }
    }

    /// Stable: the interface matches it, never the text.
    pub fn code(&self) -> &'static str {
        match self {
            ExplainError::NotFound { .. } => "statement_not_found",
            ExplainError::Elsewhere { .. } => "statement_elsewhere",
            ExplainError::NotExplained { .. } => "statement_not_explained",
            ExplainError::Values { .. } => "explain_values",
            ExplainError::DatabaseNameDiffers { .. } => "database_name_differs",
            ExplainError::WritesNotAllowed => "explain_writes_not_allowed",
            ExplainError::TimedOut { .. } => "explain_timed_out",
            ExplainError::Server(_) => "database",
        }
    }

    pub fn remedy(&self) -> Option<String> {
        match self {
            ExplainError::NotFound { role, .. } => Some(format!(
                "It may have been reset or have made room for others: wait until it runs again. Statements of other roles \
                 are shown after GRANT pg_read_all_stats TO {};",
                crate::postgres::problem::quoted(role)
            )),
            ExplainError::Elsewhere { database } => {
                Some(format!("Add {database} of this server as a source of its own, and explain the statement there."))
            }
            ExplainError::NotExplained { remedy, .. } => remedy.clone(),
            ExplainError::Values { .. } => Some("Give one value for each placeholder; NULL is one.".to_owned()),
            ExplainError::DatabaseNameDiffers { database } => {
                Some(format!("Type {database} exactly, if the statement is to be run there."))
            }
            ExplainError::WritesNotAllowed => Some(
                "Explain it without running it; or allow index builds for this source, which lets the console write. What it \
                 changes is rolled back."
                    .to_owned(),
            ),
            ExplainError::TimedOut { .. } => {
                Some("Explain it without running it, or measure it on a copy with more time.".to_owned())
            }
            ExplainError::Server(problem) => problem.remedy.clone(),
        }
    }
}
