//! What the Overview page and the status line show.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{ChartData, Finding, Measure, SourceStatus, Timestamp};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Overview {
    pub cards: Vec<SourceCard>,
    /// active / max, one series for each application pool.
    pub saturation: Option<ChartData>,
    /// Backends in use against `max_connections`, one series for each PostgreSQL.
    pub backends: Option<ChartData>,
    /// Clients waiting, one series for each PgBouncer.
    pub clients_waiting: Option<ChartData>,
    pub needs_attention: Vec<Finding>,
}

/// A source in brief: its name, its state, its one most telling figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SourceCard {
    pub status: SourceStatus,
    /// "pool", "waiting", "of 100 backends"
    pub label: String,
    pub figure: Measure,
    pub trend: Vec<Option<f64>>,
}

/// The line at the foot of the navigation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ConsoleStatus {
    pub sources: u32,
    pub sources_answering: u32,
    pub last_poll_at: Option<Timestamp>,
    pub history: HistoryStatus,
    pub own_cost: OwnCost,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct HistoryStatus {
    pub bytes: u64,
    pub series: u64,
    pub oldest: Option<Timestamp>,
    pub newest: Option<Timestamp>,
    /// Set while samples cannot be written: what is wrong and what to do. They wait in memory meanwhile.
    pub problem: Option<crate::Problem>,
    /// Ticks that wait in memory.
    pub waiting: u32,
    /// Ticks that were dropped because the buffer was full.
    pub dropped: u64,
    /// Shown once after a damaged file was set aside or a damaged chunk skipped.
    pub notices: Vec<String>,
}

/// What the console itself costs, measured on its own process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct OwnCost {
    /// Share of one core, 0 to the number of cores.
    pub cpu_ratio: Option<f64>,
    pub resident_bytes: Option<u64>,
}
