//! What a look-up through the cache costs, beside the bare GET that it cannot do without.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a benchmark reports to the terminal and may fail loudly"
)]

use std::future::Future;
use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use redis::AsyncTypedCommands;
use redis::aio::MultiplexedConnection;
use runtime::metrics::Registry;
use runtime::query_cache::{Connector, QueryCache, QueryCacheOptions, QueryKey};
use serde::{Deserialize, Serialize};
use serde_json::json;
use servers::{Redis, RedisOptions};

const TARGET: Duration = Duration::from_millis(1);
const LOOK_UPS: usize = 20_000;

/// A row as a hosting panel lists them.
#[derive(Clone, Serialize, Deserialize)]
struct Product {
    id: u64,
    name: String,
    price: f64,
    active: bool,
}

fn products(count: u64) -> Vec<Product> {
    (0..count)
        .map(|id| Product {
            id,
            name: format!("Hosting plan {id}"),
            price: 4.95 + id as f64,
            active: id % 7 != 0,
        })
        .collect()
}

struct Stage {
    _server: Redis,
    cache: QueryCache<MultiplexedConnection>,
    redis: MultiplexedConnection,
}

impl Stage {
    async fn new() -> Self {
        let server = Redis::start(RedisOptions::default()).await.expect("redis-server is installed");
        let url = server.url();
        let connector = Connector::new(move || {
            let url = url.clone();
            async move { redis::Client::open(url)?.get_multiplexed_async_connection().await }
        });
        let cache = QueryCache::new(connector, QueryCacheOptions::default(), &Registry::new()).unwrap();
        let client = redis::Client::open(server.url()).unwrap();
        let redis = client.get_multiplexed_async_connection().await.unwrap();
        let stage = Self { _server: server, cache, redis };
        for rows in [1, 100] {
            let params = [json!(rows)];
            let read = stage
                .cache
                .with_cache("products", &params, move || async move { Ok::<_, String>(products(rows)) });
            read.await.unwrap();
        }
        stage
    }

    async fn through_the_cache(&self, rows: u64) -> Vec<Product> {
        let params = [json!(rows)];
        let read =
            self.cache.with_cache("products", &params, || async { Err("it was to be cached".to_owned()) });
        read.await.unwrap()
    }

    async fn bare(&self, key: &str) -> String {
        self.redis.clone().get(key).await.unwrap().unwrap()
    }
}

struct Times(Vec<Duration>);

impl Times {
    async fn take<T>(&mut self, call: impl Future<Output = T>) {
        let begin = Instant::now();
        black_box(call.await);
        self.0.push(begin.elapsed());
    }

    fn tell(mut self, name: &str) -> Duration {
        self.0.sort();
        let at = |share: f64| self.0[((self.0.len() - 1) as f64 * share) as usize];
        println!("{name}: p50 {:?}, p90 {:?}, p99 {:?}, most {:?}", at(0.5), at(0.9), at(0.99), at(1.0));
        at(0.5)
    }
}

/// By turns, so that whatever else the machine does meets both alike.
async fn by_turns(stage: &Stage, rows: u64) {
    let (mut bare, mut cached) = (Times(Vec::new()), Times(Vec::new()));
    let key = QueryKey::new("products", &[json!(rows)]);
    for _ in 0..LOOK_UPS {
        bare.take(stage.bare(key.as_str())).await;
        cached.take(stage.through_the_cache(rows)).await;
    }
    bare.tell(&format!("bare GET, {rows} rows"));
    let median = cached.tell(&format!("with_cache, {rows} rows"));
    assert!(median < TARGET, "half of the look-ups of {rows} rows took more than {median:?}, not {TARGET:?}");
}

fn look_ups(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let stage = runtime.block_on(Stage::new());
    for rows in [1_u64, 100] {
        let key = QueryKey::new("products", &[json!(rows)]);
        let mut group = criterion.benchmark_group(format!("look-up of {rows} rows"));
        group.bench_function("bare GET", |bencher| {
            bencher.iter(|| runtime.block_on(stage.bare(key.as_str())))
        });
        group.bench_function("with_cache", |bencher| {
            bencher.iter(|| runtime.block_on(stage.through_the_cache(rows)));
        });
        group.finish();
        runtime.block_on(by_turns(&stage, rows));
    }
    let params = [json!("elsewhere")];
    let misses = || stage.cache.with_cache("products", &params, || async { Ok::<_, String>(products(1)) });
    let key = QueryKey::new("products", &params);
    criterion.bench_function("miss, store and invalidation of 1 row", |bencher| {
        bencher.iter(|| {
            runtime.block_on(async {
                misses().await.unwrap();
                stage.cache.invalidate_key(&key).await.unwrap()
            })
        });
    });
    println!("{:?}", stage.cache.stats());
}

criterion_group!(benches, look_ups);
criterion_main!(benches);
