//! A source is opened once for all tasks of one configuration: they share its few connections.

use std::sync::Arc;

use domain::{Problem, SourceConfig};
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

    fn open_source(&self, config: &SourceConfig) -> Result<Opened, EngineError> {
        let password = self.password_of(config)?;
        sources::open(config, password, &self.inner.context).map_err(EngineError::InvalidSource)
    }
}
