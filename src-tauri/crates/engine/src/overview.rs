//! The Overview page: a card for each source, the charts that matter, what needs attention.

use domain::{
    ChartData, Layer, Measure, Overview, Severity, SourceCard, SourceId, SourceKind, TimeRange, Unit, metric,
};

use crate::charts::{Line, draw};
use crate::pools::{line, saturation_lines};
use crate::watched::Watched;
use crate::{Engine, EngineError, layers};

const POINTS: u32 = 400;
const TREND_POINTS: u32 = 40;

/// What a card says about a source, before its trend is read from disk.
struct Figure {
    label: String,
    value: Option<f64>,
    unit: Unit,
    origin: String,
    severity: Option<Severity>,
    /// Its series, of all labels, make the trend.
    metric: &'static str,
}

impl Engine {
    pub async fn overview(&self, range: TimeRange) -> Result<Overview, EngineError> {
        self.blocking(move |engine| engine.overview_now(range)).await
    }

    fn overview_now(&self, range: TimeRange) -> Result<Overview, EngineError> {
        let mut cards = Vec::new();
        for status in self.sources() {
            cards.push(self.card(status, range)?);
        }
        let warn = saturation_lines(&self.inner.settings.read().pools, 1.0);
        let mut needs_attention = self.open_findings();
        let now = self.inner.clock.now();
        needs_attention.retain(|finding| finding.muted_until.is_none_or(|until| until <= now));
        Ok(Overview {
            saturation: self.compare(
                Layer::Application,
                metric::POOL_ACTIVE_RATIO,
                Unit::Ratio,
                range,
                warn,
            )?,
            backends: self.compare(
                Layer::Postgres,
                metric::PG_BACKENDS_TOTAL,
                Unit::Count,
                range,
                Vec::new(),
            )?,
            clients_waiting: self.compare(
                Layer::Pgbouncer,
                metric::PGBOUNCER_CL_WAITING,
                Unit::Count,
                range,
                Vec::new(),
            )?,
            cards,
            needs_attention,
        })
    }

    /// One line for each source of a layer.
    fn compare(
        &self,
        layer: Layer,
        metric: &str,
        unit: Unit,
        range: TimeRange,
        thresholds: Vec<domain::Threshold>,
    ) -> Result<Option<ChartData>, EngineError> {
        let lines = self.lines_of(layer, metric, unit)?;
        draw(&self.inner.history, &self.inner.marks.lock(), lines, range, POINTS, thresholds)
    }

    fn lines_of(&self, layer: Layer, metric: &str, unit: Unit) -> Result<Vec<Line>, EngineError> {
        let found: Vec<(SourceId, String, i64)> = {
            let sources = self.inner.sources.read();
            let of_layer = sources
                .values()
                .filter(|watched| layers::pool_layer(watched).is_some_and(|found| found.layer == layer));
            of_layer
                .map(|watched| &watched.status.config)
                .map(|config| (config.id.clone(), config.name.clone(), i64::from(config.interval_ms)))
                .collect()
        };
        let mut lines = Vec::new();
        for (id, name, interval) in found {
            let keys = self.inner.history.find_series(Some(&id), metric);
            if !keys.is_empty() {
                lines.push(line(&name, unit, &id, keys, interval));
            }
        }
        lines.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(lines)
    }

    fn card(&self, status: domain::SourceStatus, range: TimeRange) -> Result<SourceCard, EngineError> {
        let figure = self.inner.sources.read().get(&status.config.id).map(figure);
        let Some(figure) = figure else {
            let figure = Measure { value: None, unit: Unit::Count, origin: String::new(), severity: None };
            return Ok(SourceCard { status, label: String::new(), figure, trend: Vec::new() });
        };
        let keys = self.inner.history.find_series(Some(&status.config.id), figure.metric);
        let interval = i64::from(status.config.interval_ms);
        let lines = vec![line("", figure.unit, &status.config.id, keys, interval)];
        let chart =
            draw(&self.inner.history, &self.inner.marks.lock(), lines, range, TREND_POINTS, Vec::new())?;
        let trend = chart.and_then(|chart| chart.series.into_iter().next());
        Ok(SourceCard {
            status,
            label: figure.label,
            figure: Measure {
                value: figure.value,
                unit: figure.unit,
                origin: figure.origin,
                severity: figure.severity,
            },
            trend: trend.map_or_else(Vec::new, |series| series.values),
        })
    }
}

/// The one most telling figure of a source: none while it does not answer.
fn figure(watched: &Watched) -> Figure {
    let fresh = crate::watched::answers(&watched.status.state);
    match watched.status.config.kind {
        SourceKind::Postgres => {
            let newest = watched.recent.backends.last().filter(|_| fresh);
            let room = newest.map(|point| point.backends.max_connections - point.backends.reserved);
            Figure {
                label: room.map_or_else(|| "backends".to_owned(), |room| format!("of {room} backends")),
                value: newest.map(|point| point.backends.total()),
                unit: Unit::Count,
                origin:
                    "Client backends in pg_stat_activity, last poll; the limit leaves out reserved slots."
                        .to_owned(),
                severity: None,
                metric: metric::PG_BACKENDS_TOTAL,
            }
        }
        SourceKind::Pgbouncer => {
            let newest = watched.recent.pgbouncer.last().filter(|_| fresh);
            let waiting =
                newest.map(|point| point.pgbouncer.pools.iter().fold(0.0, |sum, pool| sum + pool.cl_waiting));
            Figure {
                label: "waiting".to_owned(),
                value: waiting,
                unit: Unit::Count,
                origin: "cl_waiting of SHOW POOLS, all pools, last poll.".to_owned(),
                severity: waiting.filter(|waiting| *waiting > 0.0).map(|_| Severity::Warning),
                metric: metric::PGBOUNCER_CL_WAITING,
            }
        }
        SourceKind::Redis => {
            let newest = watched.recent.redis.as_ref().filter(|_| fresh);
            Figure {
                label: "keys".to_owned(),
                value: newest.map(|(_, redis)| redis.keys() as f64),
                unit: Unit::Count,
                origin: "Keys of all databases in INFO keyspace, all primaries, last poll.".to_owned(),
                severity: None,
                metric: metric::REDIS_KEYS,
            }
        }
        SourceKind::Mpanel | SourceKind::Prometheus => {
            let newest = watched.recent.app.last().filter(|_| fresh);
            Figure {
                label: "pool".to_owned(),
                value: newest.and_then(|point| point.pool.active_ratio()),
                unit: Unit::Ratio,
                origin: "Active connections of the application's pool over its maximum, last poll."
                    .to_owned(),
                severity: None,
                metric: metric::POOL_ACTIVE_RATIO,
            }
        }
    }
}
