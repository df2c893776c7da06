//! What the replay foretells of a cache is what the query cache does over the same log, on a real Redis.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails where it cannot go on"
)]

use std::fmt::Write;
use std::fs;
use std::time::Duration;

use engine::domain::{CacheAdvice, CacheForecast, ReplayRequest, ReplayState};
use redis::RedisError;
use redis::aio::MultiplexedConnection;
use runtime::metrics::Registry;
use runtime::query_cache::{CacheType, Connector, QueryCache, QueryCacheOptions};
use serde_json::json;
use servers::{Redis, RedisOptions};
use tokio::time::Instant;

use crate::support::{Console, eventually};

const SOON: Duration = Duration::from_secs(30);
/// Seconds of the log that pass in one real second.
const TIMES_AS_FAST: u32 = 100;
/// Of the log, in seconds.
const LENGTH: u64 = 900;
/// Times to live that the simulation knows.
const TTLS: [u32; 3] = [30, 60, 300];
const PRODUCTS: u64 = 40;
const POINTS: f64 = 0.02;

#[derive(Debug, Clone, Copy)]
enum Event {
    Read { product: u64 },
    Write,
}

/// Popular products are asked for often, others seldom; now and then prices change.
fn events() -> Vec<(Duration, Event)> {
    let mut state = 7_u64;
    let mut random = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / f64::from(1_u32 << 31)
    };
    let mut events = Vec::new();
    let mut at = 0.0;
    while at < LENGTH as f64 {
        at += random() * 0.6;
        let event = if random() < 0.005 {
            Event::Write
        } else {
            Event::Read { product: (PRODUCTS as f64 * random() * random()) as u64 }
        };
        events.push((Duration::from_secs_f64(at), event));
    }
    events
}

fn log(events: &[(Duration, Event)]) -> String {
    let mut log = String::new();
    for (at, event) in events {
        let (minute, second) = (at.as_secs() / 60, at.as_secs() % 60);
        let millis = at.subsec_millis();
        let statement = match event {
            Event::Read { product } => format!("SELECT name, price FROM products WHERE id = {product}"),
            Event::Write => "UPDATE products SET price = price * 1.01 WHERE tenant_id = 3".to_owned(),
        };
        writeln!(
            log,
            "2026-11-26 10:{minute:02}:{second:02}.{millis:03} UTC [4711] LOG:  duration: 1.000 ms  statement: {statement}"
        )
        .expect("memory");
    }
    log
}

/// Hit rate by time to live, as the replay foretells it; and what it advises.
async fn foretold(log: String) -> (Vec<(u32, f64)>, CacheAdvice) {
    let console = Console::start().await;
    let path = console.directory.path().join("postgresql.log");
    fs::write(&path, log).expect("a log");
    let begun =
        console.engine.start_replay(ReplayRequest::of(vec![path.display().to_string()])).expect("it begins");
    eventually("the replay ends", SOON, || async {
        let all = console.engine.replays();
        all.into_iter().find(|one| one.id == begun.id && one.state == ReplayState::Done)
    })
    .await;
    let report = console.engine.replay_report(begun.id.clone()).await.expect("a report");
    let query = report.queries.iter().find(|query| query.verb == "SELECT").expect("a statement");
    let CacheForecast::Simulated { by_ttl } = &query.cache else { panic!("{:?}", query.cache) };
    let ratios = by_ttl.iter().filter(|at| TTLS.contains(&at.ttl_seconds));
    let ratios = ratios.map(|at| (at.ttl_seconds, at.hit_ratio)).collect();
    let advice = console.engine.cache_advice(Some(begun.id)).await.expect("advice");
    console.engine.shutdown().await;
    (ratios, advice)
}

/// Hit rate of a real cache for one time to live, while the log passes in its order.
async fn real(server: &Redis, ttl_seconds: u32, events: &[(Duration, Event)], begun: Instant) -> f64 {
    let client = redis::Client::open(server.url()).expect("an address");
    let connector = Connector::<MultiplexedConnection>::new(move || {
        let client = client.clone();
        async move { client.get_multiplexed_async_connection().await }
    });
    let name = format!("products_{ttl_seconds}");
    let ttl = Duration::from_secs(u64::from(ttl_seconds)) / TIMES_AS_FAST;
    // A tag of its own, for the caches share one Redis.
    let options = QueryCacheOptions {
        types: vec![CacheType::new(&name, ttl, &[&name])],
        ..QueryCacheOptions::default()
    };
    let cache = QueryCache::new(connector, options, &Registry::new()).expect("a cache");
    for (at, event) in events {
        tokio::time::sleep_until(begun + *at / TIMES_AS_FAST).await;
        match event {
            Event::Read { product } => {
                let fetch = || async { Ok::<_, RedisError>(vec!["a row".to_owned()]) };
                let rows = cache.with_cache(&name, &[json!(product)], fetch).await;
                assert_eq!(rows.expect("rows"), ["a row"]);
            }
            Event::Write => {
                cache.invalidate_tag(&name).await.expect("invalidated");
            }
        }
    }
    let stats = cache.stats();
    assert_eq!(stats.bypassed, 0, "Redis answered every look-up in time: {stats:?}");
    stats.hits as f64 / (stats.hits + stats.misses) as f64
}

#[tokio::test(flavor = "multi_thread")]
async fn the_foretold_hit_rate_is_that_of_a_real_cache() {
    let events = events();
    let (ratios, advice) = foretold(log(&events)).await;
    let server = Redis::start(RedisOptions::default()).await.expect("Redis starts");
    let begun = Instant::now();
    let [first, second, third] = TTLS;
    let (one, two, three) = tokio::join!(
        real(&server, first, &events, begun),
        real(&server, second, &events, begun),
        real(&server, third, &events, begun)
    );
    for ((ttl, foretold), real) in ratios.iter().zip([one, two, three]) {
        assert!((foretold - real).abs() < POINTS, "at {ttl} s: {foretold} foretold, {real} real");
    }
    assert!(ratios[0].1 + 0.1 < ratios[2].1, "the log tells times to live apart: {ratios:?}");

    let [candidate] = advice.candidates.as_slice() else { panic!("{advice:?}") };
    assert_eq!(candidate.cache_type.as_deref(), Some("products"));
    assert_eq!(candidate.tags, ["products", "catalog"]);
    assert_eq!(candidate.invalidated_by[0].tables, ["products"]);
    assert!(advice.span_seconds > LENGTH as f64 * 0.98);
}
