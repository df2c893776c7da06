//! PgBouncer: the admin console's SHOW commands by the simple query protocol, the only one that it speaks.

mod facts;
mod problem;
mod samples;
mod table;

use std::time::{Duration, Instant};

use async_trait::async_trait;
use domain::{Degradation, Facts, PollResult, Problem, Reading, SourceConfig, SourceId, Timestamp};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio_postgres::Client;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::postgres::{Defaults, Peer, Surroundings, Target, config};
use crate::tls::connector;
use crate::{Source, SourceContext};
use facts::Answers;
use table::Table;

const DEFAULTS: Defaults = Defaults { port: 6432, database: Some("pgbouncer") };
/// For a whole poll: connecting, if need be, and six short answers.
const DEADLINE: Duration = Duration::from_secs(8);

/// One PgBouncer. It keeps a single connection: the console serves its clients one after the other anyway.
pub struct PgbouncerSource {
    id: SourceId,
    target: Target,
    tls: MakeRustlsConnect,
    session: Mutex<Option<Session>>,
}

struct Session {
    client: Client,
    driver: JoinHandle<()>,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl PgbouncerSource {
    /// Works out where to connect, without connecting. The database is always the console, `pgbouncer`.
    ///
    /// # Errors
    /// A [`Problem`] where the address or the root certificate cannot be used.
    pub fn new(
        config: &SourceConfig,
        password: Option<String>,
        _context: &SourceContext,
    ) -> Result<PgbouncerSource, Problem> {
        let around = Surroundings::of_this_machine();
        let target = Target::resolve(&config.connection, password, DEFAULTS, &around)?;
        let tls = connector(target.tls, target.root_certificate.as_deref())?;
        Ok(PgbouncerSource { id: config.id.clone(), target, tls, session: Mutex::new(None) })
    }

    fn peer(&self) -> Peer<'_> {
        Peer { product: problem::PRODUCT, target: &self.target }
    }

    fn problem(&self, error: &tokio_postgres::Error) -> Problem {
        problem::problem(&self.target, error)
    }

    async fn connect(&self) -> Result<Session, Problem> {
        let connected = config(&self.target).connect(self.tls.clone()).await;
        let (client, connection) = connected.map_err(|error| self.problem(&error))?;
        let driver = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "the connection to PgBouncer ended");
            }
        });
        Ok(Session { client, driver })
    }

    async fn show(&self, session: &Session, what: &str) -> Result<Table, Problem> {
        let answer = session.client.simple_query(what).await.map_err(|error| self.problem(&error))?;
        Ok(Table::new(answer))
    }

    /// "PgBouncer 1.18.0". Versions before 1.12 tell it in a notice, which is not worth listening for.
    async fn version(&self, session: &Session) -> Result<String, Problem> {
        match session.client.simple_query("SHOW VERSION").await {
            Ok(answer) => {
                let table = Table::new(answer);
                let text = table.rows().next().and_then(|row| row.text("version").map(str::to_owned));
                Ok(text.unwrap_or_else(|| problem::PRODUCT.to_owned()))
            }
            // PostgreSQL takes VERSION for a setting that it does not have.
            Err(error) if error.code() == Some(&tokio_postgres::error::SqlState::UNDEFINED_OBJECT) => {
                Err(problem::not_pgbouncer(&self.target))
            }
            Err(error) => Err(self.problem(&error)),
        }
    }

    async fn read(&self, session: &Session, begun: Instant) -> PollResult {
        let version = self.version(session).await?;
        let mut degraded = Vec::new();
        let pools = self.show(session, "SHOW POOLS").await?;
        let databases = self.show(session, "SHOW DATABASES").await?;
        let stats = self.show(session, "SHOW STATS").await?;
        let lists = self.show(session, "SHOW LISTS").await?;
        let config = match session.client.simple_query("SHOW CONFIG").await {
            Ok(answer) => Some(Table::new(answer)),
            Err(error) if error.as_db_error().is_some() => {
                degraded.push(config_hidden(&self.target));
                None
            }
            Err(error) => return Err(self.problem(&error)),
        };
        let answers = Answers { pools, databases, stats, lists, config };
        let facts = facts::facts(&answers).map_err(|missing| self.peer().unexpected(&missing.to_string()))?;
        let poll_ms = begun.elapsed().as_secs_f64() * 1000.0;
        Ok(Reading {
            samples: samples::samples(&self.id, &facts, poll_ms),
            found: vec![
                format!("Pools: {}", facts.pools.len()),
                format!("Encryption: {}", self.target.encryption()),
            ],
            facts: Facts::Pgbouncer(facts),
            version: Some(version),
            degraded,
        })
    }
}

fn config_hidden(target: &Target) -> Degradation {
    Degradation {
        code: "missing_privilege".to_owned(),
        message: "SHOW CONFIG is not allowed, so the limits of clients and waiting are unknown.".to_owned(),
        remedy: Some(format!("stats_users = {}", target.user)),
    }
}

#[async_trait]
impl Source for PgbouncerSource {
    async fn poll(&self, _now: Timestamp) -> PollResult {
        let begun = Instant::now();
        let mut kept = self.session.lock().await;
        // Taken out for the time of the poll: whoever leaves early, by an error or by being dropped, leaves no session.
        let session = kept.take().filter(|session| !session.client.is_closed());
        let work = async {
            let session = match session {
                Some(session) => session,
                None => self.connect().await?,
            };
            let reading = self.read(&session, begun).await?;
            Ok((session, reading))
        };
        let (session, reading) = match tokio::time::timeout(DEADLINE, work).await {
            Ok(done) => done?,
            Err(_) => return Err(self.peer().timeout(DEADLINE)),
        };
        *kept = Some(session);
        Ok(reading)
    }

    async fn close(&self) {
        self.session.lock().await.take();
    }
}
