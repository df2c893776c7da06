//! From facts to samples for the history, labelled by node.

use domain::{MetricKind, Redis, RedisNode, Sample, SeriesKey, SourceId, metric};

use crate::postgres::gauge;

/// Commands with series of their own, those that took most time; more would flood the history.
const COMMANDS: usize = 12;

pub(super) fn samples(source: &SourceId, facts: &Redis, poll_ms: f64) -> Vec<Sample> {
    let mut samples = vec![gauge(SeriesKey::new(source, metric::POLL_MS), poll_ms)];
    for node in &facts.nodes {
        let key = |name: &str| SeriesKey::new(source, name).with("node", &node.address);
        let counter = |(name, value)| Sample { key: key(name), kind: MetricKind::Counter, value };
        samples.extend(counters(node).map(counter));
        samples.extend(gauges(node).filter_map(|(name, value)| Some(gauge(key(name), value?))));
        samples.extend(node.commands.iter().take(COMMANDS).map(|command| Sample {
            key: key(metric::REDIS_COMMAND_SECONDS).with("command", &command.command),
            kind: MetricKind::Counter,
            value: command.total_us as f64 / MICROS,
        }));
        samples.extend(node.replicas.iter().map(|replica| {
            gauge(
                key(metric::REDIS_REPLICA_BEHIND).with("replica", &replica.address),
                replica.behind_bytes as f64,
            )
        }));
    }
    samples
}

const MICROS: f64 = 1e6;

fn counters(node: &RedisNode) -> impl Iterator<Item = (&'static str, f64)> {
    let counted = &node.counters;
    [
        (metric::REDIS_HITS, counted.hits),
        (metric::REDIS_MISSES, counted.misses),
        (metric::REDIS_EVICTED, counted.evicted),
        (metric::REDIS_EXPIRED, counted.expired),
        (metric::REDIS_COMMANDS, counted.commands),
        (metric::REDIS_INPUT_BYTES, counted.input_bytes),
        (metric::REDIS_OUTPUT_BYTES, counted.output_bytes),
        (metric::REDIS_REJECTED_CONNECTIONS, counted.rejected_connections),
    ]
    .into_iter()
    .map(|(name, value)| (name, value as f64))
    .chain([(metric::REDIS_CPU_SECONDS, counted.cpu_us as f64 / MICROS)])
}

fn gauges(node: &RedisNode) -> impl Iterator<Item = (&'static str, Option<f64>)> {
    [
        (metric::REDIS_MEMORY, Some(node.memory.used_bytes as f64)),
        (metric::REDIS_MEMORY_MAX, node.memory.max_bytes.map(|bytes| bytes as f64)),
        (metric::REDIS_MEMORY_RSS, Some(node.memory.rss_bytes as f64)),
        (metric::REDIS_FRAGMENTATION, node.memory.fragmentation_ratio),
        (metric::REDIS_CLIENTS, Some(node.clients.connected as f64)),
        (metric::REDIS_BLOCKED_CLIENTS, Some(node.clients.blocked as f64)),
        (metric::REDIS_KEYS, Some(node.keys() as f64)),
        (metric::REDIS_PING, Some(node.ping_ms / 1000.0)),
        (metric::REDIS_UNSAVED_CHANGES, Some(node.persistence.changes_since_save as f64)),
    ]
    .into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redis::info::{Info, node};

    #[test]
    fn every_series_names_its_node_and_the_unknown_is_absent() {
        let text = "used_cpu_user:1.5\nused_cpu_sys:0.5\nkeyspace_hits:9\nused_memory:7\nmaxmemory:0\n\
            cmdstat_get:calls=3,usec=2000000\ndb0:keys=4,expires=0\ndb1:keys=5,expires=0\n\
            master_repl_offset:10\nslave0:ip=b,port=2,offset=4,lag=0\n";
        let facts = Redis { nodes: vec![node(&Info::parse(text), "a:1", "7.0.15")], ..Redis::default() };
        let found: Vec<_> = samples(&SourceId::new("r"), &facts, 1.0)
            .into_iter()
            .map(|s| (s.key.to_string(), s.kind, s.value))
            .collect();
        let wanted = [
            ("redis_keyspace_hits_total{node=\"a:1\"}", MetricKind::Counter, 9.0),
            ("redis_cpu_seconds_total{node=\"a:1\"}", MetricKind::Counter, 2.0),
            ("redis_keys{node=\"a:1\"}", MetricKind::Gauge, 9.0),
            ("redis_command_seconds_total{command=\"get\",node=\"a:1\"}", MetricKind::Counter, 2.0),
            ("redis_replica_behind_bytes{node=\"a:1\",replica=\"b:2\"}", MetricKind::Gauge, 6.0),
        ];
        for (key, kind, value) in wanted {
            assert!(found.contains(&(key.to_owned(), kind, value)), "{key}: {found:?}");
        }
        assert!(!found.iter().any(|(key, ..)| key.starts_with("redis_memory_max")), "{found:?}");
    }
}
