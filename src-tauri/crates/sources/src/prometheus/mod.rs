//! Any endpoint that speaks the Prometheus text format or OpenMetrics.

mod app_pool;
pub mod exposition;
mod families;
mod scrape;
mod series;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::HashSet;
use std::time::Duration;

use async_trait::async_trait;
use domain::{
    Connection, Facts, HttpConnection, MetricKind, PollResult, Problem, ProblemCode, Reading, Sample,
    SeriesKey, SourceConfig, SourceId, Timestamp, metric,
};
use parking_lot::Mutex;

use crate::http::problem;
use crate::{Source, SourceContext};
use exposition::{Format, Label};

pub(crate) use app_pool::{PoolFamilies, is_derived, summed};
pub(crate) use families::Families;
pub(crate) use scrape::{Scrape, ScrapedSample, Scraper};
pub(crate) use series::{SeriesLimit, key};

/// Records every series of the endpoint, up to a cap. Where it exposes the documented `db_pool_*` families, it is
/// read as an application's pool too.
pub struct PrometheusSource {
    id: SourceId,
    pool_max: Option<u32>,
    scraper: Scraper,
    memory: Mutex<Memory>,
}

/// What one poll leaves for the next.
struct Memory {
    series: SeriesLimit,
    highest_pool_max: Option<f64>,
}

impl PrometheusSource {
    /// Fails with `InvalidAddress`, `SecretMissing` or `TlsInvalid`; contacts nothing.
    pub fn new(
        config: &SourceConfig,
        password: Option<String>,
        _context: &SourceContext,
    ) -> Result<PrometheusSource, Problem> {
        PrometheusSource::open(config, password)
    }

    pub(crate) fn open(config: &SourceConfig, password: Option<String>) -> Result<PrometheusSource, Problem> {
        Ok(PrometheusSource {
            id: config.id.clone(),
            pool_max: config.pool_max,
            scraper: Scraper::new(http_connection(config)?, password)?,
            memory: Mutex::new(Memory {
                series: SeriesLimit::new(SeriesLimit::DEFAULT),
                highest_pool_max: None,
            }),
        })
    }

    fn read(&self, scrape: &Scrape, now: Timestamp) -> PollResult {
        let memory = &mut *self.memory.lock();
        memory.series.begin(now);
        let mut seen = HashSet::new();
        let mut pools = PoolFamilies::default();
        let mut reading = Reading::default();
        let mut dropped = 0;
        let families = scrape.read(|sample| {
            pools.observe(sample.name, sample.labels, sample.value);
            reading.version = reading.version.take().or_else(|| version(sample.name, sample.labels));
            if is_derived(sample.name, sample.labels) {
                return;
            }
            let identity = memory.series.identity(sample.name, sample.labels);
            // Of a series that a body repeats, the server keeps the first value.
            if !memory.series.admit(identity, now) {
                dropped += 1;
            } else if seen.insert(identity) {
                let key = key(&self.id, sample.name, sample.labels);
                reading.samples.push(Sample { key, kind: sample.kind, value: sample.value });
            }
        })?;
        reading.found = found(scrape.format, reading.samples.len(), &families);
        reading.samples.push(poll_time(&self.id, scrape.took));
        reading.degraded.extend(memory.series.degradation(dropped));
        if let Some(pool) = pools.app_pool(self.pool_max, &mut memory.highest_pool_max, now) {
            reading.samples.extend(summed(&pool, &self.id, &reading.samples));
            reading.facts = Facts::AppPool(pool);
        }
        Ok(reading)
    }
}

#[async_trait]
impl Source for PrometheusSource {
    async fn poll(&self, now: Timestamp) -> PollResult {
        let scrape = self.scraper.scrape(now).await?;
        self.read(&scrape, now)
    }

    /// Idle connections close by themselves.
    async fn close(&self) {}
}

pub(crate) fn http_connection(config: &SourceConfig) -> Result<&HttpConnection, Problem> {
    match &config.connection {
        Connection::Http(connection) => Ok(connection),
        _ => Err(problem(
            ProblemCode::InvalidAddress,
            format!("{} needs the URL of a metrics endpoint.", config.kind.title()),
            "Edit the source and enter an address such as https://panel.example.com.",
        )),
    }
}

pub(crate) fn poll_time(source: &SourceId, took: Duration) -> Sample {
    let key = SeriesKey::new(source, metric::POLL_MS);
    Sample { key, kind: MetricKind::Gauge, value: took.as_secs_f64() * 1000.0 }
}

/// The families of a pool that the document names.
pub(crate) const POOL_FAMILIES: [&str; 6] = [
    metric::POOL_TOTAL,
    metric::POOL_IDLE,
    metric::POOL_ACTIVE,
    metric::POOL_WAITING,
    metric::POOL_ACQUIRE,
    metric::POOL_REPORTED_SATURATION,
];

fn found(format: Format, series: usize, families: &Families) -> Vec<String> {
    let format = match format {
        Format::Text => "Prometheus text 0.0.4",
        Format::OpenMetrics => "OpenMetrics 1.0",
    };
    let mut found = vec![format!("Series: {series}, as {format}")];
    let pool = POOL_FAMILIES.iter().filter(|family| families.has(family)).count();
    if pool > 0 {
        found.push(format!("Pool metrics: {pool} of {} families", POOL_FAMILIES.len()));
    }
    found
}

/// `app_build_info{version="1.2"} 1` says "app 1.2"; the language's own is not the product's.
fn version(name: &str, labels: &[Label<'_>]) -> Option<String> {
    let product = name.strip_suffix("_build_info").filter(|product| *product != "go")?;
    let version =
        labels.iter().find(|label| label.name == "version").filter(|label| !label.value.is_empty())?;
    Some(format!("{product} {}", version.value))
}
