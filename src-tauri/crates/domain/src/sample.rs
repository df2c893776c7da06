//! Samples of time series and the names they go by.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{SourceId, Timestamp};

/// Identity of a series: its source, its metric's name, its labels.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SeriesKey {
    pub source: SourceId,
    pub metric: String,
    pub labels: BTreeMap<String, String>,
}

impl SeriesKey {
    pub fn new(source: &SourceId, metric: impl Into<String>) -> SeriesKey {
        SeriesKey { source: source.clone(), metric: metric.into(), labels: BTreeMap::new() }
    }

    #[must_use]
    pub fn with(mut self, label: impl Into<String>, value: impl Into<String>) -> SeriesKey {
        self.labels.insert(label.into(), value.into());
        self
    }
}

impl fmt::Display for SeriesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.metric)?;
        let mut separator = "{";
        for (label, value) in &self.labels {
            write!(f, "{separator}{label}={value:?}")?;
            separator = ",";
        }
        if !self.labels.is_empty() { f.write_str("}") } else { Ok(()) }
    }
}

/// Gauges are read as they are; counters only ever mean something as a rate between two samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum MetricKind {
    Gauge,
    Counter,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub key: SeriesKey,
    pub kind: MetricKind,
    pub value: f64,
}

/// Everything that one poll of one source measured at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    pub at: Timestamp,
    pub samples: Vec<Sample>,
}

/// The names under which the console stores what it derives; scraped metrics keep their own (mapped) names.
pub mod metric {
    // The application's pool, in the words of the document.
    pub const POOL_TOTAL: &str = "db_pool_connections_total";
    pub const POOL_IDLE: &str = "db_pool_connections_idle";
    pub const POOL_ACTIVE: &str = "db_pool_connections_active";
    pub const POOL_WAITING: &str = "db_pool_connections_waiting";
    pub const POOL_ACQUIRE: &str = "db_pool_connection_acquire_duration_seconds";
    /// As the instance reports it (total / max), kept for comparison.
    pub const POOL_REPORTED_SATURATION: &str = "db_pool_saturation_ratio";
    /// active / max, computed by the console; what alerts look at.
    pub const POOL_ACTIVE_RATIO: &str = "db_pool_active_ratio";
    pub const POOL_MAX: &str = "db_pool_connections_max";
    /// p95 of the acquire time between two polls, from histogram buckets.
    pub const POOL_ACQUIRE_P95: &str = "db_pool_acquire_p95_seconds";
    /// Share of acquisitions between two polls that waited longer than 100 ms, 0 to 1.
    pub const POOL_ACQUIRE_SLOW_SHARE: &str = "db_pool_acquire_over_100ms_ratio";

    // PgBouncer, labelled by database, user.
    pub const PGBOUNCER_CL_ACTIVE: &str = "pgbouncer_cl_active";
    pub const PGBOUNCER_CL_WAITING: &str = "pgbouncer_cl_waiting";
    pub const PGBOUNCER_SV_ACTIVE: &str = "pgbouncer_sv_active";
    pub const PGBOUNCER_SV_IDLE: &str = "pgbouncer_sv_idle";
    pub const PGBOUNCER_SV_USED: &str = "pgbouncer_sv_used";
    pub const PGBOUNCER_MAXWAIT: &str = "pgbouncer_maxwait_seconds";
    pub const PGBOUNCER_POOL_SIZE: &str = "pgbouncer_pool_size";
    // Counters, labelled by database.
    pub const PGBOUNCER_QUERIES: &str = "pgbouncer_queries_total";
    pub const PGBOUNCER_TRANSACTIONS: &str = "pgbouncer_transactions_total";
    pub const PGBOUNCER_QUERY_TIME: &str = "pgbouncer_query_seconds_total";
    pub const PGBOUNCER_WAIT_TIME: &str = "pgbouncer_wait_seconds_total";

    // PostgreSQL backends.
    /// Client backends, labelled by state.
    pub const PG_BACKENDS: &str = "pg_backends";
    pub const PG_BACKENDS_TOTAL: &str = "pg_backends_count";
    pub const PG_MAX_CONNECTIONS: &str = "pg_max_connections";
    pub const PG_LONGEST_IDLE_IN_TRANSACTION: &str = "pg_longest_idle_in_transaction_seconds";
    /// Client backends of one application's pool, labelled by application and state.
    pub const PG_APPLICATION_BACKENDS: &str = "pg_application_backends";
    pub const PG_BLOCKED: &str = "pg_backends_waiting_for_lock";

    /// Sessions by what they wait for, labelled by class ([`crate::WaitClass::label`]).
    pub const PG_SESSIONS_BY_WAIT: &str = "pg_sessions_by_wait";

    // PostgreSQL's health: counters of all databases together unless labelled.
    pub const PG_COMMITS: &str = "pg_commits_total";
    pub const PG_ROLLBACKS: &str = "pg_rollbacks_total";
    pub const PG_BLOCKS_HIT: &str = "pg_blocks_hit_total";
    pub const PG_BLOCKS_READ: &str = "pg_blocks_read_total";
    pub const PG_TEMP_BYTES: &str = "pg_temp_bytes_total";
    pub const PG_DEADLOCKS: &str = "pg_deadlocks_total";
    pub const PG_WAL_BYTES: &str = "pg_wal_bytes_total";
    /// Gauges.
    pub const PG_XID_AGE: &str = "pg_xid_age";
    pub const PG_MXID_AGE: &str = "pg_multixact_age";
    /// Labelled by standby.
    pub const PG_REPLICATION_LAG_BYTES: &str = "pg_replication_lag_bytes";
    pub const PG_DATABASE_BYTES: &str = "pg_database_bytes";

    // A query cache, in the words of the document; look-ups and their time as histograms give them.
    pub const QUERY_CACHE_HITS: &str = "query_cache_hits_total";
    pub const QUERY_CACHE_MISSES: &str = "query_cache_misses_total";
    pub const QUERY_CACHE_LATENCY_SUM: &str = "query_cache_latency_seconds_sum";
    pub const QUERY_CACHE_LATENCY_COUNT: &str = "query_cache_latency_seconds_count";
    pub const COALESCED: &str = "coalesced_requests_total";
    pub const DEDUPLICATION_RATE: &str = "request_deduplication_rate";

    // Redis, labelled by node. Counters:
    pub const REDIS_HITS: &str = "redis_keyspace_hits_total";
    pub const REDIS_MISSES: &str = "redis_keyspace_misses_total";
    pub const REDIS_EVICTED: &str = "redis_evicted_keys_total";
    pub const REDIS_EXPIRED: &str = "redis_expired_keys_total";
    pub const REDIS_COMMANDS: &str = "redis_commands_total";
    pub const REDIS_INPUT_BYTES: &str = "redis_input_bytes_total";
    pub const REDIS_OUTPUT_BYTES: &str = "redis_output_bytes_total";
    pub const REDIS_REJECTED_CONNECTIONS: &str = "redis_rejected_connections_total";
    pub const REDIS_CPU_SECONDS: &str = "redis_cpu_seconds_total";
    /// Labelled by node and command.
    pub const REDIS_COMMAND_SECONDS: &str = "redis_command_seconds_total";
    /// Gauges.
    pub const REDIS_MEMORY: &str = "redis_memory_used_bytes";
    pub const REDIS_MEMORY_MAX: &str = "redis_memory_max_bytes";
    pub const REDIS_MEMORY_RSS: &str = "redis_memory_rss_bytes";
    pub const REDIS_FRAGMENTATION: &str = "redis_memory_fragmentation_ratio";
    pub const REDIS_CLIENTS: &str = "redis_connected_clients";
    pub const REDIS_BLOCKED_CLIENTS: &str = "redis_blocked_clients";
    pub const REDIS_KEYS: &str = "redis_keys";
    pub const REDIS_PING: &str = "redis_ping_seconds";
    /// Bytes of the replication stream that a replica lacks, labelled by node and replica.
    pub const REDIS_REPLICA_BEHIND: &str = "redis_replica_behind_bytes";
    /// Changes since the last save that a crash would lose.
    pub const REDIS_UNSAVED_CHANGES: &str = "redis_unsaved_changes";

    /// Milliseconds that a poll took, for every source.
    pub const POLL_MS: &str = "console_poll_milliseconds";
}
