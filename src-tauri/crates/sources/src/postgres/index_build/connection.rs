//! The connection that a builder has for itself, with settings other than those of the pool.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::{Problem, ProblemCode};
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::TlsStream;
use tokio_postgres::{AsyncMessage, Client, Connection, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::words::not_allowed;
use crate::postgres::PostgresSource;
use crate::postgres::Target;
use crate::postgres::driver::{CONNECT_TIMEOUT, config};
use crate::postgres::own_queries::{Asking, OwnQueryName};
use crate::tls;

const SETTINGS: &str = include_str!("../sql/index_build/session.sql");
const BACKEND: &str = include_str!("../sql/index_build/backend.sql");
const BACKEND_QUERY: OwnQueryName = OwnQueryName {
    name: "index_build.backend",
    purpose: "Which session builds indexes, and on which database",
};
pub(super) const APPLICATION: &str = "mPanel Console: index build";
/// Firewalls forget connections on which nothing is said for some minutes.
const KEEPALIVE: Duration = Duration::from_secs(60);
const OPEN_DEADLINE: Duration = CONNECT_TIMEOUT.saturating_add(Duration::from_secs(5));

pub(super) struct BuildConnection {
    pub client: Client,
    pub pid: i32,
    pub database: String,
    /// The server said that something of this name is there already, and did nothing.
    pub skipped: Arc<AtomicBool>,
    tls: MakeRustlsConnect,
}

impl BuildConnection {
    pub(super) async fn open(source: &PostgresSource) -> Result<BuildConnection, Problem> {
        if !source.allow_index_builds {
            return Err(not_allowed());
        }
        let peer = source.advice.peer();
        let late = |_| Err(peer.timeout(OPEN_DEADLINE));
        let opened = tokio::time::timeout(OPEN_DEADLINE, connect(source, peer.target)).await;
        opened.unwrap_or_else(late)
    }

    /// Asks the server to stop what runs; it answers by the end of the statement.
    pub(super) async fn cancel(&self) {
        let token = self.client.cancel_token();
        let asked = tokio::time::timeout(CONNECT_TIMEOUT, token.cancel_query(self.tls.clone())).await;
        if !matches!(asked, Ok(Ok(()))) {
            tracing::warn!("the server could not be asked to cancel an index build; it is asked again");
        }
    }
}

async fn connect(source: &PostgresSource, target: &Target) -> Result<BuildConnection, Problem> {
    let peer = source.advice.peer();
    let failed = |error: tokio_postgres::Error| peer.problem(&error);
    let tls = tls::connector(target.tls, target.root_certificate.as_deref())?;
    let mut config = config(target);
    config.application_name(APPLICATION).keepalives_idle(KEEPALIVE);
    let (client, connection) = config.connect(tls.clone()).await.map_err(failed)?;
    let skipped = Arc::new(AtomicBool::new(false));
    tokio::spawn(drive(connection, Arc::clone(&skipped)));
    client.batch_execute(SETTINGS).await.map_err(failed)?;
    let asking = Asking { client: &client, ledger: &source.ledger };
    let row = asking.row(BACKEND_QUERY, BACKEND, &[]).await.map_err(failed)?;
    let read = || Ok((row.try_get("pid")?, row.try_get("database")?, row.try_get::<_, bool>("standby")?));
    let (pid, database, standby) = read().map_err(failed)?;
    if standby {
        return Err(Problem {
            code: ProblemCode::ServerError,
            message: format!("The server at {} is a standby: nothing can be written there.", target.place()),
            remedy: Some("Build on the primary; the index comes to its standbys by itself.".to_owned()),
        });
    }
    Ok(BuildConnection { client, pid, database, skipped, tls })
}

/// Carries the messages until the client is dropped, and listens for the notice that nothing was done.
async fn drive<T: TlsStream + Unpin>(mut connection: Connection<Socket, T>, skipped: Arc<AtomicBool>) {
    loop {
        match poll_fn(|context| connection.poll_message(context)).await {
            Some(Ok(AsyncMessage::Notice(notice))) if *notice.code() == SqlState::DUPLICATE_TABLE => {
                skipped.store(true, Ordering::Release);
            }
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return,
        }
    }
}
