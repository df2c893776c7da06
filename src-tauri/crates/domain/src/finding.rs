//! What a check found: one shape for every detector.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Evidence, SourceId, Timestamp};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Ok,
    Info,
    Warning,
    Critical,
}

/// Which rule speaks. Stable: stored, and matched by the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    PoolSaturation,
    PoolLeak,
    PoolClientsWaiting,
    PoolSlowAcquire,
    PgbouncerClientsWaiting,
    PgbouncerServersExhausted,
    ConnectionsNearLimit,
    IdleInTransaction,
    XidWraparound,
    MultixactWraparound,
    SequenceNearEnd,
    ReplicationSlots,
    ReplicationLag,
    Archiving,
    PreparedTransactions,
    Deadlocks,
    ChecksumFailures,
    CacheMemoryFull,
    CacheConnectionsRefused,
    CacheSaveFailed,
    CacheReplicaDown,
    SourceFailing,
    HistoryUnwritable,
    SeriesLimit,
}

impl Check {
    /// As it is stored and shown to programs.
    pub fn code(self) -> &'static str {
        match self {
            Check::PoolSaturation => "pool_saturation",
            Check::PoolLeak => "pool_leak",
            Check::PoolClientsWaiting => "pool_clients_waiting",
            Check::PoolSlowAcquire => "pool_slow_acquire",
            Check::PgbouncerClientsWaiting => "pgbouncer_clients_waiting",
            Check::PgbouncerServersExhausted => "pgbouncer_servers_exhausted",
            Check::ConnectionsNearLimit => "connections_near_limit",
            Check::IdleInTransaction => "idle_in_transaction",
            Check::XidWraparound => "xid_wraparound",
            Check::MultixactWraparound => "multixact_wraparound",
            Check::SequenceNearEnd => "sequence_near_end",
            Check::ReplicationSlots => "replication_slots",
            Check::ReplicationLag => "replication_lag",
            Check::Archiving => "archiving",
            Check::PreparedTransactions => "prepared_transactions",
            Check::Deadlocks => "deadlocks",
            Check::ChecksumFailures => "checksum_failures",
            Check::CacheMemoryFull => "cache_memory_full",
            Check::CacheConnectionsRefused => "cache_connections_refused",
            Check::CacheSaveFailed => "cache_save_failed",
            Check::CacheReplicaDown => "cache_replica_down",
            Check::SourceFailing => "source_failing",
            Check::HistoryUnwritable => "history_unwritable",
            Check::SeriesLimit => "series_limit",
        }
    }
}

/// What one check says about one source at one moment, before `for` and cooldown are applied.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    pub check: Check,
    pub source: SourceId,
    /// `Severity::Ok` when the check ran and found nothing wrong.
    pub severity: Severity,
    pub title: String,
    pub detail: String,
    pub evidence: Vec<Evidence>,
    pub remedy: Option<String>,
}

/// A condition that has lasted long enough to be told, from its beginning to its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Finding {
    /// Decimal text: ids outgrow the integers of JavaScript.
    pub id: String,
    pub check: Check,
    pub source: SourceId,
    pub severity: Severity,
    /// "Pool near capacity on panel-eu-1"
    pub title: String,
    /// "94% for 6 min, 7 clients waiting, p95 acquire 410 ms"
    pub detail: String,
    pub evidence: Vec<Evidence>,
    pub remedy: Option<String>,
    /// When the condition began (not when it was first told).
    pub since: Timestamp,
    pub last_seen: Timestamp,
    pub cleared_at: Option<Timestamp>,
    pub muted_until: Option<Timestamp>,
}

impl Finding {
    pub fn is_open(&self) -> bool {
        self.cleared_at.is_none()
    }
}
