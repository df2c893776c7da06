//! What is invalidated is gone, stays gone, and nothing else goes with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use runtime::metrics::Registry;
use runtime::query_cache::{CacheFault, Connector, QueryCache, QueryCacheOptions, QueryKey};
use serde_json::json;
use servers::RedisOptions;
use tokio::time::timeout;

use crate::held::HeldStores;
use crate::support::{Cache, PATIENCE, Source, Stage, options, own_type, until};

/// The ways to invalidate what `products` keeps.
#[derive(Debug, Clone, Copy)]
enum Way {
    Key,
    Tag,
    Tags,
    All,
}

const WAYS: [Way; 4] = [Way::Key, Way::Tag, Way::Tags, Way::All];

async fn invalidate(cache: &Cache, way: Way) -> Result<u64, CacheFault> {
    match way {
        Way::Key => cache.invalidate_key(&QueryKey::new("products", &[])).await,
        Way::Tag => cache.invalidate_tag("catalog").await,
        Way::Tags => cache.invalidate_tags(&["unheard", "products", "catalog"]).await,
        Way::All => cache.invalidate_all().await,
    }
}

/// Names of everything that is no result, no tag and no mark.
const FOREIGN: [&str; 6] = [
    "mpanel:query:1234567890abcdef:[]",
    "mpanel:session:1",
    "queue:emails",
    "query",
    "cache:tags",
    "xquery:1",
];

#[tokio::test]
async fn each_way_removes_what_it_names_and_nothing_else() {
    // The way, whether another tag's result goes too, and how many results there were.
    let cases = [(Way::Key, false, 1), (Way::Tag, false, 2), (Way::Tags, false, 2), (Way::All, true, 3)];
    for (way, others, removed) in cases {
        let stage = Stage::new().await;
        for name in FOREIGN {
            stage.run::<()>(&["SET", name, "kept"]).await;
        }
        let source = Source::new();
        for (kind, params) in
            [("products", vec![]), ("product_categories", vec![]), ("tax_rules", vec![json!(1)])]
        {
            source.read(&stage.cache, kind, &params).await.unwrap();
        }
        assert_eq!(invalidate(&stage.cache, way).await, Ok(removed), "{way:?}");
        assert_eq!(stage.cache.stats().invalidated_keys, removed);

        let asked = source.calls();
        source.read(&stage.cache, "products", &[]).await.unwrap();
        assert_eq!(source.calls(), asked + 1, "{way:?}");
        source.read(&stage.cache, "tax_rules", &[json!(1)]).await.unwrap();
        assert_eq!(source.calls(), asked + 1 + u32::from(others), "{way:?}");
        let kept: Vec<String> = stage.run(&[&["MGET"][..], &FOREIGN].concat()).await;
        assert!(kept.iter().all(|value| value == "kept"), "{way:?} {kept:?}");
    }
}

#[tokio::test]
async fn thousands_go_in_small_steps() {
    for way in [Way::Tag, Way::All] {
        let stage = Stage::new().await;
        let mut fill = redis::pipe();
        for n in 0..3_000 {
            fill.cmd("SET").arg(format!("query:{n:016x}")).arg(n).ignore();
            fill.cmd("SADD").arg("cache:tag:catalog").arg(format!("query:{n:016x}")).ignore();
            fill.cmd("SET").arg(format!("session:{n}")).arg(n).ignore();
        }
        fill.exec_async(&mut stage.redis.clone()).await.unwrap();
        stage.run::<()>(&["CONFIG", "RESETSTAT"]).await;
        assert_eq!(invalidate(&stage.cache, way).await, Ok(3_000), "{way:?}");
        let left = stage.keys().await;
        assert_eq!(left.iter().filter(|key| key.starts_with("session:")).count(), 3_000);
        assert!(
            !left.iter().any(|key| key.starts_with("query:") || key.starts_with("cache:tag:")),
            "{way:?}"
        );
        let used: String = stage.run(&["INFO", "commandstats"]).await;
        assert!(!used.contains("cmdstat_flushdb") && !used.contains("cmdstat_smembers"), "{used}");
    }
}

#[tokio::test]
async fn what_others_put_into_a_tag_is_not_deleted() {
    let stage = Stage::new().await;
    stage.run::<()>(&["SET", "users:1", "kept"]).await;
    stage.run::<()>(&["SADD", "cache:tag:catalog", "users:1", "query:0000000000000000"]).await;
    assert_eq!(stage.cache.invalidate_tag("catalog").await, Ok(0));
    assert_eq!(stage.keys().await, ["cache:mark:tag:catalog", "users:1"]);
    assert_eq!(stage.cache.invalidate_tag("unheard").await, Ok(0));
}

#[tokio::test]
async fn a_fetch_in_flight_stores_nothing_that_outlives_an_invalidation() {
    for way in WAYS {
        for by_another in [false, true] {
            let stage = Stage::new().await;
            let invalidating = if by_another { stage.another() } else { stage.cache.clone() };
            let outdated = Source::closed();
            let early = tokio::spawn({
                let (cache, source) = (stage.cache.clone(), outdated.clone());
                async move { source.read(&cache, "products", &[]).await }
            });
            until("asked", || async { outdated.calls() == 1 }).await;
            invalidate(&invalidating, way).await.unwrap();
            outdated.open();
            assert_eq!(early.await.unwrap(), Ok(1), "who asked before may get the answer of before");
            let key = QueryKey::new("products", &[]);
            assert_eq!(stage.cache.inspect(&key).await, Ok(None), "{way:?} {by_another}");
            assert_eq!(stage.cache.stats().stores, 0);
        }
    }
}

#[tokio::test]
async fn a_result_that_an_invalidation_overtakes_while_it_is_stored_is_taken_back() {
    let stage = Stage::new().await;
    for way in WAYS {
        let held = HeldStores::on(stage.redis.clone());
        let connector = Connector::new({
            let held = held.clone();
            move || std::future::ready(Ok(held.clone()))
        });
        let cache = QueryCache::new(connector, options(), &Registry::new()).unwrap();
        let read = tokio::spawn({
            let (cache, fetch) = (cache.clone(), Source::new().fetch());
            async move { cache.with_cache("products", &[], fetch).await }
        });
        until("about to be stored", || async { held.waits() }).await;
        invalidate(&stage.another(), way).await.unwrap();
        held.let_go();
        assert_eq!(read.await.unwrap(), Ok(1));
        let key = QueryKey::new("products", &[]);
        assert_eq!(cache.inspect(&key).await, Ok(None), "{way:?}");
        assert_eq!(cache.stats().stores, 0, "{way:?}");
    }
}

#[tokio::test]
async fn who_asks_after_an_invalidation_shares_nothing_with_those_before() {
    let stage = Stage::new().await;
    let outdated = Source::closed();
    let early = tokio::spawn({
        let (cache, source) = (stage.cache.clone(), outdated.clone());
        async move { source.read(&cache, "products", &[]).await }
    });
    until("asked", || async { outdated.calls() == 1 }).await;
    stage.cache.invalidate_tag("catalog").await.unwrap();
    let fresh = || stage.cache.with_cache("products", &[], || async { Ok::<_, String>(77_u32) });
    assert_eq!(timeout(PATIENCE, fresh()).await.unwrap(), Ok(77));
    outdated.open();
    assert_eq!(early.await.unwrap(), Ok(1));
    assert_eq!(fresh().await, Ok(77));
    assert_eq!(stage.cache.stats().hits, 1, "the late one did not overwrite the fresh one");
}

/// Many read while one writes and invalidates. What this process reads after that is never what was before;
/// what other processes have in flight may show for a moment, and is gone when it has landed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_read_after_an_invalidation_sees_what_was_before() {
    for processes in [1, 2] {
        let stage = Stage::new().await;
        let caches = [stage.cache.clone(), stage.another()];
        let truth = Arc::new(AtomicU32::new(0));
        let read = |cache: &Cache| {
            let (cache, truth) = (cache.clone(), truth.clone());
            async move {
                let fetch = move || async move {
                    let seen = truth.load(Ordering::SeqCst);
                    tokio::task::yield_now().await;
                    Ok::<_, String>(seen)
                };
                cache.with_cache::<u32, _, _, _>("products", &[], fetch).await.unwrap()
            }
        };
        for version in 1..=150 {
            let readers: Vec<_> = (0..8).map(|n| tokio::spawn(read(&caches[n % processes]))).collect();
            truth.store(version, Ordering::SeqCst);
            stage.cache.invalidate_tag("products").await.unwrap();
            if processes == 1 {
                assert_eq!(read(&stage.cache).await, version);
            }
            join_all(readers).await;
            for cache in &caches {
                assert_eq!(read(cache).await, version, "of {processes}, after what was in flight has landed");
            }
        }
    }
}

#[tokio::test]
async fn an_invalidation_that_redis_refused_is_made_up_for() {
    let stage = Stage::new().await;
    let rights = ["ACL", "SETUSER", "panel", "on", ">secret", "~*", "+@all"];
    stage.run::<()>(&[&rights[..], &["-unlink"]].concat()).await;
    let cache = stage.cache_of("panel");
    let source = Source::new();
    assert_eq!(source.read(&cache, "products", &[]).await, Ok(1));
    assert_eq!(source.read(&cache, "tax_rules", &[]).await, Ok(2));

    assert_eq!(cache.invalidate_tag("products").await, Err(CacheFault::NoPermission));
    assert_eq!(source.read(&cache, "products", &[]).await, Ok(3), "never the outdated one");
    assert_eq!(source.read(&cache, "tax_rules", &[]).await, Ok(2), "others are not concerned");

    stage.run::<()>(&rights).await;
    until("cached again", || async {
        let hits = cache.stats().hits;
        let read = source.read(&cache, "products", &[]).await.unwrap();
        assert!(read > 2, "{read}");
        cache.stats().hits > hits
    })
    .await;
}

#[tokio::test]
async fn an_invalidation_while_switched_off_counts_when_on_again() {
    let stage = Stage::new().await;
    let source = Source::new();
    assert_eq!(source.read(&stage.cache, "products", &[]).await, Ok(1));
    stage.cache.set_enabled(false);
    assert_eq!(stage.cache.invalidate_tag("products").await, Ok(0));
    stage.cache.set_enabled(true);
    until("cached again", || async {
        let hits = stage.cache.stats().hits;
        assert!(source.read(&stage.cache, "products", &[]).await.unwrap() > 1);
        stage.cache.stats().hits > hits
    })
    .await;
}

#[tokio::test]
async fn an_abandoned_invalidation_is_made_up_for() {
    let stage = Stage::new().await;
    stage.cache.register(own_type("plans", Duration::from_secs(60), &["plans"])).unwrap();
    let source = Source::new();
    assert_eq!(source.read(&stage.cache, "plans", &[]).await, Ok(1));
    stage.run::<()>(&["CLIENT", "PAUSE", "500", "ALL"]).await;
    let abandoned = timeout(Duration::from_millis(20), stage.cache.invalidate_tag("plans"));
    assert!(abandoned.await.is_err(), "it was to be abandoned");
    assert!(source.read(&stage.cache, "plans", &[]).await.unwrap() > 1);
    until("cached again", || async {
        let hits = stage.cache.stats().hits;
        assert!(source.read(&stage.cache, "plans", &[]).await.unwrap() > 1);
        stage.cache.stats().hits > hits
    })
    .await;
}

/// A key that others took for something else: no result under the tag is believed, and Redis is not asked to
/// make up for it at every read.
#[tokio::test]
async fn a_tag_that_cannot_be_cleared_is_not_tried_at_every_read() {
    let patient = QueryCacheOptions { pause: PATIENCE, longest_pause: PATIENCE, ..options() };
    let stage = Stage::with(RedisOptions::default(), patient).await;
    let source = Source::new();
    stage.run::<()>(&["SET", "cache:tag:products", "another's"]).await;
    assert_eq!(stage.cache.invalidate_tag("products").await, Err(CacheFault::Corrupt));
    for number in 1..=50 {
        assert_eq!(source.read(&stage.cache, "products", &[]).await, Ok(number));
    }
    until("tried once more", || async { stage.cache.stats().errors == 2 }).await;
    source.read(&stage.cache, "products", &[]).await.unwrap();
    assert_eq!((stage.cache.stats().bypassed, stage.cache.stats().errors), (51, 2));
    assert_eq!(stage.run::<String>(&["GET", "cache:tag:products"]).await, "another's");
}
