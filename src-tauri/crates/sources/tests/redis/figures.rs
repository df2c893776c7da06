//! What a poll counts is what was done.

use domain::{MetricKind, RedisRole};
use sources::Source;

use super::*;

#[tokio::test]
async fn the_hit_rate_is_that_of_the_load() {
    let server = server(&[]).await;
    let mut load = client(&server).await;
    let _: () = say(&mut load, "MSET a 1 b 2 c 3").await;
    let source = source(to_port(server.port()), None);
    let first = source.poll(NOW).await.unwrap();
    let (hits, misses) = (870, 130);
    for turn in 0..hits + misses {
        let key = if turn < hits { ["a", "b", "c"][turn % 3] } else { "none" };
        let _: Option<String> = say(&mut load, &format!("GET {key}")).await;
    }
    let second = source.poll(NOW).await.unwrap();
    let counters = |reading: &Reading| facts(reading).nodes[0].counters;
    let (before, after) = (counters(&first), counters(&second));
    let (hit, missed) = (after.hits - before.hits, after.misses - before.misses);
    let ratio = hit as f64 / (hit + missed) as f64;
    assert!((ratio - 0.87).abs() < 0.01, "{ratio}");
    assert!(after.commands - before.commands >= 1000 && after.output_bytes > before.output_bytes);
    let sampled =
        second.samples.iter().find(|sample| sample.key.metric == "redis_keyspace_hits_total").unwrap();
    assert_eq!((sampled.kind, sampled.value), (MetricKind::Counter, after.hits as f64));
    assert_eq!(sampled.key.labels["node"], format!("127.0.0.1:{}", server.port()));
}

#[tokio::test]
async fn a_poll_tells_of_memory_clients_databases_and_commands() {
    let server = server(&[
        ("maxmemory", "64mb"),
        ("maxmemory-policy", "allkeys-lfu"),
        ("latency-monitor-threshold", "1"),
        ("enable-debug-command", "yes"),
        ("slowlog-log-slower-than", "5000"),
    ])
    .await;
    let mut one = client(&server).await;
    let _: () = say(&mut one, "CLIENT SETNAME panel").await;
    let _: () = say(&mut one, "SET a 1 EX 1000").await;
    let _: () = say(&mut one, "SET b 1").await;
    let _: () = say(&mut one, "DEBUG SLEEP 0.02").await;
    let source = source(RedisConnection { database: 3, ..to_port(server.port()) }, None);
    let reading = source.poll(NOW).await.unwrap();
    assert!(reading.degraded.is_empty(), "{:?}", reading.degraded);
    assert!(reading.version.as_ref().is_some_and(|version| version.contains(' ')), "{:?}", reading.version);
    let node = &facts(&reading).nodes[0];
    assert_eq!((&node.role, node.run_id.len()), (&RedisRole::Primary, 40));
    assert!(node.ping_ms > 0.0 && node.ping_ms < 1000.0, "{}", node.ping_ms);
    assert_eq!((node.memory.max_bytes, node.memory.policy.as_str()), (Some(64 << 20), "allkeys-lfu"));
    assert_eq!((node.slower_than_us, node.databases.len()), (Some(5000), 1));
    assert_eq!((node.databases[0].keys, node.databases[0].expiring), (2, 1));
    assert!(
        node.latency.iter().any(|event| event.event == "command" && event.worst_ms >= 20.0),
        "{:?}",
        node.latency
    );
    let named = |name: &str| {
        node.clients.groups.iter().find(|group| group.name == name).map(|group| group.connections)
    };
    assert_eq!((named("panel"), named("mpanel-console")), (Some(1), Some(1)));
    assert!(node.commands.iter().any(|command| command.command == "set" && command.calls == 2));
    let found = reading.found.join("\n");
    assert!(found.contains("Keys: 2") && found.contains("(primary)"), "{found}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_unix_socket_serves_as_an_address() {
    let server = server(&[]).await;
    let path = server.socket().unwrap().display().to_string();
    let source = source(connection(&path), None);
    let reading = source.poll(NOW).await.unwrap();
    assert_eq!(facts(&reading).nodes[0].address, path);
    std::fs::remove_file(&path).unwrap();
    let gone = super::source(connection(&path), None);
    assert_eq!(problem(&gone).await.code, ProblemCode::Unreachable);
}
