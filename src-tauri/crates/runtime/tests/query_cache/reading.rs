//! Hits, misses, sharing, and values that cannot be used.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::join_all;
use runtime::coalesce::CoalesceError;
use runtime::metrics::Registry;
use runtime::query_cache::{CachedEntry, QueryCache, QueryCacheOptions, QueryKey, ReadError};
use serde_json::json;

use crate::support::{Source, Stage, connector, options, own_type, until};

#[tokio::test]
async fn a_result_is_fetched_once_and_kept_as_an_mpanel_instance_keeps_it() {
    let stage = Stage::new().await;
    let source = Source::new();
    for _ in 0..3 {
        assert_eq!(source.read(&stage.cache, "domain_pricing", &[]).await, Ok(1));
    }
    assert_eq!(source.calls(), 1);
    assert_eq!(stage.keys().await, ["cache:tag:domains", "cache:tag:pricing", "query:8fb0544ac5b48d74"]);
    assert_eq!(stage.run::<String>(&["GET", "query:8fb0544ac5b48d74"]).await, "1");
    for key in stage.keys().await {
        let left: i64 = stage.run(&["PTTL", &key]).await;
        assert!((3_580_000..=3_600_000).contains(&left), "{key} {left}");
    }
    let members: Vec<String> = stage.run(&["SMEMBERS", "cache:tag:pricing"]).await;
    assert_eq!(members, ["query:8fb0544ac5b48d74"]);
    let stats = stage.cache.stats();
    assert_eq!((stats.hits, stats.misses, stats.bypassed, stats.stores, stats.errors), (2, 1, 0, 1, 0));
}

#[tokio::test]
async fn what_an_mpanel_instance_stored_is_a_hit() {
    let stage = Stage::new().await;
    let stored = r#"[{"tld":".com","price":9.99}]"#;
    stage.run::<()>(&["SET", "query:8fb0544ac5b48d74", stored, "EX", "60"]).await;
    let read = stage.cache.with_cache("domain_pricing", &[], || async { Err("not needed".to_owned()) });
    let rows: Vec<HashMap<String, serde_json::Value>> = read.await.unwrap();
    assert_eq!(rows[0]["price"], json!(9.99));
}

#[tokio::test]
async fn types_parameters_and_texts_are_told_apart() {
    let stage = Stage::new().await;
    let source = Source::new();
    let reads = [
        ("products", vec![]),
        ("products", vec![json!(7)]),
        ("products", vec![json!("7")]),
        ("tld_list", vec![]),
    ];
    for (number, (kind, params)) in (1..).zip(&reads) {
        assert_eq!(source.read(&stage.cache, kind, params).await, Ok(number));
        assert_eq!(source.read(&stage.cache, kind, params).await, Ok(number));
    }
    for text in ["SELECT *\n  FROM products", "SELECT * FROM products"] {
        let read = stage.cache.with_cache_for("products", text, &[], source.fetch());
        assert_eq!(read.await, Ok(5));
    }
    let key = QueryKey::new("SELECT * FROM products", &[]);
    let entry = stage.cache.inspect(&key).await.unwrap().unwrap();
    assert_eq!(entry.bytes, 1);
    assert!(entry.ttl.unwrap() > Duration::from_secs(580), "{entry:?}");
    assert_eq!(stage.cache.inspect(&QueryKey::new("other", &[])).await, Ok(None));
    stage.run::<()>(&["SET", key.as_str(), "12345"]).await;
    assert_eq!(stage.cache.inspect(&key).await, Ok(Some(CachedEntry { bytes: 5, ttl: None })));
}

#[tokio::test]
async fn a_result_ends_with_its_life() {
    let stage = Stage::new().await;
    stage.cache.register(own_type("rates", Duration::from_millis(50), &["rates"])).unwrap();
    let source = Source::new();
    until("fetched again", || async {
        source.read(&stage.cache, "rates", &[]).await.unwrap();
        source.calls() == 3
    })
    .await;
    until("forgotten with its tag", || async { stage.keys().await.is_empty() }).await;
}

#[tokio::test]
async fn a_tag_lives_as_long_as_its_longest_member() {
    let stage = Stage::new().await;
    let source = Source::new();
    stage.cache.register(own_type("long", Duration::from_secs(1_000), &["shared"])).unwrap();
    stage.cache.register(own_type("short", Duration::from_secs(10), &["shared"])).unwrap();
    let left = || async { stage.run::<i64>(&["PTTL", "cache:tag:shared"]).await };
    source.read(&stage.cache, "short", &[json!(1)]).await.unwrap();
    assert!((1..=10_000).contains(&left().await));
    source.read(&stage.cache, "long", &[]).await.unwrap();
    assert!((980_000..=1_000_000).contains(&left().await));
    source.read(&stage.cache, "short", &[json!(2)]).await.unwrap();
    assert!((980_000..=1_000_000).contains(&left().await));
    stage.run::<()>(&["PERSIST", "cache:tag:shared"]).await;
    source.read(&stage.cache, "short", &[json!(3)]).await.unwrap();
    assert_eq!(left().await, -1, "a set without an end keeps none");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_callers_are_one_look_up_and_one_fetch() {
    let stage = Stage::new().await;
    let source = Source::closed();
    let all = join_all((0..200).map(|_| source.read(&stage.cache, "products", &[])));
    let (answers, ()) = tokio::join!(all, async { source.open() });
    assert!(answers.iter().all(|answer| *answer == Ok(1)), "{answers:?}");
    let stats = stage.cache.stats();
    assert_eq!((source.calls(), stats.misses, stats.stores), (1, 200, 1));

    let answers = join_all((0..200).map(|_| source.read(&stage.cache, "products", &[]))).await;
    assert!(answers.iter().all(|answer| *answer == Ok(1)), "{answers:?}");
    assert_eq!((source.calls(), stage.cache.stats().hits), (1, 200));
}

#[tokio::test]
async fn a_panic_is_an_error_to_all_and_the_next_read_works() {
    let stage = Stage::new().await;
    let broken =
        || stage.cache.with_cache::<u32, String, _, _>("products", &[], || async { panic!("it broke") });
    for answer in join_all((0..50).map(|_| broken())).await {
        let Err(ReadError::Shared(CoalesceError::Panicked { message, .. })) = answer else {
            panic!("{answer:?}")
        };
        assert_eq!(&*message, "it broke");
    }
    assert_eq!(Source::new().read(&stage.cache, "products", &[]).await, Ok(1));
}

#[tokio::test]
async fn an_error_of_the_source_goes_to_all_and_is_not_kept() {
    let stage = Stage::new().await;
    let failing = || {
        stage.cache.with_cache::<u32, _, _, _>("products", &[], || async { Err("no such table".to_owned()) })
    };
    for answer in join_all((0..50).map(|_| failing())).await {
        assert_eq!(answer, Err(ReadError::Source("no such table".to_owned())));
    }
    assert!(stage.keys().await.is_empty());
    assert_eq!(Source::new().read(&stage.cache, "products", &[]).await, Ok(1));
}

#[tokio::test]
async fn callers_who_want_different_rust_types_never_meet() {
    let stage = Stage::new().await;
    let number = stage.cache.with_cache("products", &[], || async { Ok::<_, String>(5_u32) });
    let text = stage.cache.with_cache("products", &[], || async { Ok::<_, String>("five".to_owned()) });
    let other_error = stage.cache.with_cache("products", &[], || async { Ok::<_, u8>(5_u32) });
    let (number, text, other_error) = tokio::join!(number, text, other_error);
    assert_eq!((number, text, other_error), (Ok(5), Ok("five".to_owned()), Ok(5)));
}

/// What lies under the key before the read, and the reason under which it is counted.
#[tokio::test]
async fn a_value_that_cannot_be_used_is_a_miss_and_is_replaced() {
    let large = "1".repeat(2_000);
    let cases: [(&[&str], &str); 5] = [
        (&["SET", "KEY", "{not json"], "corrupt"),
        (&["SET", "KEY", r#"{"another":"shape"}"#], "corrupt"),
        (&["SET", "KEY", "\u{0}\u{1}"], "corrupt"),
        (&["RPUSH", "KEY", "a", "list"], "corrupt"),
        (&["SET", "KEY", &large], "too_large"),
    ];
    for (command, reason) in cases {
        let stage = Stage::with(
            servers::RedisOptions::default(),
            QueryCacheOptions { max_value_bytes: 1_999, ..options() },
        )
        .await;
        let key = QueryKey::new("products", &[]);
        let command: Vec<&str> =
            command.iter().map(|word| if *word == "KEY" { key.as_str() } else { word }).collect();
        stage.run::<redis::Value>(&command).await;
        let source = Source::new();
        assert_eq!(source.read(&stage.cache, "products", &[]).await, Ok(1), "{command:?}");
        assert_eq!(source.read(&stage.cache, "products", &[]).await, Ok(1), "{command:?}");
        assert_eq!(source.calls(), 1);
        let counted = format!("query_cache_errors_total{{reason=\"{reason}\"}} 1\n");
        assert!(stage.registry.render().contains(&counted), "{command:?}");
        let stats = stage.cache.stats();
        assert_eq!((stats.hits, stats.misses, stats.errors), (1, 1, 1), "{command:?}");
    }
}

#[tokio::test]
async fn what_is_too_large_or_no_json_is_answered_and_not_stored() {
    let options = QueryCacheOptions { max_value_bytes: 100, ..options() };
    let stage = Stage::with(servers::RedisOptions::default(), options).await;
    // With its quotes the first is 100 bytes long.
    for (length, stored) in [(98, true), (99, false)] {
        let text = "x".repeat(length);
        let params = [json!(length)];
        let answer = text.clone();
        let read = stage.cache.with_cache("products", &params, || async { Ok::<_, String>(answer) });
        assert_eq!(read.await, Ok(text));
        let entry = stage.cache.inspect(&QueryKey::new("products", &params)).await.unwrap();
        assert_eq!(entry.is_some(), stored, "{length}");
    }
    let no_json = HashMap::from([((1, 2), 3)]);
    let answer = no_json.clone();
    let read = stage.cache.with_cache("products", &[], || async { Ok::<_, String>(answer) });
    assert_eq!(read.await, Ok(no_json));
    let text = stage.registry.render();
    for reason in ["too_large", "not_json"] {
        assert!(text.contains(&format!("query_cache_errors_total{{reason=\"{reason}\"}} 1\n")), "{text}");
    }
}

#[tokio::test]
async fn an_unknown_type_is_an_error_before_anything_is_asked() {
    let stage = Stage::new().await;
    let source = Source::new();
    let error = source.read(&stage.cache, "prodcuts", &[]).await.unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("there is no cache type prodcuts: register it, or use one of domain_pricing,"),
        "{error}"
    );
    assert_eq!((error.code(), source.calls()), ("cache_type_unknown", 0));
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused() {
    let none = Duration::ZERO;
    let cases = [
        (QueryCacheOptions { look_up_timeout: none, ..options() }, "query_cache_options"),
        (QueryCacheOptions { pause: none, ..options() }, "query_cache_options"),
        (QueryCacheOptions { longest_pause: none, ..options() }, "query_cache_options"),
        (QueryCacheOptions { max_value_bytes: 0, ..options() }, "query_cache_options"),
        (QueryCacheOptions { types: vec![own_type("a", none, &[])], ..options() }, "cache_type_ttl"),
    ];
    for (options, code) in cases {
        let made = QueryCache::new(connector("redis://127.0.0.1:1/".to_owned()), options, &Registry::new());
        assert_eq!(made.unwrap_err().code(), code);
    }
}

#[tokio::test]
async fn switched_off_it_asks_the_source_and_leaves_redis_alone() {
    let stage =
        Stage::with(servers::RedisOptions::default(), QueryCacheOptions { enabled: false, ..options() })
            .await;
    let source = Source::new();
    let before: String = stage.run(&["INFO", "clients"]).await;
    for number in 1..=3 {
        assert_eq!(source.read(&stage.cache, "products", &[]).await, Ok(number));
    }
    let clients =
        |info: &str| info.lines().find(|line| line.starts_with("connected_clients")).map(str::to_owned);
    assert_eq!(clients(&stage.run::<String>(&["INFO", "clients"]).await), clients(&before));
    assert_eq!((stage.cache.stats().bypassed, stage.keys().await.len()), (3, 0));

    stage.cache.set_enabled(true);
    assert_eq!(source.read(&stage.cache, "products", &[]).await, Ok(4));
    assert_eq!(source.read(&stage.cache, "products", &[]).await, Ok(4));
    stage.cache.set_enabled(false);
    assert!(!stage.cache.is_enabled());
    assert_eq!(source.read(&stage.cache, "products", &[]).await, Ok(5));
}
