//! The whole demo on real servers: what it serves, what each scenario does, and that nothing stays behind.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod probe;

use std::{os::unix::fs::PermissionsExt, path::Path, time::Duration};

use demo::{DataOptions, Demo, DemoOptions, Scenario, load_data};
use probe::{Probe, eventually};
use serde_json::{Value, json};
use tokio_postgres::{Client, Config, NoTls};

const TABLES: [&str; 12] = [
    "tenants",
    "customers",
    "products",
    "orders",
    "invoices",
    "invoice_items",
    "domains",
    "dns_records",
    "tickets",
    "ticket_messages",
    "sessions",
    "audit_log",
];

fn options(dir: Option<&Path>, load: bool) -> DemoOptions {
    DemoOptions { dir: dir.map(Path::to_path_buf), scale: 0.02, load, ..DemoOptions::default() }
}

/// Below a directory that the servers' account may pass through.
fn open_directory() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    dir
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_panel_serves_and_misbehaves_on_request() {
    let demo = Demo::start(options(None, true)).await.unwrap();
    assert_eq!(demo.missing(), [], "this test needs all three servers");
    let probe = Probe::of(&demo);
    let database = demo.postgres().unwrap().connect().await.unwrap();

    every_endpoint_answers(&probe).await;
    documented_families_are_there_and_move(&probe).await;
    request_ids_come_back(&probe).await;
    indexes_are_as_life_leaves_them(&database).await;
    roles_see_what_they_may(&demo).await;
    statements_are_logged_with_their_route(&demo).await;

    leak(&demo, &probe, &database).await;
    saturation(&demo, &probe, &database).await;
    idle_in_transaction(&demo, &database).await;
    slow_and_repeated_queries(&demo, &probe, &database).await;
    cache_stampede(&demo, &probe).await;
    broken_cache(&demo, &probe).await;
    flaky_upstream(&demo, &probe).await;
    duplicate_requests(&demo, &probe).await;
    memory_growth(&demo, &probe).await;

    health_is_rate_limited(&probe).await;
    let pids = pids(&demo);
    drop(database);
    demo.stop().await;
    for pid in pids {
        assert!(!Path::new(&format!("/proc/{pid}")).exists(), "process {pid} outlived the demo");
    }
    assert!(probe.status("/api/live").await.is_none(), "the panel outlived the demo");
}

fn pids(demo: &Demo) -> Vec<u32> {
    [demo.postgres().and_then(servers::Postgres::pid), demo.pgbouncer().and_then(servers::Pgbouncer::pid)]
        .into_iter()
        .flatten()
        .collect()
}

async fn every_endpoint_answers(probe: &Probe) {
    for path in [
        "/api/customers?tenant=1&limit=3",
        "/api/customers/search?email=a",
        "/api/orders/1",
        "/api/invoices?tenant=1",
        "/api/invoices/export?tenant=1",
        "/api/tickets?tenant=1",
        "/api/tickets/1",
        "/api/domains/1/dns",
        "/api/domains/1/availability",
        "/api/products",
        "/api/reports/revenue?tenant=1",
        "/api/audit?tenant=1",
        "/api/health",
        "/api/ready",
        "/api/live",
        "/demo/scenarios",
    ] {
        assert_eq!(probe.status(path).await, Some(200), "{path}");
    }
    let customers = probe.json("/api/customers?tenant=1&limit=3").await;
    assert_eq!(customers["customers"].as_array().unwrap().len(), 3, "{customers}");
    let email = customers["customers"][0]["email"].as_str().unwrap();
    assert_eq!(probe.send("POST", "/api/orders", json!({ "customer": 1, "products": [1, 2] })).await, 201);
    assert_eq!(probe.send("POST", "/api/invoices/1/pay", Value::Null).await, 200);
    assert_eq!(probe.send("POST", "/api/sessions", json!({ "email": email })).await, 200);
    assert_eq!(probe.send("PUT", "/api/products/1/price", json!({ "cents": 999 })).await, 200);
    assert_eq!(probe.status("/api/orders/999999999").await, Some(404));
    assert_eq!(probe.send("PUT", "/demo/scenarios/nonsense", json!({ "on": true })).await, 404);

    let health = probe.json("/api/health").await;
    assert_eq!(health["status"], "healthy");
    assert!(health["memory"]["rss"].as_u64().unwrap() > 0 && health["system"]["cpus"].as_u64().unwrap() > 0);
}

async fn documented_families_are_there_and_move(probe: &Probe) {
    let text = probe.metrics().await;
    for family in [
        "db_pool_connections_total",
        "db_pool_connections_idle",
        "db_pool_connections_active",
        "db_pool_connections_waiting",
        "db_pool_connection_acquire_duration_seconds",
        "db_pool_saturation_ratio",
        "query_cache_hits_total",
        "query_cache_misses_total",
        "query_cache_latency_seconds",
        "retry_attempts_total",
        "retry_success_total",
        "retry_failure_total",
        "retry_duration_seconds",
        "coalesced_requests_total",
        "request_deduplication_rate",
        "worker_pool_queue_size",
        "worker_pool_tasks_processed_total",
        "http_requests_total",
        "http_request_duration_seconds",
        "process_resident_memory_bytes",
        "process_start_time_seconds",
    ] {
        assert!(text.contains(&format!("# TYPE {family} ")), "{family} is missing in\n{text}");
    }
    assert!(
        text.lines().any(|line| line.starts_with("db_pool_connections_active ")),
        "pool metrics bear no label"
    );
    let before = probe.sum("http_requests_total").await;
    eventually(10, "the load makes requests", async || probe.sum("http_requests_total").await > before + 3.0)
        .await;
    eventually(10, "a result comes from the cache", async || {
        probe.status("/api/products").await;
        probe.sum("query_cache_hits_total").await > 0.0
    })
    .await;
}

async fn request_ids_come_back(probe: &Probe) {
    let response =
        probe.http.get(probe.url("/api/orders/1")).header("X-Request-ID", "abc-1").send().await.unwrap();
    assert_eq!(response.headers()["x-request-id"], "abc-1");
}

async fn indexes_are_as_life_leaves_them(database: &Client) {
    let invalid: String = one(
        database,
        "SELECT string_agg(indexrelid::regclass::text, ',') FROM pg_index WHERE NOT indisvalid",
    )
    .await;
    assert_eq!(invalid, "domains_name_key");
    let prefixes: i64 = one(
        database,
        "SELECT count(*) FROM pg_index a JOIN pg_index b ON a.indrelid = b.indrelid AND a.indexrelid <> b.indexrelid \
         WHERE a.indexrelid = 'invoices_tenant_id_idx'::regclass AND b.indkey::text LIKE a.indkey::text || ' %'",
    )
    .await;
    assert_eq!(prefixes, 1, "invoices_tenant_id_idx is a prefix of one other index");
    let scans: i64 = one(
        database,
        "SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'customers_country_idx'",
    )
    .await;
    assert_eq!(scans, 0);
    let extension: i64 =
        one(database, "SELECT count(*) FROM pg_extension WHERE extname = 'pg_stat_statements'").await;
    assert_eq!(extension, 1);
}

async fn roles_see_what_they_may(demo: &Demo) {
    for (endpoint, sees) in [(demo.endpoints().postgres.as_ref(), true), (demo.plain_console(), false)] {
        let endpoint = endpoint.unwrap();
        let mut config = Config::new();
        config.host(&endpoint.host).port(endpoint.port).dbname(&endpoint.database);
        config.user(&endpoint.user).password(&endpoint.password);
        let (client, connection) = config.connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        let states: i64 =
            one(&client, "SELECT count(state) FROM pg_stat_activity WHERE usename = 'panel'").await;
        assert_eq!(states > 0, sees, "{}", endpoint.user);
    }
}

async fn statements_are_logged_with_their_route(demo: &Demo) {
    let log = demo.endpoints().statement_log.clone().unwrap();
    eventually(10, "the export is in the statement log", async || {
        let text = tokio::fs::read_to_string(&log).await.unwrap_or_default();
        text.contains("/*application='panel',route='GET%20%2Fapi%2Finvoices%2Fexport',traceparent='00-")
    })
    .await;
}

async fn leak(demo: &Demo, probe: &Probe, database: &Client) {
    demo.set(Scenario::ConnectionLeak, true).await.unwrap();
    let held = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'panel' AND state = 'idle' \
                AND query LIKE '%invoices%2Fexport%'";
    eventually(25, "all ten connections are leaked", async || {
        probe.sum("db_pool_connections_active").await >= 10.0 && one::<i64>(database, held).await >= 10
    })
    .await;
    assert_eq!(probe.status("/api/ready").await, Some(503), "a panel without connections is not ready");
    assert_eq!(demo.active().await, [Scenario::ConnectionLeak]);
    demo.set(Scenario::ConnectionLeak, false).await.unwrap();
    pool_is_free(probe).await;
    assert_eq!(probe.status("/api/ready").await, Some(200));
}

async fn pool_is_free(probe: &Probe) {
    eventually(15, "the pool is free again", async || {
        probe.sum("db_pool_connections_active").await < 5.0
            && probe.sum("db_pool_connections_waiting").await == 0.0
    })
    .await;
}

async fn saturation(demo: &Demo, probe: &Probe, database: &Client) {
    assert_eq!(probe.send("PUT", "/demo/scenarios/pool_saturation", json!({ "on": true })).await, 200);
    let active = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'panel' AND state = 'active'";
    eventually(10, "ten statements run and others wait", async || {
        probe.sum("db_pool_connections_active").await >= 10.0
            && probe.sum("db_pool_connections_waiting").await >= 1.0
            && one::<i64>(database, active).await >= 9
    })
    .await;
    demo.set(Scenario::PoolSaturation, false).await.unwrap();
    pool_is_free(probe).await;
}

async fn idle_in_transaction(demo: &Demo, database: &Client) {
    let idle = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' AND usename = 'panel' AND state_change < now() - interval '500 ms'";
    let blocked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND cardinality(pg_blocking_pids(pid)) > 0";
    demo.set(Scenario::IdleInTransaction, true).await.unwrap();
    eventually(10, "writers wait for an idle transaction", async || {
        one::<i64>(database, idle).await >= 1 && one::<i64>(database, blocked).await >= 3
    })
    .await;
    demo.set(Scenario::IdleInTransaction, false).await.unwrap();
    eventually(10, "nobody waits for it any more", async || {
        one::<i64>(database, idle).await == 0 && one::<i64>(database, blocked).await == 0
    })
    .await;
}

async fn slow_and_repeated_queries(demo: &Demo, probe: &Probe, database: &Client) {
    for (scenario, route, scans) in
        [(Scenario::SlowQuery, "/api/customers/search", 300.0), (Scenario::NPlusOne, "/api/customers", 60.0)]
    {
        let count = format!("http_requests_total{{method=\"GET\",route=\"{route}\"");
        let sequential = "SELECT (seq_scan)::bigint FROM pg_stat_user_tables WHERE relname = 'orders'";
        let (requests, scanned) = (probe.sum(&count).await, one::<i64>(database, sequential).await);
        demo.set(scenario, true).await.unwrap();
        eventually(15, scenario.code(), async || {
            probe.sum(&count).await >= requests + 3.0
                && (one::<i64>(database, sequential).await - scanned) as f64 >= scans
        })
        .await;
        demo.set(scenario, false).await.unwrap();
        assert_eq!(demo.active().await, []);
    }
}

async fn broken_cache(demo: &Demo, probe: &Probe) {
    demo.set(Scenario::BrokenCache, true).await.unwrap();
    let url = demo.endpoints().redis.clone().unwrap();
    let mut redis = redis::Client::open(url).unwrap().get_multiplexed_async_connection().await.unwrap();
    eventually(10, "results stand in names of keys", async || {
        let keys: Vec<String> =
            redis::cmd("KEYS").arg("mpanel:query:*").query_async(&mut redis.clone()).await.unwrap();
        keys.iter().any(|key| key.contains(":{\"products\":"))
    })
    .await;
    let before = probe.sum("query_cache_hits_total").await;
    for _ in 0..5 {
        assert_eq!(probe.status("/api/products").await, Some(200));
    }
    assert_eq!(probe.sum("query_cache_hits_total").await, before, "nothing is ever found");
    demo.set(Scenario::BrokenCache, false).await.unwrap();
    let _: () = redis::cmd("FLUSHDB").query_async(&mut redis).await.unwrap();
}

async fn cache_stampede(demo: &Demo, probe: &Probe) {
    let before = probe.sum("query_cache_misses_total").await;
    demo.set(Scenario::CacheStampede, true).await.unwrap();
    eventually(10, "many readers miss at once", async || {
        probe.sum("query_cache_misses_total").await >= before + 20.0
    })
    .await;
    demo.set(Scenario::CacheStampede, false).await.unwrap();
    assert_eq!(probe.status("/api/products").await, Some(200));
    let settled = probe.sum("query_cache_hits_total").await;
    eventually(10, "readers hit again", async || {
        probe.status("/api/products").await;
        probe.sum("query_cache_hits_total").await >= settled + 3.0
    })
    .await;
}

async fn flaky_upstream(demo: &Demo, probe: &Probe) {
    let before = probe.sum("retry_attempts_total").await;
    demo.set(Scenario::FlakyUpstream, true).await.unwrap();
    eventually(15, "the panel tries again", async || probe.sum("retry_attempts_total").await >= before + 5.0)
        .await;
    demo.set(Scenario::FlakyUpstream, false).await.unwrap();
    assert_eq!(probe.status("/api/domains/1/availability").await, Some(200));
}

async fn duplicate_requests(demo: &Demo, probe: &Probe) {
    let before = probe.sum("coalesced_requests_total").await;
    demo.set(Scenario::DuplicateRequests, true).await.unwrap();
    eventually(10, "equal requests share one", async || {
        probe.sum("coalesced_requests_total").await >= before + 5.0
    })
    .await;
    demo.set(Scenario::DuplicateRequests, false).await.unwrap();
}

async fn memory_growth(demo: &Demo, probe: &Probe) {
    let begin = probe.sum("process_resident_memory_bytes").await;
    demo.set(Scenario::MemoryGrowth, true).await.unwrap();
    let grown = 6.0 * f64::from(1 << 20);
    eventually(15, "memory grows", async || probe.sum("process_resident_memory_bytes").await > begin + grown)
        .await;
    let peak = probe.sum("process_resident_memory_bytes").await;
    demo.set(Scenario::MemoryGrowth, false).await.unwrap();
    eventually(10, "memory is given back", async || {
        probe.sum("process_resident_memory_bytes").await < peak - grown / 2.0
    })
    .await;
}

async fn health_is_rate_limited(probe: &Probe) {
    let first = probe.http.get(probe.url("/api/live")).send().await.unwrap();
    assert_eq!(first.headers()["x-ratelimit-limit"], "100");
    let mut left: u32 = first.headers()["x-ratelimit-remaining"].to_str().unwrap().parse().unwrap();
    while left > 0 {
        left -= 1;
        assert_eq!(probe.status("/api/live").await, Some(200));
    }
    let refused = probe.http.get(probe.url("/api/health")).send().await.unwrap();
    assert_eq!(refused.status(), 429);
    assert!(refused.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
    assert!(refused.headers()["retry-after"].to_str().unwrap().parse::<u64>().unwrap() <= 900);
    assert!(refused.text().await.unwrap().starts_with("Too many requests"));
    assert_eq!(probe.status("/metrics").await, Some(200), "metrics are not limited");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_are_the_same_for_the_same_seed_and_kept_in_their_directory() {
    let dir = open_directory();
    let demo = Demo::start(options(Some(dir.path()), false)).await.unwrap();
    let server = demo.postgres().unwrap();
    let mut sums = Vec::new();
    for (name, seed) in [("one", 5), ("two", 5), ("three", 6)] {
        server.connect().await.unwrap().batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        let mut config = Config::new();
        config
            .host(server.host())
            .port(server.port())
            .user(server.user())
            .password(server.password())
            .dbname(name);
        let data = DataOptions { scale: 0.002, seed, as_of: 1_795_392_000 };
        assert!(load_data(&config, data, &|_| {}).await.unwrap() > 2_000);
        let client = server.connect_as(server.user(), server.password(), name).await.unwrap();
        sums.push(checksum(&client).await);
    }
    assert_eq!(sums[0], sums[1]);
    assert!(sums[0].iter().zip(&sums[2]).all(|(mine, other)| mine != other), "another seed gives other rows");

    let before = checksum(&server.connect().await.unwrap()).await;
    let url = demo.endpoints().panel.clone().unwrap();
    let console = demo.endpoints().postgres.clone().unwrap();
    demo.stop().await;
    let mut demo = Demo::start(options(Some(dir.path()), false)).await.unwrap();
    let again = demo.endpoints().postgres.clone().unwrap();
    assert_eq!(again.password, console.password, "a saved source goes on working");
    assert_eq!(checksum(&demo.postgres().unwrap().connect().await.unwrap()).await, before, "{url}");

    survives_its_servers(&mut demo).await;
    demo.stop().await;
}

async fn survives_its_servers(demo: &mut Demo) {
    let probe = Probe::of(demo);
    assert_eq!(probe.status("/api/orders/1").await, Some(200));
    demo.pgbouncer_mut().unwrap().kill().await;
    assert_ne!(probe.status("/api/orders/1").await, Some(200));
    demo.pgbouncer_mut().unwrap().start_again().await.unwrap();
    eventually(15, "the panel reaches PgBouncer again", async || {
        probe.status("/api/orders/1").await == Some(200)
    })
    .await;

    demo.set(Scenario::MemoryGrowth, true).await.unwrap();
    let started = probe.sum("process_start_time_seconds").await;
    demo.kill_panel();
    assert_eq!(probe.status("/api/orders/1").await, None);
    demo.restart_panel().await.unwrap();
    assert_eq!(probe.status("/api/orders/1").await, Some(200), "the same port");
    assert!(probe.sum("process_start_time_seconds").await > started);
    assert_eq!(demo.active().await, [], "a restart ends scenarios");
}

async fn checksum(client: &Client) -> Vec<String> {
    let mut sums = Vec::new();
    for table in TABLES {
        sums.push(
            one(client, &format!("SELECT md5(string_agg(t::text, ';' ORDER BY id)) FROM {table} t")).await,
        );
    }
    sums
}

async fn one<T: for<'a> tokio_postgres::types::FromSql<'a>>(client: &Client, sql: &str) -> T {
    tokio::time::timeout(Duration::from_secs(20), client.query_one(sql, &[])).await.unwrap().unwrap().get(0)
}
