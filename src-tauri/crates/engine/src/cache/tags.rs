//! Removes what carries a tag from a Redis, where the source allows it and the person has typed which.

use std::sync::Arc;

use domain::{SourceConfig, SourceId, TagInvalidated, TagPreview};
use sources::redis::RedisSource;

use crate::{Engine, EngineError};

impl Engine {
    /// What would be removed; changes nothing.
    ///
    /// # Errors
    /// `source_not_found`, `not_a_redis`; `redis` where it does not answer or the tag is no name.
    pub async fn preview_tag(&self, source: SourceId, tag: String) -> Result<TagPreview, EngineError> {
        let (_, redis) = self.opened_redis(source).await?;
        redis.preview_tag(&tag).await.map_err(EngineError::Redis)
    }

    /// Removes cached results with `tag`, and the tag.
    ///
    /// # Errors
    /// `cache_writes_not_allowed`; `tag_differs` where something else was typed; otherwise as [`Engine::preview_tag`].
    pub async fn invalidate_tag(
        &self,
        source: SourceId,
        tag: String,
        typed: String,
    ) -> Result<TagInvalidated, EngineError> {
        let (config, redis) = self.opened_redis(source).await?;
        if !config.allow_cache_writes {
            return Err(EngineError::CacheWritesNotAllowed { name: config.name });
        }
        if typed != tag {
            return Err(EngineError::TagDiffers { tag });
        }
        let outcome = redis.invalidate_tag(&tag).await;
        tracing::info!(source = %config.name, tag, ?outcome, "invalidated a tag");
        outcome.map_err(EngineError::Redis)
    }

    /// The one that is polled.
    pub(super) async fn opened_redis(
        &self,
        source: SourceId,
    ) -> Result<(SourceConfig, Arc<RedisSource>), EngineError> {
        self.blocking(move |engine| {
            let (config, opening) = engine.watched(&source)?;
            let redis = engine.opened_redis_now(&config, &opening)?;
            Ok((config, redis))
        })
        .await
    }
}
