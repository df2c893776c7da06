//! Checks of one Redis: memory, evictions, hits, persistence, replicas, slow commands, and what its keys show.

mod fine;
mod keys;
mod server;

use domain::{CacheCheck, CacheCode, Keyspace, Redis, Severity, SlowCommand};

/// What a Redis is judged by. Counts are those of a window, so that what happened long ago is not told as news.
#[derive(Debug, Clone, Copy)]
pub struct Observed<'o> {
    pub redis: &'o Redis,
    /// Length of the window in seconds; zero where nothing was counted yet.
    pub seconds: f64,
    pub hits: f64,
    pub misses: f64,
    pub evicted: f64,
    pub rejected_connections: f64,
    /// Of the window.
    pub slow: &'o [SlowCommand],
    pub keyspace: Option<&'o Keyspace>,
}

/// Everything that was looked at, gravest first; what is as it should be comes last.
pub fn check(observed: &Observed<'_>) -> Vec<CacheCheck> {
    let mut told: Vec<CacheCheck> = server::checks(observed);
    told.extend(observed.keyspace.into_iter().flat_map(keys::checks));
    told.extend(fine::checks(observed, &told));
    told.sort_by_key(|check| (std::cmp::Reverse(check.severity), check.code));
    told
}

/// The parts of a check that are never left out; the rest is added by [`Telling`].
fn told(code: CacheCode, severity: Severity, seen: String) -> CacheCheck {
    let (title, why) = about(code);
    CacheCheck {
        code,
        severity,
        title: title.to_owned(),
        seen,
        why: why.to_owned(),
        remedy: None,
        command: None,
    }
}

trait Telling {
    fn remedy(self, text: &str) -> Self;
    fn command(self, text: String) -> Self;
}

impl Telling for CacheCheck {
    fn remedy(mut self, text: &str) -> CacheCheck {
        self.remedy = Some(text.to_owned());
        self
    }

    fn command(mut self, text: String) -> CacheCheck {
        self.command = Some(text);
        self
    }
}

/// The title, and why it matters.
fn about(code: CacheCode) -> (&'static str, &'static str) {
    match code {
        CacheCode::HitRatio => {
            ("Hit rate", "A look-up that misses costs a round trip and then the query all the same.")
        }
        CacheCode::MemoryFull => (
            "Memory limit",
            "At the limit Redis removes keys by its policy, or with noeviction refuses every write.",
        ),
        CacheCode::Evictions => (
            "Evictions",
            "Keys are removed before their time, so that they are fetched again from the database.",
        ),
        CacheCode::NoLimit => {
            ("No memory limit", "Without a limit Redis grows until the machine swaps or the kernel ends it.")
        }
        CacheCode::Fragmentation => {
            ("Fragmentation", "The process holds memory that no key uses, and the machine runs short of it.")
        }
        CacheCode::RejectedConnections => {
            ("Refused connections", "Clients beyond maxclients get an error instead of a connection.")
        }
        CacheCode::ClientsNearLimit => (
            "Connections near the limit",
            "The next clients beyond maxclients get an error instead of a connection.",
        ),
        CacheCode::SaveFailed => (
            "Persistence",
            "What was not saved is lost with a restart, and by default Redis refuses writes after a failed save.",
        ),
        CacheCode::ReplicaDown => {
            ("Replication link", "A replica without its primary answers with old data, or with MASTERDOWN.")
        }
        CacheCode::ReplicaBehind => {
            ("Replication lag", "After a failover, what the replica lacks is lost; reads from it are old.")
        }
        CacheCode::SlowCommands => {
            ("Slow commands", "Redis serves one command after the other: while one runs, every client waits.")
        }
        CacheCode::KeysCommand => {
            ("KEYS in use", "KEYS reads every name in one go, and every other client waits meanwhile.")
        }
        CacheCode::BrokenLayout => (
            "Query cache in the wrong layout",
            "The result stands in the name of the key, its value is the number meant as time to live, and the time to live is the default of an hour. mPanel asks for the name without the result, so that every look-up misses, and no cache:tag:* set lists these keys.",
        ),
        CacheCode::LongNames => (
            "Long key names",
            "Names are held in memory whole, are sent with every command and cannot be compressed.",
        ),
        CacheCode::NoTtl => (
            "Cached results that never expire",
            "They stay stale for ever unless something removes them, and fill the memory.",
        ),
        CacheCode::DeadTags => (
            "Tags full of expired keys",
            "An invalidation deletes every member of the set, also those that are long gone.",
        ),
        CacheCode::RoleChanged => (
            "Role changed",
            "Writes in flight at a failover may be lost; clients that do not follow get READONLY.",
        ),
    }
}
