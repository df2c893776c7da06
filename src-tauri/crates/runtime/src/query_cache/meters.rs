//! What the cache saves and what it costs, for the registry and for callers.

use std::sync::atomic::{AtomicU64, Ordering};

use prometheus::{Histogram, IntCounter, IntCounterVec};

use super::CacheFault;
use crate::metrics::{MetricsError, Registry, member};

/// Upper bounds in seconds, 0.1 ms to 1 s.
const BUCKETS: [f64; 12] = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0];

/// Counts since the cache was made.
///
/// Every read that answers is one of `hits`, `misses` or `bypassed`, those that share a look-up included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueryCacheStats {
    /// Reads answered from Redis.
    pub hits: u64,
    /// Reads that Redis had nothing for, or nothing usable.
    pub misses: u64,
    /// Reads that went straight to the source: switched off, Redis failing, or an invalidation outstanding.
    pub bypassed: u64,
    /// Results written.
    pub stores: u64,
    /// Failed uses of Redis and unusable values; each is counted once, however many reads it concerned.
    pub errors: u64,
    /// Results removed by invalidations.
    pub invalidated_keys: u64,
    /// Results fetched ahead.
    pub refreshes: u64,
    /// Fetches ahead that failed; the old result stayed.
    pub refresh_failures: u64,
}

#[derive(Debug)]
struct Count {
    own: AtomicU64,
    shown: IntCounter,
}

impl Count {
    fn new(shown: IntCounter) -> Self {
        Self { own: AtomicU64::new(0), shown }
    }

    fn add(&self, count: u64) {
        self.own.fetch_add(count, Ordering::Relaxed);
        self.shown.inc_by(count);
    }

    fn get(&self) -> u64 {
        self.own.load(Ordering::Relaxed)
    }
}

/// How a read was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Hit,
    Miss,
    Bypassed,
}

#[derive(Debug)]
pub(super) struct Meters {
    hits: (AtomicU64, IntCounterVec),
    misses: (AtomicU64, IntCounterVec),
    errors: (AtomicU64, IntCounterVec),
    bypassed: Count,
    stores: Count,
    invalidated: Count,
    refreshed: Count,
    refresh_failed: Count,
    /// Observed for every look-up that Redis was asked for, answered or not.
    pub(super) latency: Histogram,
}

impl Meters {
    pub(super) fn new(registry: &Registry) -> Result<Self, MetricsError> {
        let family = |name, help, labels: &[&str]| registry.counter(name, help, labels);
        let count = |name, help| Ok(Count::new(member(&family(name, help, &[])?, name, &[])?));
        let refreshes =
            family("query_cache_refreshes_total", "Results fetched ahead of their end", &["outcome"])?;
        let refreshes =
            |outcome| member(&refreshes, "query_cache_refreshes_total", &[outcome]).map(Count::new);
        let latency = registry.histogram(
            "query_cache_latency_seconds",
            "Time of look-ups in Redis, failed ones included",
            &[],
            &BUCKETS,
        )?;
        let of_type = |name, help| family(name, help, &["type"]).map(|shown| (AtomicU64::new(0), shown));
        let errors = family(
            "query_cache_errors_total",
            "Failed uses of Redis and values that could not be used",
            &["reason"],
        )?;
        Ok(Self {
            hits: of_type("query_cache_hits_total", "Reads answered from the cache")?,
            misses: of_type("query_cache_misses_total", "Reads that the cache had nothing for")?,
            errors: (AtomicU64::new(0), errors),
            bypassed: count("query_cache_bypassed_total", "Reads that went straight to the source")?,
            stores: count("query_cache_stores_total", "Results written to the cache")?,
            invalidated: count("query_cache_invalidated_keys_total", "Results removed by invalidations")?,
            refreshed: refreshes("refreshed")?,
            refresh_failed: refreshes("failed")?,
            latency: member(&latency, "query_cache_latency_seconds", &[])?,
        })
    }

    /// Makes the series of a type, so that they are there at 0 before anything happens.
    pub(super) fn show_type(&self, name: &str) {
        add(&self.hits, name, 0);
        add(&self.misses, name, 0);
    }

    pub(super) fn read(&self, type_name: &str, origin: Origin) {
        match origin {
            Origin::Hit => add(&self.hits, type_name, 1),
            Origin::Miss => add(&self.misses, type_name, 1),
            Origin::Bypassed => self.bypassed.add(1),
        }
    }

    pub(super) fn error(&self, fault: CacheFault) {
        add(&self.errors, fault.reason(), 1);
    }

    pub(super) fn stored(&self) {
        self.stores.add(1);
    }

    pub(super) fn invalidated(&self, keys: u64) {
        self.invalidated.add(keys);
    }

    pub(super) fn refresh(&self, succeeded: bool) {
        if succeeded { self.refreshed.add(1) } else { self.refresh_failed.add(1) }
    }

    pub(super) fn stats(&self) -> QueryCacheStats {
        QueryCacheStats {
            hits: self.hits.0.load(Ordering::Relaxed),
            misses: self.misses.0.load(Ordering::Relaxed),
            bypassed: self.bypassed.get(),
            stores: self.stores.get(),
            errors: self.errors.0.load(Ordering::Relaxed),
            invalidated_keys: self.invalidated.get(),
            refreshes: self.refreshed.get(),
            refresh_failures: self.refresh_failed.get(),
        }
    }
}

fn add((own, shown): &(AtomicU64, IntCounterVec), label: &str, count: u64) {
    own.fetch_add(count, Ordering::Relaxed);
    // One label was registered and one is given: this cannot fail.
    if let Ok(counter) = shown.get_metric_with_label_values(&[label]) {
        counter.inc_by(count);
    }
}
