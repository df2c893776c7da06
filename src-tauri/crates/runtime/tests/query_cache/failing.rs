//! Redis is away, slow, or refuses: callers get their answers from the source, at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use runtime::metrics::Registry;
use runtime::query_cache::{CacheFault, QueryCache, QueryCacheOptions, QueryKey};
use serde_json::json;
use servers::{Redis, RedisOptions};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::support::{Cache, Source, Stage, connect, connector, options, run, until, value};

/// Counts what is said in the log, on the thread of the test.
#[derive(Clone, Default)]
struct Log {
    warnings: Arc<AtomicU32>,
    remarks: Arc<AtomicU32>,
}

impl Log {
    fn said(&self) -> (u32, u32) {
        (self.warnings.load(Ordering::SeqCst), self.remarks.load(Ordering::SeqCst))
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("runtime::query_cache")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let count = if *event.metadata().level() == Level::WARN { &self.warnings } else { &self.remarks };
        count.fetch_add(1, Ordering::SeqCst);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

async fn until_hit(cache: &Cache, source: &Source) {
    until("a hit", || async {
        let hits = cache.stats().hits;
        source.read(cache, "products", &[]).await.unwrap();
        cache.stats().hits > hits
    })
    .await;
}

#[tokio::test]
async fn redis_may_die_and_come_back() {
    let log = Log::default();
    let _listening = tracing::subscriber::set_default(log.clone());
    let mut stage = Stage::new().await;
    let source = Source::new();
    until_hit(&stage.cache, &source).await;
    assert_eq!(log.said(), (0, 0));

    stage.server.kill().await;
    for _ in 0..100 {
        let before = source.calls();
        assert_eq!(source.read(&stage.cache, "products", &[]).await, Ok(before + 1));
    }
    let stats = stage.cache.stats();
    assert_eq!(stats.bypassed, 100);
    assert!((1..100).contains(&stats.errors), "{stats:?}");
    assert_eq!(stage.cache.invalidate_tag("products").await, Err(CacheFault::Unreachable));
    assert_eq!(log.said(), (1, 0), "once, and not for each call");

    stage.server.start_again().await.unwrap();
    until_hit(&stage.cache, &source).await;
    assert_eq!(log.said(), (1, 1));
}

#[tokio::test]
async fn it_connects_late_and_forgives_an_address_that_is_not_there_yet() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let url = format!("redis://127.0.0.1:{port}/0");
    let cache = QueryCache::new(connector(url), options(), &Registry::new()).unwrap();
    let source = Source::new();
    assert_eq!(source.read(&cache, "products", &[]).await, Ok(1));
    let _server = Redis::start(RedisOptions { port: Some(port), ..RedisOptions::default() }).await.unwrap();
    until_hit(&cache, &source).await;
}

#[tokio::test]
async fn a_hung_redis_costs_one_look_up_its_deadline_and_nobody_else_anything() {
    let options = QueryCacheOptions {
        look_up_timeout: Duration::from_millis(400),
        pause: Duration::from_secs(60),
        longest_pause: Duration::from_secs(60),
        ..options()
    };
    let stage = Stage::with(RedisOptions::default(), options).await;
    let source = Source::new();
    source.read(&stage.cache, "products", &[]).await.unwrap();
    stage.run::<()>(&["CLIENT", "PAUSE", "30000", "ALL"]).await;

    let begin = Instant::now();
    assert_eq!(source.read(&stage.cache, "products", &[]).await, Ok(2));
    let first = begin.elapsed();
    assert!((Duration::from_millis(400)..Duration::from_secs(4)).contains(&first), "{first:?}");
    let begin = Instant::now();
    for n in 0..200 {
        source.read(&stage.cache, "products", &[json!(n)]).await.unwrap();
    }
    let others = begin.elapsed();
    assert!(others < Duration::from_millis(400), "{others:?} for 200");
    assert_eq!(value(&stage.registry, "query_cache_errors_total{reason=\"timeout\"}"), 1.0);
}

/// How a user is set up, what fails, whether look-ups still work, and the reason that is counted.
#[tokio::test]
async fn a_missing_right_sends_callers_to_the_source() {
    let everything = ["on", ">secret", "~*", "+@all"];
    let cases: [(&[&str], bool, &str); 7] = [
        (&["-set"], true, "no_permission"),
        (&["-eval"], true, "no_permission"),
        (&["-get"], true, "no_permission"),
        (&["resetkeys", "~query:*", "~cache:tag:*"], true, "no_permission"),
        (&["-getrange"], false, "no_permission"),
        (&["resetkeys", "~cache:*"], false, "no_permission"),
        (&[">other", "<secret"], false, "not_authenticated"),
    ];
    for (limits, look_ups, reason) in cases {
        let log = Log::default();
        let _listening = tracing::subscriber::set_default(log.clone());
        let stage = Stage::new().await;
        let setting = [&["ACL", "SETUSER", "panel"][..], &everything, limits].concat();
        stage.run::<()>(&setting).await;
        let cache = stage.cache_of("panel");
        let source = Source::new();
        for number in 1..=50 {
            assert_eq!(source.read(&cache, "products", &[]).await, Ok(number), "{limits:?}");
        }
        let stats = cache.stats();
        let (misses, bypassed) = if look_ups { (50, 0) } else { (0, 50) };
        assert_eq!((stats.misses, stats.bypassed, stats.stores), (misses, bypassed, 0), "{limits:?}");
        assert_eq!(log.said(), (1, 0), "{limits:?}");
        let counted = value(&stage.registry, &format!("query_cache_errors_total{{reason=\"{reason}\"}}"));
        assert!((1.0..50.0).contains(&counted), "{limits:?} {counted}");
    }
}

#[tokio::test]
async fn without_the_password_redis_is_not_used() {
    let server = Redis::start(RedisOptions { password: Some("geheim".into()), ..RedisOptions::default() });
    let server = server.await.unwrap();
    for login in ["", ":wrong@"] {
        let registry = Registry::new();
        let url = format!("redis://{login}127.0.0.1:{}/0", server.port());
        let cache = QueryCache::new(connector(url), options(), &registry).unwrap();
        let source = Source::new();
        for number in 1..=20 {
            assert_eq!(source.read(&cache, "products", &[]).await, Ok(number));
        }
        assert_eq!(cache.stats().bypassed, 20);
        assert!(value(&registry, "query_cache_errors_total{reason=\"not_authenticated\"}") >= 1.0);
        let error = cache.invalidate_tag("products").await.unwrap_err();
        assert_eq!(error.code(), "query_cache_not_authenticated");
        assert!(!format!("{error} {error:?}").contains("wrong"));
    }
}

#[tokio::test]
async fn a_replica_answers_look_ups_and_takes_no_stores() {
    let master = Stage::new().await;
    let port = master.server.port().to_string();
    let settings = vec![("replicaof".to_owned(), format!("127.0.0.1 {port}"))];
    let replica = Stage::with(RedisOptions { settings, ..RedisOptions::default() }, options()).await;
    let source = Source::new();
    source.read(&master.cache, "products", &[]).await.unwrap();
    let key = QueryKey::new("products", &[]);
    until("replicated", || async {
        run::<Option<u32>>(&replica.redis, &["GET", key.as_str()]).await == Some(1)
    })
    .await;
    assert_eq!(source.read(&replica.cache, "products", &[]).await, Ok(1));
    assert_eq!(source.read(&replica.cache, "tax_rules", &[]).await, Ok(2));
    assert_eq!(source.read(&replica.cache, "tax_rules", &[]).await, Ok(3));
    let stats = replica.cache.stats();
    assert_eq!((stats.hits, stats.misses, stats.stores), (1, 2, 0));
    assert!(value(&replica.registry, "query_cache_errors_total{reason=\"read_only\"}") >= 1.0);
    assert_eq!(replica.cache.invalidate_all().await, Err(CacheFault::ReadOnly));

    // Made master, as a failover does, it takes them.
    replica.run::<()>(&["REPLICAOF", "NO", "ONE"]).await;
    until("stored", || async {
        source.read(&replica.cache, "tax_rules", &[]).await.unwrap();
        replica.cache.stats().stores > 0
    })
    .await;
}

#[tokio::test]
async fn a_full_redis_still_answers_look_ups() {
    let stage = Stage::new().await;
    let source = Source::new();
    source.read(&stage.cache, "products", &[]).await.unwrap();
    stage.run::<()>(&["CONFIG", "SET", "maxmemory", "1"]).await;
    assert_eq!(source.read(&stage.cache, "products", &[]).await, Ok(1));
    assert_eq!(source.read(&stage.cache, "tax_rules", &[]).await, Ok(2));
    assert_eq!(source.read(&stage.cache, "tax_rules", &[]).await, Ok(3));
    assert!(value(&stage.registry, "query_cache_errors_total{reason=\"out_of_memory\"}") >= 1.0);
}

/// The new master is found by asking the connect function again, as for Sentinel.
#[tokio::test]
async fn a_new_address_is_found_by_connecting_again() {
    let (first, second) = (Stage::new().await, Stage::new().await);
    let port = Arc::new(AtomicU32::new(first.server.port().into()));
    let connector = runtime::query_cache::Connector::new({
        let port = port.clone();
        move || {
            let url = format!("redis://127.0.0.1:{}/0", port.load(Ordering::SeqCst));
            async move { connect(&url).await }
        }
    });
    let cache = QueryCache::new(connector, options(), &Registry::new()).unwrap();
    let source = Source::new();
    until_hit(&cache, &source).await;
    let new_master = second.server.port().to_string();
    port.store(second.server.port().into(), Ordering::SeqCst);
    first.run::<()>(&["REPLICAOF", "127.0.0.1", &new_master]).await;
    until("stored on the new master", || async {
        source.read(&cache, "tax_rules", &[]).await.unwrap();
        !second.keys().await.is_empty()
    })
    .await;
}

#[tokio::test]
async fn a_connect_function_that_panics_is_one_that_does_not_connect() {
    async fn broken() -> redis::RedisResult<redis::aio::MultiplexedConnection> {
        panic!("it broke")
    }
    let connector = runtime::query_cache::Connector::new(broken);
    let cache = QueryCache::new(connector, options(), &Registry::new()).unwrap();
    assert_eq!(Source::new().read(&cache, "products", &[]).await, Ok(1));
}

#[tokio::test]
async fn while_redis_loads_its_data_callers_go_to_the_source() {
    let settings = [
        ("enable-debug-command", "yes"),
        ("rdbcompression", "no"),
        ("loading-process-events-interval-bytes", "1024"),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let stage = Stage::with(RedisOptions { settings, ..RedisOptions::default() }, options()).await;
    let source = Source::new();
    until_hit(&stage.cache, &source).await;
    let mut fill = redis::pipe();
    for n in 0..2_000 {
        fill.cmd("SET").arg(format!("filler:{n}")).arg("x".repeat(200)).ignore();
    }
    fill.exec_async(&mut stage.redis.clone()).await.unwrap();
    stage.run::<()>(&["CONFIG", "SET", "key-load-delay", "500"]).await;
    let loading = tokio::spawn({
        let redis = stage.redis.clone();
        async move { run::<()>(&redis, &["DEBUG", "RELOAD"]).await }
    });
    until("loading", || async {
        source.read(&stage.cache, "products", &[]).await.unwrap();
        stage.registry.render().contains("query_cache_errors_total{reason=\"loading\"}")
    })
    .await;
    loading.await.unwrap();
    until_hit(&stage.cache, &source).await;
}
