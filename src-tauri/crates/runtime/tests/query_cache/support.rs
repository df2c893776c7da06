//! A server, caches on it, and a source that counts how often it is asked.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis::{FromRedisValue, cmd};
use runtime::metrics::Registry;
use runtime::query_cache::{CacheType, Connector, QueryCache, QueryCacheOptions, ReadError};
use serde_json::Value;
use servers::{Redis, RedisOptions};
use tokio::sync::Semaphore;

/// How long anything may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) type Cache = QueryCache<MultiplexedConnection>;

/// Patient look-ups, so that a busy machine is not taken for a failing Redis, and short pauses.
pub(crate) fn options() -> QueryCacheOptions {
    QueryCacheOptions {
        look_up_timeout: Duration::from_secs(5),
        store_timeout: Duration::from_secs(5),
        invalidate_timeout: Duration::from_secs(5),
        connect_timeout: Duration::from_secs(5),
        pause: Duration::from_millis(10),
        longest_pause: Duration::from_millis(40),
        ..QueryCacheOptions::default()
    }
}

pub(crate) async fn connect(url: &str) -> redis::RedisResult<MultiplexedConnection> {
    let patient = redis::AsyncConnectionConfig::new().set_response_timeout(None);
    redis::Client::open(url)?.get_multiplexed_async_connection_with_config(&patient).await
}

pub(crate) fn connector(url: String) -> Connector<MultiplexedConnection> {
    Connector::new(move || {
        let url = url.clone();
        async move { connect(&url).await }
    })
}

/// A Redis of its own, a cache on it, and a way around the cache.
pub(crate) struct Stage {
    pub(crate) server: Redis,
    pub(crate) registry: Registry,
    pub(crate) cache: Cache,
    pub(crate) redis: MultiplexedConnection,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::with(RedisOptions::default(), options()).await
    }

    pub(crate) async fn with(server: RedisOptions, options: QueryCacheOptions) -> Self {
        let server = Redis::start(server).await.unwrap();
        let registry = Registry::new();
        let cache = QueryCache::new(connector(server.url()), options, &registry).unwrap();
        let redis = connect(&server.url()).await.unwrap();
        Self { server, registry, cache, redis }
    }

    /// What another process would have.
    pub(crate) fn another(&self) -> Cache {
        QueryCache::new(connector(self.server.url()), options(), &Registry::new()).unwrap()
    }

    /// A cache that logs in as `user`, whose password is `secret`.
    pub(crate) fn cache_of(&self, user: &str) -> Cache {
        let url = format!("redis://{user}:secret@{}:{}/0", self.server.host(), self.server.port());
        QueryCache::new(connector(url), options(), &self.registry).unwrap()
    }

    /// Runs a command around the cache.
    pub(crate) async fn run<T: FromRedisValue>(&self, words: &[&str]) -> T {
        run(&self.redis, words).await
    }

    pub(crate) async fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = self.run(&["KEYS", "*"]).await;
        keys.sort();
        keys
    }
}

pub(crate) async fn run<T: FromRedisValue>(redis: &MultiplexedConnection, words: &[&str]) -> T {
    let mut command = cmd(words[0]);
    words[1..].iter().for_each(|word| {
        command.arg(word);
    });
    command.query_async(&mut redis.clone()).await.unwrap()
}

/// Asked n times it answers n, once it is let.
#[derive(Clone)]
pub(crate) struct Source {
    calls: Arc<AtomicU32>,
    gate: Arc<Semaphore>,
}

type Fetching = Pin<Box<dyn Future<Output = Result<u32, String>> + Send>>;

impl Source {
    pub(crate) fn new() -> Self {
        let source = Self::closed();
        source.open();
        source
    }

    /// One that answers nobody before it is opened.
    pub(crate) fn closed() -> Self {
        Self { calls: Arc::default(), gate: Arc::new(Semaphore::new(0)) }
    }

    pub(crate) fn open(&self) {
        self.gate.add_permits(100_000);
    }

    pub(crate) fn calls(&self) -> u32 {
        self.calls.load(Ordering::SeqCst)
    }

    pub(crate) fn fetch(&self) -> impl Fn() -> Fetching + Send + Sync + 'static {
        let source = self.clone();
        move || {
            let source = source.clone();
            Box::pin(async move {
                let number = source.calls.fetch_add(1, Ordering::SeqCst) + 1;
                source.gate.acquire().await.unwrap().forget();
                Ok(number)
            })
        }
    }

    pub(crate) async fn read(
        &self,
        cache: &Cache,
        kind: &str,
        params: &[Value],
    ) -> Result<u32, ReadError<String>> {
        cache.with_cache(kind, params, self.fetch()).await
    }
}

pub(crate) fn own_type(name: &str, ttl: Duration, tags: &[&str]) -> CacheType {
    CacheType::new(name, ttl, tags)
}

/// Asks again and again until the answer is yes; fails when it never is.
pub(crate) async fn until<Fut: Future<Output = bool>>(what: &str, mut met: impl FnMut() -> Fut) {
    let deadline = Instant::now() + PATIENCE;
    while !met().await {
        assert!(Instant::now() < deadline, "never {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// The value of one series, which must be there.
pub(crate) fn value(registry: &Registry, series: &str) -> f64 {
    let text = registry.render();
    let start = format!("{series} ");
    let found = text.lines().find_map(|line| line.strip_prefix(&start));
    found.unwrap_or_else(|| panic!("{series} in\n{text}")).parse().unwrap()
}
