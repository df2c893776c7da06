//! The Cache page: how well caches serve, what lies in them, what would help, and what the team shares.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    CacheAtTtl, ChartData, Keyspace, Measure, Problem, Redis, ReplayId, ServerChoice, Severity, SlowCommand,
    SourceId, Timestamp,
};

/// One Redis, and the query caches of the instances that use it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CachePage {
    pub at: Timestamp,
    /// Every Redis.
    pub servers: Vec<ServerChoice>,
    pub source: Option<SourceId>,
    /// Why there are no fresh figures.
    pub problem: Option<Problem>,
    /// The last poll that was answered; its time in `polled_at`.
    pub redis: Option<Redis>,
    pub polled_at: Option<Timestamp>,
    pub head: Vec<CacheFigure>,
    pub charts: Vec<CacheChart>,
    /// Gravest first.
    pub checks: Vec<CacheCheck>,
    /// The query cache of every instance that tells of one.
    pub instances: Vec<InstanceCache>,
    /// Newest first, at most 200.
    pub slow: Vec<SlowCommand>,
    /// Entries that left the server's log unseen since the console started.
    pub slow_missed: u64,
    /// The walk that runs or was the last.
    pub keyspace: Option<Keyspace>,
    /// The person allows the console to remove cached results of this server.
    pub allow_cache_writes: bool,
}

/// "Hit rate", "Lookups", "Memory", …
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CacheFigure {
    /// Stable, for programs: "hit_ratio".
    pub code: String,
    pub label: String,
    pub measure: Measure,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CacheChart {
    /// Stable, for programs: "hit_ratio".
    pub code: String,
    pub title: String,
    pub chart: ChartData,
}

/// One thing that was looked at, in the shape of every check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CacheCheck {
    pub code: CacheCode,
    pub severity: Severity,
    pub title: String,
    pub seen: String,
    pub why: String,
    pub remedy: Option<String>,
    /// The remedy as a command or a change of code, ready to be copied. Never run by the console.
    pub command: Option<String>,
}

/// Which check speaks. Stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum CacheCode {
    HitRatio,
    MemoryFull,
    Evictions,
    NoLimit,
    Fragmentation,
    RejectedConnections,
    ClientsNearLimit,
    SaveFailed,
    ReplicaDown,
    ReplicaBehind,
    SlowCommands,
    KeysCommand,
    BrokenLayout,
    LongNames,
    NoTtl,
    DeadTags,
    RoleChanged,
}

/// A query cache as its instance reports it, summed over all keys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct InstanceCache {
    pub source: SourceId,
    pub name: String,
    pub hit_ratio: Measure,
    pub lookups_per_second: Measure,
    pub latency: Measure,
    /// What this instance does not tell, or why its figures are what they are.
    pub note: Option<String>,
}

/// What stands to be removed with a tag: shown before it is typed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct TagPreview {
    pub tag: String,
    /// Members of the tag's set.
    pub members: u64,
    /// Names of the first, at most 20.
    pub first: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct TagInvalidated {
    pub tag: String,
    /// Keys that existed and are gone.
    pub removed: u64,
}

/// Statements whose results are worth keeping, from one replay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CacheAdvice {
    pub replays: Vec<CacheReplayChoice>,
    pub replay: Option<ReplayId>,
    /// Of the replayed log, in seconds.
    pub span_seconds: f64,
    /// Those that save most time first.
    pub candidates: Vec<CacheCandidate>,
    /// Statements with the most time that cannot be kept, and why; at most 20.
    pub refused: Vec<CacheRefusal>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CacheReplayChoice {
    pub replay: ReplayId,
    pub name: String,
    pub at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CacheCandidate {
    /// 16 hexadecimal digits.
    pub fingerprint: String,
    pub statement: String,
    pub tables: Vec<String>,
    pub calls: u64,
    pub total_ms: f64,
    pub mean_ms: Option<f64>,
    /// By time to live, shortest first.
    pub by_ttl: Vec<CacheAtTtl>,
    /// The shortest time to live that gives nearly all that the longest does.
    pub suggested_ttl_seconds: u32,
    /// A pre-configured type whose tags cover its tables: "products".
    pub cache_type: Option<String>,
    /// From the tables that invalidate it.
    pub tags: Vec<String>,
    /// Writes of the same log that make its result stale, most frequent first; at most 10.
    pub invalidated_by: Vec<CacheInvalidator>,
    pub code: Vec<CacheCodeSample>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CacheInvalidator {
    pub fingerprint: String,
    pub statement: String,
    pub tables: Vec<String>,
    pub calls: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CacheCodeSample {
    /// "mPanel (JavaScript)", "Rust"
    pub title: String,
    /// For colours: "js", "rust".
    pub language: String,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CacheRefusal {
    pub fingerprint: String,
    pub statement: String,
    pub calls: u64,
    pub total_ms: f64,
    pub reason: String,
}

/// Identical requests at the same time: what instances share already, and what a replay says they could.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CoalescingPage {
    pub at: Timestamp,
    pub instances: Vec<InstanceCoalescing>,
    /// Coalesced requests per second, by instance.
    pub chart: Option<ChartData>,
    pub replays: Vec<CacheReplayChoice>,
    pub replay: Option<ReplayId>,
    /// Those that save most time first, at most 100.
    pub duplicates: Vec<DuplicateInFlight>,
    pub shared: u64,
    pub saved_ms: f64,
    /// The console's own polls and reads.
    pub own: Vec<OwnCoalescing>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct InstanceCoalescing {
    pub source: SourceId,
    pub name: String,
    pub coalesced_per_second: Measure,
    pub deduplication_ratio: Measure,
    pub note: Option<String>,
}

/// A statement that was asked for again while the same one, with the same values, ran.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct DuplicateInFlight {
    pub fingerprint: String,
    pub statement: String,
    pub routes: Vec<String>,
    pub calls: u64,
    pub shared: u64,
    /// Shared over calls, 0 to 1.
    pub shared_ratio: f64,
    pub saved_ms: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct OwnCoalescing {
    /// "poll", "query_cache"
    pub what: String,
    pub coalesced: u64,
}

/// Expensive reads that the team's consoles share through one Redis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct TeamCachePage {
    /// The Redis that is named for it in the settings.
    pub server: Option<SourceId>,
    pub problem: Option<Problem>,
    pub hits: u64,
    pub misses: u64,
    /// Look-ups that went straight to the source because Redis did not answer.
    pub bypassed: u64,
    pub entries: Vec<SharedRead>,
}

/// One expensive read of one PostgreSQL.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SharedRead {
    pub source: SourceId,
    pub source_name: String,
    pub what: SharedReadKind,
    /// As it lies in Redis; absent while it is not there.
    pub bytes: Option<u64>,
    pub ttl_seconds: Option<f64>,
    /// When this console took it from Redis last, or read it itself.
    pub last: Option<SharedReadUse>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum SharedReadKind {
    /// Sizes, bloat, dead tuples: the slow part of a health reading.
    SlowHealth,
    /// Tables, columns, statistics and indexes, for index advice.
    IndexCatalog,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SharedReadUse {
    pub at: Timestamp,
    /// From Redis, read by another console or earlier by this one.
    pub shared: bool,
    pub took_ms: f64,
}
