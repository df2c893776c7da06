//! What Redis counted in a window: hits, misses and the rest, from the history.

use domain::{Keyspace, Redis, SeriesKey, SlowCommand, SourceId, TimeRange, Timestamp, metric};

use crate::charts::{Risen, risen};
use crate::{Engine, EngineError};

/// What is judged is what happened lately.
pub(super) const WINDOW_MILLIS: i64 = 15 * 60_000;
/// Slow commands that are looked at.
const SLOW: u32 = 200;

/// Counts of one window.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counted {
    pub hits: Risen,
    pub misses: Risen,
    pub evicted: Risen,
    pub rejected: Risen,
}

impl Counted {
    /// Hits over look-ups; none where nothing was looked up.
    pub(super) fn hit_ratio(&self) -> Option<f64> {
        let lookups = self.lookups();
        (lookups > 0.0).then(|| self.hits.by / lookups)
    }

    pub(super) fn lookups(&self) -> f64 {
        self.hits.by + self.misses.by
    }

    pub(super) fn lookups_per_second(&self) -> Option<f64> {
        let seconds = self.hits.seconds.max(self.misses.seconds);
        (seconds > 0.0).then(|| self.lookups() / seconds)
    }
}

impl Engine {
    pub(super) fn counted(&self, source: &SourceId, now: Timestamp) -> Result<Counted, EngineError> {
        let range = TimeRange::last(WINDOW_MILLIS, now);
        let of = |metric| self.risen_of(source, metric, range);
        let mut counted = Counted {
            hits: of(metric::REDIS_HITS)?,
            misses: of(metric::REDIS_MISSES)?,
            evicted: of(metric::REDIS_EVICTED)?,
            rejected: self.rejected(source, now)?,
        };
        // A walk asks for keys too, and says nothing about how well a cache serves.
        if let Some(own) = self.inner.caches.with(source, |server| server.own_lookups)
            && range.contains(own.ended_at)
        {
            counted.hits.by = (counted.hits.by - own.hits).max(0.0);
            counted.misses.by = (counted.misses.by - own.misses).max(0.0);
        }
        Ok(counted)
    }

    pub(super) fn rejected(&self, source: &SourceId, now: Timestamp) -> Result<Risen, EngineError> {
        self.risen_of(source, metric::REDIS_REJECTED_CONNECTIONS, TimeRange::last(WINDOW_MILLIS, now))
    }

    /// All series of a metric of a source together.
    pub(super) fn risen_of(
        &self,
        source: &SourceId,
        metric: &str,
        range: TimeRange,
    ) -> Result<Risen, EngineError> {
        let keys: Vec<SeriesKey> = self.inner.history.find_series(Some(source), metric);
        risen(&self.inner.history, &keys, range)
    }

    pub(super) fn slow_commands(&self, source: &SourceId) -> Result<Vec<SlowCommand>, EngineError> {
        Ok(self.inner.cache_store.slow(source, SLOW)?)
    }
}

/// Everything that checks look at.
pub(super) fn checks(
    redis: &Redis,
    counted: &Counted,
    slow: &[SlowCommand],
    keyspace: Option<&Keyspace>,
    now: Timestamp,
) -> Vec<domain::CacheCheck> {
    let from = now.plus_millis(-WINDOW_MILLIS);
    // The newest come first.
    let (lately, _) = slow.split_at(slow.iter().take_while(|command| command.at >= from).count());
    analysis::cache::check(&analysis::cache::Observed {
        redis,
        seconds: WINDOW_MILLIS as f64 / 1000.0,
        hits: counted.hits.by,
        misses: counted.misses.by,
        evicted: counted.evicted.by,
        rejected_connections: counted.rejected.by,
        slow: lately,
        keyspace,
    })
}

/// The same of a single look: everything counts since the server started.
pub(super) fn look(redis: &Redis, keyspace: Option<&Keyspace>) -> Vec<domain::CacheCheck> {
    let sum = |of: fn(&domain::RedisCounters) -> u64| {
        redis.primaries().map(|node| of(&node.counters) as f64).sum::<f64>()
    };
    let seconds = redis.nodes.iter().map(|node| node.uptime_seconds as f64).reduce(f64::max);
    analysis::cache::check(&analysis::cache::Observed {
        redis,
        seconds: seconds.unwrap_or_default(),
        hits: sum(|counters| counters.hits),
        misses: sum(|counters| counters.misses),
        evicted: sum(|counters| counters.evicted),
        rejected_connections: sum(|counters| counters.rejected_connections),
        slow: &redis.slow,
        keyspace,
    })
}
