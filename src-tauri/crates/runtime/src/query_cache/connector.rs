//! How the caller reaches Redis: one server, what Sentinel names, or a cluster.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use redis::RedisResult;
use redis::aio::{ConnectionLike, MultiplexedConnection};

/// A connection that many can use at once, such as those of the `redis` crate that are multiplexed.
pub trait Connection: ConnectionLike + Clone + Send + Sync + 'static {}

impl<C: ConnectionLike + Clone + Send + Sync + 'static> Connection for C {}

pub(super) type Opening<T> = Arc<dyn Fn() -> BoxFuture<'static, RedisResult<T>> + Send + Sync>;

/// How to reach Redis. Called again after every error that a new connection may mend, so a function that asks
/// Sentinel finds the new master.
pub struct Connector<C> {
    pub(super) connect: Opening<C>,
    pub(super) primaries: Option<Opening<Vec<MultiplexedConnection>>>,
}

impl<C: Connection> Connector<C> {
    /// The connection for all look-ups, stores and invalidations. For a cluster it must be one that finds the
    /// node of a key by itself.
    pub fn new<F, Fut>(connect: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = RedisResult<C>> + Send + 'static,
    {
        Self { connect: Arc::new(move || connect().boxed()), primaries: None }
    }

    /// A connection to each primary of a cluster: only single nodes can be scanned, which invalidating
    /// everything needs.
    #[must_use]
    pub fn with_primaries<F, Fut>(mut self, primaries: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = RedisResult<Vec<MultiplexedConnection>>> + Send + 'static,
    {
        self.primaries = Some(Arc::new(move || primaries().boxed()));
        self
    }
}

impl<C> fmt::Debug for Connector<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").field("cluster", &self.primaries.is_some()).finish_non_exhaustive()
    }
}
