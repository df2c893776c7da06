//! From the fields of INFO to what one node is and counts.

use domain::{
    RedisClients, RedisCommandStats, RedisCounters, RedisDatabase, RedisMemory, RedisNode, RedisPersistence,
    RedisReplica, RedisRole, Timestamp,
};

use super::{Info, Parts};

/// Commands with figures of their own, those that took most time.
const COMMANDS: usize = 50;
const DATABASES: usize = 256;
const REPLICAS: usize = 64;

/// Everything that INFO tells of the node at `address`; what other commands tell is left empty.
pub fn node(info: &Info<'_>, address: &str, version: &str) -> RedisNode {
    RedisNode {
        address: address.to_owned(),
        role: role(info),
        run_id: info.text("run_id").unwrap_or_default().to_owned(),
        version: version.to_owned(),
        uptime_seconds: info.count("uptime_in_seconds").unwrap_or(0),
        ping_ms: 0.0,
        counters: counters(info),
        memory: memory(info),
        clients: RedisClients {
            connected: info.count("connected_clients").unwrap_or(0),
            max: info.count("maxclients"),
            blocked: info.count("blocked_clients").unwrap_or(0),
            groups: Vec::new(),
        },
        persistence: persistence(info),
        databases: databases(info),
        commands: commands(info),
        latency: Vec::new(),
        replicas: replicas(info),
        slower_than_us: None,
    }
}

fn role(info: &Info<'_>) -> RedisRole {
    if !matches!(info.text("role"), Some("slave" | "replica")) {
        return RedisRole::Primary;
    }
    let host = info.text("master_host").unwrap_or("?");
    let port = info.text("master_port").unwrap_or("?");
    let link_up = info.text("master_link_status") == Some("up");
    RedisRole::Replica {
        primary: if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") },
        link_up,
        down_seconds: info.count("master_link_down_since_seconds").filter(|_| !link_up),
        behind_bytes: None,
    }
}

fn counters(info: &Info<'_>) -> RedisCounters {
    let count = |field| info.count(field).unwrap_or(0);
    // Before 6.2 there is no total, and no count of errors by kind either.
    let by_kind =
        || info.each("errorstat_").filter_map(|(_, parts)| parts.count("count")).fold(0, u64::saturating_add);
    let seconds = info.number("used_cpu_user").unwrap_or(0.0) + info.number("used_cpu_sys").unwrap_or(0.0);
    RedisCounters {
        hits: count("keyspace_hits"),
        misses: count("keyspace_misses"),
        evicted: count("evicted_keys"),
        expired: count("expired_keys"),
        commands: count("total_commands_processed"),
        connections: count("total_connections_received"),
        rejected_connections: count("rejected_connections"),
        input_bytes: count("total_net_input_bytes"),
        output_bytes: count("total_net_output_bytes"),
        errors: info.count("total_error_replies").unwrap_or_else(by_kind),
        cpu_us: (seconds * 1e6).round() as u64,
    }
}

fn memory(info: &Info<'_>) -> RedisMemory {
    RedisMemory {
        used_bytes: info.count("used_memory").unwrap_or(0),
        rss_bytes: info.count("used_memory_rss").unwrap_or(0),
        peak_bytes: info.count("used_memory_peak").unwrap_or(0),
        max_bytes: info.count("maxmemory").filter(|bytes| *bytes > 0),
        policy: info.text("maxmemory_policy").unwrap_or_default().to_owned(),
        fragmentation_ratio: info.number("mem_fragmentation_ratio").filter(|ratio| *ratio > 0.0),
    }
}

fn persistence(info: &Info<'_>) -> RedisPersistence {
    // What is not told is not known to have failed.
    let ok = |field| info.text(field).is_none_or(|status| status == "ok");
    let last_save = info.count("rdb_last_save_time").and_then(|seconds| i64::try_from(seconds).ok());
    RedisPersistence {
        saving: info.flag("rdb_bgsave_in_progress"),
        changes_since_save: info.count("rdb_changes_since_last_save").unwrap_or(0),
        last_save_at: last_save.map(|seconds| Timestamp(seconds.saturating_mul(1000))),
        last_save_ok: ok("rdb_last_bgsave_status"),
        append_only: info.flag("aof_enabled"),
        rewriting: info.flag("aof_rewrite_in_progress"),
        last_write_ok: ok("aof_last_write_status"),
        last_fork_us: info.count("latest_fork_usec").unwrap_or(0),
    }
}

fn databases(info: &Info<'_>) -> Vec<RedisDatabase> {
    let database = |(number, parts): (&str, Parts<'_>)| {
        let expiring = parts.count("expires").unwrap_or(0);
        Some(RedisDatabase {
            database: number.parse().ok()?,
            keys: parts.count("keys")?,
            expiring,
            // 0 until the server has looked at some.
            mean_ttl_ms: parts.number("avg_ttl").filter(|mean| *mean > 0.0),
        })
    };
    let mut found: Vec<_> = info.each("db").filter_map(database).collect();
    found.sort_by_key(|found| found.database);
    found.truncate(DATABASES);
    found
}

fn commands(info: &Info<'_>) -> Vec<RedisCommandStats> {
    let command = |(name, parts): (&str, Parts<'_>)| {
        Some(RedisCommandStats {
            command: name.to_owned(),
            calls: parts.count("calls")?,
            total_us: parts.count("usec")?,
            rejected: parts.count("rejected_calls").unwrap_or(0),
            failed: parts.count("failed_calls").unwrap_or(0),
        })
    };
    let mut found: Vec<_> = info.each("cmdstat_").filter_map(command).collect();
    found.sort_by(|a, b| b.total_us.cmp(&a.total_us).then_with(|| a.command.cmp(&b.command)));
    found.truncate(COMMANDS);
    found
}

fn replicas(info: &Info<'_>) -> Vec<RedisReplica> {
    let written = info.count("master_repl_offset").unwrap_or(0);
    let replica = |(_, parts): (&str, Parts<'_>)| {
        let host = parts.text("ip")?;
        let port = parts.text("port")?;
        Some(RedisReplica {
            address: if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") },
            state: parts.text("state").unwrap_or_default().to_owned(),
            behind_bytes: written.saturating_sub(parts.count("offset").unwrap_or(0)),
            lag_seconds: parts.count("lag"),
        })
    };
    info.each("slave").chain(info.each("replica")).filter_map(replica).take(REPLICAS).collect()
}
