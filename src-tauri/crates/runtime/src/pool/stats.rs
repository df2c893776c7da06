//! The pool's report, in the documented shape.

use std::time::Duration;

use serde::Serialize;

use super::sizing::Recommendation;

/// `{ current, capacity, performance, recommendations }`; durations in milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PoolStats {
    pub current: Current,
    pub capacity: Capacity,
    pub performance: Performance,
    pub recommendations: Vec<Recommendation>,
}

/// Connections now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Current {
    /// Open connections.
    pub total: usize,
    pub idle: usize,
    /// Handed out.
    pub active: usize,
    /// Callers in line.
    pub waiting: usize,
}

/// What the pool may hold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Capacity {
    pub min: usize,
    pub max: usize,
    /// active / max, 0 to 1 (above 1 for a moment after a shrink).
    pub saturation: f64,
}

/// Since the pool began.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Performance {
    /// Most connections handed out at once.
    pub peak_usage: usize,
    /// Average time from handing out to return, ms; none before the first return.
    pub average_connection_lifetime: Option<f64>,
    /// Longest time from handing out to return, ms.
    pub longest_connection_lifetime: f64,
    /// Mean number handed out per second that 95 % of the last minute's seconds did not exceed.
    pub busy_p95: Option<f64>,
}

pub(super) fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}
