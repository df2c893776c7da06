//! The charts of the Cache page: hits, memory, removals, commands, round trips, network and clients.

use domain::{CacheChart, ChartData, SourceConfig, TimeRange, Unit, metric};

use crate::charts::{Line, draw, draw_rates, share};
use crate::{Engine, EngineError};

const POINTS: u32 = 400;

impl Engine {
    /// Those that have a point in the window.
    pub(super) fn cache_charts(
        &self,
        config: &SourceConfig,
        range: TimeRange,
    ) -> Result<Vec<CacheChart>, EngineError> {
        let line = |name: &str, unit, metric: &str| self.cache_line(config, name, unit, metric);
        let rates = |lines| draw_rates(&self.inner.history, &self.inner.marks.lock(), lines, range, POINTS);
        let gauges =
            |lines| draw(&self.inner.history, &self.inner.marks.lock(), lines, range, POINTS, Vec::new());
        let lookups = rates(vec![
            line("hits", Unit::PerSecond, metric::REDIS_HITS),
            line("misses", Unit::PerSecond, metric::REDIS_MISSES),
        ])?;
        let ratio = lookups.clone().map(|chart| share(chart, "hit rate"));
        let ratio =
            ratio.filter(|chart| chart.series.iter().any(|series| series.values.iter().any(Option::is_some)));
        let charts: [(&str, &str, Option<ChartData>); 8] = [
            ("hit_ratio", "Hit rate", ratio),
            ("lookups", "Look-ups each second", lookups),
            (
                "memory",
                "Memory",
                gauges(vec![
                    line("used", Unit::Bytes, metric::REDIS_MEMORY),
                    line("limit", Unit::Bytes, metric::REDIS_MEMORY_MAX),
                ])?,
            ),
            (
                "removed",
                "Keys removed each second",
                rates(vec![
                    line("expired", Unit::PerSecond, metric::REDIS_EXPIRED),
                    line("evicted", Unit::PerSecond, metric::REDIS_EVICTED),
                ])?,
            ),
            (
                "commands",
                "Commands each second",
                rates(vec![line("commands", Unit::PerSecond, metric::REDIS_COMMANDS)])?,
            ),
            (
                "ping",
                "Round trip of a PING",
                gauges(vec![line("round trip", Unit::Seconds, metric::REDIS_PING)])?,
            ),
            (
                "network",
                "Bytes each second",
                rates(vec![
                    line("sent", Unit::Bytes, metric::REDIS_OUTPUT_BYTES),
                    line("received", Unit::Bytes, metric::REDIS_INPUT_BYTES),
                ])?,
            ),
            (
                "clients",
                "Clients",
                gauges(vec![
                    line("connected", Unit::Count, metric::REDIS_CLIENTS),
                    line("blocked", Unit::Count, metric::REDIS_BLOCKED_CLIENTS),
                ])?,
            ),
        ];
        Ok(charts
            .into_iter()
            .filter_map(|(code, title, chart)| {
                Some(CacheChart { code: code.to_owned(), title: title.to_owned(), chart: chart? })
            })
            .collect())
    }

    /// All nodes together.
    fn cache_line(&self, config: &SourceConfig, name: &str, unit: Unit, metric: &str) -> Line {
        Line {
            name: name.to_owned(),
            unit,
            source: config.id.clone(),
            keys: self.inner.history.find_series(Some(&config.id), metric),
            interval_ms: i64::from(config.interval_ms),
        }
    }
}
