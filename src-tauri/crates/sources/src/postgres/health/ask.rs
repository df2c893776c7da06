//! Asks for one part of a reading: what the server refuses is the part's own failure, a lost connection is everybody's.

use domain::{Part, ServerFacts, Timestamp, Unseen};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Error, Row};

use crate::postgres::columns::Columns;
use crate::postgres::own_queries::{Asking, OwnQueryName};
use crate::postgres::problem::grant_monitor;

pub(super) struct Looker<'a> {
    pub(super) asking: Asking<'a>,
    pub(super) columns: &'a Columns,
    pub(super) server: &'a ServerFacts,
}

impl Looker<'_> {
    /// Rows, each as `read` understands it.
    pub(super) async fn rows<T>(
        &self,
        query: OwnQueryName,
        sql: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
        read: impl Fn(&Row) -> Result<T, Error>,
    ) -> Result<Part<Vec<T>>, Error> {
        let asked = self.asking.rows(query, sql, parameters).await;
        self.part(query, asked.and_then(|rows| rows.iter().map(&read).collect()))
    }

    /// The one row that there always is.
    pub(super) async fn row<T>(
        &self,
        query: OwnQueryName,
        sql: &str,
        read: impl Fn(&Row) -> Result<T, Error>,
    ) -> Result<Part<T>, Error> {
        let asked = self.asking.row(query, sql, &[]).await;
        self.part(query, asked.and_then(|row| read(&row)))
    }

    fn part<T>(&self, query: OwnQueryName, result: Result<T, Error>) -> Result<Part<T>, Error> {
        match result {
            Ok(found) => Ok(Ok(found)),
            Err(error) if self.asking.client.is_closed() || ends_session(&error) => Err(error),
            Err(error) => {
                tracing::debug!(query = query.name, %error, "a part of a health reading failed");
                Ok(Err(self.unseen(&error)))
            }
        }
    }

    fn unseen(&self, error: &Error) -> Unseen {
        let told = error.as_db_error().map_or_else(|| error.to_string(), |told| told.message().to_owned());
        let unseen = |code: &str, message, remedy: &str| Unseen {
            code: code.to_owned(),
            message,
            remedy: Some(remedy.to_owned()),
            sql: None,
        };
        match error.code() {
            Some(&SqlState::INSUFFICIENT_PRIVILEGE) => self.hidden(&told),
            Some(&SqlState::QUERY_CANCELED) => unseen(
                "timeout",
                format!("The server did not answer in time: {told}."),
                "The console asks again at the next reading; check the load on the server if this stays.",
            ),
            Some(&SqlState::LOCK_NOT_AVAILABLE) => unseen(
                "locked",
                format!("Somebody holds a lock on what was to be read: {told}."),
                "The console asks again at the next reading.",
            ),
            _ => unseen(
                "server_error",
                format!("The server answered with an error: {told}."),
                "See the server's log for the whole of it.",
            ),
        }
    }

    /// What `pg_monitor` would show.
    pub(super) fn hidden(&self, what: &str) -> Unseen {
        let role = &self.server.role;
        Unseen {
            code: "missing_privilege".to_owned(),
            message: format!("The role {role:?} may not see this: {}.", what.trim_end_matches('.')),
            remedy: Some(
                "Let the role see the statistics of everybody; it may read nothing else by that.".to_owned(),
            ),
            sql: Some(grant_monitor(role)),
        }
    }
}

/// The server is going down or ended this session: no other query would fare better.
fn ends_session(error: &Error) -> bool {
    error.code().is_some_and(|code| code.code().starts_with("57P"))
}

pub(super) fn moment(row: &Row, column: &str) -> Result<Option<Timestamp>, Error> {
    Ok(row.try_get::<_, Option<i64>>(column)?.map(Timestamp))
}
