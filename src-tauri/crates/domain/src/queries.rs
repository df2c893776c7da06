//! Statements by their fingerprint: what they cost, and what caching, sharing or pooling would change.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{ArithmeticLine, ChartData, Timestamp};

/// One statement over a whole replay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct QueryStats {
    /// 16 hexadecimal digits.
    pub fingerprint: String,
    /// Without its constants, unless the replay was asked to keep them.
    pub statement: String,
    /// "SELECT", "INSERT", …
    pub verb: String,
    pub tables: Vec<String>,
    pub calls: u64,
    /// Executions whose duration was measured.
    pub timed: u64,
    pub total_ms: f64,
    /// Share of the time of all statements, 0 to 1.
    pub time_ratio: f64,
    pub mean_ms: Option<f64>,
    /// At most 1/32 too low, as are the other percentiles.
    pub p50_ms: Option<f64>,
    pub p95_ms: Option<f64>,
    pub p99_ms: Option<f64>,
    pub max_ms: Option<f64>,
    /// Mean of those executions whose rows are known.
    pub rows_mean: Option<f64>,
    pub errors: u64,
    /// SQLSTATE, or the message without its values, of the error seen last.
    pub last_error: Option<String>,
    /// The log holds only its beginning.
    pub truncated: bool,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
    pub trend: QueryTrend,
    /// Routes with the most executions first, at most three.
    pub routes: Vec<String>,
    pub cache: CacheForecast,
    pub coalescing: CoalesceForecast,
    /// Of the slowest execution with a plan of auto_explain; without constants.
    pub plan: Option<QueryPlan>,
}

/// Calls and time by step.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct QueryTrend {
    pub from: Timestamp,
    /// A minute, or more where the log is long.
    pub step_ms: u64,
    pub calls: Vec<u32>,
    pub total_ms: Vec<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct QueryPlan {
    pub duration_ms: Option<f64>,
    pub at: Timestamp,
    pub text: String,
}

/// What a cache of results would do, simulated over the log in its order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum CacheForecast {
    /// By time to live, shortest first.
    Simulated { by_ttl: Vec<CacheAtTtl> },
    /// Why its results cannot be kept.
    NotCacheable { reason: String },
}

impl CacheForecast {
    /// A longer time to live must be worth its staleness: the shortest that saves so much of what the longest would.
    const WORTH: f64 = 0.9;

    /// The time to live that suits the statement; none where a cache would answer nothing.
    pub fn best(&self) -> Option<CacheAtTtl> {
        let CacheForecast::Simulated { by_ttl } = self else { return None };
        let most = by_ttl.iter().map(|at| at.saved_ms).fold(0.0, f64::max);
        by_ttl.iter().find(|at| at.hits > 0 && at.saved_ms >= most * Self::WORTH).copied()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CacheAtTtl {
    pub ttl_seconds: u32,
    pub hits: u64,
    /// Hits over calls, 0 to 1.
    pub hit_ratio: f64,
    /// Database time of the calls that would have been hits.
    pub saved_ms: f64,
}

/// What sharing one execution among those that ask for the same at the same time would do.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CoalesceForecast {
    /// Executions that began while the same one ran.
    pub shared: u64,
    pub saved_ms: f64,
}

/// Connections that the replayed load used, and how many it needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct PoolForecast {
    /// In use: mean and most of each step.
    pub in_use: ChartData,
    pub mean: f64,
    pub p95: f64,
    pub p99: f64,
    pub most: u32,
    pub recommended: u32,
    /// "12 connections carry this load; 9 were in use at the most."
    pub summary: String,
    pub arithmetic: Vec<ArithmeticLine>,
    /// Different sessions seen.
    pub sessions: u64,
}
