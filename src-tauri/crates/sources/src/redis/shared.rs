//! A Redis as the place of a query cache that several consoles share.

use std::sync::Arc;

use domain::Problem;
use redis::{ErrorKind, RedisError, RedisResult};
use runtime::query_cache::Connector;

use super::{RedisLink, RedisSource};

impl RedisSource {
    /// Connects as this source is reached, anew after each error that a new connection may mend.
    pub fn connector(self: &Arc<Self>) -> Connector<RedisLink> {
        let (link, primaries) = (Arc::clone(self), Arc::clone(self));
        let connector = Connector::new(move || {
            let source = Arc::clone(&link);
            async move { told(source.connect().await) }
        });
        connector.with_primaries(move || {
            let source = Arc::clone(&primaries);
            async move {
                let primaries = told(source.primaries().await)?;
                Ok(primaries.into_iter().map(|primary| primary.connection).collect())
            }
        })
    }
}

fn told<T>(result: Result<T, Problem>) -> RedisResult<T> {
    result.map_err(|problem| RedisError::from((ErrorKind::Io, "cannot connect", problem.message)))
}
