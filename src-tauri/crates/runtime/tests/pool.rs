//! The pool against a real PostgreSQL: what it reports is what was done to it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may fail loudly")]

use std::time::{Duration, Instant};

use runtime::metrics::Registry;
use runtime::pool::{AcquireError, Pool, PoolError, PoolOptions, PooledConnection, Sizing};
use runtime::retry::ErrorClass;
use servers::{Postgres, PostgresOptions};
use tokio_postgres::{Config, NoTls};

const PATIENCE: Duration = Duration::from_secs(30);

async fn server() -> Postgres {
    Postgres::start(PostgresOptions::default()).await.unwrap()
}

fn options(max: usize) -> PoolOptions {
    PoolOptions { max, ceiling: max, acquire_timeout: PATIENCE, labelled: false, ..PoolOptions::default() }
}

fn pool(server: &Postgres, options: PoolOptions) -> (Pool, Registry) {
    let registry = Registry::new();
    let config: Config = server.dsn().parse().unwrap();
    (Pool::new(config, NoTls, options, &registry).unwrap(), registry)
}

async fn take(pool: &Pool, count: usize) -> Vec<PooledConnection> {
    let mut taken = Vec::new();
    for _ in 0..count {
        taken.push(pool.acquire("tests/pool.rs").await.unwrap());
    }
    taken
}

async fn backend(connection: &PooledConnection) -> i32 {
    connection.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0)
}

/// The value of an unlabelled series.
fn value(registry: &Registry, name: &str) -> f64 {
    let text = registry.render();
    let start = format!("{name} ");
    text.lines()
        .find_map(|line| line.strip_prefix(&start))
        .unwrap_or_else(|| panic!("{name} in\n{text}"))
        .parse()
        .unwrap()
}

fn gauges(registry: &Registry) -> [f64; 4] {
    ["total", "idle", "active", "waiting"].map(|part| value(registry, &format!("db_pool_connections_{part}")))
}

async fn until(what: &str, mut met: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !met() {
        assert!(Instant::now() < deadline, "never {what}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_saturated_pool_says_who_waits_and_measures_the_wait() {
    let server = server().await;
    let patience = Duration::from_secs(3);
    let (pool, registry) = pool(&server, PoolOptions { acquire_timeout: patience, ..options(3) });
    let held = take(&pool, 3).await;
    assert_eq!(gauges(&registry), [3.0, 0.0, 3.0, 0.0]);
    assert_eq!(value(&registry, "db_pool_saturation_ratio"), 1.0);

    let late = tokio::spawn({
        let pool = pool.clone();
        async move { pool.acquire("late").await.map(drop) }
    });
    until("waiting", || gauges(&registry)[3] == 1.0).await;
    let error = late.await.unwrap().unwrap_err();
    assert!(matches!(error, AcquireError::Timeout { waiting: 0, active: 3, max: 3, .. }), "{error}");
    assert_eq!((error.code(), error.class()), ("pool_timeout", ErrorClass::Transient));

    drop(held);
    assert_eq!(gauges(&registry), [3.0, 3.0, 0.0, 0.0]);
    drop(take(&pool, 1).await);
    let name = "db_pool_connection_acquire_duration_seconds";
    assert_eq!(value(&registry, &format!("{name}_count")), 5.0);
    assert!(
        value(&registry, &format!("{name}_sum")) >= patience.as_secs_f64(),
        "the wait that timed out is measured"
    );
    assert_eq!(value(&registry, "db_pool_connection_errors_total"), 0.0);
    assert_eq!(value(&registry, "db_pool_connections_max"), 3.0);
    assert_eq!(value(&registry, "db_pool_saturation_ratio"), 0.0);
    assert_eq!(value(&registry, "db_pool_open_ratio"), 1.0);

    let stats = serde_json::to_value(pool.stats()).unwrap();
    assert_eq!(stats["current"], serde_json::json!({"total": 3, "idle": 3, "active": 0, "waiting": 0}));
    assert_eq!(stats["capacity"], serde_json::json!({"min": 0, "max": 3, "saturation": 0.0}));
    assert_eq!(stats["performance"]["peakUsage"], 3);
    assert!(stats["performance"]["averageConnectionLifetime"].as_f64().unwrap() > 0.0);
    assert!(stats["recommendations"].is_array());
    server.stop().await;
}

#[tokio::test]
async fn a_waiter_gets_the_connection_that_comes_back() {
    let server = server().await;
    let (pool, _registry) = pool(&server, options(1));
    let first = pool.acquire("first").await.unwrap();
    let pid = backend(&first).await;
    let waiter = tokio::spawn({
        let pool = pool.clone();
        async move { backend(&pool.acquire("second").await.unwrap()).await }
    });
    until("in line", || pool.stats().current.waiting == 1).await;
    drop(first);
    assert_eq!(waiter.await.unwrap(), pid);
    server.stop().await;
}

#[tokio::test]
async fn a_leak_is_found_with_its_site_and_ends_with_the_return() {
    let server = server().await;
    let (pool, _registry) = pool(&server, options(2));
    let before = Instant::now();
    let leaked = pool.acquire("orders::list").await.unwrap();
    let other = pool.acquire("invoices::send").await.unwrap();
    assert!(pool.leaks(before + Duration::from_secs(29)).is_empty());

    let report = pool.leaks(Instant::now() + Duration::from_secs(61));
    assert!(report.all_active_for.unwrap() > Duration::from_secs(60));
    let sites: Vec<_> = report.held_too_long.iter().map(|held| (held.site.as_ref(), held.id)).collect();
    assert_eq!(sites, [("orders::list", leaked.id()), ("invoices::send", other.id())]);

    drop(leaked);
    assert_eq!(pool.leaks(Instant::now() + Duration::from_secs(31)).all_active_for, None);
    drop(other);
    assert!(pool.leaks(Instant::now() + Duration::from_secs(600)).is_empty());
    server.stop().await;
}

#[tokio::test]
async fn a_killed_server_is_an_error_and_a_returned_one_a_recovery() {
    let mut server = server().await;
    let (pool, registry) = pool(&server, options(3));
    drop(take(&pool, 3).await);
    let held = pool.acquire("held").await.unwrap();
    server.kill().await;
    let deadline = Instant::now() + PATIENCE;
    while held.simple_query("SELECT 1").await.is_ok() {
        assert!(Instant::now() < deadline, "the backend outlived its server");
    }
    drop(held);
    until("all broken connections gone", || gauges(&registry)[0] == 0.0).await;

    let error = pool.acquire("after the kill").await.unwrap_err();
    assert!(matches!(error, AcquireError::Connect(_)), "{error}");
    assert_eq!(error.class(), ErrorClass::Transient);
    assert_eq!(value(&registry, "db_pool_connection_errors_total"), 4.0);

    server.start_again().await.unwrap();
    let fresh = take(&pool, 3).await;
    for connection in &fresh {
        backend(connection).await;
    }
    assert_eq!(gauges(&registry), [3.0, 0.0, 3.0, 0.0]);
    drop(fresh);
    server.stop().await;
}

#[tokio::test]
async fn a_discarded_connection_is_never_seen_again() {
    let server = server().await;
    let (pool, registry) = pool(&server, options(1));
    let first = pool.acquire("first").await.unwrap();
    let pid = backend(&first).await;
    first.discard();
    assert_eq!(gauges(&registry), [0.0; 4]);
    assert_ne!(backend(&pool.acquire("second").await.unwrap()).await, pid);
    server.stop().await;
}

#[tokio::test]
async fn a_running_query_can_be_cancelled() {
    let server = server().await;
    let (pool, _registry) = pool(&server, options(1));
    let connection = pool.acquire("slow").await.unwrap();
    let canceller = connection.canceller();
    let slow = tokio::spawn(async move { connection.simple_query("SELECT pg_sleep(60)").await.map(drop) });
    let observer = server.connect().await.unwrap();
    let running =
        "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(60)' AND state = 'active'";
    let deadline = Instant::now() + PATIENCE;
    while observer.query(running, &[]).await.unwrap().is_empty() {
        assert!(Instant::now() < deadline);
    }
    canceller.cancel().await.unwrap();
    let error = slow.await.unwrap().unwrap_err();
    assert_eq!(error.code().unwrap().code(), "57014");
    server.stop().await;
}

#[tokio::test]
async fn a_wrong_password_is_permanent_and_never_repeated_in_words() {
    let server = server().await;
    let mut config: Config = server.dsn().parse().unwrap();
    config.password("open-sesame");
    let pool = Pool::new(config, NoTls, options(1), &Registry::new()).unwrap();
    let error = pool.acquire("login").await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Permanent);
    let words = format!("{error} {error:?} {pool:?}");
    assert!(words.contains("28P01") && !words.contains("open-sesame"), "{words}");
    server.stop().await;
}

#[tokio::test]
async fn the_sessions_statements_run_first_and_their_failure_is_the_acquires() {
    let server = server().await;
    let sql = |sql: &str| PoolOptions { on_connect_sql: Some(sql.to_owned()), ..options(1) };
    let (good, _registry) = pool(&server, sql("SET statement_timeout = '7s'"));
    let row = good.acquire("good").await.unwrap().query_one("SHOW statement_timeout", &[]).await.unwrap();
    assert_eq!(row.get::<_, String>(0), "7s");
    let (bad, _registry) = pool(&server, sql("SET no_such_setting = 1"));
    let error = bad.acquire("bad").await.unwrap_err();
    assert!(error.to_string().contains("no_such_setting"), "{error}");
    server.stop().await;
}

#[tokio::test]
async fn the_size_follows_the_load_within_bounds() {
    let server = server().await;
    let dynamic = PoolOptions { min: 2, max: 2, ceiling: 3, dynamic: true, ..options(2) };
    let (pool, registry) = pool(&server, dynamic);
    assert_eq!(pool.adjust(Instant::now()).await, Sizing::Keep);
    assert_eq!(gauges(&registry), [2.0, 2.0, 0.0, 0.0], "warmed to min");

    let held = take(&pool, 2).await;
    let waiter = tokio::spawn({
        let pool = pool.clone();
        async move { pool.acquire("third").await.unwrap() }
    });
    until("in line", || pool.stats().current.waiting == 1).await;
    assert_eq!(pool.adjust(Instant::now()).await, Sizing::Grow { to: 3 });
    let third = waiter.await.unwrap();
    assert_eq!(value(&registry, "db_pool_connections_max"), 3.0);
    drop((held, third));

    let quiet = Instant::now() + Duration::from_secs(200);
    assert_eq!(pool.adjust(quiet).await, Sizing::Shrink { to: 2 });
    assert_eq!(gauges(&registry), [2.0, 2.0, 0.0, 0.0], "the idle one beyond the maximum is closed");
    assert_eq!(pool.adjust(quiet + Duration::from_secs(200)).await, Sizing::Keep, "never below min");
    server.stop().await;
}

#[tokio::test]
async fn a_closed_pool_turns_away_and_pools_of_one_registry_need_names() {
    let server = server().await;
    let (first, registry) = pool(&server, options(1));
    let config: Config = server.dsn().parse().unwrap();
    let second = Pool::new(config, NoTls, options(1), &registry).unwrap_err();
    assert!(matches!(second, PoolError::Duplicate { .. }), "{second}");
    let held = first.acquire("held").await.unwrap();
    first.close();
    assert!(matches!(first.acquire("late").await.unwrap_err(), AcquireError::Closed));
    drop(held);
    assert_eq!(first.stats().current.total, 0);
    server.stop().await;
}

#[tokio::test]
async fn labels_tell_pools_apart_and_go_with_them() {
    let server = server().await;
    let registry = Registry::new();
    let config: Config = server.dsn().parse().unwrap();
    let named = |name: &str| PoolOptions { name: name.to_owned(), labelled: true, ..options(2) };
    let orders = Pool::new(config.clone(), NoTls, named("orders"), &registry).unwrap();
    let billing = Pool::new(config.clone(), NoTls, named("billing"), &registry).unwrap();
    let held = orders.acquire("a").await.unwrap();
    let text = registry.render();
    assert!(text.contains("db_pool_connections_active{pool=\"orders\"} 1\n"), "{text}");
    assert!(text.contains("db_pool_connections_active{pool=\"billing\"} 0\n"), "{text}");
    drop(billing);
    assert!(!registry.render().contains("db_pool_connections_active{pool=\"billing\"}"));
    let _again = Pool::new(config, NoTls, named("billing"), &registry).unwrap();
    assert!(registry.render().contains("db_pool_connections_active{pool=\"billing\"} 0\n"));
    drop(held);
    server.stop().await;
}
