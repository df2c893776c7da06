//! The few sessions that a source may hold on a server: taken from its monitored pool, and given up when in doubt.

use std::time::Duration;

use domain::{Problem, ProblemCode};
use parking_lot::Mutex;
use runtime::metrics::Registry;
use runtime::pool::{AcquireError, Pool, PoolError, PoolOptions, PooledConnection};
use tokio_postgres::Client;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::PRODUCT;
use super::driver::{CONNECT_TIMEOUT, config};
use super::problem::Peer;
use super::target::Target;
use crate::tls;

const SESSION_SETTINGS: &str = include_str!("sql/session.sql");
/// A source never takes more from the server that it watches.
const CONNECTIONS: usize = 2;
/// Name lookup, connecting, encryption, login and session settings together.
const ACQUIRE_TIMEOUT: Duration = CONNECT_TIMEOUT.saturating_add(Duration::from_secs(1));
const CANCEL_TIMEOUT: Duration = Duration::from_secs(2);
/// Two sources under one name exist while one of them is being tested; more would be a mistake.
const NAMES: usize = 100;

pub(super) struct Sessions {
    name: String,
    target: Target,
    tls: MakeRustlsConnect,
    registry: Registry,
    pool: Mutex<Option<Pool>>,
}

impl Sessions {
    pub(super) fn new(name: String, target: Target, registry: Registry) -> Result<Sessions, Problem> {
        let tls = tls::connector(target.tls, target.root_certificate.as_deref())?;
        Ok(Sessions { name, target, tls, registry, pool: Mutex::new(None) })
    }

    pub(super) fn target(&self) -> &Target {
        &self.target
    }

    /// The same in another database of the server.
    pub(super) fn in_database(&self, database: &str) -> Result<Sessions, Problem> {
        let target = Target { database: database.to_owned(), ..self.target.clone() };
        Sessions::new(format!("{}, {database}", self.name), target, self.registry.clone())
    }

    pub(super) fn peer(&self) -> Peer<'_> {
        Peer { product: PRODUCT, target: &self.target }
    }

    /// A session with its settings made. Unless [`Session::keep`] is called, it is closed at the end.
    pub(super) async fn open(&self, site: &'static str) -> Result<Session, Problem> {
        let pool = self.pool()?;
        let taken = pool.acquire(site).await.map_err(|error| match error {
            AcquireError::Connect(error) => self.peer().problem(&error),
            AcquireError::ConnectTimeout { after } => self.peer().timeout(after),
            AcquireError::Timeout { .. } | AcquireError::Closed => internal(error.to_string()),
        })?;
        Ok(Session { connection: Some(taken) })
    }

    pub(super) fn close(&self) {
        if let Some(pool) = self.pool.lock().take() {
            pool.close();
        }
    }

    fn pool(&self) -> Result<Pool, Problem> {
        let mut pool = self.pool.lock();
        if let Some(pool) = pool.as_ref() {
            return Ok(pool.clone());
        }
        let made = self.make_pool()?;
        *pool = Some(made.clone());
        Ok(made)
    }

    /// While a draft of a source is tested its own pool still lives under the same name, so a number is added.
    fn make_pool(&self) -> Result<Pool, Problem> {
        let mut name = self.name.clone();
        for number in 2..=NAMES {
            let options = PoolOptions {
                name,
                max: CONNECTIONS,
                ceiling: CONNECTIONS,
                acquire_timeout: ACQUIRE_TIMEOUT,
                on_connect_sql: Some(SESSION_SETTINGS.to_owned()),
                ..PoolOptions::default()
            };
            match Pool::new(config(&self.target), self.tls.clone(), options, &self.registry) {
                Err(PoolError::Duplicate { .. }) => name = format!("{} ({number})", self.name),
                made => return made.map_err(|error| internal(error.to_string())),
            }
        }
        Err(internal(format!("{} is open too many times", self.name)))
    }
}

fn internal(reason: String) -> Problem {
    Problem {
        code: ProblemCode::Internal,
        message: format!("The console's own connection pool failed: {reason}."),
        remedy: Some("The console tries again; if this stays, restart it.".to_owned()),
    }
}

/// A session in use. Whoever leaves without a word (a deadline passed, or the poll was dropped) leaves a query running on the
/// server: it is cancelled there and the connection closed.
pub(super) struct Session {
    connection: Option<PooledConnection>,
}

impl Session {
    /// None only after the end.
    pub(super) fn client(&self) -> Option<&Client> {
        self.connection.as_deref()
    }

    /// Gives it back for the next poll.
    pub(super) fn keep(mut self) {
        self.connection.take();
    }

    /// Closes it after the server refused something: nothing runs any more.
    pub(super) fn discard(mut self) {
        if let Some(connection) = self.connection.take() {
            connection.discard();
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        let canceller = connection.canceller();
        connection.discard();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                let cancelled = tokio::time::timeout(CANCEL_TIMEOUT, canceller.cancel()).await;
                tracing::debug!(
                    done = matches!(cancelled, Ok(Ok(()))),
                    "cancelled a query that took too long"
                );
            });
        }
    }
}
