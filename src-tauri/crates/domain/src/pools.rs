//! Connection pools: what each layer reports, and how the whole is judged.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{ChartData, Finding, Measure, Severity, SourceId, SourceKind, SourceState, Timestamp};

/// An application's pool as it reports itself, at one moment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AppPool {
    pub total: f64,
    pub idle: f64,
    pub active: f64,
    pub waiting: f64,
    /// Configured maximum: given by the person, else worked out from the reported saturation (total / max).
    pub max: Option<f64>,
    /// `db_pool_saturation_ratio` as reported, which is total / max.
    pub reported_saturation: Option<f64>,
    pub acquire: Option<Histogram>,
    /// Start of the process, seconds since the epoch: a move of it is a restart.
    pub process_started: Option<f64>,
}

impl AppPool {
    /// active / max, the saturation that matters.
    pub fn active_ratio(&self) -> Option<f64> {
        self.max.filter(|max| *max > 0.0).map(|max| self.active / max)
    }

    /// total / max: how much of the allowance is open.
    pub fn total_ratio(&self) -> Option<f64> {
        self.max.filter(|max| *max > 0.0).map(|max| self.total / max)
    }
}

/// A cumulative histogram as Prometheus defines it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Histogram {
    /// Upper bounds (`le`, ascending, the last is +Inf) with the cumulative count at or under each.
    pub buckets: Vec<(f64, f64)>,
    pub sum: f64,
    pub count: f64,
}

/// `SHOW POOLS` with `SHOW DATABASES`, `SHOW STATS`, `SHOW CONFIG` and `SHOW LISTS` folded in.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pgbouncer {
    pub pools: Vec<PgbouncerPool>,
    pub databases: Vec<PgbouncerStats>,
    /// `max_client_conn`.
    pub max_client_connections: Option<f64>,
    pub used_clients: Option<f64>,
    pub used_servers: Option<f64>,
    /// `query_wait_timeout` in seconds; 0 means for ever.
    pub query_wait_timeout_seconds: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct PgbouncerPool {
    pub database: String,
    pub user: String,
    pub mode: Option<String>,
    pub cl_active: f64,
    pub cl_waiting: f64,
    pub sv_active: f64,
    pub sv_idle: f64,
    pub sv_used: f64,
    pub sv_login: f64,
    /// `maxwait` + `maxwait_us`.
    pub maxwait_seconds: f64,
    pub pool_size: Option<f64>,
}

/// Totals since PgBouncer started.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PgbouncerStats {
    pub database: String,
    pub transactions: f64,
    pub queries: f64,
    pub query_seconds: f64,
    pub transaction_seconds: f64,
    pub wait_seconds: f64,
}

/// `pg_stat_activity` counted, with the sessions that matter.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Backends {
    pub max_connections: f64,
    /// `superuser_reserved_connections` + `reserved_connections`.
    pub reserved: f64,
    /// Client backends, counted by what tells them apart.
    pub groups: Vec<BackendGroup>,
    pub longest_idle_in_transaction_seconds: Option<f64>,
    /// Sessions that wait for a lock.
    pub waiting_for_lock: f64,
    /// The sessions longest in their state, at most [`Backends::SESSION_LIMIT`].
    pub sessions: Vec<BackendSession>,
    /// False where `pg_stat_activity` hides other people's state: counts by state are then unknown, not zero.
    pub states_visible: bool,
}

impl Backends {
    pub const SESSION_LIMIT: usize = 500;

    pub fn total(&self) -> f64 {
        // Not `sum`: of nothing, that is -0.0.
        self.groups.iter().fold(0.0, |total, group| total + group.count)
    }
}

/// The states of `pg_stat_activity`; `Unknown` where privileges hide it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum BackendState {
    Active,
    Idle,
    IdleInTransaction,
    IdleInTransactionAborted,
    FastpathFunctionCall,
    Disabled,
    Unknown,
}

impl BackendState {
    pub const ALL: [BackendState; 7] = [
        BackendState::Active,
        BackendState::Idle,
        BackendState::IdleInTransaction,
        BackendState::IdleInTransactionAborted,
        BackendState::FastpathFunctionCall,
        BackendState::Disabled,
        BackendState::Unknown,
    ];

    /// As `pg_stat_activity.state` spells it.
    pub fn from_postgres(state: Option<&str>) -> BackendState {
        match state {
            Some("active") => BackendState::Active,
            Some("idle") => BackendState::Idle,
            Some("idle in transaction") => BackendState::IdleInTransaction,
            Some("idle in transaction (aborted)") => BackendState::IdleInTransactionAborted,
            Some("fastpath function call") => BackendState::FastpathFunctionCall,
            Some("disabled") => BackendState::Disabled,
            _ => BackendState::Unknown,
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            BackendState::Active => "active",
            BackendState::Idle => "idle",
            BackendState::IdleInTransaction => "idle in transaction",
            BackendState::IdleInTransactionAborted => "idle in transaction (aborted)",
            BackendState::FastpathFunctionCall => "fastpath function call",
            BackendState::Disabled => "disabled",
            BackendState::Unknown => "unknown",
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct BackendGroup {
    pub state: BackendState,
    pub database: String,
    pub user: String,
    pub application: String,
    pub count: f64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct BackendSession {
    pub pid: i32,
    pub database: String,
    pub user: String,
    pub application: String,
    pub client: Option<String>,
    pub state: BackendState,
    /// Seconds since `state_change`.
    pub state_seconds: Option<f64>,
    /// Seconds since `xact_start`.
    pub transaction_seconds: Option<f64>,
    pub waiting_for_lock: bool,
    /// From a sqlcommenter comment of its last statement (`/*route='…'*/`). The statement itself is not kept.
    pub route: Option<String>,
}

// What the Pools page shows.

/// A pool that the page can be pointed at, and the layers behind it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct PoolLayer {
    pub source: SourceId,
    pub name: String,
    pub kind: SourceKind,
    pub state: SourceState,
    pub layer: Layer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    Application,
    Pgbouncer,
    Postgres,
}

/// Which layer queues, and why: one sentence, and how it is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct PoolDiagnosis {
    pub severity: Severity,
    /// "The application's pool queues, not PostgreSQL".
    pub headline: String,
    /// One to three plain sentences with numbers and names; names of sources stand between `**`.
    pub sentence: String,
    /// The layer that queues; none when nothing does.
    pub queuing: Option<Layer>,
    /// The facts behind the sentence, for "How this is known".
    pub evidence: Vec<Evidence>,
    /// When the present diagnosis began.
    pub since: Option<Timestamp>,
    /// What to do next.
    pub remedy: Option<String>,
    /// Connections that the pool calls active while PostgreSQL calls them idle: the proof of a leak.
    pub held_idle: Vec<HeldConnection>,
}

/// One fact: what was seen, where, over which window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Evidence {
    pub label: String,
    pub value: String,
    /// Source, metric or view and window: "panel-eu-1, db_pool_connections_active, last poll".
    pub origin: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct HeldConnection {
    pub pid: i32,
    pub state: BackendState,
    pub held_seconds: f64,
    /// Route from a sqlcommenter comment, else the application's name.
    pub what: String,
    pub client: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum SizeVerdict {
    Keep,
    Grow,
    Shrink,
    /// Not enough has been seen to say.
    Unknown,
}

/// How large the pool should be, with the arithmetic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SizeAdvice {
    pub verdict: SizeVerdict,
    pub current_max: Option<u32>,
    pub recommended_max: Option<u32>,
    /// "Keep 10. The load needs 6 connections; the other 4 would only hide the leak."
    pub summary: String,
    /// Each step: label, value, and how it was computed.
    pub arithmetic: Vec<ArithmeticLine>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ArithmeticLine {
    /// "Busy on average, 84 × 0.051"
    pub label: String,
    /// "4.3"
    pub value: String,
    /// True for the line that is the answer.
    pub result: bool,
}

/// Everything the Pools page needs for one pool and one window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct PoolsPage {
    /// Every pool that could be looked at; the first of each path.
    pub choices: Vec<PoolLayer>,
    /// The chosen pool and the layers behind it, application first.
    pub path: Vec<PoolLayer>,
    pub diagnosis: Option<PoolDiagnosis>,
    pub findings: Vec<Finding>,
    pub now: Option<PoolNow>,
    /// active, waiting.
    pub application: Option<ChartData>,
    /// clients waiting, server connections active.
    pub pgbouncer: Option<ChartData>,
    /// active, idle, idle in transaction.
    pub postgres: Option<ChartData>,
    /// Share of acquisitions that waited longer than 100 ms, and p95.
    pub acquire: Option<ChartData>,
    pub size: Option<SizeAdvice>,
    pub held_longest: Vec<HeldConnection>,
}

/// The head figures of the Pools page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct PoolNow {
    pub at: Timestamp,
    pub active_ratio: Measure,
    pub open_ratio: Measure,
    pub waiting: Measure,
    pub acquire_p95: Measure,
    pub held_longest: Measure,
    pub peak_today: Measure,
}
