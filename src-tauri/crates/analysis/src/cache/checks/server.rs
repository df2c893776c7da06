//! What the server itself tells.

use domain::{CacheCheck, CacheCode, RedisNode, RedisRole, Severity};

use super::{Observed, Telling, told};
use crate::words;

/// Fewer look-ups than this say nothing about a ratio.
pub(super) const LOOKUPS: f64 = 1_000.0;
/// The document expects 70 to 85% for data that is asked for often.
const GOOD_HIT_RATIO: f64 = 0.70;
const POOR_HIT_RATIO: f64 = 0.30;
const NEARLY_FULL: f64 = 0.90;
/// One eviction in a hundred look-ups costs more than it saves.
const EVICTIONS_PER_LOOKUP: f64 = 0.01;
/// Redis' own documentation: above 1.5 look closer; a small process always looks fragmented.
const FRAGMENTED: f64 = 1.5;
const FRAGMENTED_BYTES: u64 = 100 * 1024 * 1024;
const CLIENTS_NEAR: f64 = 0.90;
/// A replica may lack this much of a busy stream at any moment.
const BEHIND_BYTES: u64 = 10 * 1024 * 1024;
const LAG_SECONDS: u64 = 10;
/// A single command that keeps everyone waiting for so long.
const SLOW_US: u64 = 100_000;

pub(super) fn checks(observed: &Observed<'_>) -> Vec<CacheCheck> {
    let mut checks: Vec<CacheCheck> = Vec::new();
    checks.extend(hit_ratio(observed));
    checks.extend(evictions(observed));
    checks.extend(rejected(observed));
    checks.extend(slow(observed));
    checks.extend(keys_command(observed));
    checks.extend(role_changes(observed));
    for node in &observed.redis.nodes {
        checks.extend(
            [memory(node), fragmentation(node), clients(node), persistence(node), link(node)]
                .into_iter()
                .flatten(),
        );
        checks.extend(behind(node));
    }
    checks
}

fn hit_ratio(observed: &Observed<'_>) -> Option<CacheCheck> {
    let lookups = observed.hits + observed.misses;
    if lookups < LOOKUPS || observed.hits / lookups >= GOOD_HIT_RATIO {
        return None;
    }
    let severity = if observed.hits / lookups < POOR_HIT_RATIO { Severity::Warning } else { Severity::Info };
    let seen = format!(
        "{} of {} look-ups of the last {} found their key.",
        words::percent(observed.hits, lookups),
        words::number(lookups),
        words::duration(observed.seconds)
    );
    Some(told(CacheCode::HitRatio, severity, seen).remedy(
        "Walk the keys to see what is there, and look under What would help for statements that a longer time to live or other tags would serve. Misses of other uses of this Redis (sessions, locks, queues) count here too.",
    ))
}

fn evictions(observed: &Observed<'_>) -> Option<CacheCheck> {
    let lookups = observed.hits + observed.misses;
    if observed.evicted < 1.0 {
        return None;
    }
    let heavy = observed.evicted > lookups * EVICTIONS_PER_LOOKUP;
    let severity = if heavy { Severity::Warning } else { Severity::Info };
    let seen = format!(
        "{} removed for want of memory in the last {}, with {}.",
        words::count(observed.evicted, "key was", "keys were"),
        words::duration(observed.seconds),
        words::count(lookups, "look-up", "look-ups")
    );
    Some(told(CacheCode::Evictions, severity, seen).remedy(
        "Give Redis more memory, shorten the time to live of what is large and seldom asked for (see the prefixes under Keys), or keep smaller results.",
    ))
}

fn rejected(observed: &Observed<'_>) -> Option<CacheCheck> {
    (observed.rejected_connections >= 1.0).then(|| {
        let seen = format!(
            "{} refused in the last {}.",
            words::count(observed.rejected_connections, "connection was", "connections were"),
            words::duration(observed.seconds)
        );
        told(CacheCode::RejectedConnections, Severity::Critical, seen).remedy(
            "Look at the clients by name for one that opens more than it needs; then raise maxclients, with the file limit of the process.",
        )
    })
}

fn slow(observed: &Observed<'_>) -> Option<CacheCheck> {
    let slowest = observed.slow.iter().max_by_key(|command| command.took_us)?;
    let severity = if slowest.took_us >= SLOW_US { Severity::Warning } else { Severity::Info };
    let seen = format!(
        "{} of the last {} in the slow log; the slowest, {}, took {}.",
        match observed.slow.len() {
            1 => "1 command".to_owned(),
            many => format!("{many} commands"),
        },
        words::duration(observed.seconds),
        slowest.command,
        words::duration(slowest.took_us as f64 / 1e6)
    );
    Some(told(CacheCode::SlowCommands, severity, seen).remedy(
        "Replace commands that go through whole collections by those that take a part (HSCAN, SSCAN, ZRANGE with limits), and remove large keys with UNLINK.",
    ))
}

fn keys_command(observed: &Observed<'_>) -> Option<CacheCheck> {
    let seen_in_log = observed.slow.iter().filter(|command| command.command.eq_ignore_ascii_case("keys"));
    let slow = seen_in_log.count();
    let calls: u64 = observed
        .redis
        .nodes
        .iter()
        .flat_map(|node| &node.commands)
        .filter(|command| command.command.eq_ignore_ascii_case("keys"))
        .map(|command| command.calls)
        .sum();
    if calls == 0 {
        return None;
    }
    let severity = if slow > 0 { Severity::Warning } else { Severity::Info };
    let seen = format!(
        "KEYS was called {} since the server started{}.",
        words::count(calls as f64, "time", "times"),
        if slow > 0 { format!(", {slow} of them slow lately") } else { String::new() }
    );
    Some(told(CacheCode::KeysCommand, severity, seen).remedy(
        "Use SCAN in small steps, or keep what belongs together in a set, as a query cache does with its tags.",
    ))
}

fn role_changes(observed: &Observed<'_>) -> Vec<CacheCheck> {
    let change = |change: &domain::RedisRoleChange| {
        let became = match &change.became {
            RedisRole::Primary => "the primary".to_owned(),
            RedisRole::Replica { primary, .. } => format!("a replica of {primary}"),
        };
        told(CacheCode::RoleChanged, Severity::Warning, format!("{} became {became}.", change.address))
            .remedy("Find out why the failover happened; check that clients follow it.")
    };
    observed.redis.role_changes.iter().map(change).collect()
}

fn memory(node: &RedisNode) -> Option<CacheCheck> {
    let memory = &node.memory;
    let used = words::bytes(memory.used_bytes as f64);
    let Some(max) = memory.max_bytes else {
        let seen = format!("{} uses {used} and has no limit (maxmemory 0).", node.address);
        return Some(told(CacheCode::NoLimit, Severity::Info, seen)
            .remedy("Set maxmemory to what the machine can spare, and a policy that suits a cache. The console does not change it.")
            .command("CONFIG SET maxmemory <bytes>\nCONFIG SET maxmemory-policy allkeys-lru\nCONFIG REWRITE".to_owned()));
    };
    let ratio = memory.used_bytes as f64 / max.max(1) as f64;
    if ratio < NEARLY_FULL {
        return None;
    }
    let refuses = memory.policy == "noeviction";
    let severity = if refuses { Severity::Critical } else { Severity::Info };
    let seen = format!(
        "{} uses {used} of {} ({}), policy {}.",
        node.address,
        words::bytes(max as f64),
        words::percent(memory.used_bytes as f64, max as f64),
        if memory.policy.is_empty() { "unknown" } else { &memory.policy }
    );
    let check = told(CacheCode::MemoryFull, severity, seen);
    Some(if refuses {
        check
            .remedy("With noeviction writes fail at the limit (OOM command not allowed). For a cache choose a policy that evicts, or raise the limit.")
            .command("CONFIG SET maxmemory-policy allkeys-lru\nCONFIG REWRITE".to_owned())
    } else {
        check.remedy("A cache at its limit is as it should be while evictions stay rare; see Evictions.")
    })
}

fn fragmentation(node: &RedisNode) -> Option<CacheCheck> {
    let ratio = node.memory.fragmentation_ratio.filter(|ratio| *ratio > FRAGMENTED)?;
    if node.memory.used_bytes < FRAGMENTED_BYTES {
        return None;
    }
    let seen = format!(
        "{} holds {} for {} of data (ratio {}).",
        node.address,
        words::bytes(node.memory.rss_bytes as f64),
        words::bytes(node.memory.used_bytes as f64),
        words::figure(ratio)
    );
    Some(
        told(CacheCode::Fragmentation, Severity::Info, seen)
            .remedy("Let Redis defragment in the background, or restart it at a quiet time.")
            .command("CONFIG SET activedefrag yes".to_owned()),
    )
}

fn clients(node: &RedisNode) -> Option<CacheCheck> {
    let max = node.clients.max.filter(|max| *max > 0)?;
    let connected = node.clients.connected as f64;
    if connected < max as f64 * CLIENTS_NEAR {
        return None;
    }
    let most = node.clients.groups.first();
    let most = most.map_or(String::new(), |group| {
        let name = if group.name.is_empty() { "without a name" } else { &group.name };
        format!(" Most are {name}: {}.", words::number(group.connections as f64))
    });
    let seen = format!(
        "{} has {} of {} connections ({}).{most}",
        node.address,
        words::number(connected),
        words::number(max as f64),
        words::percent(connected, max as f64)
    );
    Some(
        told(CacheCode::ClientsNearLimit, Severity::Warning, seen).remedy(
            "Let clients share connections (a pool, or multiplexing); close idle ones with `timeout`.",
        ),
    )
}

fn persistence(node: &RedisNode) -> Option<CacheCheck> {
    let state = &node.persistence;
    let failed = match (state.last_save_ok, state.append_only && !state.last_write_ok) {
        (true, false) => return None,
        (false, false) => "the last background save failed",
        (true, true) => "the last write to the append-only file failed",
        (false, true) => "the last background save and the last write to the append-only file failed",
    };
    let seen = format!(
        "On {} {failed}; {} not saved.",
        node.address,
        words::count(state.changes_since_save as f64, "change is", "changes are")
    );
    Some(told(CacheCode::SaveFailed, Severity::Critical, seen).remedy(
        "Read the log of Redis: usually the disk is full, the directory may not be written, or there is no memory to fork (vm.overcommit_memory).",
    ))
}

fn link(node: &RedisNode) -> Option<CacheCheck> {
    let RedisRole::Replica { primary, link_up: false, down_seconds, .. } = &node.role else { return None };
    let since =
        down_seconds.map_or(String::new(), |seconds| format!(" since {}", words::duration(seconds as f64)));
    let seen = format!("{} has no link to its primary {primary}{since}.", node.address);
    Some(
        told(CacheCode::ReplicaDown, Severity::Critical, seen).remedy(
            "Check that the primary runs and that the replica reaches it, with the right masterauth.",
        ),
    )
}

fn behind(node: &RedisNode) -> Vec<CacheCheck> {
    let late = node.replicas.iter().filter(|replica| {
        replica.behind_bytes > BEHIND_BYTES || replica.lag_seconds.is_some_and(|lag| lag > LAG_SECONDS)
    });
    late.map(|replica| {
        let lag = replica.lag_seconds.map_or(String::new(), |lag| {
            format!(", heard of {} ago", words::duration(lag as f64))
        });
        let seen = format!(
            "{} lacks {} of the stream of {}{lag}; state {}.",
            replica.address,
            words::bytes(replica.behind_bytes as f64),
            node.address,
            replica.state
        );
        told(CacheCode::ReplicaBehind, Severity::Warning, seen)
            .remedy("Look at the network between them and at the replica's load; raise repl-backlog-size if it resynchronises fully again and again.")
    })
    .collect()
}
