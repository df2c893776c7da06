//! The Pools page: one path of layers, charted, judged and explained.

use analysis::pools::{AppPoolPoint, acquire_between};
use domain::{
    ChartData, HeldConnection, Layer, Measure, MetricKind, PoolDiagnosis, PoolLayer, PoolNow, PoolThresholds,
    PoolsPage, Sample, SeriesKey, Severity, SizeAdvice, SourceId, Threshold, TimeRange, Timestamp, Unit,
    metric,
};

use crate::charts::{Line, draw};
use crate::recent::Recent;
use crate::{Engine, EngineError, layers};

const POINTS: u32 = 400;
const DAY_MILLIS: i64 = 24 * 3_600_000;
/// Acquire times are judged over this window.
const ACQUIRE_WINDOW_MILLIS: i64 = 60_000;

/// What the console works out from an application's pool and records beside what it scraped.
pub(crate) fn derived_samples(id: &SourceId, recent: &Recent) -> Vec<Sample> {
    let Some((newest, earlier)) = recent.app.split_last() else { return Vec::new() };
    let gauge =
        |name: &str, value: f64| Sample { key: SeriesKey::new(id, name), kind: MetricKind::Gauge, value };
    let mut samples = Vec::new();
    samples.extend(newest.pool.active_ratio().map(|ratio| gauge(metric::POOL_ACTIVE_RATIO, ratio)));
    samples.extend(newest.pool.max.map(|max| gauge(metric::POOL_MAX, max)));
    let between = earlier
        .last()
        .and_then(|previous| acquire_between(previous.pool.acquire.as_ref()?, newest.pool.acquire.as_ref()?));
    if let Some(acquired) = between {
        samples.push(gauge(metric::POOL_ACQUIRE_P95, acquired.p95));
        samples.push(gauge(metric::POOL_ACQUIRE_SLOW_SHARE, acquired.share_over_100ms));
    }
    samples
}

/// What is read under one lock, before the disk is asked.
struct Snapshot {
    choices: Vec<PoolLayer>,
    path: Vec<PoolLayer>,
    intervals: Vec<i64>,
    judged: Judged,
    thresholds: PoolThresholds,
    max: Option<f64>,
}

#[derive(Default)]
struct Judged {
    diagnosis: Option<PoolDiagnosis>,
    size: Option<SizeAdvice>,
    held: Vec<HeldConnection>,
    now: Option<PoolNow>,
}

impl Engine {
    /// Everything the Pools page shows. `source` is the head of a path; the first path when absent or unknown.
    pub async fn pools_page(
        &self,
        source: Option<SourceId>,
        range: TimeRange,
    ) -> Result<PoolsPage, EngineError> {
        self.blocking(move |engine| engine.pools_page_now(source.as_ref(), range)).await
    }

    fn pools_page_now(&self, source: Option<&SourceId>, range: TimeRange) -> Result<PoolsPage, EngineError> {
        let mut snapshot = self.snapshot(source);
        if let Some(now) = &mut snapshot.judged.now {
            now.peak_today = self.peak(&snapshot.path, now.at)?;
        }
        let findings = self.findings_of(&snapshot.path);
        if let Some(diagnosis) = &mut snapshot.judged.diagnosis {
            // An open finding knows when its condition began, also when that was before the facts in memory.
            let oldest = findings
                .iter()
                .filter(|finding| finding.severity >= Severity::Warning)
                .map(|finding| finding.since)
                .min();
            diagnosis.since =
                diagnosis.since.into_iter().chain(oldest).min().filter(|_| diagnosis.queuing.is_some());
        }
        Ok(PoolsPage {
            application: self.application_chart(&snapshot, range)?,
            pgbouncer: self.pgbouncer_chart(&snapshot, range)?,
            postgres: self.postgres_chart(&snapshot, range)?,
            acquire: self.acquire_chart(&snapshot, range)?,
            findings,
            choices: snapshot.choices,
            path: snapshot.path,
            diagnosis: snapshot.judged.diagnosis,
            now: snapshot.judged.now,
            size: snapshot.judged.size,
            held_longest: snapshot.judged.held,
        })
    }

    fn snapshot(&self, source: Option<&SourceId>) -> Snapshot {
        let thresholds = self.inner.settings.read().pools.clone();
        let now = self.inner.clock.now();
        let sources = self.inner.sources.read();
        let choices = layers::heads(&sources);
        let head = source
            .filter(|id| sources.contains_key(*id))
            .or_else(|| choices.first().map(|choice| &choice.source))
            .cloned();
        let watched = head.map_or_else(Vec::new, |head| layers::path(&sources, &head));
        let observed = layers::observed(&watched, now);
        let diagnosis = analysis::pools::diagnose(&observed, &thresholds);
        let leak = diagnosis.as_ref().is_some_and(|diagnosis| !diagnosis.held_idle.is_empty());
        let held = analysis::pools::held_longest(&observed);
        Snapshot {
            path: watched.iter().filter_map(|watched| layers::pool_layer(watched)).collect(),
            intervals: watched.iter().map(|watched| i64::from(watched.status.config.interval_ms)).collect(),
            max: observed.application.as_ref().and_then(|layer| layer.points.last()?.pool.max),
            judged: Judged {
                size: analysis::pools::size_advice(&observed, &thresholds, leak),
                now: observed
                    .application
                    .as_ref()
                    .and_then(|layer| head_figures(layer.name, layer.points, &held, &thresholds)),
                diagnosis,
                held,
            },
            choices,
            thresholds,
        }
    }

    fn findings_of(&self, path: &[PoolLayer]) -> Vec<domain::Finding> {
        let mut findings = self.open_findings();
        findings.retain(|finding| path.iter().any(|layer| layer.source == finding.source));
        findings
    }

    fn peak(&self, path: &[PoolLayer], now: Timestamp) -> Result<Measure, EngineError> {
        let layer = path.iter().find(|layer| layer.layer == Layer::Application);
        let mut peak = None;
        if let Some(layer) = layer {
            let key = SeriesKey::new(&layer.source, metric::POOL_ACTIVE);
            let range = TimeRange::last(DAY_MILLIS, now.plus_millis(1));
            let found = self.inner.history.query(&[key], range, 900_000)?;
            peak = found.iter().flatten().map(|rollup| rollup.max).reduce(f64::max);
        }
        Ok(Measure {
            value: peak,
            unit: Unit::Count,
            origin: format!("Highest {} of the last 24 h.", metric::POOL_ACTIVE),
            severity: None,
        })
    }

    fn application_chart(
        &self,
        snapshot: &Snapshot,
        range: TimeRange,
    ) -> Result<Option<ChartData>, EngineError> {
        let lines = |source: &SourceId, interval| {
            [("active", metric::POOL_ACTIVE), ("waiting", metric::POOL_WAITING)]
                .map(|(name, metric)| {
                    line(name, Unit::Count, source, vec![SeriesKey::new(source, metric)], interval)
                })
                .into()
        };
        let thresholds =
            snapshot.max.map_or_else(Vec::new, |max| saturation_lines(&snapshot.thresholds, max));
        self.layer_chart(snapshot, Layer::Application, range, thresholds, lines)
    }

    fn pgbouncer_chart(
        &self,
        snapshot: &Snapshot,
        range: TimeRange,
    ) -> Result<Option<ChartData>, EngineError> {
        let lines = |source: &SourceId, interval| {
            [
                ("clients waiting", metric::PGBOUNCER_CL_WAITING),
                ("servers active", metric::PGBOUNCER_SV_ACTIVE),
            ]
            .map(|(name, metric)| {
                let keys = self.inner.history.find_series(Some(source), metric);
                line(name, Unit::Count, source, keys, interval)
            })
            .into()
        };
        self.layer_chart(snapshot, Layer::Pgbouncer, range, Vec::new(), lines)
    }

    fn postgres_chart(
        &self,
        snapshot: &Snapshot,
        range: TimeRange,
    ) -> Result<Option<ChartData>, EngineError> {
        let lines = |source: &SourceId, interval| {
            [("active", "active"), ("idle", "idle"), ("idle in transaction", "idle in transaction")]
                .map(|(name, state)| {
                    let key = SeriesKey::new(source, metric::PG_BACKENDS).with("state", state);
                    line(name, Unit::Count, source, vec![key], interval)
                })
                .into()
        };
        self.layer_chart(snapshot, Layer::Postgres, range, Vec::new(), lines)
    }

    fn acquire_chart(&self, snapshot: &Snapshot, range: TimeRange) -> Result<Option<ChartData>, EngineError> {
        let lines = |source: &SourceId, interval| {
            let key = SeriesKey::new(source, metric::POOL_ACQUIRE_SLOW_SHARE);
            vec![line("waited longer than 100 ms", Unit::Ratio, source, vec![key], interval)]
        };
        self.layer_chart(snapshot, Layer::Application, range, Vec::new(), lines)
    }

    fn layer_chart(
        &self,
        snapshot: &Snapshot,
        layer: Layer,
        range: TimeRange,
        thresholds: Vec<Threshold>,
        lines: impl Fn(&SourceId, i64) -> Vec<Line>,
    ) -> Result<Option<ChartData>, EngineError> {
        let found = snapshot.path.iter().zip(&snapshot.intervals).find(|(found, _)| found.layer == layer);
        let Some((found, _)) = found else { return Ok(None) };
        // One step for all layers of a page, so that their axes agree to the pixel.
        let interval = snapshot.intervals.iter().copied().max().unwrap_or(1_000);
        let lines = lines(&found.source, interval);
        draw(&self.inner.history, &self.inner.marks.lock(), lines, range, POINTS, thresholds)
    }
}

pub(crate) fn line(
    name: &str,
    unit: Unit,
    source: &SourceId,
    keys: Vec<SeriesKey>,
    interval_ms: i64,
) -> Line {
    Line { name: name.to_owned(), unit, source: source.clone(), keys, interval_ms }
}

/// The two dashed lines, at shares of `max`.
pub(crate) fn saturation_lines(thresholds: &PoolThresholds, max: f64) -> Vec<Threshold> {
    [(thresholds.saturation_warning, Severity::Warning), (thresholds.saturation_critical, Severity::Critical)]
        .map(|(ratio, severity)| Threshold {
            value: ratio * max,
            label: format!("{:.0}%", ratio * 100.0),
            severity,
        })
        .into()
}

fn head_figures(
    name: &str,
    points: &[AppPoolPoint],
    held: &[HeldConnection],
    thresholds: &PoolThresholds,
) -> Option<PoolNow> {
    let newest = points.last()?;
    let pool = &newest.pool;
    let measure = |value, unit, origin: String, severity| Measure { value, unit, origin, severity };
    let max = pool.max.map_or_else(|| "an unknown maximum".to_owned(), |max| format!("{max}"));
    let active = pool.active_ratio();
    let acquire = acquire_over_window(points);
    Some(PoolNow {
        at: newest.at,
        active_ratio: measure(
            active,
            Unit::Ratio,
            format!("{name}: {} active of {max}, last poll.", pool.active),
            active.and_then(|ratio| {
                grade(ratio, thresholds.saturation_warning, thresholds.saturation_critical)
            }),
        ),
        open_ratio: measure(
            pool.total_ratio(),
            Unit::Ratio,
            format!("{name}: {} open of {max}, last poll. Open connections may be idle.", pool.total),
            None,
        ),
        waiting: measure(
            Some(pool.waiting),
            Unit::Count,
            format!("{name}: {}, last poll.", metric::POOL_WAITING),
            (pool.waiting > 0.0).then_some(Severity::Critical),
        ),
        acquire_p95: measure(
            acquire,
            Unit::Seconds,
            format!("{name}: 95th percentile from the buckets of {}, last 60 s.", metric::POOL_ACQUIRE),
            acquire.and_then(|p95| {
                grade(p95, thresholds.acquire_warning_seconds, thresholds.acquire_critical_seconds)
            }),
        ),
        held_longest: measure(
            held.iter().map(|held| held.held_seconds).reduce(f64::max),
            Unit::Seconds,
            "Longest time that a session of this application has been in its state, from pg_stat_activity."
                .to_owned(),
            None,
        ),
        peak_today: measure(None, Unit::Count, String::new(), None),
    })
}

fn acquire_over_window(points: &[AppPoolPoint]) -> Option<f64> {
    let newest = points.last()?;
    let first = points.iter().find(|point| newest.at.millis_since(point.at) <= ACQUIRE_WINDOW_MILLIS)?;
    let between = acquire_between(first.pool.acquire.as_ref()?, newest.pool.acquire.as_ref()?)?;
    Some(between.p95)
}

fn grade(value: f64, warning: f64, critical: f64) -> Option<Severity> {
    if value >= critical {
        Some(Severity::Critical)
    } else if value >= warning {
        Some(Severity::Warning)
    } else {
        None
    }
}
