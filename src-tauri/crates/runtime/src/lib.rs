//! What keeps a service healthy: pool, coalescing, retry, workers, metrics.

pub mod coalesce;
pub mod compression;
pub mod metrics;
pub mod pool;
pub mod retry;
mod window;
pub mod workers;
