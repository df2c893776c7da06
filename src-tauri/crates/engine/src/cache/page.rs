//! The Cache page of one Redis, and the query caches of the instances.

use domain::{
    CacheFigure, CachePage, InstanceCache, Measure, Redis, SourceId, SourceKind, SourceStatus, TimeRange,
    Timestamp, Unit, metric,
};

use super::figures::{Counted, WINDOW_MILLIS, checks};
use crate::servers::chosen;
use crate::{Engine, EngineError};

const LATELY: &str = "over the last 15 minutes";

impl Engine {
    /// Everything the Cache page shows. The first Redis when `source` is absent or unknown.
    pub async fn cache_page(
        &self,
        source: Option<SourceId>,
        range: TimeRange,
    ) -> Result<CachePage, EngineError> {
        self.blocking(move |engine| engine.cache_page_now(source, range)).await
    }

    fn cache_page_now(&self, source: Option<SourceId>, range: TimeRange) -> Result<CachePage, EngineError> {
        let servers = self.server_choices(SourceKind::Redis);
        let source = chosen(&servers, source);
        let now = self.now();
        let mut page = CachePage {
            at: now,
            servers,
            source: source.clone(),
            problem: None,
            redis: None,
            polled_at: None,
            head: Vec::new(),
            charts: Vec::new(),
            checks: Vec::new(),
            instances: self.instance_caches(now)?,
            slow: Vec::new(),
            slow_missed: 0,
            keyspace: None,
            allow_cache_writes: false,
        };
        let Some(source) = source else { return Ok(page) };
        let status = self.source(&source)?;
        let newest = self.newest_redis(&source);
        let counted = self.counted(&source, now)?;
        page.slow = self.slow_commands(&source)?;
        page.keyspace = self.keyspace(&source)?;
        // Of a server that never answered, the walk of another day still tells.
        let unseen = Redis::default();
        let seen = newest.as_ref().map_or(&unseen, |(_, redis)| redis);
        page.checks = checks(seen, &counted, &page.slow, page.keyspace.as_ref(), now);
        if let Some((at, redis)) = newest {
            page.head = head(&redis, &counted);
            page.polled_at = Some(at);
            page.redis = Some(*redis);
        }
        page.slow_missed = self.inner.caches.with(&source, |server| server.slow_missed);
        page.problem = status.state.problem().cloned();
        page.allow_cache_writes = status.config.allow_cache_writes;
        page.charts = self.cache_charts(&status.config, range)?;
        Ok(page)
    }

    fn newest_redis(&self, source: &SourceId) -> Option<(Timestamp, Box<Redis>)> {
        self.inner.sources.read().get(source)?.recent.redis.clone()
    }

    /// The query cache of every instance that tells of one.
    fn instance_caches(&self, now: Timestamp) -> Result<Vec<InstanceCache>, EngineError> {
        let range = TimeRange::last(WINDOW_MILLIS, now);
        let mut caches = Vec::new();
        for status in self.instances() {
            let id = &status.config.id;
            let known = |metric| !self.inner.history.find_series(Some(id), metric).is_empty();
            if !known(metric::QUERY_CACHE_HITS) && !known(metric::QUERY_CACHE_MISSES) {
                continue;
            }
            let counted = Counted {
                hits: self.risen_of(id, metric::QUERY_CACHE_HITS, range)?,
                misses: self.risen_of(id, metric::QUERY_CACHE_MISSES, range)?,
                ..Counted::default()
            };
            let seconds = self.risen_of(id, metric::QUERY_CACHE_LATENCY_SUM, range)?;
            let count = self.risen_of(id, metric::QUERY_CACHE_LATENCY_COUNT, range)?;
            caches.push(InstanceCache {
                source: id.clone(),
                name: status.config.name.clone(),
                hit_ratio: measure(
                    counted.hit_ratio(),
                    Unit::Ratio,
                    &format!("query_cache_hits_total over hits and misses, all keys, {LATELY}"),
                ),
                lookups_per_second: measure(
                    counted.lookups_per_second(),
                    Unit::PerSecond,
                    &format!("query_cache_hits_total and query_cache_misses_total, all keys, {LATELY}"),
                ),
                latency: measure(
                    (count.by > 0.0).then(|| seconds.by / count.by),
                    Unit::Seconds,
                    &format!("query_cache_latency_seconds, mean {LATELY}"),
                ),
                note: note(&counted),
            });
        }
        Ok(caches)
    }

    /// Whatever may tell of a query cache or of coalesced requests.
    pub(super) fn instances(&self) -> Vec<SourceStatus> {
        let tells =
            |status: &SourceStatus| matches!(status.config.kind, SourceKind::Mpanel | SourceKind::Prometheus);
        self.sources().into_iter().filter(tells).collect()
    }
}

/// An instance whose every look-up misses has the broken layout, in all likelihood.
fn note(counted: &Counted) -> Option<String> {
    (counted.misses.by >= 20.0 && counted.hits.by == 0.0).then(|| {
        "Nothing was ever found. Walk the keys of its Redis: if they are named mpanel:query:<hash>:<result>, its query cache stores results in the wrong place."
            .to_owned()
    })
}

pub(super) fn measure(value: Option<f64>, unit: Unit, origin: &str) -> Measure {
    Measure { value, unit, origin: format!("{origin}."), severity: None }
}

fn head(redis: &Redis, counted: &Counted) -> Vec<CacheFigure> {
    let figure = |code: &str, label: &str, value: Option<f64>, unit: Unit, origin: String| CacheFigure {
        code: code.to_owned(),
        label: label.to_owned(),
        measure: measure(value, unit, &origin),
    };
    let nodes = || redis.nodes.iter();
    let worst_ping = nodes().map(|node| node.ping_ms / 1000.0).reduce(f64::max);
    let used = nodes().map(|node| node.memory.used_bytes as f64).sum();
    let clients = nodes().map(|node| node.clients.connected as f64).sum();
    vec![
        figure(
            "hit_ratio",
            "Hit rate",
            counted.hit_ratio(),
            Unit::Ratio,
            format!("keyspace_hits over keyspace_hits and keyspace_misses of INFO, {LATELY}"),
        ),
        figure(
            "lookups",
            "Look-ups",
            counted.lookups_per_second(),
            Unit::PerSecond,
            format!("keyspace_hits and keyspace_misses of INFO, {LATELY}"),
        ),
        figure(
            "ping",
            "Round trip",
            worst_ping,
            Unit::Seconds,
            "PING of the last poll, the network included; the slowest node".to_owned(),
        ),
        figure("memory", "Memory", Some(used), Unit::Bytes, "used_memory of INFO, all nodes".to_owned()),
        figure(
            "keys",
            "Keys",
            Some(redis.keys() as f64),
            Unit::Count,
            "INFO keyspace, all primaries".to_owned(),
        ),
        figure(
            "evictions",
            "Evictions",
            counted.evicted.per_second(),
            Unit::PerSecond,
            format!("evicted_keys of INFO, {LATELY}"),
        ),
        figure(
            "clients",
            "Clients",
            Some(clients),
            Unit::Count,
            "connected_clients of INFO, all nodes, this console included".to_owned(),
        ),
    ]
}
