//! The charts of the Health page: transactions, cache, log, and the age of transaction ids.

use domain::{ChartData, ChartSeries, HealthChart, SeriesKey, SourceId, TimeRange, Unit, metric};

use crate::charts::{Line, draw, draw_rates};
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
            ("Cache hit ratio", blocks.map(hit_ratio)),
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

/// From the rates of blocks found and blocks read to one line.
fn hit_ratio(mut chart: ChartData) -> ChartData {
    let [found, read] = chart.series.as_slice() else { return chart };
    let ratio = |(found, read): (&Option<f64>, &Option<f64>)| {
        let (found, read) = ((*found)?, (*read)?);
        (found + read > 0.0).then(|| found / (found + read))
    };
    let series = ChartSeries {
        name: "found in shared_buffers".to_owned(),
        unit: Unit::Ratio,
        source: found.source.clone(),
        origin: format!("{} over it and {}", found.origin, read.origin),
        values: found.values.iter().zip(&read.values).map(ratio).collect(),
        highs: None,
    };
    chart.series = vec![series];
    chart
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;

    #[test]
    fn the_ratio_of_nothing_is_a_gap() {
        let series = |values: Vec<Option<f64>>| ChartSeries {
            name: String::new(),
            unit: Unit::PerSecond,
            source: SourceId::new("pg"),
            origin: String::new(),
            values,
            highs: None,
        };
        let chart = ChartData {
            range: TimeRange { from: Timestamp(0), to: Timestamp(4) },
            step_ms: 1,
            times: (0..4).map(Timestamp).collect(),
            series: vec![
                series(vec![Some(99.0), Some(0.0), None, Some(5.0)]),
                series(vec![Some(1.0), Some(0.0), Some(1.0), Some(0.0)]),
            ],
            thresholds: Vec::new(),
            marks: Vec::new(),
        };
        assert_eq!(hit_ratio(chart).series[0].values, [Some(0.99), None, None, Some(1.0)]);
    }
}
