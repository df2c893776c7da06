//! What comes of asking the planner, and of trying to.

use std::fmt;

use domain::{Degradation, Problem};
use tokio_postgres::error::{DbError, SqlState};

/// The planner's answer about one statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// Total cost, in the planner's units.
    pub cost: f64,
    /// Candidates that the plan uses, in order.
    pub candidates: Vec<usize>,
    /// Existing indexes that the plan uses, without their schemas.
    pub indexes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhatIfError {
    /// This statement cannot be planned; the session goes on, and does not ask again.
    Statement(String),
    /// This candidate cannot be tried; the session goes on, and does not try again.
    Index { index: usize, reason: String },
    /// The session is gone.
    Lost(Problem),
}

impl fmt::Display for WhatIfError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WhatIfError::Statement(reason) => write!(f, "the statement cannot be planned: {reason}"),
            WhatIfError::Index { reason, .. } => write!(f, "the index cannot be tried: {reason}"),
            WhatIfError::Lost(problem) => f.write_str(&problem.message),
        }
    }
}

impl std::error::Error for WhatIfError {}

/// Why the planner cannot be asked about hypothetical indexes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhatIfUnavailable {
    NotInstalled {
        /// Its files are on the server.
        available: bool,
        /// Of the server: 15.
        major: i32,
    },
    Refused(Problem),
}

impl WhatIfUnavailable {
    /// The same with what mends it.
    pub fn degradation(&self) -> Degradation {
        let create = "CREATE EXTENSION hypopg;";
        let (code, message, remedy) = match self {
            WhatIfUnavailable::NotInstalled { available: true, .. } => (
                "hypopg_not_created",
                "HypoPG is not installed in this database, so costs are estimated instead of verified."
                    .to_owned(),
                Some(create.to_owned()),
            ),
            WhatIfUnavailable::NotInstalled { available: false, major } => (
                "hypopg_not_available",
                "The server does not have HypoPG, so costs are estimated instead of verified.".to_owned(),
                Some(format!(
                    "Install the package postgresql-{major}-hypopg (Debian, Ubuntu) or hypopg_{major} (Red Hat, SUSE) on the \
                     server, then run in this database: {create}"
                )),
            ),
            WhatIfUnavailable::Refused(problem) => {
                ("what_if_refused", problem.message.clone(), problem.remedy.clone())
            }
        };
        Degradation { code: code.to_owned(), message, remedy }
    }
}

/// The server ended the session, as opposed to refusing what it was asked.
pub(super) fn ends_session(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_none_or(|told| {
        let code = told.code().code();
        // Shutdowns and idle sessions; connections; a prepared statement that is gone because a pooler changed the session.
        code.starts_with("57P") || code.starts_with("08") || code == "25P03" || code == "26000"
    })
}

/// Why the server does not plan something, without a value of the statement.
pub(super) fn reason(told: &DbError) -> String {
    let code = told.code();
    let named = [
        SqlState::UNDEFINED_TABLE,
        SqlState::UNDEFINED_COLUMN,
        SqlState::UNDEFINED_FUNCTION,
        SqlState::UNDEFINED_OBJECT,
        SqlState::AMBIGUOUS_COLUMN,
        SqlState::INVALID_SCHEMA_NAME,
        SqlState::INSUFFICIENT_PRIVILEGE,
        SqlState::INDETERMINATE_DATATYPE,
        SqlState::AMBIGUOUS_FUNCTION,
        SqlState::DATATYPE_MISMATCH,
    ];
    match code {
        // These name objects, never values.
        code if named.contains(code) => told.message().to_owned(),
        &SqlState::SYNTAX_ERROR => "its text is not complete SQL for this server".to_owned(),
        &SqlState::QUERY_CANCELED => "planning it takes more than 2 seconds".to_owned(),
        &SqlState::LOCK_NOT_AVAILABLE => "one of its tables is locked".to_owned(),
        code => format!("the server refuses it with error {}", code.code()),
    }
}

/// The same for a candidate, whose text is the console's own.
pub(super) fn index_reason(told: &DbError) -> String {
    told.message().trim_start_matches("hypopg: ").to_owned()
}

/// The same may succeed later.
pub(super) fn passes(told: &DbError) -> bool {
    matches!(*told.code(), SqlState::QUERY_CANCELED | SqlState::LOCK_NOT_AVAILABLE)
}
