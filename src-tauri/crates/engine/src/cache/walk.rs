//! Walks over the keys of a Redis: begun by hand, told while they run, kept when they end.

use domain::{Keyspace, SourceId};

use crate::{Engine, EngineError};

impl Engine {
    /// The walk that runs, or the last.
    pub(super) fn keyspace(&self, source: &SourceId) -> Result<Option<Keyspace>, EngineError> {
        Ok(self.inner.cache_store.keyspace(source)?)
    }
}
