//! After each answer of a Redis: its slow commands are kept, and it is judged.

use domain::{Redis, SourceConfig, SourceId, Timestamp};

use crate::{Engine, EngineError};

impl Engine {
    /// Writes to the disk, off the task that polls.
    pub(crate) fn redis_answered(&self, id: &SourceId, redis: &Redis, at: Timestamp) {
        let Ok(status) = self.source(id) else { return };
        self.inner.caches.with(id, |server| server.slow_missed += redis.slow_missed);
        let (config, redis) = (status.config, redis.clone());
        let engine = self.clone();
        self.inner.tasks.spawn(async move {
            let id = config.id.clone();
            let kept = engine.blocking(move |engine| engine.redis_answered_now(&config, &redis, at)).await;
            if let Err(error) = kept {
                tracing::warn!(source = %id, %error, "what a Redis told could not be kept");
            }
        });
    }

    fn redis_answered_now(
        &self,
        config: &SourceConfig,
        redis: &Redis,
        at: Timestamp,
    ) -> Result<(), EngineError> {
        self.judge_cache(config, redis, at)?;
        if !redis.slow.is_empty() {
            self.inner.cache_store.keep_slow(&config.id, &redis.slow)?;
        }
        Ok(())
    }
}
