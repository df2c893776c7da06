//! The cache in the Redis that the settings name, made when it is first used and anew when that source changes.

use std::sync::Arc;
use std::time::Duration;

use runtime::query_cache::{CacheType, QueryCache, QueryCacheOptions};
use sources::redis::RedisLink;

use super::SharedReads;
use crate::opening::Opening;
use crate::{Engine, EngineError};

/// A catalog of ten thousand indexes has several megabytes.
const MAX_VALUE_BYTES: usize = 64 * 1024 * 1024;
/// Reading the database instead takes longer, and costs it more.
const LOOK_UP_TIMEOUT: Duration = Duration::from_secs(1);
const STORE_TIMEOUT: Duration = Duration::from_secs(5);
/// Carried by every entry of every console.
pub(super) const TAG: &str = "mpanel_console";

pub(super) struct Named {
    opening: Arc<Opening>,
    reads: SharedReads,
}

impl Engine {
    /// None where the settings name no Redis, or one that is not there or is switched off. May read a password.
    pub(crate) fn shared_reads(&self) -> Result<Option<SharedReads>, EngineError> {
        let Some(source) = self.inner.settings.read().team_cache.clone() else { return Ok(None) };
        let watched = self.watched(&source).ok().filter(|(config, _)| config.enabled);
        let Some((config, opening)) = watched else { return Ok(None) };
        let mut named = self.inner.team_cache.named.lock();
        if let Some(named) = &*named
            && Arc::ptr_eq(&named.opening, &opening)
        {
            return Ok(Some(named.reads.clone()));
        }
        let redis = self.opened_redis_now(&config, &opening)?;
        let cache = self.cache_in(redis.connector())?;
        *named = Some(Named { opening, reads: cache.clone() });
        Ok(Some(cache))
    }

    /// The same for a reading that goes on without it where it cannot be had.
    pub(crate) async fn shared_reads_soon(&self) -> Option<SharedReads> {
        self.inner.settings.read().team_cache.as_ref()?;
        self.blocking(|engine| engine.shared_reads()).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the team's cache cannot be used");
            None
        })
    }

    fn cache_in(
        &self,
        connector: runtime::query_cache::Connector<RedisLink>,
    ) -> Result<SharedReads, EngineError> {
        let ttl = self.inner.health_options.slow_every;
        let types = super::reads::TYPES.map(|(_, name)| CacheType::new(name, ttl, &[TAG]));
        let options = QueryCacheOptions {
            types: types.into(),
            look_up_timeout: LOOK_UP_TIMEOUT,
            store_timeout: STORE_TIMEOUT,
            max_value_bytes: MAX_VALUE_BYTES,
            ..QueryCacheOptions::default()
        };
        let cache = QueryCache::new(connector, options, self.registry())?;
        Ok(SharedReads {
            cache,
            uses: Arc::clone(&self.inner.team_cache.uses),
            clock: Arc::clone(&self.inner.clock),
        })
    }
}
