//! The retry strategies, one row per kind of service.

use std::time::Duration;

/// How often, how patiently and how long to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Strategy {
    /// Value of the metrics' `service` label.
    pub service: &'static str,
    /// All attempts, the first included; 0 counts as 1.
    pub max_attempts: u32,
    /// Wait before the second attempt, before jitter.
    pub base_delay: Duration,
    /// Cap of the wait, before jitter: with jitter a wait is shorter than twice this.
    pub max_delay: Duration,
    /// No attempt begins later than this after the first.
    pub deadline: Duration,
}

const fn strategy(
    service: &'static str,
    max_attempts: u32,
    base_ms: u64,
    max_ms: u64,
    deadline_s: u64,
) -> Strategy {
    Strategy {
        service,
        max_attempts,
        base_delay: Duration::from_millis(base_ms),
        max_delay: Duration::from_millis(max_ms),
        deadline: Duration::from_secs(deadline_s),
    }
}

/// PostgreSQL and PgBouncer.
pub const DATABASE: Strategy = strategy("database", 3, 50, 1_000, 10);
/// Redis.
pub const REDIS: Strategy = strategy("redis", 3, 50, 1_000, 5);
/// HTTP endpoints of monitored systems.
pub const HTTP: Strategy = strategy("http", 3, 200, 5_000, 15);
/// Payments.
pub const STRIPE: Strategy = strategy("stripe", 3, 200, 5_000, 30);
/// Outgoing mail.
pub const EMAIL: Strategy = strategy("email", 5, 1_000, 30_000, 120);
/// Other people's services.
pub const EXTERNAL_API: Strategy = strategy("external_api", 4, 500, 10_000, 60);
/// Object storage.
pub const S3: Strategy = strategy("s3", 3, 100, 5_000, 30);

/// Every strategy there is.
pub const STRATEGIES: [Strategy; 7] = [DATABASE, REDIS, HTTP, STRIPE, EMAIL, EXTERNAL_API, S3];

impl Strategy {
    /// The strategy of a service by its label.
    #[must_use]
    pub fn by_service(service: &str) -> Option<Self> {
        STRATEGIES.into_iter().find(|strategy| strategy.service == service)
    }

    /// The wait before attempt `attempt + 1`, without jitter: base · 2^(attempt − 1), at most `max_delay`.
    #[must_use]
    pub fn delay(&self, attempt: u32) -> Duration {
        let doublings = attempt.saturating_sub(1);
        let factor = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
        self.base_delay.saturating_mul(factor).min(self.max_delay)
    }
}
