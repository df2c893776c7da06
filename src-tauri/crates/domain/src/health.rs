//! Checks of a PostgreSQL server: what was seen, why it matters, what to do; and what the console itself costs it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    ChartData, Degradation, Evidence, Problem, ServerChoice, Severity, SourceId, TimeRange, Timestamp,
};

/// One check with its outcome, in one shape for all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct HealthCheck {
    pub code: HealthCode,
    pub area: HealthArea,
    /// None where it could not be looked at; `seen` then says why, `remedy` and `sql` what mends that.
    pub severity: Option<Severity>,
    /// "Connections", "Wraparound of transaction ids", …
    pub title: String,
    /// With numbers and units: "412 of 500 connections are in use (82%)."
    pub seen: String,
    pub why: String,
    pub remedy: Option<String>,
    /// The remedy, ready to be copied. Never run by the console.
    pub sql: Option<String>,
    /// The objects that are meant, worst first; at most 50.
    pub items: Vec<HealthItem>,
    /// Objects beyond those.
    pub items_left_out: u32,
    pub evidence: Vec<Evidence>,
}

/// One table, index, slot, setting, … that a check speaks of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct HealthItem {
    pub name: String,
    /// "3.1 GB, 41% of it bloat"
    pub figure: String,
    pub severity: Severity,
    pub sql: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum HealthArea {
    Connections,
    Memory,
    Transactions,
    Writing,
    Replication,
    Vacuum,
    Storage,
    Settings,
    Extensions,
}

/// Which check speaks. Stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum HealthCode {
    Connections,
    CacheHitRatio,
    Rollbacks,
    Deadlocks,
    TempFiles,
    Checkpoints,
    WalRate,
    Archiving,
    ReplicationLag,
    ReplicationSlots,
    DeadTuples,
    AutovacuumDue,
    AutovacuumRunning,
    TableBloat,
    IndexBloat,
    InvalidIndexes,
    XidWraparound,
    MultixactWraparound,
    Sequences,
    LongTransactions,
    PreparedTransactions,
    ChecksumFailures,
    Settings,
    Extensions,
}

/// Everything the Health page shows of a server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct HealthPage {
    pub choices: Vec<ServerChoice>,
    pub source: Option<SourceId>,
    /// When it was looked at.
    pub at: Option<Timestamp>,
    /// Worst first, then by area.
    pub checks: Vec<HealthCheck>,
    /// "2 of 24 need attention, 3 could not be looked at"
    pub summary: String,
    /// Commits and rollbacks each second; cache hit ratio; WAL bytes each second; age of the oldest transaction id.
    pub charts: Vec<HealthChart>,
    pub lacks: Vec<Degradation>,
    pub problem: Option<Problem>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct HealthChart {
    pub title: String,
    pub chart: ChartData,
}

/// What the console itself does on a server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct OwnCostPage {
    pub source: Option<SourceId>,
    pub choices: Vec<ServerChoice>,
    /// Since when it is counted here.
    pub since: Option<Timestamp>,
    /// Those that cost most first.
    pub rows: Vec<OwnQuery>,
    /// Share of one core that the server spent on the console over the window, 0 to 1; none without `pg_stat_statements`.
    pub core_ratio: Option<f64>,
    /// Over which window.
    pub window: Option<TimeRange>,
    /// Connections that the console holds now.
    pub connections: u32,
    /// "0.12% of one core since 09:41, 3 connections"
    pub summary: String,
    pub lacks: Vec<Degradation>,
}

/// One query that the console runs there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct OwnQuery {
    /// As its leading comment names it: "activity.sessions".
    pub name: String,
    /// What it is for.
    pub purpose: String,
    pub calls: f64,
    /// As the console measured it, the network included.
    pub mean_ms: f64,
    pub longest_ms: f64,
    pub rows: f64,
    pub errors: f64,
    /// Milliseconds on the server, from `pg_stat_statements`; none where it is not counted.
    pub server_ms: Option<f64>,
    pub server_calls: Option<f64>,
    pub sql: String,
}
