//! In a cluster the keys of one result lie on different nodes.

use std::time::Duration;

use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use runtime::metrics::Registry;
use runtime::query_cache::{CacheFault, Connector, QueryCache};
use serde_json::json;
use servers::{Redis, RedisOptions};

use crate::support::{connect, options, run, until};

struct Cluster {
    nodes: Vec<Redis>,
}

impl Cluster {
    /// Three nodes that share the slots.
    async fn start() -> Self {
        let mut nodes = Vec::new();
        for slots in ["0 5460", "5461 10922", "10923 16383"] {
            // By default the bus takes the port plus 10,000, which may be above the highest there is.
            let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let bus = free.local_addr().unwrap().port().to_string();
            drop(free);
            let settings =
                [("cluster-enabled", "yes"), ("cluster-port", &bus), ("cluster-node-timeout", "5000")];
            let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
            let node = Redis::start(RedisOptions { settings, ..RedisOptions::default() }).await.unwrap();
            let redis = connect(&node.url()).await.unwrap();
            let (first, last) = slots.split_once(' ').unwrap();
            run::<()>(&redis, &["CLUSTER", "ADDSLOTSRANGE", first, last]).await;
            nodes.push((node, redis, bus));
        }
        let (first, redis, bus) = &nodes[0];
        for (_, other, _) in &nodes[1..] {
            run::<()>(other, &["CLUSTER", "MEET", "127.0.0.1", &first.port().to_string(), bus]).await;
        }
        for redis in nodes.iter().map(|(_, redis, _)| redis).chain([redis]) {
            until("a cluster", || async {
                let info: String = run(redis, &["CLUSTER", "INFO"]).await;
                info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:3")
            })
            .await;
        }
        Self { nodes: nodes.into_iter().map(|(node, _, _)| node).collect() }
    }

    fn urls(&self) -> Vec<String> {
        self.nodes.iter().map(Redis::url).collect()
    }

    fn connector(&self) -> Connector<ClusterConnection> {
        let (urls, nodes) = (self.urls(), self.urls());
        let connector = Connector::new(move || {
            let urls = urls.clone();
            async move { ClusterClient::new(urls)?.get_async_connection().await }
        });
        connector.with_primaries(move || {
            let nodes = nodes.clone();
            async move { futures_util::future::try_join_all(nodes.iter().map(|url| connect(url))).await }
        })
    }

    async fn keys(&self) -> Vec<Vec<String>> {
        let mut keys = Vec::new();
        for url in self.urls() {
            keys.push(run(&connect(&url).await.unwrap(), &["KEYS", "*"]).await);
        }
        keys
    }
}

#[tokio::test]
async fn results_tags_and_invalidations_work_over_all_nodes() {
    let cluster = Cluster::start().await;
    let cache = QueryCache::new(cluster.connector(), options(), &Registry::new()).unwrap();
    let read = async |kind: &'static str, n: u32, value: u32| {
        let params = [json!(n)];
        cache.with_cache::<_, String, _, _>(kind, &params, move || async move { Ok(value) }).await.unwrap()
    };
    for n in 0..60 {
        assert_eq!(read("products", n, n).await, n);
        assert_eq!(read("tax_rules", n, n).await, n);
        assert_eq!(read("products", n, 1_000).await, n);
    }
    let stats = cache.stats();
    assert_eq!((stats.hits, stats.misses, stats.stores, stats.errors), (60, 120, 120, 0));
    assert!(cluster.keys().await.iter().all(|keys| keys.iter().any(|key| key.starts_with("query:"))));

    assert_eq!(cache.invalidate_tag("catalog").await, Ok(60));
    assert_eq!(read("products", 1, 2_000).await, 2_000);
    assert_eq!(read("tax_rules", 1, 2_000).await, 1);
    assert_eq!(cache.invalidate_all().await, Ok(61));
    let left = cluster.keys().await.concat();
    assert!(left.iter().all(|key| key.starts_with("cache:mark:")), "{left:?}");
}

#[tokio::test]
async fn a_cluster_that_is_gone_sends_callers_to_the_source() {
    let mut cluster = Cluster::start().await;
    let patience = Duration::from_millis(300);
    let options = runtime::query_cache::QueryCacheOptions { look_up_timeout: patience, ..options() };
    let cache = QueryCache::new(cluster.connector(), options, &Registry::new()).unwrap();
    for node in &mut cluster.nodes {
        node.kill().await;
    }
    for n in 0..20 {
        let params = [json!(n)];
        let read = cache.with_cache("products", &params, move || async move { Ok::<_, String>(n) });
        assert_eq!(read.await, Ok(n));
    }
    assert_eq!(cache.stats().bypassed, 20);
    let fault = cache.invalidate_all().await.unwrap_err();
    assert!(matches!(fault, CacheFault::Unreachable | CacheFault::TimedOut), "{fault}");
}
