//! A primary with replicas behind a Sentinel, and a cluster.

use std::collections::BTreeSet;

use domain::RedisRole;
use servers::{RedisCluster, Sentinel, SentinelOptions};
use sources::Source;

use super::*;

fn watched(sentinels: &[u16], service: &str, authenticated: bool) -> RedisConnection {
    RedisConnection {
        nodes: sentinels.iter().map(|port| format!("127.0.0.1:{port}")).collect(),
        topology: RedisTopology::Sentinel { service: service.into(), authenticated },
        ..to_port(0)
    }
}

fn address(server: &servers::Redis) -> String {
    format!("127.0.0.1:{}", server.port())
}

#[tokio::test]
async fn a_failover_is_followed_and_told() {
    let mut primary = server(&[]).await;
    let replica = primary.replica(RedisOptions::default()).await.unwrap();
    let sentinel = Sentinel::start(&primary, SentinelOptions::default()).await.unwrap();
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    // One of the Sentinels is gone; the other tells.
    let source = source(watched(&[unused, sentinel.port()], "mymaster", false), None);
    let reading = until(&source, |result| {
        result.as_ref().is_ok_and(|reading| {
            facts(reading).nodes.len() == 2
                && matches!(
                    &facts(reading).nodes[1].role,
                    RedisRole::Replica { link_up: true, behind_bytes: Some(_), .. }
                )
        })
    });
    let reading = reading.await.unwrap();
    let addresses: Vec<_> = facts(&reading).nodes.iter().map(|node| node.address.clone()).collect();
    assert_eq!(addresses, [address(&primary), address(&replica)]);
    assert_eq!(facts(&reading).nodes[0].replicas.len(), 1);
    assert!(reading.samples.iter().any(|sample| sample.key.metric == "redis_replica_behind_bytes"));

    primary.kill().await;
    let reading = until(&source, |result| {
        result.as_ref().is_ok_and(|reading| {
            let first = &facts(reading).nodes[0];
            first.address == address(&replica) && first.role == RedisRole::Primary
        })
    });
    let reading = reading.await.unwrap();
    let change = facts(&reading).role_changes.iter().find(|change| change.address == address(&replica));
    assert_eq!(
        change.map(|change| &change.became),
        Some(&RedisRole::Primary),
        "{:?}",
        facts(&reading).role_changes
    );

    primary.start_again().await.unwrap();
    let reading = until(&source, |result| {
        result.as_ref().is_ok_and(|reading| {
            facts(reading).nodes.iter().any(|node| {
                node.address == address(&primary)
                    && matches!(node.role, RedisRole::Replica { link_up: true, .. })
            })
        })
    });
    assert_eq!(facts(&reading.await.unwrap()).nodes[0].address, address(&replica));
}

#[tokio::test]
async fn a_sentinel_may_want_the_password_and_must_know_the_service() {
    let primary = servers::Redis::start(RedisOptions { password: Some("sesame".into()), ..options(&[]) })
        .await
        .unwrap();
    let guarded = SentinelOptions { password: Some("sesame".into()), ..SentinelOptions::default() };
    let sentinel = Sentinel::start(&primary, guarded).await.unwrap();
    let of =
        |service, authenticated| source(watched(&[sentinel.port()], service, authenticated), Some("sesame"));
    of("mymaster", true).poll(NOW).await.unwrap();
    let found = problem(&of("mymaster", false)).await;
    assert!(found.code.stops_polling(), "{found:?}");
    let found = problem(&of("theirs", true)).await;
    assert_eq!(found.code, ProblemCode::InvalidAddress, "{found:?}");
    assert!(found.message.contains("theirs"), "{found:?}");
}

#[tokio::test]
async fn a_cluster_is_seen_whole_from_any_node() {
    let mut cluster = RedisCluster::start(2, RedisOptions::default()).await.unwrap();
    let nodes: Vec<String> = cluster.nodes().iter().map(address).collect();
    let mut written = 0;
    for node in cluster.nodes() {
        let mut load = client(node).await;
        for number in 0..40 {
            let stored: redis::RedisResult<()> =
                redis::cmd("SET").arg(format!("k{number}")).arg("x").query_async(&mut load).await;
            written += u64::from(stored.is_ok());
        }
    }
    assert_eq!(written, 40);
    let seeds = RedisConnection { nodes: nodes.clone(), topology: RedisTopology::Cluster, ..to_port(0) };
    let source = source(seeds.clone(), None);
    let reading = source.poll(NOW).await.unwrap();
    let found: BTreeSet<_> = facts(&reading).primaries().map(|node| node.address.clone()).collect();
    assert_eq!(found, nodes.iter().cloned().collect());
    assert_eq!(facts(&reading).keys(), 40);
    assert!(facts(&reading).nodes.iter().all(|node| node.databases.iter().all(|database| database.keys > 5)));

    let primaries = source.primaries().await.unwrap();
    let runs: BTreeSet<_> = primaries.iter().map(|primary| primary.run_id.clone()).collect();
    assert_eq!((primaries.len(), runs.len()), (2, 2));

    // One node is lost: the other is still told, and what is missing too.
    cluster.nodes_mut()[1].kill().await;
    let reading = source.poll(NOW).await.unwrap();
    assert_eq!(facts(&reading).nodes.len(), 1);
    assert!(
        reading.degraded.iter().any(|one| one.code == "node_unreachable" && one.message.contains(&nodes[1]))
    );
}

#[tokio::test]
async fn a_link_serves_each_topology() {
    let alone = server(&[]).await;
    let cluster = RedisCluster::start(2, RedisOptions::default()).await.unwrap();
    let of_cluster =
        RedisConnection { topology: RedisTopology::Cluster, ..to_port(cluster.nodes()[0].port()) };
    for connection in [to_port(alone.port()), of_cluster] {
        let mut link = source(connection, None).connect().await.unwrap();
        for number in 0..20 {
            let key = format!("k{number}");
            let _: () = redis::cmd("SET").arg(&key).arg(number).query_async(&mut link).await.unwrap();
            let found: u32 = redis::cmd("GET").arg(&key).query_async(&mut link.clone()).await.unwrap();
            assert_eq!(found, number);
        }
    }
    let source = source(to_port(alone.port()), None);
    let mut link = source.connect().await.unwrap();
    drop(alone);
    let error = redis::cmd("GET").arg("k").query_async::<()>(&mut link).await.unwrap_err();
    assert!(!source.problem(&error).code.stops_polling(), "{error}");
    assert!(source.connect().await.is_err());
}
