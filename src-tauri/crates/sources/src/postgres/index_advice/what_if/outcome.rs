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

/// Why a candidate is not tried; its text is the console's own.
pub(super) fn index_reason(told: &DbError) -> String {
    told.message().trim_start_matches("hypopg: ").to_owned()
}

/// The same may succeed later.
pub(super) fn passes(told: &DbError) -> bool {
    matches!(*told.code(), SqlState::QUERY_CANCELED | SqlState::LOCK_NOT_AVAILABLE)
}
