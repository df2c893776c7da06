//! Sessions of a PostgreSQL server at one moment: what each does, what it waits for, who blocks whom, who holds the xmin horizon.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{BackendState, ChartData, Degradation, Problem, SourceId, SourceState, TimeRange, Timestamp};

/// One look at `pg_stat_activity` and the locks that someone waits for. Statements are masked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ActivitySample {
    /// By the console's clock.
    pub at: Timestamp,
    /// Those that do something or hold something first; at most [`ActivitySample::SESSION_LIMIT`].
    pub sessions: Vec<ActivitySession>,
    /// Client backends that are idle, listed or not.
    pub idle: u32,
    /// Sessions beyond the limit, idle ones that were not asked for not counted.
    pub left_out: u32,
    /// Prepared transactions, oldest first; at most [`ActivitySample::PREPARED_LIMIT`].
    pub prepared: Vec<PreparedTransaction>,
    /// Who waits for whom, as the server says.
    pub waits: Vec<LockWait>,
    /// Waiting sessions whose blockers were not asked for, because there were too many.
    pub waits_left_out: u32,
    /// Replication slots and standbys that hold the horizon back.
    pub remote_horizons: Vec<RemoteHorizon>,
    /// False where other people's state and statements are hidden: they are then unknown, not idle.
    pub states_visible: bool,
}

impl ActivitySample {
    pub const SESSION_LIMIT: usize = 2_500;
    pub const PREPARED_LIMIT: usize = 200;
    /// Waiting sessions for which `pg_blocking_pids` is asked: each question takes the lock manager for itself.
    pub const WAIT_LIMIT: usize = 200;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ActivitySession {
    pub pid: i32,
    /// `backend_start` as microseconds since the epoch, decimal text: with the pid, the identity of the session.
    pub started: String,
    /// "client backend", "autovacuum worker", "parallel worker", …; empty where it is hidden.
    pub backend_type: String,
    pub database: String,
    pub user: String,
    pub application: String,
    /// Host name or address; none for a local socket.
    pub client: Option<String>,
    pub state: BackendState,
    pub wait: Option<WaitEvent>,
    /// Seconds since `state_change`.
    pub state_seconds: Option<f64>,
    /// Seconds since `query_start`: of the statement that runs, or ran last.
    pub statement_seconds: Option<f64>,
    /// Seconds since `xact_start`.
    pub transaction_seconds: Option<f64>,
    /// Seconds since `backend_start`.
    pub connected_seconds: Option<f64>,
    /// A parallel worker's leader.
    pub leader: Option<i32>,
    /// Transactions since its `backend_xmin`.
    pub xmin_age: Option<u32>,
    /// Transactions since its own `backend_xid`; none while it has written nothing.
    pub xid_age: Option<u32>,
    /// `query_id`, decimal text.
    pub queryid: Option<String>,
    /// 16 hexadecimal digits.
    pub fingerprint: Option<String>,
    /// The statement that runs, or ran last. None where it is hidden, empty or idle.
    pub statement: Option<String>,
    /// The server keeps only the beginning of the text (`track_activity_query_size`).
    pub truncated: bool,
    /// From a sqlcommenter comment.
    pub route: Option<String>,
}

impl ActivitySession {
    /// Where the time goes: what the stacked chart shows.
    pub fn wait_class(&self) -> Option<WaitClass> {
        match self.state {
            BackendState::IdleInTransaction | BackendState::IdleInTransactionAborted => {
                Some(WaitClass::IdleInTransaction)
            }
            BackendState::Active | BackendState::FastpathFunctionCall => {
                Some(WaitClass::of(self.wait.as_ref()))
            }
            // Background processes carry no state; they count while they work.
            BackendState::Unknown
                if !self.backend_type.is_empty() && self.backend_type != "client backend" =>
            {
                self.statement.is_some().then(|| WaitClass::of(self.wait.as_ref()))
            }
            BackendState::Idle | BackendState::Disabled | BackendState::Unknown => None,
        }
    }
}

/// `wait_event_type` and `wait_event`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct WaitEvent {
    pub kind: String,
    pub event: String,
}

/// Wait events by what they mean; the layers of the stacked chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum WaitClass {
    /// Runs and waits for nothing.
    Cpu,
    Io,
    Lock,
    /// Lightweight locks and buffer pins: contention inside the server.
    Internal,
    /// Waits for its client to read or to send.
    Client,
    IdleInTransaction,
    /// Other processes, timeouts, extensions.
    Other,
}

impl WaitClass {
    /// From the bottom of the chart to its top.
    pub const ALL: [WaitClass; 7] = [
        WaitClass::Cpu,
        WaitClass::Io,
        WaitClass::Lock,
        WaitClass::Internal,
        WaitClass::Client,
        WaitClass::IdleInTransaction,
        WaitClass::Other,
    ];

    /// Of a session that is active.
    pub fn of(wait: Option<&WaitEvent>) -> WaitClass {
        match wait.map(|wait| wait.kind.as_str()) {
            None => WaitClass::Cpu,
            Some("IO") => WaitClass::Io,
            Some("Lock") => WaitClass::Lock,
            Some("LWLock" | "BufferPin" | "Buffer" | "InjectionPoint") => WaitClass::Internal,
            Some("Client") => WaitClass::Client,
            Some(_) => WaitClass::Other,
        }
    }

    /// As it labels its series.
    pub fn label(self) -> &'static str {
        match self {
            WaitClass::Cpu => "CPU",
            WaitClass::Io => "I/O",
            WaitClass::Lock => "lock",
            WaitClass::Internal => "internal",
            WaitClass::Client => "client",
            WaitClass::IdleInTransaction => "idle in transaction",
            WaitClass::Other => "other",
        }
    }
}

/// A transaction that was prepared for a two-phase commit and belongs to no session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct PreparedTransaction {
    pub gid: String,
    /// Decimal text.
    pub xid: String,
    pub database: String,
    pub owner: String,
    pub prepared_seconds: f64,
    /// Transactions since its xid.
    pub xid_age: u32,
}

/// One session that waits for a lock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct LockWait {
    pub pid: i32,
    /// From `pg_blocking_pids`, without duplicates; parallel workers stand as their leaders.
    pub blockers: Vec<Blocker>,
    /// The lock that it asks for.
    pub lock: Option<LockAsked>,
    /// Since `waitstart`, else since the statement began.
    pub seconds: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Blocker {
    Session {
        pid: i32,
    },
    /// By its gid; none where it is not known which one.
    Prepared {
        gid: Option<String>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct LockAsked {
    /// `locktype`: relation, tuple, transactionid, advisory, …
    pub kind: String,
    /// `mode`: AccessExclusiveLock, …
    pub mode: String,
    /// "public.invoices", "advisory 42", "transaction 7811"; as far as it can be named.
    pub target: String,
    /// The mode in which the first blocker holds the same object, where that is known.
    pub held_mode: Option<String>,
}

/// What holds the xmin horizon from outside of sessions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct RemoteHorizon {
    pub kind: HorizonKind,
    /// The slot's or the standby's name.
    pub name: String,
    pub xmin_age: u32,
    /// For a slot: a connection uses it.
    pub active: Option<bool>,
    /// Bytes of WAL that the slot keeps.
    pub retained_bytes: Option<f64>,
}

/// The five that hold the xmin horizon back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum HorizonKind {
    Backend,
    PreparedTransaction,
    SlotXmin,
    SlotCatalogXmin,
    Standby,
}

// What the Activity page shows.

/// A server that the page can be pointed at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ServerChoice {
    pub source: SourceId,
    pub name: String,
    pub state: SourceState,
    pub version: Option<String>,
}

/// Everything around one moment; the moment itself is asked for apart ([`ActivityMoment`]).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ActivityPage {
    pub choices: Vec<ServerChoice>,
    /// The chosen server; none when there is no PostgreSQL.
    pub source: Option<SourceId>,
    /// Sessions by wait class, one series for each [`WaitClass`] in the order of its `ALL`; to be stacked.
    pub chart: Option<ChartData>,
    /// The window that the flight recorder holds.
    pub recorded: Option<TimeRange>,
    /// Who used the time of the window; most first.
    pub tops: Vec<ActivityTop>,
    /// What is missing, with what mends it.
    pub lacks: Vec<Degradation>,
    /// Why nothing is sampled at present.
    pub problem: Option<Problem>,
    /// Signals may be sent: the person allowed it for this source.
    pub may_signal: bool,
}

/// Active sessions of a window by one dimension: an active-session history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ActivityTop {
    pub by: ActivityDimension,
    pub rows: Vec<ActivityShare>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum ActivityDimension {
    WaitEvent,
    Statement,
    Application,
    User,
    Database,
    Client,
}

impl ActivityDimension {
    pub const ALL: [ActivityDimension; 6] = [
        ActivityDimension::WaitEvent,
        ActivityDimension::Statement,
        ActivityDimension::Application,
        ActivityDimension::User,
        ActivityDimension::Database,
        ActivityDimension::Client,
    ];
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ActivityShare {
    /// "Lock: transactionid"; for a statement its masked text.
    pub name: String,
    /// For a statement.
    pub fingerprint: Option<String>,
    /// Average of active sessions over the window.
    pub average: f64,
    /// Of all, 0 to 1.
    pub ratio: f64,
    pub by_class: Vec<ClassShare>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ClassShare {
    pub class: WaitClass,
    pub average: f64,
}

/// The sessions and the trees of one moment, live or recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ActivityMoment {
    pub source: SourceId,
    pub at: Timestamp,
    /// False where it comes from the flight recorder.
    pub live: bool,
    pub sessions: Vec<ActivitySession>,
    /// Client backends that are idle.
    pub idle: u32,
    pub left_out: u32,
    pub states_visible: bool,
    pub blocking: BlockingForest,
    /// Oldest first.
    pub horizon: Vec<HorizonHolder>,
}

/// Who waits for whom: one tree for each root.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct BlockingForest {
    /// In depth-first order, those with most waiting behind them first: rows as they are shown.
    pub rows: Vec<BlockingRow>,
    /// Sessions that wait for a lock.
    pub waiting: u32,
    pub roots: u32,
    /// Waiting sessions that are not in the rows.
    pub left_out: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct BlockingRow {
    pub who: Blocker,
    /// 0 for a root.
    pub depth: u32,
    /// Sessions that wait behind it, directly or not; each counted once.
    pub blocks: u32,
    /// Others besides the parent that it waits for as well.
    pub also_waits_for: Vec<Blocker>,
    /// Part of a circle: a deadlock that the server will end after `deadlock_timeout`.
    pub in_cycle: bool,
    pub lock: Option<LockAsked>,
    pub waiting_seconds: Option<f64>,
    /// "root: committed nothing for 4 min, holds … and blocks 6"; none where nothing is to be said.
    pub note: Option<String>,
    /// For a root: what to do.
    pub remedy: Option<BlockingRemedy>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct BlockingRemedy {
    /// One or two plain sentences: why it waits, and what ending it costs.
    pub sentence: String,
    pub action: BlockingAction,
    /// The same as SQL, to be copied.
    pub sql: String,
    /// "So that it does not happen again: …"
    pub prevention: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum BlockingAction {
    /// `pg_cancel_backend`: ends the statement.
    Cancel,
    /// `pg_terminate_backend`: ends the session.
    Terminate,
    /// `ROLLBACK PREPARED`, by hand.
    RollBackPrepared,
    /// It will end by itself, or nothing should be done.
    Wait,
}

/// One of those that hold the xmin horizon back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct HorizonHolder {
    pub kind: HorizonKind,
    /// For a backend.
    pub pid: Option<i32>,
    /// "4182 invoice-export", the gid, the slot's or the standby's name.
    pub name: String,
    /// Transactions that VACUUM cannot clean up behind.
    pub xmin_age: u32,
    /// For how long, where that is known.
    pub seconds: Option<f64>,
    /// What it does or why it holds.
    pub detail: String,
    pub remedy: String,
    /// The remedy as SQL, where there is any.
    pub sql: Option<String>,
}

/// Ends a statement or a session. Sent only for a source that allows it, after the person typed what is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SignalRequest {
    pub source: SourceId,
    pub pid: i32,
    /// [`ActivitySession::started`]: a later session with the same pid is left alone.
    pub started: String,
    pub signal: Signal,
    /// What the person typed: the pid.
    pub typed: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    Cancel,
    Terminate,
}

/// What became of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum SignalOutcome {
    Sent,
    /// The session had ended before.
    Gone,
}
