//! A source is opened once for all tasks of one configuration: they share its few connections.

use std::sync::Arc;

use domain::{Problem, SourceConfig, SourceId, SourceKind};
use parking_lot::Mutex;
use sources::Opened;
use sources::postgres::PostgresSource;
use sources::redis::RedisSource;

use crate::{Engine, EngineError};

#[derive(Default)]
pub(crate) struct Opening(Mutex<Option<Result<Opened, Problem>>>);

impl Engine {
    /// Who comes first opens it, and reads its password; the others get the same, or the same problem. May take seconds.
    pub(crate) fn opened(&self, config: &SourceConfig, opening: &Opening) -> Result<Opened, Problem> {
        let mut opened = opening.0.lock();
        opened.get_or_insert_with(|| self.open_source(config).map_err(EngineError::into_problem)).clone()
    }

    /// The same of a PostgreSQL.
    ///
    /// # Errors
    /// `invalid_source` where it cannot be opened, `not_a_database`.
    pub(crate) fn opened_database(
        &self,
        config: &SourceConfig,
        opening: &Opening,
    ) -> Result<Arc<PostgresSource>, EngineError> {
        let opened = self.opened(config, opening).map_err(EngineError::InvalidSource)?;
        opened
            .postgres()
            .ok_or_else(|| EngineError::NotADatabase { name: config.name.clone(), kind: config.kind.title() })
    }

    /// The same of a Redis.
    ///
    /// # Errors
    /// `invalid_source` where it cannot be opened, `not_a_redis`.
    pub(crate) fn opened_redis_now(
        &self,
        config: &SourceConfig,
        opening: &Opening,
    ) -> Result<Arc<RedisSource>, EngineError> {
        let opened = self.opened(config, opening).map_err(EngineError::InvalidSource)?;
        opened
            .redis()
            .ok_or_else(|| EngineError::NotARedis { name: config.name.clone(), kind: config.kind.title() })
    }

    /// A source as it is watched now.
    pub(crate) fn watched(&self, source: &SourceId) -> Result<(SourceConfig, Arc<Opening>), EngineError> {
        let sources = self.inner.sources.read();
        let watched = sources.get(source).ok_or_else(|| EngineError::SourceNotFound(source.clone()))?;
        Ok((watched.status.config.clone(), Arc::clone(&watched.opening)))
    }

    /// A database of its own sessions, apart from those that are shared. Reads its password.
    pub(crate) fn own_database(&self, config: &SourceConfig) -> Result<PostgresSource, EngineError> {
        let password = self.password_of(config)?;
        PostgresSource::new(config, password, &self.inner.context).map_err(EngineError::InvalidSource)
    }

    /// A task beside the poller of a PostgreSQL, until it ends by itself; other sources have none.
    pub(crate) fn beside_poller<T, F>(
        &self,
        config: SourceConfig,
        opening: &Arc<Opening>,
        open: fn(&Engine, SourceConfig, &Opening) -> Result<T, EngineError>,
        run: impl FnOnce(T) -> F + Send + 'static,
    ) where
        T: Send + 'static,
        F: Future<Output = ()> + Send,
    {
        if config.kind != SourceKind::Postgres {
            return;
        }
        let (engine, opening) = (self.clone(), Arc::clone(opening));
        self.inner.tasks.spawn(async move {
            let id = config.id.clone();
            match engine.blocking(move |engine| open(engine, config, &opening)).await {
                Ok(task) => run(task).await,
                // The poller meets the same and tells.
                Err(error) => tracing::debug!(source = %id, %error, "it is not looked at"),
            }
        });
    }

    fn open_source(&self, config: &SourceConfig) -> Result<Opened, EngineError> {
        let password = self.password_of(config)?;
        sources::open(config, password, &self.inner.context).map_err(EngineError::InvalidSource)
    }
}
