//! What is told of a Redis, and what is advised from a replay.

use domain::{
    CacheAtTtl, CacheCode, CacheForecast, CacheLayout, CacheTag, CoalesceForecast, Keyspace, KeyspaceCost,
    KeyspaceState, QueryStats, QueryTrend, Redis, RedisClients, RedisCommandStats, RedisCounters,
    RedisMemory, RedisNode, RedisPersistence, RedisReplica, RedisRole, RedisRoleChange, Severity,
    SlowCommand, SourceId, Timestamp,
};

use super::*;

const MB: u64 = 1024 * 1024;

fn node() -> RedisNode {
    RedisNode {
        address: "10.0.0.5:6379".to_owned(),
        role: RedisRole::Primary,
        run_id: "a".repeat(40),
        version: "7.0.15".to_owned(),
        uptime_seconds: 86_400,
        ping_ms: 0.2,
        counters: RedisCounters::default(),
        memory: RedisMemory {
            used_bytes: 300 * MB,
            rss_bytes: 320 * MB,
            peak_bytes: 310 * MB,
            max_bytes: Some(1024 * MB),
            policy: "allkeys-lru".to_owned(),
            fragmentation_ratio: Some(1.07),
        },
        clients: RedisClients { connected: 40, max: Some(10_000), ..RedisClients::default() },
        persistence: RedisPersistence {
            last_save_ok: true,
            last_write_ok: true,
            ..RedisPersistence::default()
        },
        databases: Vec::new(),
        commands: Vec::new(),
        latency: Vec::new(),
        replicas: Vec::new(),
        slower_than_us: Some(10_000),
    }
}

fn slow(command: &str, took_us: u64) -> SlowCommand {
    SlowCommand {
        node: node().address,
        run_id: node().run_id,
        id: "7".to_owned(),
        at: Timestamp(0),
        took_us,
        command: command.to_owned(),
        key: None,
        arguments: 1,
        client: None,
    }
}

fn told<'o>(redis: &'o Redis, change: impl FnOnce(&mut Observed<'o>)) -> Vec<(CacheCode, Severity, String)> {
    let mut observed = Observed {
        redis,
        seconds: 900.0,
        hits: 9_000.0,
        misses: 1_000.0,
        evicted: 0.0,
        rejected_connections: 0.0,
        slow: &[],
        keyspace: None,
    };
    change(&mut observed);
    let told = check(&observed).into_iter().filter(|check| check.severity > Severity::Ok);
    told.map(|check| (check.code, check.severity, check.seen)).collect()
}

#[test]
fn a_sound_server_is_told_nothing_bad() {
    let redis = Redis { nodes: vec![node()], ..Redis::default() };
    assert_eq!(told(&redis, |_| {}), []);
    // A fresh one with few look-ups is not judged by them.
    assert_eq!(told(&redis, |seen| (seen.hits, seen.misses) = (0.0, 999.0)), []);
}

#[test]
fn what_is_fine_is_said_too() {
    let redis = Redis { nodes: vec![node()], ..Redis::default() };
    let mut observed = Observed {
        redis: &redis,
        seconds: 900.0,
        hits: 9_000.0,
        misses: 1_000.0,
        evicted: 0.0,
        rejected_connections: 0.0,
        slow: &[],
        keyspace: None,
    };
    let fine = |observed: &Observed<'_>| {
        let checks = check(observed).into_iter().filter(|check| check.severity == Severity::Ok);
        checks.map(|check| (check.code, check.seen)).collect::<Vec<_>>()
    };
    let expected = [
        (CacheCode::HitRatio, "90% of 10,000 look-ups in the last 15 min found their key."),
        (CacheCode::MemoryFull, "300 MB of 1 GB are used (29%)."),
        (CacheCode::Evictions, "No key was removed for want of memory in the last 15 min."),
        (CacheCode::RejectedConnections, "No connection was refused in the last 15 min."),
        (CacheCode::ClientsNearLimit, "40 of 10,000 connections are open."),
        (CacheCode::SaveFailed, "The last saves went well."),
        (CacheCode::SlowCommands, "No command was slow in the last 15 min."),
    ];
    assert_eq!(fine(&observed), expected.map(|(code, seen)| (code, seen.to_owned())));
    // What is not fine is not said to be, and of a server that was not seen nothing is.
    observed.evicted = 500.0;
    assert!(fine(&observed).iter().all(|(code, _)| *code != CacheCode::Evictions));
    let unseen = Redis::default();
    let nothing = Observed { redis: &unseen, hits: 0.0, misses: 0.0, evicted: 0.0, ..observed };
    assert_eq!(check(&nothing), []);
}

/// What is changed on a sound node, and what is then told.
type NodeCase = (fn(&mut RedisNode), CacheCode, Severity, &'static str);

#[test]
fn each_fault_of_a_server_is_told() {
    let cases: [NodeCase; 11] = [
        (
            |node| node.memory.max_bytes = None,
            CacheCode::NoLimit,
            Severity::Info,
            "10.0.0.5:6379 uses 300 MB and has no limit (maxmemory 0).",
        ),
        (
            |node| {
                node.memory.max_bytes = Some(301 * MB);
                node.memory.policy = "noeviction".to_owned();
            },
            CacheCode::MemoryFull,
            Severity::Critical,
            "10.0.0.5:6379 uses 300 MB of 301 MB (99%), policy noeviction.",
        ),
        (
            |node| node.memory.max_bytes = Some(301 * MB),
            CacheCode::MemoryFull,
            Severity::Info,
            "10.0.0.5:6379 uses 300 MB of 301 MB (99%), policy allkeys-lru.",
        ),
        (
            |node| (node.memory.rss_bytes, node.memory.fragmentation_ratio) = (600 * MB, Some(2.0)),
            CacheCode::Fragmentation,
            Severity::Info,
            "10.0.0.5:6379 holds 600 MB for 300 MB of data (ratio 2).",
        ),
        (
            |node| node.clients.connected = 9_500,
            CacheCode::ClientsNearLimit,
            Severity::Warning,
            "10.0.0.5:6379 has 9,500 of 10,000 connections (95%).",
        ),
        (
            |node| (node.persistence.last_save_ok, node.persistence.changes_since_save) = (false, 12),
            CacheCode::SaveFailed,
            Severity::Critical,
            "On 10.0.0.5:6379 the last background save failed; 12 changes are not saved.",
        ),
        (
            |node| (node.persistence.append_only, node.persistence.last_write_ok) = (true, false),
            CacheCode::SaveFailed,
            Severity::Critical,
            "On 10.0.0.5:6379 the last write to the append-only file failed; 0 changes are not saved.",
        ),
        (
            |node| {
                node.role = RedisRole::Replica {
                    primary: "10.0.0.4:6379".to_owned(),
                    link_up: false,
                    down_seconds: Some(42),
                    behind_bytes: None,
                };
            },
            CacheCode::ReplicaDown,
            Severity::Critical,
            "10.0.0.5:6379 has no link to its primary 10.0.0.4:6379 since 42 s.",
        ),
        (
            |node| {
                node.replicas = vec![RedisReplica {
                    address: "10.0.0.6:6379".to_owned(),
                    state: "online".to_owned(),
                    behind_bytes: 64 * MB,
                    lag_seconds: Some(1),
                }];
            },
            CacheCode::ReplicaBehind,
            Severity::Warning,
            "10.0.0.6:6379 lacks 64 MB of the stream of 10.0.0.5:6379, heard of 1 s ago; state online.",
        ),
        (
            |node| {
                node.commands = vec![RedisCommandStats {
                    command: "keys".to_owned(),
                    calls: 3,
                    total_us: 900,
                    rejected: 0,
                    failed: 0,
                }];
            },
            CacheCode::KeysCommand,
            Severity::Info,
            "KEYS was called 3 times since the server started.",
        ),
        // A process of a few megabytes always looks fragmented, and is not told; the limit is.
        (
            |node| {
                node.memory.used_bytes = MB;
                node.memory.fragmentation_ratio = Some(9.0);
                node.memory.max_bytes = None;
            },
            CacheCode::NoLimit,
            Severity::Info,
            "10.0.0.5:6379 uses 1 MB and has no limit (maxmemory 0).",
        ),
    ];
    for (change, code, severity, seen) in cases {
        let mut changed = node();
        change(&mut changed);
        let redis = Redis { nodes: vec![changed], ..Redis::default() };
        assert_eq!(told(&redis, |_| {}), [(code, severity, seen.to_owned())]);
    }
}

#[test]
fn what_was_counted_lately_is_judged() {
    let redis = Redis { nodes: vec![node()], ..Redis::default() };
    let found = told(&redis, |seen| {
        (seen.hits, seen.misses) = (2_000.0, 8_000.0);
        (seen.evicted, seen.rejected_connections) = (500.0, 1.0);
    });
    let expected = [
        (CacheCode::RejectedConnections, Severity::Critical, "1 connection was refused in the last 15 min."),
        (
            CacheCode::HitRatio,
            Severity::Warning,
            "20% of 10,000 look-ups of the last 15 min found their key.",
        ),
        (
            CacheCode::Evictions,
            Severity::Warning,
            "500 keys were removed for want of memory in the last 15 min, with 10,000 look-ups.",
        ),
    ];
    assert_eq!(found, expected.map(|(code, severity, seen)| (code, severity, seen.to_owned())));
    let few = told(&redis, |seen| (seen.hits, seen.misses, seen.evicted) = (6_000.0, 4_000.0, 5.0));
    assert_eq!(
        few.iter().map(|(code, severity, _)| (*code, *severity)).collect::<Vec<_>>(),
        [(CacheCode::HitRatio, Severity::Info), (CacheCode::Evictions, Severity::Info)]
    );
}

#[test]
fn slow_commands_and_a_failover_are_told() {
    let change = RedisRoleChange { address: "10.0.0.6:6379".to_owned(), became: RedisRole::Primary };
    let redis = Redis { nodes: vec![node()], role_changes: vec![change], ..Redis::default() };
    let log = [slow("HGETALL", 20_000), slow("SMEMBERS", 250_000)];
    let found = told(&redis, |seen| seen.slow = &log);
    assert_eq!(
        found[0].2,
        "2 commands of the last 15 min in the slow log; the slowest, SMEMBERS, took 250 ms."
    );
    assert_eq!(found[1].2, "10.0.0.6:6379 became the primary.");
}

fn keyspace() -> Keyspace {
    Keyspace {
        source: SourceId::new("cache"),
        started_at: Timestamp(0),
        took_ms: 1_000.0,
        state: KeyspaceState::Done,
        database: 0,
        keys: 1_000,
        keys_expected: 1_000,
        measured: 1_000,
        bytes: 1e6,
        without_ttl: 0.0,
        types: Vec::new(),
        prefixes: Vec::new(),
        keys_left_out: 0,
        ttl: Vec::new(),
        idle: Vec::new(),
        biggest: Vec::new(),
        tags: Vec::new(),
        tags_left_out: 0,
        long_names: 0,
        long_name_bytes: 0,
        layout: None,
        cost: KeyspaceCost::default(),
        lacks: Vec::new(),
    }
}

#[test]
fn the_broken_layout_is_explained_with_its_fix() {
    let redis = Redis { nodes: vec![node()], ..Redis::default() };
    let keys = Keyspace {
        layout: Some(CacheLayout::Broken { entries: 40, name_bytes: 3 * MB, intended_entries: 0 }),
        long_names: 40,
        long_name_bytes: 3 * MB,
        ..keyspace()
    };
    let observed = Observed {
        redis: &redis,
        seconds: 0.0,
        hits: 0.0,
        misses: 0.0,
        evicted: 0.0,
        rejected_connections: 0.0,
        slow: &[],
        keyspace: Some(&keys),
    };
    let checks: Vec<_> = check(&observed).into_iter().filter(|check| check.severity > Severity::Ok).collect();
    let [check] = checks.as_slice() else { panic!("{checks:?}") };
    assert_eq!(check.code, CacheCode::BrokenLayout);
    assert_eq!(check.seen, "40 keys are named mpanel:query:<hash>:<result>, 3 MB in the names alone.");
    assert!(
        check.command.as_deref().is_some_and(|fix| fix.contains("'EX', ttl") && fix.contains("cache:tag:"))
    );
}

#[test]
fn immortal_results_long_names_and_dead_tags_are_told() {
    let redis = Redis { nodes: vec![node()], ..Redis::default() };
    let prefix = |prefix: &str, without_ttl_ratio: f64| domain::KeyPrefix {
        prefix: prefix.to_owned(),
        keys: 200,
        measured: 200,
        bytes: 2e6,
        without_ttl_ratio,
        ttl_median: None,
        ttl_longest: None,
        idle_median: None,
        types: "string".to_owned(),
    };
    let tag = |tag: &str, members: u64, alive: f64| CacheTag {
        tag: tag.to_owned(),
        members,
        alive_ratio: Some(alive),
        ttl_longest: None,
        cache_types: Vec::new(),
    };
    let keys = Keyspace {
        prefixes: vec![prefix("query:*", 0.5), prefix("mpanel:session:*", 1.0)],
        tags: vec![tag("catalog", 10_000, 0.1), tag("billing", 5_000, 0.9), tag("kb", 10, 0.0)],
        long_names: 2,
        long_name_bytes: 4_096,
        ..keyspace()
    };
    let found = told(&redis, |seen| seen.keyspace = Some(&keys));
    let seen: Vec<_> = found.iter().map(|(code, _, seen)| (*code, seen.as_str())).collect();
    assert_eq!(
        seen,
        [
            (CacheCode::LongNames, "2 names are longer than 1 kB, 4 kB together."),
            (CacheCode::NoTtl, "About 100 cached results are without a time to live, 977 kB together."),
            (
                CacheCode::DeadTags,
                "1 tag consists mostly of keys that have expired: about 9,000 of them, most in catalog (10,000 members)."
            ),
        ]
    );
}

fn query(statement: &str, verb: &str, tables: &[&str], calls: u64, cache: CacheForecast) -> QueryStats {
    QueryStats {
        fingerprint: format!("{:016x}", statement.len() * 7_919),
        statement: statement.to_owned(),
        verb: verb.to_owned(),
        tables: tables.iter().map(|table| (*table).to_owned()).collect(),
        calls,
        timed: calls,
        total_ms: calls as f64 * 5.0,
        time_ratio: 0.1,
        mean_ms: Some(5.0),
        p50_ms: None,
        p95_ms: None,
        p99_ms: None,
        max_ms: None,
        rows_mean: None,
        errors: 0,
        last_error: None,
        truncated: false,
        first_seen: Timestamp(0),
        last_seen: Timestamp(0),
        trend: QueryTrend::default(),
        routes: Vec::new(),
        cache,
        coalescing: CoalesceForecast::default(),
        plan: None,
    }
}

fn simulated(hits: [u64; 3]) -> CacheForecast {
    let at = |(ttl_seconds, hits): (u32, u64)| CacheAtTtl {
        ttl_seconds,
        hits,
        hit_ratio: hits as f64 / 100.0,
        saved_ms: hits as f64 * 5.0,
    };
    CacheForecast::Simulated { by_ttl: [60, 600, 3_600].into_iter().zip(hits).map(at).collect() }
}

#[test]
fn statements_worth_keeping_come_with_their_tags_and_what_makes_them_stale() {
    let refused = || CacheForecast::NotCacheable { reason: "Its result depends on the clock.".to_owned() };
    let queries = [
        query(
            "SELECT * FROM products WHERE tenant_id = $1",
            "SELECT",
            &["products"],
            100,
            simulated([20, 90, 95]),
        ),
        query(
            "SELECT * FROM orders JOIN public.items USING (id) WHERE a = $1 AND b = $2",
            "SELECT",
            &["orders", "public.items"],
            100,
            simulated([95, 96, 97]),
        ),
        query(
            "UPDATE products SET price = $1",
            "UPDATE",
            &["products"],
            7,
            CacheForecast::NotCacheable { reason: "It writes.".to_owned() },
        ),
        query("SELECT * FROM offers WHERE until > now()", "SELECT", &["offers"], 50, refused()),
        query("SELECT * FROM invoices WHERE id = $1", "SELECT", &["invoices"], 60, simulated([0, 0, 0])),
    ];
    let (candidates, refusals) = advise(&queries);
    let [first, second] = candidates.as_slice() else { panic!("{candidates:?}") };
    // The join saves most, at its shortest time to live; longer ones add next to nothing.
    assert_eq!((first.suggested_ttl_seconds, first.cache_type.as_deref()), (60, None));
    assert_eq!(first.tags, ["items", "orders"]);
    assert!(first.invalidated_by.is_empty());
    assert_eq!((second.suggested_ttl_seconds, second.cache_type.as_deref()), (600, Some("products")));
    assert_eq!(second.tags, ["products", "catalog"]);
    assert_eq!(second.invalidated_by[0].calls, 7);
    let refusals: Vec<_> = refusals.iter().map(|refusal| (refusal.calls, refusal.reason.as_str())).collect();
    assert_eq!(
        refusals,
        [
            (60, "It was never asked again with the same values before a write to its tables."),
            (50, "Its result depends on the clock."),
        ]
    );
}

#[test]
fn the_code_carries_the_statement_its_parameters_and_its_tags() {
    let statement = "SELECT * FROM products WHERE tenant_id = $1 AND active = $2";
    let queries = [query(statement, "SELECT", &["products"], 100, simulated([90, 91, 92]))];
    let code = &advise(&queries).0[0].code;
    let name = format!("products_{}", &queries[0].fingerprint[..4]);
    for (sample, parts) in code.iter().zip([
        [
            format!("'{name}': {{ ttl: 60, tags: ['products', 'catalog'] }},"),
            format!("() => pool.query(`{statement}`, [p1, p2]),\n  [p1, p2],"),
            "await invalidateCache(['products', 'catalog']);".to_owned(),
        ],
        [
            format!("CacheType::new(\"{name}\", Duration::from_secs(60), "),
            format!("client.query(r#\"{statement}\"#, &[&p1, &p2])"),
            "&[\"products\", \"catalog\"]".to_owned(),
        ],
    ]) {
        for part in parts {
            assert!(sample.text.contains(&part), "{}\nlacks {part}", sample.text);
        }
    }
}
