//! The database that advice asks: a server, a catalog that was saved, or none.

use std::path::Path;
use std::sync::Arc;

use domain::{Catalog, Connection, Problem, SourceConfig, SourceId, SourceKind, SourceState, Timestamp};
use parking_lot::Mutex;
use sources::SourceContext;
use sources::postgres::PostgresSource;

use super::catalog_file::load_catalog;
use super::replicas::{self, Candidate};
use crate::team_cache::SharedReads;
use crate::{Engine, EngineError};

pub enum AdviceDatabase {
    Server(Box<AskedServer>),
    /// As it was when it was saved; nobody is asked.
    Saved(Box<Catalog>),
    /// The statements alone.
    None,
}

/// A server that can be asked.
pub struct AskedServer {
    pub(crate) source: Arc<PostgresSource>,
    /// Of this console; absent for an address of the command line.
    pub(crate) id: Option<SourceId>,
    /// Servers that may be copies of it; asked once.
    others: Mutex<Vec<Candidate>>,
    /// Where the team's consoles share what they read.
    shared: Option<SharedReads>,
}

impl AskedServer {
    /// The database as it is now, with the scans of its server's copies.
    pub(super) async fn catalog(&self, now: Timestamp) -> Result<Catalog, Problem> {
        let mut catalog = match (&self.shared, &self.id) {
            (Some(shared), Some(id)) => shared.catalog(id, &self.source, false).await?,
            _ => self.source.catalog(now).await?,
        };
        let others = std::mem::take(&mut *self.others.lock());
        replicas::ask(&self.source, others, &mut catalog).await;
        Ok(catalog)
    }
}

impl AdviceDatabase {
    /// A server by its address; nothing is contacted yet.
    ///
    /// # Errors
    /// `invalid_source` where the address cannot be used.
    pub fn at(connection: Connection, password: Option<String>) -> Result<AdviceDatabase, EngineError> {
        let source = Arc::new(opened(connection, password)?);
        let server = AskedServer { source, id: None, others: Mutex::default(), shared: None };
        Ok(AdviceDatabase::Server(Box::new(server)))
    }

    /// Another server of the same system, by its address: what it scans counts too. Nothing is contacted yet, and nothing
    /// changes where no server is asked.
    ///
    /// # Errors
    /// `invalid_source` where the address cannot be used.
    pub fn with_replica(
        self,
        place: &str,
        connection: Connection,
        password: Option<String>,
    ) -> Result<AdviceDatabase, EngineError> {
        if let AdviceDatabase::Server(server) = &self {
            let source = opened(connection, password)?;
            server.others.lock().push(Candidate { source, named: Some(place.to_owned()) });
        }
        Ok(self)
    }

    /// What was written by [`super::save_catalog`].
    ///
    /// # Errors
    /// See [`load_catalog`].
    pub fn saved(path: &Path) -> Result<AdviceDatabase, EngineError> {
        Ok(AdviceDatabase::Saved(Box::new(load_catalog(path)?)))
    }

    /// The database as it is now, or was when it was saved; none without one.
    ///
    /// # Errors
    /// `database` where the server does not answer.
    pub async fn catalog(&self, now: Timestamp) -> Result<Option<Catalog>, EngineError> {
        match self {
            AdviceDatabase::Server(server) => {
                server.catalog(now).await.map(Some).map_err(EngineError::Database)
            }
            AdviceDatabase::Saved(catalog) => Ok(Some(Catalog::clone(catalog))),
            AdviceDatabase::None => Ok(None),
        }
    }

    pub(crate) fn server(&self) -> Option<&AskedServer> {
        match self {
            AdviceDatabase::Server(server) => Some(server),
            AdviceDatabase::Saved(_) | AdviceDatabase::None => None,
        }
    }
}

/// Those that are known not to answer only take time.
fn may_answer(state: &SourceState) -> bool {
    matches!(state, SourceState::Connecting | SourceState::Ok | SourceState::Degraded { .. })
}

/// A server that is no source of this console.
fn opened(connection: Connection, password: Option<String>) -> Result<PostgresSource, EngineError> {
    let config = SourceConfig::unsaved("database", SourceKind::Postgres, connection);
    let context = SourceContext::new(runtime::metrics::Registry::new());
    PostgresSource::new(&config, password, &context).map_err(EngineError::InvalidSource)
}

impl Engine {
    /// A source of this console as the database to ask. Reads its password.
    ///
    /// # Errors
    /// `source_not_found`, `not_a_database`, and what reading a password may fail with.
    pub async fn advice_database(&self, id: SourceId) -> Result<AdviceDatabase, EngineError> {
        self.blocking(move |engine| engine.advice_database_now(&id)).await
    }

    /// The same, with the other sources that may be copies of its server: what they scan counts too. Reads their passwords.
    ///
    /// # Errors
    /// As [`Engine::advice_database`].
    pub async fn advice_database_with_copies(&self, id: SourceId) -> Result<AdviceDatabase, EngineError> {
        self.blocking(move |engine| engine.advice_database_with_copies_now(&id)).await
    }

    fn advice_database_now(&self, id: &SourceId) -> Result<AdviceDatabase, EngineError> {
        let config = self.postgres_config(id)?;
        let source = Arc::new(self.own_database(&config)?);
        let shared = self.shared_reads()?;
        let server = AskedServer { source, id: Some(config.id), others: Mutex::default(), shared };
        Ok(AdviceDatabase::Server(Box::new(server)))
    }

    pub(super) fn advice_database_with_copies_now(
        &self,
        id: &SourceId,
    ) -> Result<AdviceDatabase, EngineError> {
        let database = self.advice_database_now(id)?;
        if let Some(server) = database.server() {
            *server.others.lock() = self.possible_copies(id);
        }
        Ok(database)
    }

    /// The other PostgreSQL sources that are watched. One that cannot be opened is a replica that is not asked.
    fn possible_copies(&self, id: &SourceId) -> Vec<Candidate> {
        let others = self.sources().into_iter().filter(|status| {
            let config = &status.config;
            config.kind == SourceKind::Postgres && config.id != *id && may_answer(&status.state)
        });
        let opened = others.filter_map(|status| self.own_database(&status.config).ok());
        opened.map(|source| Candidate { source, named: None }).collect()
    }

    pub(crate) fn postgres_config(&self, id: &SourceId) -> Result<SourceConfig, EngineError> {
        let config = self.source(id)?.config;
        match config.kind {
            SourceKind::Postgres => Ok(config),
            kind => Err(EngineError::NotADatabase { name: config.name, kind: kind.title() }),
        }
    }
}
