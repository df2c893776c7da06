//! The main path of the Cache page: a Redis is added, its keys are walked, the broken layout is explained, a tag is removed.
#![allow(clippy::expect_used, reason = "a test fails where it cannot go on")]

use std::time::Duration;

use redis::AsyncCommands;
use redis::aio::MultiplexedConnection;
use servers::{Redis, RedisOptions};
use tempfile::TempDir;

use super::driver::{PATIENCE, Window};
use super::sources::save_source;

const SEEN: Duration = Duration::from_secs(60);

/// Results of a query cache as they should be, some of the broken kind, and sessions.
async fn fill(server: &Redis) -> MultiplexedConnection {
    let client = redis::Client::open(server.url()).expect("an address");
    let mut connection = client.get_multiplexed_async_connection().await.expect("a connection");
    let mut pipe = redis::pipe();
    for number in 0..200 {
        let key = format!("query:{number:016x}");
        pipe.set_ex(&key, "[{\"id\":1}]", 600).ignore().sadd("cache:tag:catalog", &key).ignore();
        pipe.set(format!("session:{number}"), "s".repeat(100)).ignore();
    }
    for number in 0..20 {
        let result = "{\"rows\":[]}".repeat(200);
        pipe.set_ex(format!("mpanel:query:{number:016x}:{result}"), "600", 3_600).ignore();
    }
    pipe.query_async::<()>(&mut connection).await.expect("keys");
    connection
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_walked_and_a_tag_is_removed() {
    let server = Redis::start(RedisOptions::default()).await.expect("Redis starts");
    let mut connection = fill(&server).await;
    let directory = TempDir::new().expect("a directory");
    let window = Window::open(directory.path()).await;
    window.find("first-start").await;
    window.click("nav-sources").await;
    window.click("add-source").await;
    window.click("source-kind-redis").await;
    window.fill("source-name", "cache-eu").await;
    window.fill("source-nodes", &format!("127.0.0.1:{}", server.port())).await;
    window.choose("source-tls", "disable").await;
    window.click("source-allow-cache-writes").await;
    save_source(&window, "cache-eu").await;

    window.click("nav-cache").await;
    window.until_text("nodes", SEEN, |text| text.contains("primary") || text.contains("Primary")).await;
    window.picture("cache").await;

    window.click("cache-view-keys").await;
    window.click("walk-start").await;
    window.until_text("prefixes", SEEN, |text| text.contains("session:*") && text.contains("query:*")).await;
    window.until_text("layout-broken", PATIENCE, |text| text.contains("20 entries")).await;
    window.until_text("layout-fix", PATIENCE, |text| text.contains("cache:tag:")).await;
    window.picture("cache-keys").await;

    window.until_text("tags", PATIENCE, |text| text.contains("catalog") && text.contains("200")).await;
    window.click("remove-tag").await;
    window.until_text("tag-preview", PATIENCE, |text| text.contains("200 keys")).await;
    window.fill("remove-tag-name", "catalog").await;
    window.picture("cache-remove-tag").await;
    window.click("remove-tag-confirm").await;
    window.until_text("tag-removed", PATIENCE, |text| text.contains("200")).await;
    let left: u64 = redis::cmd("DBSIZE").query_async(&mut connection).await.expect("DBSIZE");
    assert_eq!(left, 220, "sessions and the broken entries stay");
    assert!(!connection.exists::<_, bool>("cache:tag:catalog").await.expect("EXISTS"), "the tag is gone");
    window.close().await;
    server.stop().await;
}
