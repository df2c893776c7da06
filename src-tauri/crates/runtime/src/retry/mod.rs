//! Trying again: strategies as data, documented backoff, transient errors only.

mod backoff;
mod classify;
mod meters;
mod strategy;

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};

use backon::Retryable;
use tokio::time::Instant;

pub use backoff::Backoff;
pub(crate) use backoff::jittered;
pub use classify::{ErrorClass, classify_http_status, classify_io, classify_postgres, classify_sqlstate};
pub use meters::RetryMetrics;
pub use strategy::{DATABASE, EMAIL, EXTERNAL_API, HTTP, REDIS, S3, STRATEGIES, STRIPE, Strategy};

/// Runs `op` until it succeeds, fails permanently, or `strategy` is used up; answers with the last outcome.
///
/// Nothing begins after `strategy.deadline`: when the next wait would end later, the error is returned at
/// once. An attempt under way is not interrupted, as only the operation knows how to stop cleanly; give it
/// a timeout of its own.
///
/// Counted in `metrics` (see [`RetryMetrics`]) under `strategy.service`.
///
/// # Errors
/// The error of the last attempt, unchanged.
pub async fn retry<T, E, Fut>(
    strategy: &Strategy,
    metrics: &RetryMetrics,
    classify: impl Fn(&E) -> ErrorClass,
    mut op: impl FnMut() -> Fut,
) -> Result<T, E>
where
    Fut: Future<Output = Result<T, E>>,
{
    let meter = metrics.of(strategy.service);
    let started = Instant::now();
    // Atomic, so that a task of a threaded runtime may wait for the retries.
    let attempts = AtomicU32::new(0);
    let outcome = (|| {
        if attempts.fetch_add(1, Ordering::Relaxed) > 0 {
            meter.attempt();
        }
        op()
    })
    .retry(Backoff::until(*strategy, started))
    .when(|error| classify(error) == ErrorClass::Transient)
    .await;
    let gave_up = outcome.as_ref().err().map(classify);
    meter.finish(attempts.into_inner() > 1, gave_up, started.elapsed());
    outcome
}

#[cfg(test)]
mod tests;
