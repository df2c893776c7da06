//! What lies in a Redis: keys by prefix, type, tag, time to live and size, from a walk that never loads a value.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Problem, SourceId, Timestamp};

/// How a walk goes about. The defaults disturb nobody.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(default)]
pub struct KeyspaceOptions {
    /// Share of one core that the walk may take on the server, 0 to 1.
    pub budget: f64,
    /// Keys that are asked for size, type, time to live and idleness; the rest is counted by its name and extrapolated.
    pub measured_keys: u64,
}

impl Default for KeyspaceOptions {
    fn default() -> Self {
        KeyspaceOptions { budget: 0.10, measured_keys: 200_000 }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum KeyspaceState {
    Running,
    Done,
    /// Stopped by the person: what was seen until then is told.
    Cancelled,
    Failed {
        problem: Problem,
    },
}

/// A walk over the keys of one Redis, while it runs and afterwards. Sizes and shares are extrapolated from the keys measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Keyspace {
    pub source: SourceId,
    pub started_at: Timestamp,
    pub took_ms: f64,
    pub state: KeyspaceState,
    pub database: u32,
    /// Seen so far; SCAN may show a key twice while the table grows or shrinks.
    pub keys: u64,
    /// DBSIZE at the start, over all primaries.
    pub keys_expected: u64,
    /// Asked for size, type, time to live and idleness.
    pub measured: u64,
    pub bytes: f64,
    pub without_ttl: f64,
    pub types: Vec<KeyTypeShare>,
    /// Those with the most bytes first, at most 100.
    pub prefixes: Vec<KeyPrefix>,
    /// Keys under prefixes that are not listed.
    pub keys_left_out: u64,
    pub ttl: Vec<KeyAgeShare>,
    /// Since they were used last; empty where the policy is LFU, which does not tell.
    pub idle: Vec<KeyAgeShare>,
    /// Largest first, at most 50, of those measured.
    pub biggest: Vec<BigKey>,
    /// Tags of a query cache by the number of keys, at most 100.
    pub tags: Vec<CacheTag>,
    pub tags_left_out: u64,
    /// Keys whose *names* are longer than a kilobyte, and the bytes of all those names.
    pub long_names: u64,
    pub long_name_bytes: u64,
    pub layout: Option<CacheLayout>,
    pub cost: KeyspaceCost,
    /// What could not be asked, with the right that it needs: "MEMORY USAGE is not allowed".
    pub lacks: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct KeyTypeShare {
    /// "string", "set", "hash", …
    pub name: String,
    pub keys: f64,
    pub bytes: f64,
}

/// Keys whose names begin alike: `query:*`, `mpanel:session:*`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct KeyPrefix {
    pub prefix: String,
    pub keys: u64,
    pub measured: u64,
    pub bytes: f64,
    /// Share of its keys without a time to live, 0 to 1.
    pub without_ttl_ratio: f64,
    /// Of those with one, in seconds.
    pub ttl_median: Option<f64>,
    pub ttl_longest: Option<f64>,
    pub idle_median: Option<f64>,
    /// "string", or several: "string, set"
    pub types: String,
}

/// Keys of one step of an age.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct KeyAgeShare {
    /// "none", "under 1 min", "1 to 10 min", …
    pub label: String,
    pub keys: f64,
    pub bytes: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct BigKey {
    /// At most 200 characters; digits and hashes stay, values in the name are cut.
    pub name: String,
    pub name_bytes: u64,
    pub kind: String,
    pub bytes: u64,
    pub ttl_seconds: Option<f64>,
}

/// A set `cache:tag:<tag>`, which lists the keys that fall with the tag.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CacheTag {
    pub tag: String,
    pub members: u64,
    /// Of a sample of its members: the share that still exists, 0 to 1. The rest has expired and only fills the set.
    pub alive_ratio: Option<f64>,
    /// Longest time to live in that sample.
    pub ttl_longest: Option<f64>,
    /// The cache types that carry this tag.
    pub cache_types: Vec<String>,
}

/// How an mPanel keeps query results here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum CacheLayout {
    /// Strings `query:<16 hex>` and sets `cache:tag:<tag>`.
    Intended { entries: u64, tags: u64 },
    /// `mpanel:query:<16 hex>:<the result>`: the result is in the key's name, the time to live is its value, nothing is ever found.
    Broken { entries: u64, name_bytes: u64, intended_entries: u64 },
}

/// What the walk cost the server.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct KeyspaceCost {
    pub commands: u64,
    /// CPU time of the server for the console's commands, from its own command statistics; absent where they are hidden.
    pub server_ms: Option<f64>,
    /// Longest single step, as the console waited for it.
    pub longest_step_ms: f64,
    /// Share of one core over the time of the walk, 0 to 1.
    pub core_ratio: Option<f64>,
}

/// What one key was found to be; its value was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyMeasure<'k> {
    /// "string", "set", "hash", …
    pub kind: &'k str,
    /// As MEMORY USAGE estimates; none where that may not be asked.
    pub bytes: Option<u64>,
    pub ttl: KeyTtl,
    /// Since it was used last.
    pub idle_seconds: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyTtl {
    Unknown,
    Forever,
    Milliseconds(u64),
}

/// What a set of a tag was found to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TagMeasure<'t> {
    pub tag: &'t [u8],
    pub members: u64,
    /// Of a sample of its members: the share that still exists, 0 to 1.
    pub alive_ratio: Option<f64>,
    /// Longest time to live in that sample, in seconds.
    pub ttl_longest: Option<f64>,
}

/// The tag of a set `cache:tag:<tag>`, from its name.
pub fn cache_tag(name: &[u8]) -> Option<&[u8]> {
    name.strip_prefix(b"cache:tag:").filter(|tag| !tag.is_empty())
}
