//! The database that advice asks: a server, a catalog that was saved, or none.

use std::path::Path;

use domain::{Catalog, Connection, SourceConfig, SourceId, SourceKind, Timestamp};
use sources::SourceContext;
use sources::postgres::PostgresSource;

use super::catalog_file::load_catalog;
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
    pub(super) source: PostgresSource,
    /// Of this console; absent for an address of the command line.
    pub(super) id: Option<SourceId>,
}

impl AdviceDatabase {
    /// A server by its address; nothing is contacted yet.
    ///
    /// # Errors
    /// `invalid_source` where the address cannot be used.
    pub fn at(connection: Connection, password: Option<String>) -> Result<AdviceDatabase, EngineError> {
        let config = SourceConfig {
            id: SourceId::new("database"),
            name: "database".to_owned(),
            kind: SourceKind::Postgres,
            connection,
            interval_ms: SourceConfig::DEFAULT_INTERVAL_MS,
            enabled: true,
            upstream: None,
            application_name: None,
            pool_max: None,
            allow_index_builds: false,
            allow_signals: false,
            secret: None,
        };
        let context = SourceContext::new(runtime::metrics::Registry::new());
        let source = PostgresSource::new(&config, password, &context).map_err(EngineError::InvalidSource)?;
        Ok(AdviceDatabase::Server(Box::new(AskedServer { source, id: None })))
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
                server.source.catalog(now).await.map(Some).map_err(EngineError::Database)
            }
            AdviceDatabase::Saved(catalog) => Ok(Some(Catalog::clone(catalog))),
            AdviceDatabase::None => Ok(None),
        }
    }

    pub(super) fn server(&self) -> Option<&AskedServer> {
        match self {
            AdviceDatabase::Server(server) => Some(server),
            AdviceDatabase::Saved(_) | AdviceDatabase::None => None,
        }
    }
}

impl Engine {
    /// A source of this console as the database to ask. Reads its password.
    ///
    /// # Errors
    /// `source_not_found`, `not_a_database`, and what reading a password may fail with.
    pub async fn advice_database(&self, id: SourceId) -> Result<AdviceDatabase, EngineError> {
        self.blocking(move |engine| engine.advice_database_now(&id)).await
    }

    pub(super) fn advice_database_now(&self, id: &SourceId) -> Result<AdviceDatabase, EngineError> {
        let config = self.postgres_config(id)?;
        let password = self.password_of(&config)?;
        let source = PostgresSource::new(&config, password, &self.inner.context)
            .map_err(EngineError::InvalidSource)?;
        Ok(AdviceDatabase::Server(Box::new(AskedServer { source, id: Some(config.id) })))
    }

    pub(crate) fn postgres_config(&self, id: &SourceId) -> Result<SourceConfig, EngineError> {
        let config = self.source(id)?.config;
        match config.kind {
            SourceKind::Postgres => Ok(config),
            kind => Err(EngineError::NotADatabase { name: config.name, kind: kind.title() }),
        }
    }
}
