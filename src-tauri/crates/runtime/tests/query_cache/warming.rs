//! Results are there before anybody asks, and are renewed before they end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use runtime::query_cache::{QueryKey, WarmingOptions};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::support::{PATIENCE, Source, Stage, own_type, until};

#[tokio::test]
async fn readers_of_a_warm_result_never_wait_for_the_source() {
    let stage = Stage::new().await;
    stage.cache.register(own_type("rates", Duration::from_secs(2), &["rates"])).unwrap();
    let source = Source::new();
    let entry = stage.cache.warm_entry("rates", &[json!(1)], source.fetch()).unwrap();
    let stop = CancellationToken::new();
    let warming = tokio::spawn({
        let (cache, stop) = (stage.cache.clone(), stop.clone());
        async move { cache.keep_warm(vec![entry], WarmingOptions::default(), stop).await }
    });
    until("fetched ahead", || async { stage.cache.stats().refreshes == 1 }).await;
    until("renewed twice", || async {
        source.read(&stage.cache, "rates", &[json!(1)]).await.unwrap();
        stage.cache.stats().refreshes >= 3
    })
    .await;
    let stats = stage.cache.stats();
    assert_eq!((stats.misses, stats.bypassed, stats.refresh_failures), (0, 0, 0), "{stats:?}");
    stop.cancel();
    tokio::time::timeout(PATIENCE, warming).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_failing_source_leaves_the_old_result_and_is_asked_again() {
    let stage = Stage::new().await;
    stage.cache.register(own_type("rates", Duration::from_secs(3), &["rates"])).unwrap();
    let calls = Arc::new(AtomicU32::new(0));
    let counted = calls.clone();
    let fetch = move || {
        let call = counted.fetch_add(1, Ordering::SeqCst) + 1;
        async move {
            match call {
                1 => Ok(1_u32),
                2 => panic!("it broke"),
                3 => Err("no such table".to_owned()),
                _ => Ok(call),
            }
        }
    };
    let entry = stage.cache.warm_entry("rates", &[], fetch).unwrap();
    let stop = CancellationToken::new();
    let warming = stage.cache.keep_warm(
        vec![entry],
        WarmingOptions { refresh_at: 0.2, ..Default::default() },
        stop.clone(),
    );
    let seen = Arc::new(parking_lot::Mutex::new(Vec::new()));
    let watching = until("renewed after its failures", || async {
        let read = stage.cache.with_cache("rates", &[], || async { Err::<u32, _>("not cached".to_owned()) });
        let read = read.await;
        let stats = stage.cache.stats();
        if stats.refreshes == 1 && stats.refresh_failures > 0 {
            seen.lock().push(read);
        }
        stats.refreshes >= 2
    });
    tokio::join!(warming, async {
        watching.await;
        stop.cancel();
    });
    assert_eq!(stage.cache.stats().refresh_failures, 2);
    let seen = seen.lock();
    assert!(!seen.is_empty() && seen.iter().all(|read| matches!(read, Ok(1 | 4))), "{seen:?}");
}

#[tokio::test]
async fn few_sources_are_asked_at_once_and_what_is_warm_not_at_all() {
    let stage = Stage::new().await;
    let warm = Source::new();
    warm.read(&stage.cache, "products", &[json!(100)]).await.unwrap();
    let source = Source::closed();
    let mut entries: Vec<_> =
        (0..10).map(|n| stage.cache.warm_entry("products", &[json!(n)], source.fetch()).unwrap()).collect();
    entries.push(stage.cache.warm_entry("products", &[json!(100)], warm.fetch()).unwrap());
    let stop = CancellationToken::new();
    let options = WarmingOptions { concurrency: 3, ..WarmingOptions::default() };
    let warming = stage.cache.keep_warm(entries, options, stop.clone());
    tokio::join!(warming, async {
        until("three asked", || async { source.calls() == 3 }).await;
        // Whoever else was to ask could have done so by the time this is answered.
        for _ in 0..50 {
            stage.run::<String>(&["PING"]).await;
        }
        assert_eq!(source.calls(), 3);
        source.open();
        until("all fetched", || async { stage.cache.stats().refreshes == 10 }).await;
        stop.cancel();
    });
    assert_eq!((source.calls(), warm.calls()), (10, 1));
}

#[tokio::test]
async fn an_invalidated_result_is_fetched_again_soon() {
    let stage = Stage::new().await;
    stage.cache.register(own_type("rates", Duration::from_secs(10), &["rates"])).unwrap();
    let source = Source::new();
    let text = "SELECT * FROM rates";
    let entry = stage.cache.warm_entry_for("rates", text, &[], source.fetch()).unwrap();
    let stop = CancellationToken::new();
    let warming = stage.cache.keep_warm(vec![entry], WarmingOptions::default(), stop.clone());
    tokio::join!(warming, async {
        until("fetched", || async { stage.cache.stats().stores == 1 }).await;
        stage.cache.invalidate_tag("rates").await.unwrap();
        until("fetched again", || async { stage.cache.stats().stores == 2 }).await;
        stop.cancel();
    });
    assert!(stage.cache.inspect(&QueryKey::new(text, &[])).await.unwrap().is_some());
}

#[tokio::test]
async fn while_the_cache_is_off_no_source_is_asked() {
    let stage = Stage::new().await;
    stage.cache.register(own_type("rates", Duration::from_millis(200), &["rates"])).unwrap();
    stage.cache.set_enabled(false);
    let source = Source::new();
    let entry = stage.cache.warm_entry("rates", &[], source.fetch()).unwrap();
    let stop = CancellationToken::new();
    let warming = stage.cache.keep_warm(vec![entry], WarmingOptions::default(), stop.clone());
    tokio::join!(warming, async {
        for _ in 0..50 {
            stage.run::<String>(&["PING"]).await;
        }
        assert_eq!(source.calls(), 0);
        stage.cache.set_enabled(true);
        until("fetched", || async { stage.cache.stats().refreshes > 0 }).await;
        stop.cancel();
    });
}
