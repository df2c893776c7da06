//! What a pool may do: its size, its patience, and what counts as a leak.

use std::time::Duration;

/// Settings of one pool. `..PoolOptions::default()` fills what is not said.
#[derive(Debug, Clone)]
pub struct PoolOptions {
    /// Names the pool in errors, reports and, when `labelled`, in metrics.
    pub name: String,
    /// Connections kept open even when idle, as far as `adjust` is called.
    pub min: usize,
    /// Connections that may be open at once, to begin with.
    pub max: usize,
    /// How far `max` may grow when `dynamic`; at least `max`.
    pub ceiling: usize,
    /// How long an acquire may take in all: waiting in line and connecting.
    pub acquire_timeout: Duration,
    /// A single connection held longer than this is reported with where it was taken.
    pub hold_limit: Duration,
    /// Every connection out and none come back for longer than this is a leak.
    pub leak_after: Duration,
    /// Run on every new connection before it is handed out, for example `SET` statements.
    pub on_connect_sql: Option<String>,
    /// Whether `adjust` may change `max` between `min` and `ceiling`.
    pub dynamic: bool,
    /// Whether the metrics bear a `pool` label. All pools of one registry must agree, and a registry without
    /// the label has room for one pool.
    pub labelled: bool,
}

impl Default for PoolOptions {
    fn default() -> Self {
        Self {
            name: "postgres".to_owned(),
            min: 0,
            max: 10,
            ceiling: 10,
            acquire_timeout: Duration::from_secs(10),
            hold_limit: Duration::from_secs(60),
            leak_after: Duration::from_secs(30),
            on_connect_sql: None,
            dynamic: false,
            labelled: true,
        }
    }
}

impl PoolOptions {
    /// Why these settings cannot work, if they cannot.
    pub(super) fn fault(&self) -> Option<&'static str> {
        if self.max == 0 {
            Some("max is 0: allow at least one connection")
        } else if self.min > self.max {
            Some("min is above max: lower min or raise max")
        } else if self.ceiling < self.max {
            Some("ceiling is below max: raise ceiling or lower max")
        } else if self.acquire_timeout.is_zero() {
            Some("acquire_timeout is 0: allow some time to connect")
        } else {
            None
        }
    }
}
