//! Equal reads in flight share one answer, each kind of value among its own.

use std::any::{Any, TypeId};
use std::future::Future;
use std::sync::Arc;

use super::QueryKey;
use super::meters::Origin;
use crate::coalesce::{CoalesceError, Coalescer};
use crate::metrics::{MetricsError, Registry};

const WHAT: &str = "query_cache";

/// What makes two reads equal. An invalidation changes the generation: whoever asks after it shares nothing with
/// those who asked before.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct FlightKey {
    pub(super) type_name: Arc<str>,
    pub(super) key: QueryKey,
    pub(super) generation: u64,
    pub(super) purpose: Purpose,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Purpose {
    /// May be answered by what is cached.
    Read,
    /// Must ask the source.
    Refresh,
}

/// The outcome of a read for all who share it.
#[derive(Debug, Clone)]
pub(super) struct Answer<T, E> {
    pub(super) outcome: Result<T, E>,
    pub(super) origin: Origin,
}

/// The Rust type is part of the key, so that callers who read the same key as different types never meet.
#[derive(Clone)]
pub(super) struct Flights(Coalescer<(FlightKey, TypeId), Arc<dyn Any + Send + Sync>>);

impl Flights {
    pub(super) fn new(registry: &Registry) -> Result<Self, MetricsError> {
        Coalescer::new(registry, WHAT).map(Self)
    }

    pub(super) async fn share<T, E, F, Fut>(
        &self,
        key: FlightKey,
        work: F,
    ) -> Result<Answer<T, E>, CoalesceError>
    where
        T: Clone + Send + Sync + 'static,
        E: Clone + Send + Sync + 'static,
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = Answer<T, E>> + Send + 'static,
    {
        let key = (key, TypeId::of::<Answer<T, E>>());
        let shared = self.0.run(key, move || async move {
            let answer: Arc<dyn Any + Send + Sync> = Arc::new(work().await);
            answer
        });
        match shared.await?.downcast_ref::<Answer<T, E>>() {
            Some(answer) => Ok(answer.clone()),
            // The key names the type, so this is never reached.
            None => Err(CoalesceError::Abandoned { what: WHAT.into() }),
        }
    }
}
