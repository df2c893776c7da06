//! Tags of a query cache: shown, then removed where that is allowed.

use servers::RedisCluster;

use super::*;

/// Writes `count` results with a tag, and what must stay, through a link of the source.
async fn fill(source: &RedisSource, count: u32) {
    let mut link = source.connect().await.unwrap();
    let mut add = redis::cmd("SADD");
    add.arg("cache:tag:products").arg("session:17");
    for number in 0..count {
        let key = format!("query:{number:016x}");
        let _: () = redis::cmd("SET").arg(&key).arg("x").query_async(&mut link).await.unwrap();
        add.arg(key);
    }
    // One that has expired meanwhile.
    add.arg("query:ffffffffffffffff");
    let _: () = add.query_async(&mut link).await.unwrap();
    let _: () = redis::cmd("SET").arg("session:17").arg("x").query_async(&mut link).await.unwrap();
}

async fn there(source: &RedisSource, key: &str) -> bool {
    let mut link = source.connect().await.unwrap();
    redis::cmd("EXISTS").arg(key).query_async(&mut link).await.unwrap()
}

async fn falls_with_its_tag(connection: RedisConnection) {
    let reading_only = source(connection.clone(), None);
    let writing = writing_source(connection, None);
    fill(&writing, 1500).await;
    let preview = reading_only.preview_tag("products").await.unwrap();
    assert_eq!((preview.members, preview.first.len()), (1502, 20));
    let shown = |name: &String| name.starts_with("query:") || name == "session:*";
    assert!(preview.first.iter().all(shown), "{:?}", preview.first);

    let refused = reading_only.invalidate_tag("products").await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::Permission);
    assert!(refused.remedy.unwrap().contains("switch on"));
    assert!(there(&writing, "query:0000000000000007").await);

    assert_eq!(writing.invalidate_tag("products").await.unwrap().removed, 1500);
    assert!(!there(&writing, "query:0000000000000007").await && !there(&writing, "cache:tag:products").await);
    assert!(there(&writing, "session:17").await);
    assert_eq!(writing.invalidate_tag("products").await.unwrap().removed, 0);
    assert_eq!(reading_only.preview_tag("products").await.unwrap().members, 0);
}

#[tokio::test]
async fn results_fall_with_their_tag_on_one_server() {
    let server = server(&[]).await;
    falls_with_its_tag(to_port(server.port())).await;
    let mut load = client(&server).await;
    let _: () = say(&mut load, "SET cache:tag:products x").await;
    let found = source(to_port(server.port()), None).preview_tag("products").await.unwrap_err();
    assert!(found.message.contains("WRONGTYPE"), "{found:?}");
}

#[tokio::test]
async fn results_fall_with_their_tag_in_a_cluster() {
    let cluster = RedisCluster::start(2, RedisOptions::default()).await.unwrap();
    let port = cluster.nodes()[0].port();
    falls_with_its_tag(RedisConnection { topology: RedisTopology::Cluster, ..to_port(port) }).await;
}

#[tokio::test]
async fn keys_that_the_user_may_not_touch_are_told() {
    let server = server(&[]).await;
    let mut admin = client(&server).await;
    let _: () = say(&mut admin, "ACL SETUSER console on >sesame ~other:* +@all").await;
    let source = source(with_user(server.port(), "console"), Some("sesame"));
    let found = source.preview_tag("products").await.unwrap_err();
    assert_eq!(found.code, ProblemCode::Permission, "{found:?}");
    assert!(found.remedy.unwrap().starts_with("ACL SETUSER console ~query:* ~cache:tag:*"));
}
