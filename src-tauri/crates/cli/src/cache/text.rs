//! What a look at a Redis found, for a terminal.

use engine::cache::CacheLook;
use engine::domain::{CacheCheck, Keyspace, KeyspaceState, RedisNode, RedisRole, Severity};

const PREFIXES: usize = 20;
const TAGS: usize = 10;
const BIGGEST: usize = 10;

pub(super) fn text(look: &CacheLook) -> String {
    let mut lines = vec![look.version.clone().unwrap_or_else(|| "Redis".to_owned()), String::new()];
    lines.extend(look.redis.nodes.iter().map(node));
    lines.push(String::new());
    lines.extend(look.checks.iter().flat_map(check));
    if look.checks.iter().all(|check| check.severity == Severity::Ok) {
        lines.extend(["Nothing is wrong.".to_owned(), String::new()]);
    }
    for lack in &look.lacks {
        lines.push(format!("missing: {}", lack.message));
        lines.extend(lack.remedy.iter().map(|remedy| format!("  {remedy}")));
    }
    if let Some(keyspace) = &look.keyspace {
        lines.extend(keys(keyspace));
    }
    lines.join("\n").trim_end().to_owned() + "\n"
}

fn node(node: &RedisNode) -> String {
    let role = match &node.role {
        RedisRole::Primary => "primary".to_owned(),
        RedisRole::Replica { primary, .. } => format!("replica of {primary}"),
    };
    let counters = node.counters;
    let lookups = counters.hits + counters.misses;
    let hits = match lookups {
        0 => "no look-ups".to_owned(),
        _ => format!("hit rate {:.1}%", counters.hits as f64 * 100.0 / lookups as f64),
    };
    let keys: u64 = node.databases.iter().map(|database| database.keys).sum();
    format!(
        "{} {role}: {keys} keys, {}, {hits}, {} clients, round trip {:.2} ms",
        node.address,
        bytes(node.memory.used_bytes as f64),
        node.clients.connected,
        node.ping_ms
    )
}

fn check(check: &CacheCheck) -> Vec<String> {
    const INDENT: &str = "          ";
    let mark = match check.severity {
        Severity::Critical => "critical",
        Severity::Warning => "warning",
        Severity::Info => "note",
        Severity::Ok => "ok",
    };
    let mut lines = vec![format!("{mark:<9} {}: {}", check.title, check.seen)];
    lines.extend(check.remedy.iter().map(|remedy| format!("{INDENT}{remedy}")));
    for line in check.command.iter().flat_map(|command| command.lines()) {
        lines.push(format!("{INDENT}  {line}").trim_end().to_owned());
    }
    if check.severity > Severity::Ok {
        lines.push(String::new());
    }
    lines
}

fn keys(keyspace: &Keyspace) -> Vec<String> {
    let state = match &keyspace.state {
        KeyspaceState::Failed { problem } => format!(" It broke off: {}", problem.message),
        KeyspaceState::Cancelled => " It was stopped.".to_owned(),
        KeyspaceState::Running | KeyspaceState::Done => String::new(),
    };
    let mut lines = vec![format!(
        "Walked over {} keys in {:.1} s ({} measured), about {}; {:.0} without a time to live.{state}",
        keyspace.keys,
        keyspace.took_ms / 1000.0,
        keyspace.measured,
        bytes(keyspace.bytes),
        keyspace.without_ttl
    )];
    if let Some(ratio) = keyspace.cost.core_ratio {
        lines.push(format!(
            "It took {:.1}% of one core of the server; the longest step {:.1} ms.",
            ratio * 100.0,
            keyspace.cost.longest_step_ms
        ));
    }
    lines.push(String::new());
    lines.push(format!("{:<44} {:>10} {:>10} {:>7} {:>10}", "prefix", "keys", "size", "no ttl", "ttl"));
    lines.extend(keyspace.prefixes.iter().take(PREFIXES).map(|prefix| {
        format!(
            "{:<44} {:>10} {:>10} {:>6.0}% {:>10}",
            prefix.prefix,
            prefix.keys,
            bytes(prefix.bytes),
            prefix.without_ttl_ratio * 100.0,
            prefix.ttl_median.map_or_else(String::new, seconds)
        )
    }));
    if keyspace.keys_left_out > 0 {
        lines.push(format!("{} keys under other prefixes", keyspace.keys_left_out));
    }
    lines.push(String::new());
    if !keyspace.tags.is_empty() {
        lines.push(format!("{:<30} {:>10} {:>8}", "tag", "members", "alive"));
        lines.extend(keyspace.tags.iter().take(TAGS).map(|tag| {
            let alive = tag.alive_ratio.map_or_else(String::new, |ratio| format!("{:.0}%", ratio * 100.0));
            format!("{:<30} {:>10} {alive:>8}", tag.tag, tag.members)
        }));
        lines.push(String::new());
    }
    lines.extend(
        keyspace
            .biggest
            .iter()
            .take(BIGGEST)
            .map(|key| format!("{:>10} {:<8} {}", bytes(key.bytes as f64), key.kind, key.name)),
    );
    lines.extend(keyspace.lacks.iter().map(|lack| format!("missing: {lack}")));
    lines
}

fn bytes(count: f64) -> String {
    match count {
        ..1_000.0 => format!("{count:.0} B"),
        ..1e6 => format!("{:.1} kB", count / 1e3),
        ..1e9 => format!("{:.1} MB", count / 1e6),
        _ => format!("{:.1} GB", count / 1e9),
    }
}

fn seconds(count: f64) -> String {
    match count {
        ..120.0 => format!("{count:.0} s"),
        ..7_200.0 => format!("{:.0} min", count / 60.0),
        ..172_800.0 => format!("{:.0} h", count / 3_600.0),
        _ => format!("{:.0} days", count / 86_400.0),
    }
}
