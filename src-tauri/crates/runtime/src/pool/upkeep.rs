//! Keeping the pool fit: sized to its load, and warm.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Inner, Pool, Sizing, decide};

/// At most one connection fewer in this time: a quiet minute must not cost the next busy one.
const SHRINK_EVERY: Duration = Duration::from_secs(10);

impl Pool {
    /// Looks at the load, resizes if the options let it, and opens connections up to `min`. Answers with what
    /// was done to the size. Meant to be called every few seconds.
    ///
    /// Failing to warm is counted in `db_pool_connection_errors_total` and left to the next call.
    pub async fn adjust(&self, now: Instant) -> Sizing {
        let sizing = if self.inner.options.dynamic { self.inner.resize(now) } else { Sizing::Keep };
        self.inner.warm().await;
        sizing
    }

    /// Calls [`adjust`](Self::adjust) every `interval` until `stop` is cancelled or the pool is closed.
    pub fn maintain(&self, interval: Duration, stop: CancellationToken) -> JoinHandle<()> {
        let pool = self.clone();
        tokio::spawn(async move {
            while !pool.inner.gate.is_closed() {
                pool.adjust(Instant::now()).await;
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = tokio::time::sleep(interval) => {}
                }
            }
        })
    }
}

impl Inner {
    fn resize(&self, now: Instant) -> Sizing {
        let leaking = !self.leaks(now).is_empty();
        let sizing = decide(&self.situation(now, leaking));
        let to = match sizing {
            Sizing::Keep | Sizing::AtCeiling => return sizing,
            Sizing::Grow { to } => to,
            Sizing::Shrink { to } => {
                let mut last = self.last_shrink.lock();
                if last.is_some_and(|last| now.saturating_duration_since(last) < SHRINK_EVERY) {
                    return Sizing::Keep;
                }
                *last = Some(now);
                to
            }
        };
        tracing::debug!(pool = self.options.name, from = self.gate.max(), to, "pool resized");
        self.gate.resize(to);
        self.ledger.lock().resized(now, to);
        self.trim();
        sizing
    }

    /// Opens what is missing to `min`, if nobody is in line for the room that it takes.
    async fn warm(self: &Arc<Self>) {
        let open = self.current().total;
        if open >= self.options.min || self.gate.waiting() > 0 {
            return;
        }
        // Taking all at once is what makes the pool open new ones instead of handing the same one again.
        let (mut passes, mut warmed) = (Vec::new(), Vec::new());
        while self.ledger.lock().active() + warmed.len() < self.options.min {
            let Ok(Some(pass)) = self.gate.try_enter() else { break };
            passes.push(pass);
            match tokio::time::timeout(self.options.acquire_timeout, self.connections.get()).await {
                Ok(Ok(object)) => warmed.push(object),
                failed => {
                    self.meters.errors.inc();
                    tracing::debug!(
                        pool = self.options.name,
                        ok = failed.is_ok(),
                        "connection not opened ahead of need"
                    );
                    break;
                }
            }
        }
        drop(warmed);
        drop(passes);
    }
}
