//! What keeps a service healthy: pool, query cache, coalescing, retry, workers, metrics.

pub mod coalesce;
pub mod compression;
pub mod metrics;
pub mod pool;
pub mod query_cache;
pub mod retry;
mod window;
pub mod workers;
