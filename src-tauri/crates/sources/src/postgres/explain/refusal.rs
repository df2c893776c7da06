//! What the server says against a statement, in plain words with what to do, and without a value of it.

use tokio_postgres::error::{DbError, SqlState};
use tokio_postgres::types::Type;

use super::how::How;
use super::statement::Statement;
use super::{ExplainError, ExplainLimits};
use crate::postgres::own_queries::{Asking, OwnQueryName};
use crate::postgres::planner::reason;
use crate::postgres::problem::{Peer, quoted};

const DENIED: OwnQueryName =
    OwnQueryName { name: "explain.denied", purpose: "Which table a role may not read" };
const DENIED_SQL: &str = include_str!("../sql/explain/denied.sql");
const WHOLE_TEXT: &str =
    "Take its text with its constants from the application or the server's log, and explain that.";

/// Who asked for what.
#[derive(Clone, Copy)]
pub(super) struct Asker<'a> {
    pub(super) asking: Asking<'a>,
    pub(super) peer: Peer<'a>,
    pub(super) role: &'a str,
    pub(super) database: &'a str,
    pub(super) statement: &'a Statement,
    pub(super) limits: ExplainLimits,
}

pub(super) async fn of(asker: Asker<'_>, how: How, error: &tokio_postgres::Error) -> ExplainError {
    let Some(told) = error.as_db_error() else { return ExplainError::Server(asker.peer.problem(error)) };
    let refused = |reason: String, remedy: Option<String>| ExplainError::NotExplained { reason, remedy };
    match *told.code() {
        SqlState::INSUFFICIENT_PRIVILEGE => {
            refused(format!("the server says: {}", told.message()), Some(grant(asker, told).await))
        }
        SqlState::READ_ONLY_SQL_TRANSACTION => ExplainError::WritesNotAllowed,
        SqlState::QUERY_CANCELED if how.is_analyzed() => {
            ExplainError::TimedOut { seconds: asker.limits.statement.as_secs() }
        }
        SqlState::QUERY_CANCELED => refused(
            "planning it takes more than 5 seconds".to_owned(),
            Some("Try again when the server is less busy.".to_owned()),
        ),
        SqlState::LOCK_NOT_AVAILABLE => refused(
            format!(
                "somebody else holds a lock on what it needs, for longer than {} s",
                asker.limits.lock.as_secs()
            ),
            Some("See on the Activity page who holds it, and try again.".to_owned()),
        ),
        // The function may be there, for a type that the placeholder no longer tells.
        SqlState::UNDEFINED_FUNCTION if asker.statement.placeholders > 0 => {
            let remedy = format!("{WHOLE_TEXT} {}", search_path(asker));
            refused(format!("the server says: {}", told.message()), Some(remedy))
        }
        SqlState::UNDEFINED_TABLE
        | SqlState::UNDEFINED_FUNCTION
        | SqlState::UNDEFINED_OBJECT
        | SqlState::INVALID_SCHEMA_NAME => {
            refused(format!("the server says: {}", told.message()), Some(search_path(asker)))
        }
        SqlState::INDETERMINATE_DATATYPE | SqlState::AMBIGUOUS_FUNCTION | SqlState::DATATYPE_MISMATCH => {
            refused(
                format!(
                    "the constants are gone from its text, and their types with them ({})",
                    told.message()
                ),
                Some(WHOLE_TEXT.to_owned()),
            )
        }
        SqlState::SYNTAX_ERROR => refused(
            "its text is not complete SQL: it was cut off, or has a placeholder where SQL wants a constant"
                .to_owned(),
            Some(WHOLE_TEXT.to_owned()),
        ),
        ref code if code.code().starts_with("22") => refused(
            format!("a value does not fit its type or the statement ({})", without_values(told.message())),
            Some("Write values as in SQL, without quotes: 42, 2024-01-31, paid, {1,2}.".to_owned()),
        ),
        _ => refused(reason(told), Some("See the server's log for the whole of it.".to_owned())),
    }
}

/// `invalid input syntax for type integer: "x"` without its end.
fn without_values(message: &str) -> &str {
    let end = message.find([':', '"', '\'']).unwrap_or(message.len());
    message.get(..end).unwrap_or_default().trim_end()
}

fn search_path(asker: Asker<'_>) -> String {
    format!(
        "If its tables are in a schema that the console does not look into: ALTER ROLE {} IN DATABASE {} SET search_path = …;",
        quoted(asker.role),
        quoted(asker.database)
    )
}

/// What would mend it: planning takes the same privileges as running.
async fn grant(asker: Asker<'_>, told: &DbError) -> String {
    let role = quoted(asker.role);
    let all = format!("GRANT pg_read_all_data TO {role}; (PostgreSQL 14 and later)");
    let named = told.message().strip_prefix("permission denied for ").and_then(|rest| rest.split_once(' '));
    let Some((kind, name)) = named else { return all };
    match kind {
        "schema" => format!("GRANT USAGE ON SCHEMA {} TO {role};", quoted(name)),
        "table" | "view" | "materialized" | "foreign" => {
            let name = name.rsplit(' ').next().unwrap_or(name);
            let privilege = asker.statement.privilege();
            let wanted =
                if privilege == "SELECT" { "SELECT".to_owned() } else { format!("SELECT, {privilege}") };
            format!(
                "GRANT {wanted} ON {} TO {role}; or, to read every table: {all}",
                table(asker, name, privilege).await
            )
        }
        _ => all,
    }
}

/// The table with its schema, where there is no doubt which one it is.
async fn table(asker: Asker<'_>, name: &str, privilege: &str) -> String {
    let parameters: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 2] =
        [(&name, Type::TEXT), (&privilege, Type::TEXT)];
    let found = asker.asking.rows(DENIED, DENIED_SQL, &parameters).await.unwrap_or_default();
    let only = match found.as_slice() {
        [row] => row.try_get("name").ok(),
        _ => None,
    };
    only.unwrap_or_else(|| quoted(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_says_is_told_without_values() {
        for (message, wanted) in [
            ("invalid input syntax for type integer: \"secret\"", "invalid input syntax for type integer"),
            ("value \"4711\" is out of range for type smallint", "value"),
            ("division by zero", "division by zero"),
        ] {
            assert_eq!(without_values(message), wanted);
        }
    }
}
