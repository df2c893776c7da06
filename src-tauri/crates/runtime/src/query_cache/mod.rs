//! Results of queries kept in Redis: shared between processes, tagged, and never in the way of the source.
//!
//! A result lies under `query:<16 hex>` as JSON, its key in the set `cache:tag:<tag>` of each tag, as an mPanel
//! instance keeps them; both can use one Redis. Such a set lives as long as its longest-living member. Names of
//! results that ended stay in it until the set ends or its tag is invalidated.
//!
//! **Invalidations and fetches in flight.** A fetch that began before an invalidation stores nothing that outlives
//! it, in this process and in every other that uses this module: each invalidation leaves a random mark under
//! `cache:mark:*` for ten minutes, and who stores compares the marks from before the fetch with those after the
//! store, and takes its result back when they differ. Between processes the outdated result can thus be seen for
//! the moment between store and comparison, and stays if the process ends in that moment. Invalidations by an
//! mPanel instance leave no mark: what was in flight here then stays until its end. An invalidation that Redis did
//! not take is an error to its caller and is made up for as soon as Redis answers; until then this process reads
//! past what it concerns, while others do not know of it.

mod breaker;
mod cache_type;
mod commands;
mod connector;
mod debts;
mod fault;
mod flights;
mod invalidation;
mod json;
mod key;
mod link;
mod meters;
mod options;
mod reading;
mod scope;
mod shelf;
mod storing;
mod warming;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::metrics::Registry;
use cache_type::Types;
use debts::Debts;
use flights::Flights;
use link::Link;
use meters::Meters;
use scope::{Generations, Scope};
use shelf::Shelf;

pub use cache_type::{CacheType, CacheTypeError};
pub use connector::{Connection, Connector};
pub use fault::{CacheFault, QueryCacheError, ReadError};
pub use key::QueryKey;
pub use meters::QueryCacheStats;
pub use options::QueryCacheOptions;
pub use shelf::CachedEntry;
pub use warming::{WarmEntry, WarmingOptions};

/// A cache of query results in Redis. Clones share everything.
///
/// Counted, per type and never per key: `query_cache_hits_total` and `query_cache_misses_total` {type},
/// `query_cache_latency_seconds`, `query_cache_errors_total` {reason}, `query_cache_bypassed_total`,
/// `query_cache_stores_total`, `query_cache_invalidated_keys_total`, `query_cache_refreshes_total` {outcome}.
pub struct QueryCache<C> {
    inner: Arc<Inner<C>>,
}

struct Inner<C> {
    shelf: Arc<Shelf<C>>,
    types: Types,
    flights: Flights,
}

impl<C> Clone for QueryCache<C> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<C> fmt::Debug for QueryCache<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueryCache").field("stats", &self.inner.shelf.meters.stats()).finish_non_exhaustive()
    }
}

impl<C: Connection> QueryCache<C> {
    /// A cache that connects when it is first used.
    ///
    /// # Errors
    /// [`QueryCacheError`] when the settings or a type cannot work, or a metric name is taken.
    pub fn new(
        connector: Connector<C>,
        mut options: QueryCacheOptions,
        registry: &Registry,
    ) -> Result<Self, QueryCacheError> {
        if let Some(fault) = options.fault() {
            return Err(QueryCacheError::Options { fault });
        }
        let types = std::mem::take(&mut options.types);
        let meters = Arc::new(Meters::new(registry)?);
        let shelf = Shelf {
            link: Link::new(connector, &options, meters.clone(), registry)?,
            meters,
            generations: Generations::default(),
            debts: Debts::default(),
            paying: Arc::default(),
            enabled: AtomicBool::new(options.enabled),
            options,
        };
        let flights = Flights::new(registry)?;
        let cache =
            Self { inner: Arc::new(Inner { shelf: Arc::new(shelf), types: Types::default(), flights }) };
        types.into_iter().try_for_each(|added| cache.register(added))?;
        Ok(cache)
    }

    /// Adds a type, in place of the one with its name.
    ///
    /// # Errors
    /// [`CacheTypeError`] when its name, its life or a tag cannot work.
    pub fn register(&self, added: CacheType) -> Result<(), CacheTypeError> {
        let name = added.name.clone();
        self.inner.types.register(added)?;
        self.inner.shelf.meters.show_type(&name);
        Ok(())
    }

    /// Switches the cache on or off. What is invalidated while it is off is made up for when it is on again.
    pub fn set_enabled(&self, enabled: bool) {
        self.inner.shelf.enabled.store(enabled, Ordering::Relaxed);
    }

    /// Whether results are cached.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.inner.shelf.is_enabled()
    }

    /// Removes one result; answers whether there was one (1) or not (0).
    ///
    /// # Errors
    /// [`CacheFault`] when Redis did not take it; it is made up for once Redis answers a look-up.
    pub async fn invalidate_key(&self, key: &QueryKey) -> Result<u64, CacheFault> {
        self.inner.shelf.invalidate(Scope::Key(key.clone())).await
    }

    /// Removes all results with `tag`, whoever stored them; answers how many there were.
    ///
    /// # Errors
    /// As [`invalidate_key`](Self::invalidate_key).
    pub async fn invalidate_tag(&self, tag: &str) -> Result<u64, CacheFault> {
        self.inner.shelf.invalidate(Scope::Tag(tag.into())).await
    }

    /// Removes all results with any of `tags`; answers how many there were. A tag that fails keeps none of the
    /// others from being tried.
    ///
    /// # Errors
    /// As [`invalidate_key`](Self::invalidate_key), with the first failure.
    pub async fn invalidate_tags(&self, tags: &[&str]) -> Result<u64, CacheFault> {
        let mut all = Ok(0);
        for tag in tags {
            let removed = self.invalidate_tag(tag).await;
            all = all.and_then(|sum| removed.map(|count| sum + count));
        }
        all
    }

    /// Removes every result and every set of a tag, in small steps, and nothing else.
    ///
    /// # Errors
    /// As [`invalidate_key`](Self::invalidate_key).
    pub async fn invalidate_all(&self) -> Result<u64, CacheFault> {
        self.inner.shelf.invalidate(Scope::All).await
    }

    /// Size and time left of one result; none when there is none.
    ///
    /// # Errors
    /// [`CacheFault`] when Redis does not answer or what lies there is no text.
    pub async fn inspect(&self, key: &QueryKey) -> Result<Option<CachedEntry>, CacheFault> {
        self.inner.shelf.inspect(key).await
    }

    /// Counts since the cache was made.
    #[must_use]
    pub fn stats(&self) -> QueryCacheStats {
        self.inner.shelf.meters.stats()
    }
}
