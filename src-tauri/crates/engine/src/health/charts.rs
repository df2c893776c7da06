//! The charts of the Health page: transactions, cache, log, and the age of transaction ids.

use domain::{HealthChart, SeriesKey, SourceId, TimeRange, Unit, metric};

use crate::charts::{Line, draw, draw_rates, share};
use crate::{Engine, EngineError};

const POINTS: u32 = 400;

impl Engine {
    /// Those that have a point in the window.
    pub(super) fn health_charts(
        &self,
        source: &SourceId,
        range: TimeRange,
    ) -> Result<Vec<HealthChart>, EngineError> {
        let counter = |name: &str, unit, metric: &str| self.health_line(source, name, unit, metric);
        let rates = |lines| draw_rates(&self.inner.history, &self.inner.marks.lock(), lines, range, POINTS);
        let transactions = rates(vec![
            counter("commits", Unit::PerSecond, metric::PG_COMMITS),
            counter("rollbacks", Unit::PerSecond, metric::PG_ROLLBACKS),
        ])?;
        let blocks = rates(vec![
            counter("found", Unit::PerSecond, metric::PG_BLOCKS_HIT),
            counter("read", Unit::PerSecond, metric::PG_BLOCKS_READ),
        ])?;
        let log = rates(vec![counter("written each second", Unit::Bytes, metric::PG_WAL_BYTES)])?;
        let ages = vec![counter("oldest transaction id", Unit::Count, metric::PG_XID_AGE)];
        let ages = draw(&self.inner.history, &self.inner.marks.lock(), ages, range, POINTS, Vec::new())?;
        let charts = [
            ("Transactions each second", transactions),
            ("Cache hit ratio", blocks.map(|chart| share(chart, "found in shared_buffers"))),
            ("Write-ahead log each second", log),
            ("Age of the oldest transaction id", ages),
        ];
        Ok(charts
            .into_iter()
            .filter_map(|(title, chart)| Some(HealthChart { title: title.to_owned(), chart: chart? }))
            .collect())
    }

    fn health_line(&self, source: &SourceId, name: &str, unit: Unit, metric: &str) -> Line {
        let every = self.inner.health_options.quick_every.as_millis();
        Line {
            name: name.to_owned(),
            unit,
            source: source.clone(),
            keys: vec![SeriesKey::new(source, metric)],
            interval_ms: i64::try_from(every).unwrap_or(60_000).max(1_000),
        }
    }
}
