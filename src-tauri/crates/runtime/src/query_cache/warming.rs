//! Keeping results warm: fetched before anybody asks, and again before they end.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::connector::Connection;
use super::{CacheFault, CacheType, CacheTypeError, QueryCache, QueryKey};
use crate::retry::jittered;

/// How results are kept warm.
#[derive(Debug, Clone, Copy)]
pub struct WarmingOptions {
    /// Sources asked at the same time; 0 counts as 1.
    pub concurrency: usize,
    /// The share of a result's life after which it is fetched again (0-1). Up to a tenth of its life earlier,
    /// at random, so that results that began together do not end together.
    pub refresh_at: f64,
}

impl Default for WarmingOptions {
    fn default() -> Self {
        Self { concurrency: 4, refresh_at: 0.8 }
    }
}

/// One result to be kept warm, and how to fetch it.
pub struct WarmEntry<C> {
    kind: CacheType,
    key: QueryKey,
    refresh: Refresh<C>,
}

/// Answers whether the result was fetched and stored.
type Refresh<C> = Box<dyn Fn(QueryCache<C>) -> BoxFuture<'static, bool> + Send + Sync>;

impl<C> fmt::Debug for WarmEntry<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WarmEntry")
            .field("type", &self.kind.name)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl<C: Connection> QueryCache<C> {
    /// An entry for [`keep_warm`](Self::keep_warm): what `with_cache(type_name, params, …)` reads.
    ///
    /// # Errors
    /// [`CacheTypeError::Unknown`] when nobody registered `type_name`.
    pub fn warm_entry<T, E, F, Fut>(
        &self,
        type_name: &str,
        params: &[Value],
        fetch: F,
    ) -> Result<WarmEntry<C>, CacheTypeError>
    where
        T: Serialize + Clone + Send + Sync + 'static,
        E: fmt::Display + Clone + Send + Sync + 'static,
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
    {
        self.warm_entry_for(type_name, type_name, params, fetch)
    }

    /// As [`warm_entry`](Self::warm_entry), for what `with_cache_for` reads under a statement's text.
    ///
    /// # Errors
    /// As [`warm_entry`](Self::warm_entry).
    pub fn warm_entry_for<T, E, F, Fut>(
        &self,
        type_name: &str,
        text: &str,
        params: &[Value],
        fetch: F,
    ) -> Result<WarmEntry<C>, CacheTypeError>
    where
        T: Serialize + Clone + Send + Sync + 'static,
        E: fmt::Display + Clone + Send + Sync + 'static,
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
    {
        let kind = self.inner.types.get(type_name)?;
        let key = QueryKey::new(text, params);
        let fetch = Arc::new(fetch);
        let wanted = (kind.clone(), key.clone());
        let refresh: Refresh<C> = Box::new(move |cache| {
            let ((kind, key), fetch) = (wanted.clone(), fetch.clone());
            async move {
                let type_name = kind.name.clone();
                let outcome = cache.refresh(kind, key, move || fetch()).await;
                outcome.unwrap_or_else(|error| {
                    tracing::warn!(%type_name, "a cached result could not be fetched ahead: {error}");
                    false
                })
            }
            .boxed()
        });
        Ok(WarmEntry { kind, key, refresh })
    }

    /// Fetches `entries` that are not cached, and each again before it ends, until `stop` is cancelled.
    ///
    /// What another process refreshed is not fetched. A fetch that fails leaves the old result, is counted, and is
    /// made again after a growing pause. While Redis does not answer or the cache is off, no source is asked.
    pub async fn keep_warm(
        &self,
        entries: Vec<WarmEntry<C>>,
        options: WarmingOptions,
        stop: CancellationToken,
    ) {
        let permits = Semaphore::new(options.concurrency.max(1));
        let all = join_all(entries.iter().map(|entry| self.keep_one_warm(entry, options, &permits)));
        tokio::select! {
            _ = stop.cancelled() => {}
            _ = all => {}
        }
    }

    async fn keep_one_warm(&self, entry: &WarmEntry<C>, options: WarmingOptions, permits: &Semaphore) {
        let ttl = entry.kind.ttl;
        let (mut failures, mut random) = (0, fastrand::f64());
        loop {
            let mut wait = match self.time_left(&entry.key).await {
                Ok(left) => until_refresh(ttl, left, options.refresh_at, random),
                Err(_) => pause(ttl, 0, random),
            };
            if wait.is_zero() {
                let Ok(permit) = permits.acquire().await else { return };
                let refreshed = (entry.refresh)(self.clone()).await;
                drop(permit);
                self.inner.shelf.meters.refresh(refreshed);
                failures = if refreshed { 0 } else { failures + 1 };
                random = fastrand::f64();
                wait = pause(ttl, failures, random);
            }
            tokio::time::sleep(wait).await;
        }
    }

    async fn time_left(&self, key: &QueryKey) -> Result<Option<Duration>, CacheFault> {
        if self.is_enabled() { self.inner.shelf.time_left(key).await } else { Err(CacheFault::Paused) }
    }
}

/// How long to leave a result alone of which `left` is left, none when there is none. Never so long that an
/// invalidated one stays away for more than ten seconds.
fn until_refresh(ttl: Duration, left: Option<Duration>, refresh_at: f64, random: f64) -> Duration {
    let Some(left) = left else { return Duration::ZERO };
    let kept = 1.0 - (refresh_at - 0.1 * random).clamp(0.0, 1.0);
    left.saturating_sub(ttl.mul_f64(kept)).min(ttl / 10).min(Duration::from_secs(10))
}

/// How long to wait after a fetch, longer after each failure in a row.
fn pause(ttl: Duration, failures: u32, random: f64) -> Duration {
    let base = (ttl / 20).clamp(Duration::from_millis(20), Duration::from_secs(30));
    let doubled = base.saturating_mul(1_u32.checked_shl(failures).unwrap_or(u32::MAX));
    jittered(doubled.min(base.max(ttl / 5)), random)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_result_is_fetched_again_before_it_ends() {
        // Life, time left, random part; time to wait.
        let cases = [
            (100, None, 0.0, 0),
            (100, Some(100), 0.0, 10),
            (100, Some(25), 0.0, 5),
            (100, Some(20), 0.0, 0),
            (100, Some(25), 0.5, 0),
            (100, Some(28), 0.5, 3),
            (100, Some(1), 1.0, 0),
            (3_600, Some(3_600), 0.0, 10),
            (3_600, Some(u64::MAX), 0.0, 10),
        ];
        for (ttl, left, random, expected) in cases {
            let wait = until_refresh(seconds(ttl), left.map(seconds), 0.8, random);
            let off = wait.abs_diff(seconds(expected));
            assert!(off < Duration::from_millis(1), "{ttl} {left:?} {random}: {wait:?}");
        }
    }

    #[test]
    fn pauses_grow_with_failures_and_end_within_the_life() {
        let lengths: Vec<u128> = (0..5).map(|n| pause(seconds(100), n, 0.0).as_millis()).collect();
        assert_eq!(lengths, [5_000, 10_000, 20_000, 20_000, 20_000]);
        assert_eq!(pause(Duration::from_millis(1), 40, 0.0), Duration::from_millis(20));
    }
}
