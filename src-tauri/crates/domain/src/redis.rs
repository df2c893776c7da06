//! A Redis as one poll sees it: its nodes with their role, counters, memory, clients, commands and slow log.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::Timestamp;

/// How a Redis is reached. A password travels beside it, never in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct RedisConnection {
    /// `host`, `host:port` or the path of a Unix socket; one server, or several Sentinels, or several nodes of a cluster.
    pub nodes: Vec<String>,
    pub topology: RedisTopology,
    /// Always 0 in a cluster.
    pub database: u32,
    /// A user of the ACL; `default` when absent.
    pub user: Option<String>,
    pub tls: crate::TlsMode,
    /// A PEM file with the certificate authority; the system's roots when absent.
    pub root_certificate: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum RedisTopology {
    #[default]
    Single,
    /// The nodes are Sentinels, which tell where the primary of `service` is.
    Sentinel {
        service: String,
        /// The Sentinels want the same user and password.
        authenticated: bool,
    },
    Cluster,
}

/// What one poll of a Redis found. A primary and its replicas, the primaries of a cluster, or one server.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Redis {
    /// The primary first.
    pub nodes: Vec<RedisNode>,
    /// Entries of the slow log that were not there at the poll before, oldest first.
    pub slow: Vec<SlowCommand>,
    /// Entries that left the log of the server unseen, because it wrapped between two polls.
    pub slow_missed: u64,
    /// A node that became primary or replica since the poll before.
    pub role_changes: Vec<RedisRoleChange>,
}

impl Redis {
    /// Those that hold keys of their own; a lone replica is none.
    pub fn primaries(&self) -> impl Iterator<Item = &RedisNode> {
        self.nodes.iter().filter(|node| node.role == RedisRole::Primary)
    }

    /// Of all databases of all primaries; of a lone replica its own.
    pub fn keys(&self) -> u64 {
        if self.primaries().next().is_none() {
            return self.nodes.first().map_or(0, RedisNode::keys);
        }
        self.primaries().map(RedisNode::keys).fold(0, u64::saturating_add)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct RedisNode {
    /// `host:port`
    pub address: String,
    pub role: RedisRole,
    /// Another one after every start: counters begin anew.
    pub run_id: String,
    /// "7.0.15"
    pub version: String,
    pub uptime_seconds: u64,
    /// Round trip of one PING, on the connection of the poll.
    pub ping_ms: f64,
    pub counters: RedisCounters,
    pub memory: RedisMemory,
    pub clients: RedisClients,
    pub persistence: RedisPersistence,
    pub databases: Vec<RedisDatabase>,
    /// Those that took most time first, at most 50.
    pub commands: Vec<RedisCommandStats>,
    /// `LATENCY LATEST`; empty where `latency-monitor-threshold` is 0.
    pub latency: Vec<RedisLatencyEvent>,
    /// Of a primary.
    pub replicas: Vec<RedisReplica>,
    /// `slowlog-log-slower-than`; absent where CONFIG GET is not allowed, negative when it is off.
    pub slower_than_us: Option<i64>,
}

impl RedisNode {
    /// Of all its databases.
    pub fn keys(&self) -> u64 {
        self.databases.iter().map(|database| database.keys).fold(0, u64::saturating_add)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum RedisRole {
    Primary,
    Replica {
        /// `host:port`
        primary: String,
        link_up: bool,
        /// Since the link is down.
        down_seconds: Option<u64>,
        /// Bytes of the replication stream that it lacks.
        behind_bytes: Option<u64>,
    },
}

/// They only grow until the server starts anew or somebody runs CONFIG RESETSTAT, which the console never does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct RedisCounters {
    pub hits: u64,
    pub misses: u64,
    pub evicted: u64,
    pub expired: u64,
    pub commands: u64,
    pub connections: u64,
    pub rejected_connections: u64,
    pub input_bytes: u64,
    pub output_bytes: u64,
    pub errors: u64,
    /// Microseconds of CPU, of user and system together.
    pub cpu_us: u64,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct RedisMemory {
    pub used_bytes: u64,
    pub rss_bytes: u64,
    pub peak_bytes: u64,
    /// None where there is no limit.
    pub max_bytes: Option<u64>,
    /// "allkeys-lru", "noeviction", …
    pub policy: String,
    /// Resident over used; meaningless below some 100 MB.
    pub fragmentation_ratio: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct RedisClients {
    pub connected: u64,
    pub max: Option<u64>,
    pub blocked: u64,
    /// From CLIENT LIST, by name and user; those with the most connections first, at most 50. Empty where it is not allowed.
    pub groups: Vec<RedisClientGroup>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct RedisClientGroup {
    /// Set by `CLIENT SETNAME`; empty when the client set none.
    pub name: String,
    pub user: String,
    pub connections: u64,
    pub longest_idle_seconds: u64,
    /// Of the largest output buffer.
    pub most_output_bytes: u64,
    pub subscribed: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct RedisPersistence {
    pub saving: bool,
    pub changes_since_save: u64,
    pub last_save_at: Option<Timestamp>,
    pub last_save_ok: bool,
    pub append_only: bool,
    pub rewriting: bool,
    pub last_write_ok: bool,
    /// Of the last fork, which stops every client.
    pub last_fork_us: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct RedisDatabase {
    pub database: u32,
    pub keys: u64,
    /// Keys that have a time to live.
    pub expiring: u64,
    /// Mean time to live of those, estimated by the server.
    pub mean_ttl_ms: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct RedisCommandStats {
    /// "get", "client|list"
    pub command: String,
    pub calls: u64,
    pub total_us: u64,
    pub rejected: u64,
    pub failed: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct RedisLatencyEvent {
    /// "command", "fork", "expire-cycle", …
    pub event: String,
    pub at: Timestamp,
    pub latest_ms: f64,
    pub worst_ms: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct RedisReplica {
    pub address: String,
    /// "online", "wait_bgsave", …
    pub state: String,
    pub behind_bytes: u64,
    pub lag_seconds: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct RedisRoleChange {
    pub address: String,
    pub became: RedisRole,
}

/// One entry of SLOWLOG, without the values it holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SlowCommand {
    pub node: String,
    /// Of the server's run: ids begin at 0 after a restart.
    pub run_id: String,
    /// Decimal text.
    pub id: String,
    pub at: Timestamp,
    pub took_us: u64,
    /// "GET", "CONFIG GET"
    pub command: String,
    /// The first key with its digits and hashes replaced: `query:*`. Absent where the command takes none.
    pub key: Option<String>,
    /// Words after the command.
    pub arguments: u64,
    pub client: Option<String>,
}
