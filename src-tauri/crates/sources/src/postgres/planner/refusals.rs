//! What the planner says against a statement.

use tokio_postgres::error::{DbError, SqlState};

/// The server ended the session, as opposed to refusing what it was asked.
pub(in crate::postgres) fn ends_session(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_none_or(|told| {
        let code = told.code().code();
        // Shutdowns and idle sessions; connections; a prepared statement that is gone because a pooler changed the session.
        code.starts_with("57P") || code.starts_with("08") || code == "25P03" || code == "26000"
    })
}

/// Why the server does not plan something, without a value of the statement.
pub(in crate::postgres) fn reason(told: &DbError) -> String {
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
