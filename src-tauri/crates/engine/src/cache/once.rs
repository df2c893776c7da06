//! A single look at a Redis by its address, for the command line; nothing is kept.

use domain::{
    CacheCheck, Connection, Degradation, Facts, Keyspace, KeyspaceOptions, Redis, SourceConfig, SourceKind,
    Timestamp,
};
use serde::Serialize;
use sources::redis::RedisSource;
use sources::{Source, SourceContext};
use tokio_util::sync::CancellationToken;

use super::figures::look;
use super::walk::walk_over;
use crate::EngineError;

/// What was seen. Counts are those since the server started.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CacheLook {
    pub version: Option<String>,
    pub redis: Redis,
    pub checks: Vec<CacheCheck>,
    /// What could not be looked at, with what mends that.
    pub lacks: Vec<Degradation>,
    pub keyspace: Option<Keyspace>,
}

/// Polls once, and walks over the keys where that is wanted; `told` hears of its progress.
///
/// # Errors
/// `invalid_source` where the address cannot be used, `redis` where it does not answer.
pub async fn look_once(
    connection: Connection,
    password: Option<String>,
    options: Option<KeyspaceOptions>,
    now: Timestamp,
    told: impl FnMut(Keyspace) + Send,
) -> Result<CacheLook, EngineError> {
    let context = SourceContext::new(runtime::metrics::Registry::new());
    let config = SourceConfig::unsaved("redis", SourceKind::Redis, connection);
    let source = RedisSource::new(&config, password, &context).map_err(EngineError::InvalidSource)?;
    let reading = source.poll(now).await.map_err(EngineError::Redis)?;
    let redis = match reading.facts {
        Facts::Redis(redis) => *redis,
        _ => Redis::default(),
    };
    let keyspace = match options {
        None => None,
        Some(options) => {
            let cancel = CancellationToken::new();
            Some(walk_over(&source, config.id, options, &cancel, now, told).await.0)
        }
    };
    source.close().await;
    let checks = look(&redis, keyspace.as_ref());
    Ok(CacheLook { version: reading.version, redis, checks, lacks: reading.degraded, keyspace })
}
