//! The session in which a statement is explained: closed afterwards, and cancelled where nobody waits any more.

use std::time::Duration;

use domain::{ExplainMode, Problem, ProblemCode};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error};

use super::how::How;
use super::refusal::{self, Asker};
use super::statement::Statement;
use super::{ExplainError, ExplainLimits, Explanation, ask};
use crate::postgres::PostgresSource;
use crate::postgres::own_queries::{Asking, OwnQueryName};
use crate::postgres::planner::ends_session;
use crate::postgres::problem::Peer;

const SERVER: OwnQueryName =
    OwnQueryName { name: "explain.server", purpose: "Which server is to explain a statement" };
const SERVER_SQL: &str = include_str!("../sql/explain/server.sql");
/// Connecting, and everything but the statement itself.
const AROUND: Duration = Duration::from_secs(20);

pub(super) struct Server {
    version: i32,
    pub(super) database: String,
    pub(super) role: String,
    standby: bool,
}

pub(super) async fn explain(
    source: &PostgresSource,
    statement: &Statement,
    mode: &ExplainMode,
    limits: ExplainLimits,
) -> Result<Explanation, ExplainError> {
    let peer = source.advice.peer();
    let deadline = match mode {
        ExplainMode::Analyze { .. } => AROUND + limits.statement,
        ExplainMode::Generic | ExplainMode::Values { .. } => AROUND,
    };
    let work = async {
        let session = source.advice.open("explain").await.map_err(ExplainError::Server)?;
        let Some(client) = session.client() else {
            return Err(ExplainError::Server(peer.unexpected("no session")));
        };
        let explained = with(client, source, statement, mode, limits).await;
        // Asked for seldom: nothing stays open, and nothing that a function did to the session stays either.
        session.discard();
        explained
    };
    // Who is dropped here or by the caller has the statement cancelled on the server, which rolls it back.
    let late = |_| Err(ExplainError::Server(peer.timeout(deadline)));
    tokio::time::timeout(deadline, work).await.unwrap_or_else(late)
}

async fn with(
    client: &Client,
    source: &PostgresSource,
    statement: &Statement,
    mode: &ExplainMode,
    limits: ExplainLimits,
) -> Result<Explanation, ExplainError> {
    let peer = source.advice.peer();
    let asking = Asking { client, ledger: &source.ledger };
    let server = server(asking).await.map_err(|error| ExplainError::Server(peer.problem(&error)))?;
    let how = match mode {
        ExplainMode::Generic => How::generic(server.version, statement.placeholders),
        ExplainMode::Values { .. } => How::Bound,
        ExplainMode::Analyze { typed, .. } if *typed != server.database => {
            return Err(ExplainError::DatabaseNameDiffers { database: server.database });
        }
        ExplainMode::Analyze { .. } => How::Analyzed { limits, writes: false },
    };
    let asker = Asker { asking, peer, role: &server.role, database: &server.database, statement, limits };
    match asked(asker, how, mode).await? {
        Ok(json) => Ok(Explanation { json, how, placeholders: statement.placeholders }),
        // The server is the judge of what writes; until it says so, nothing was done.
        Err(error) if how.is_analyzed() && error.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION) => {
            writing(source, &server, peer)?;
            let how = How::Analyzed { limits, writes: true };
            match asked(asker, how, mode).await? {
                Ok(json) => Ok(Explanation { json, how, placeholders: statement.placeholders }),
                Err(error) => Err(refusal::of(asker, how, &error).await),
            }
        }
        Err(error) => Err(refusal::of(asker, how, &error).await),
    }
}

async fn asked(
    asker: Asker<'_>,
    how: How,
    mode: &ExplainMode,
) -> Result<Result<String, Error>, ExplainError> {
    let lost = |error: Error| ExplainError::Server(asker.peer.problem(&error));
    match ask::ask(asker.asking, asker.statement, how, mode).await {
        Ok(Err(error)) if ends_session(&error) => Err(lost(error)),
        Ok(asked) => Ok(asked),
        Err(error) => Err(lost(error)),
    }
}

fn writing(source: &PostgresSource, server: &Server, peer: Peer<'_>) -> Result<(), ExplainError> {
    if server.standby {
        return Err(ExplainError::Server(Problem {
            code: ProblemCode::ServerError,
            message: format!(
                "The server at {} is a standby: a statement that writes cannot run there.",
                peer.target.place()
            ),
            remedy: Some("Explain it without running it, or measure it on the primary.".to_owned()),
        }));
    }
    if source.allow_index_builds { Ok(()) } else { Err(ExplainError::WritesNotAllowed) }
}

pub(super) async fn server(asking: Asking<'_>) -> Result<Server, Error> {
    let row = asking.row(SERVER, SERVER_SQL, &[]).await?;
    Ok(Server {
        version: row.try_get("version")?,
        database: row.try_get("database")?,
        role: row.try_get("role")?,
        standby: row.try_get("standby")?,
    })
}
