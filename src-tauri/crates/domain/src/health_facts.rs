//! What is read of a server to judge its health: plain facts, where each part may be missing with the reason.

use serde::{Deserialize, Serialize};

use crate::{Degradation, Timestamp};

/// One part of a reading. It fails alone: then it says why, and what mends that.
pub type Part<T> = Result<T, Unseen>;

/// Why something could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unseen {
    /// Stable: `missing_privilege`, `timeout`, `not_yet`, …
    pub code: String,
    /// A plain sentence.
    pub message: String,
    pub remedy: Option<String>,
    /// The GRANT or setting, ready to be copied.
    pub sql: Option<String>,
}

impl From<Unseen> for Degradation {
    fn from(unseen: Unseen) -> Degradation {
        Degradation { code: unseen.code, message: unseen.message, remedy: unseen.sql.or(unseen.remedy) }
    }
}

/// A whole reading: what is read each minute, and what is read each ten minutes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HealthFacts {
    pub quick: QuickHealth,
    /// None before it was read for the first time.
    pub slow: Option<SlowHealth>,
}

/// What costs the server next to nothing: counters, sessions, settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuickHealth {
    pub at: Timestamp,
    pub server: ServerFacts,
    pub connections: Part<ConnectionFacts>,
    pub databases: Part<Vec<DatabaseFacts>>,
    pub checkpoints: Part<CheckpointFacts>,
    pub wal: Part<WalFacts>,
    pub archiver: Part<ArchiverFacts>,
    pub standbys: Part<Vec<StandbyFacts>>,
    pub recovery: Part<RecoveryFacts>,
    pub slots: Part<Vec<SlotFacts>>,
    pub vacuums: Part<VacuumsFacts>,
    pub ages: Part<AgeFacts>,
    pub transactions: Part<Vec<TransactionFacts>>,
    pub prepared: Part<Vec<PreparedFacts>>,
    pub settings: Part<Vec<SettingFacts>>,
}

/// What looks at every table, index and sequence of one database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SlowHealth {
    pub at: Timestamp,
    /// Of the database that was asked.
    pub database_bytes: Part<f64>,
    pub tables: Part<TablesFacts>,
    /// The tables with the oldest transaction ids.
    pub oldest_tables: Part<Vec<TableAge>>,
    pub table_bloat: Part<BloatFacts>,
    pub index_bloat: Part<BloatFacts>,
    pub invalid_indexes: Part<Vec<InvalidIndex>>,
    pub sequences: Part<SequencesFacts>,
    pub extensions: Part<Vec<ExtensionFacts>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServerFacts {
    /// 150018
    pub version_number: i32,
    pub version: String,
    pub role: String,
    pub database: String,
    pub started_at: Timestamp,
    pub in_recovery: bool,
    /// The role sees the statistics and sessions of everybody.
    pub sees_all: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConnectionFacts {
    pub used: f64,
    pub max: f64,
    /// For superusers and those with `pg_use_reserved_connections`.
    pub reserved: f64,
    /// None where other people's sessions are hidden.
    pub idle: Option<f64>,
    pub idle_in_transaction: Option<f64>,
    /// Sessions from other machines, and those of them that are encrypted.
    pub remote: Option<f64>,
    pub remote_encrypted: Option<f64>,
}

/// A row of `pg_stat_database`; counters since `stats_reset`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct DatabaseFacts {
    /// Empty for what belongs to none.
    pub name: String,
    pub commits: f64,
    pub rollbacks: f64,
    pub blocks_hit: f64,
    pub blocks_read: f64,
    pub temp_files: f64,
    pub temp_bytes: f64,
    pub deadlocks: f64,
    /// None where data checksums are off.
    pub checksum_failures: Option<f64>,
    pub stats_reset: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CheckpointFacts {
    pub timed: f64,
    pub requested: f64,
    pub write_ms: f64,
    pub sync_ms: f64,
    pub buffers_written: f64,
    pub stats_reset: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WalFacts {
    /// Where the log ends, in bytes; it goes on over restarts.
    pub position: f64,
    /// `pg_stat_wal.wal_bytes`, version 14 and later.
    pub written: Option<f64>,
    pub buffers_full: Option<f64>,
    pub stats_reset: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArchiverFacts {
    /// `archive_mode` is not off.
    pub on: bool,
    pub archived: f64,
    pub failed: f64,
    pub last_archived_at: Option<Timestamp>,
    pub last_failed_at: Option<Timestamp>,
    pub last_failed_file: Option<String>,
    /// Bytes of log after the last archived file, as far as its name tells.
    pub behind_bytes: Option<f64>,
    pub stats_reset: Option<Timestamp>,
}

/// A standby that follows this server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StandbyFacts {
    pub name: String,
    pub client: Option<String>,
    pub state: String,
    pub sync_state: String,
    pub behind_bytes: Option<f64>,
    pub behind_seconds: Option<f64>,
}

/// This server as a standby; only `in_recovery` counts on a primary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecoveryFacts {
    pub in_recovery: bool,
    /// Received, not yet applied.
    pub unapplied_bytes: Option<f64>,
    /// Age of the last transaction that was applied; on a quiet primary it grows without any lag.
    pub applied_age_seconds: Option<f64>,
    pub paused: Option<bool>,
    pub receiving: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SlotFacts {
    pub name: String,
    /// "physical", "logical"
    pub kind: String,
    pub database: String,
    pub active: bool,
    pub retained_bytes: Option<f64>,
    /// "reserved", "extended", "unreserved", "lost"; none where it reserves nothing.
    pub wal_status: Option<String>,
    /// What it may still fall behind before its files are removed; none without a limit.
    pub safe_bytes: Option<f64>,
    pub xmin_age: Option<f64>,
    pub catalog_xmin_age: Option<f64>,
    pub inactive_since: Option<Timestamp>,
    pub invalidation_reason: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VacuumsFacts {
    /// `autovacuum_max_workers`.
    pub workers_max: f64,
    pub running: Vec<VacuumFacts>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VacuumFacts {
    pub pid: i32,
    pub database: String,
    pub table: String,
    pub phase: String,
    /// Of the heap, 0 to 1.
    pub done: Option<f64>,
    /// None where other people's sessions are hidden.
    pub seconds: Option<f64>,
    pub automatic: bool,
    pub to_prevent_wraparound: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgeFacts {
    /// Oldest first.
    pub databases: Vec<DatabaseAge>,
    /// The next transaction id, epoch included: its rise is what is used up.
    pub next_xid: f64,
    pub freeze_max_age: f64,
    pub multixact_freeze_max_age: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DatabaseAge {
    pub name: String,
    pub xid_age: f64,
    pub mxid_age: f64,
}

/// A transaction that has been open for a while.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TransactionFacts {
    pub pid: i32,
    pub user: String,
    pub database: String,
    pub application: String,
    pub state: String,
    pub seconds: f64,
    /// How many transaction ids back it holds vacuum.
    pub xmin_age: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PreparedFacts {
    pub gid: String,
    pub owner: String,
    pub database: String,
    pub seconds: f64,
    pub xid_age: f64,
}

/// A setting as `pg_settings` has it: a number in `unit`, or a word.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SettingFacts {
    pub name: String,
    pub value: String,
    pub unit: Option<String>,
    pub pending_restart: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TablesFacts {
    /// Those with most dead rows, and those longest overdue.
    pub tables: Vec<TableFacts>,
    pub total: f64,
    /// All for which autovacuum is due.
    pub due: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TableFacts {
    pub schema: String,
    pub name: String,
    pub live: f64,
    pub dead: f64,
    pub bytes: f64,
    pub inserted_since_vacuum: f64,
    /// Dead rows at which autovacuum comes, the table's own options included.
    pub vacuum_at: f64,
    /// Inserted rows at which it comes; none where that is switched off.
    pub insert_at: Option<f64>,
    pub autovacuum: bool,
    pub last_vacuum: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TableAge {
    pub schema: String,
    pub name: String,
    pub xid_age: f64,
    pub mxid_age: f64,
    pub bytes: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BloatFacts {
    /// Those that waste most first.
    pub found: Vec<Bloat>,
    /// Large enough to be looked at; the server's own catalogs are not counted here, nor in the next.
    pub judged: f64,
    /// Among the largest, but without statistics that the role may see.
    pub without_statistics: f64,
}

/// An estimate from statistics.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bloat {
    pub schema: String,
    pub name: String,
    /// Of an index.
    pub table: Option<String>,
    pub bytes: f64,
    /// Beyond what its rows need at its fill factor.
    pub wasted_bytes: f64,
}

impl Bloat {
    /// 0 to 1.
    pub fn ratio(&self) -> f64 {
        if self.bytes > 0.0 { (self.wasted_bytes / self.bytes).clamp(0.0, 1.0) } else { 0.0 }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InvalidIndex {
    pub schema: String,
    pub name: String,
    pub table: String,
    pub bytes: f64,
    /// A session works on its table's indexes now.
    pub being_built: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SequencesFacts {
    /// Those nearest to their end first.
    pub found: Vec<SequenceFacts>,
    pub total: f64,
    /// Those that the role may not read, with the first of them.
    pub hidden: f64,
    pub hidden_schema: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SequenceFacts {
    pub schema: String,
    pub name: String,
    pub last_value: f64,
    /// Where it ends: its own maximum, or that of the column's type where that is smaller.
    pub end: f64,
    pub step: f64,
    /// The column that it fills, with its type.
    pub column: Option<SequenceColumn>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SequenceColumn {
    pub schema: String,
    pub table: String,
    pub column: String,
    /// "integer"
    pub kind: String,
}

/// One of the extensions that the console makes use of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExtensionFacts {
    pub name: String,
    /// In this database.
    pub installed: Option<String>,
    /// What the server could install.
    pub available: Option<String>,
    /// Its library is loaded at the server's start; none where that is not needed.
    pub loaded: Option<bool>,
}
