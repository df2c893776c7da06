//! The sequence of waits: doubling, capped, plus a random part of the same length.

use std::time::Duration;

use tokio::time::Instant;

use super::Strategy;

/// The waits of one operation, in order; ends when the attempts or the time are used up.
///
/// The n-th wait is `delay + random(0, delay)` with `delay = min(base · 2^(n − 1), max)`.
#[derive(Debug)]
pub struct Backoff {
    strategy: Strategy,
    started: Instant,
    failed: u32,
}

impl Backoff {
    /// The waits of an operation whose first attempt began at `started`.
    #[must_use]
    pub fn until(strategy: Strategy, started: Instant) -> Self {
        Self { strategy, started, failed: 0 }
    }
}

impl Iterator for Backoff {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        self.failed = self.failed.saturating_add(1);
        if self.failed >= self.strategy.max_attempts {
            return None;
        }
        let wait = jittered(self.strategy.delay(self.failed), fastrand::f64());
        let left = self.strategy.deadline.checked_sub(self.started.elapsed())?;
        (wait <= left).then_some(wait)
    }
}

/// `delay + random(0, delay)`, with `random` drawn from [0, 1).
pub(crate) fn jittered(delay: Duration, random: f64) -> Duration {
    delay.saturating_add(delay.mul_f64(random.clamp(0.0, 1.0)))
}
