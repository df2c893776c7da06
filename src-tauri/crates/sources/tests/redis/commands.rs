//! Nothing but the listed commands is ever sent: a user with only these rights is enough, and the servers count no others.

use std::collections::BTreeSet;

use servers::{RedisCluster, Sentinel, SentinelOptions};
use sources::Source;
use sources::redis::COMMANDS;

use super::*;

/// Commands that a server has run or refused since it started, with how often it refused.
async fn counted(server: &servers::Redis) -> Vec<(String, u64)> {
    let mut admin = client(server).await;
    let text: String = say(&mut admin, "INFO commandstats").await;
    text.lines()
        .filter_map(|line| {
            let (name, figures) = line.strip_prefix("cmdstat_")?.split_once(':')?;
            let rejected = figures.split(',').find_map(|part| part.strip_prefix("rejected_calls=")).unwrap();
            Some((name.to_owned(), rejected.parse().unwrap()))
        })
        .collect()
}

/// Fails where a command ran that is neither listed nor the test's own, or where anything was refused.
async fn only_listed(server: &servers::Redis, own: &[&str]) {
    let listed: BTreeSet<&str> = COMMANDS.iter().chain(own).copied().collect();
    for (command, rejected) in counted(server).await {
        assert!(listed.contains(command.as_str()), "{command} was sent");
        assert_eq!(rejected, 0, "{command} was refused");
    }
}

async fn least_rights(server: &servers::Redis) {
    let mut admin = client(server).await;
    let mut command = redis::cmd("ACL");
    command.arg("SETUSER").arg("console").arg("on").arg(">sesame").arg("~query:*").arg("~cache:tag:*");
    for name in COMMANDS.iter().filter(|name| !name.starts_with("sentinel")) {
        command.arg(format!("+{name}"));
    }
    let _: () = command.query_async(&mut admin).await.unwrap();
}

/// Everything that a source can do.
async fn use_everything(source: &RedisSource) {
    for _ in 0..2 {
        let reading = source.poll(NOW).await.unwrap();
        assert!(reading.degraded.is_empty(), "{:?}", reading.degraded);
    }
    source.connect().await.unwrap();
    assert!(!source.primaries().await.unwrap().is_empty());
    source.preview_tag("products").await.unwrap();
    assert_eq!(source.invalidate_tag("products").await.unwrap().removed, 1);
}

const OWN: [&str; 5] = ["acl|setuser", "client|setinfo", "set", "sadd", "hello"];

#[tokio::test]
async fn one_server_sees_only_listed_commands() {
    let server = server(&[]).await;
    least_rights(&server).await;
    let mut load = client(&server).await;
    let _: () = say(&mut load, "SET query:9f86d081884c7d65 x").await;
    let _: () = say(&mut load, "SADD cache:tag:products query:9f86d081884c7d65").await;
    let user = RedisConnection { database: 0, ..with_user(server.port(), "console") };
    use_everything(&writing_source(user, Some("sesame"))).await;
    only_listed(&server, &OWN).await;
}

#[tokio::test]
async fn a_cluster_sees_only_listed_commands() {
    let cluster = RedisCluster::start(2, RedisOptions::default()).await.unwrap();
    for node in cluster.nodes() {
        least_rights(node).await;
    }
    // The test's own writes go over such a link too, so they count as everything else does.
    let everybody =
        RedisConnection { topology: RedisTopology::Cluster, ..to_port(cluster.nodes()[0].port()) };
    let mut link = source(everybody, None).connect().await.unwrap();
    for words in
        [["SET", "query:9f86d081884c7d65", "x"], ["SADD", "cache:tag:products", "query:9f86d081884c7d65"]]
    {
        let _: () = redis::cmd(words[0]).arg(&words[1..]).query_async(&mut link).await.unwrap();
    }
    let nodes = RedisConnection {
        topology: RedisTopology::Cluster,
        ..with_user(cluster.nodes()[0].port(), "console")
    };
    use_everything(&writing_source(nodes, Some("sesame"))).await;
    let own: Vec<_> =
        OWN.iter().copied().chain(["cluster|addslots", "cluster|meet", "cluster|info"]).collect();
    for node in cluster.nodes() {
        only_listed(node, &own).await;
    }
}

#[tokio::test]
async fn a_sentinel_is_only_asked_where_everything_is() {
    let primary = server(&[]).await;
    let sentinel = Sentinel::start(&primary, SentinelOptions::default()).await.unwrap();
    let topology = RedisTopology::Sentinel { service: "mymaster".into(), authenticated: false };
    let source = source(RedisConnection { topology, ..to_port(sentinel.port()) }, None);
    source.poll(NOW).await.unwrap();
    source.connect().await.unwrap();
    let mut admin = redis::Client::open(format!("redis://127.0.0.1:{}", sentinel.port()))
        .unwrap()
        .get_multiplexed_async_connection()
        .await
        .unwrap();
    let text: String = say(&mut admin, "INFO all").await;
    let sent: Vec<_> =
        text.lines().filter_map(|line| line.strip_prefix("cmdstat_")?.split(':').next()).collect();
    for command in &sent {
        // Sentinels greet each other, and their servers, over the same commands.
        let own = ["client|setinfo", "hello", "publish", "subscribe", "psubscribe"];
        assert!(COMMANDS.contains(command) || own.contains(command), "{command} was sent");
    }
}
