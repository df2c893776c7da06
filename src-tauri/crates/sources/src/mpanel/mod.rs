//! An mPanel instance: its metrics under the documented names, and its health.

mod capabilities;
mod health;
mod mapping;
#[cfg(test)]
mod tests;

use std::time::Duration;

use async_trait::async_trait;
use domain::{AppPool, Facts, PollResult, Problem, Reading, SourceConfig, SourceId, Timestamp};
use parking_lot::Mutex;

use crate::http::base_of;
use crate::prometheus::{
    PoolFamilies, Scrape, ScrapedSample, Scraper, SeriesLimit, http_connection, poll_time, summed,
};
use crate::{Source, SourceContext};
use health::HealthProbe;
use mapping::Mapping;

/// An instance is not scraped faster than this: every scrape leaves one APM transaction behind in its memory.
pub const MIN_SCRAPE_INTERVAL: Duration = Duration::from_secs(5);

/// Right on an instance as it is delivered, which hides most of the documented families, and on one that shows all.
pub struct MpanelSource {
    id: SourceId,
    pool_max: Option<u32>,
    scraper: Scraper,
    health: HealthProbe,
    memory: Mutex<Memory>,
}

/// What one poll leaves for the next.
struct Memory {
    series: SeriesLimit,
    highest_pool_max: Option<f64>,
}

impl MpanelSource {
    /// Fails with `InvalidAddress`, `SecretMissing` or `TlsInvalid`; contacts nothing.
    pub fn new(
        config: &SourceConfig,
        password: Option<String>,
        _context: &SourceContext,
    ) -> Result<MpanelSource, Problem> {
        MpanelSource::open(config, password)
    }

    pub(crate) fn open(config: &SourceConfig, password: Option<String>) -> Result<MpanelSource, Problem> {
        let scraper = Scraper::new(http_connection(config)?, password)?;
        Ok(MpanelSource {
            id: config.id.clone(),
            pool_max: config.pool_max,
            health: HealthProbe::new(&base_of(scraper.url())),
            scraper,
            memory: Mutex::new(Memory {
                series: SeriesLimit::new(SeriesLimit::DEFAULT),
                highest_pool_max: None,
            }),
        })
    }

    fn read(&self, scrape: &Scrape, now: Timestamp) -> PollResult {
        let Memory { series, highest_pool_max } = &mut *self.memory.lock();
        let mut mapping = Mapping::new(series, &self.id, now);
        let mut pools = PoolFamilies::default();
        let mut node = None;
        let families = scrape.read(|sample| {
            pools.observe(sample.name, sample.labels, sample.value);
            node = node.take().or_else(|| node_version(&sample));
            mapping.add(&sample);
        })?;
        let (samples, dropped) = mapping.finish();
        let mut reading = Reading { samples, found: capabilities::found(&families), ..Reading::default() };
        reading.samples.push(poll_time(&self.id, scrape.took));
        reading.samples.extend(self.health.take_samples(&self.id));
        reading.found.extend(self.health.found());
        reading.version =
            self.health.version().or_else(|| node.map(|node| format!("mPanel, Node.js {node}")));
        reading.degraded.extend(capabilities::degradation(&families));
        reading.degraded.extend(series.degradation(dropped));
        let pool = pools.app_pool(self.pool_max, highest_pool_max, now);
        // The readiness is minutes old; a pool with a free connection now is exhausted no longer.
        if !pool.as_ref().is_some_and(has_room) {
            reading.degraded.extend(self.health.degradation());
        }
        if let Some(pool) = pool {
            reading.samples.extend(summed(&pool, &self.id, &reading.samples));
            reading.facts = Facts::AppPool(pool);
        }
        Ok(reading)
    }
}

#[async_trait]
impl Source for MpanelSource {
    async fn poll(&self, now: Timestamp) -> PollResult {
        let scrape = self.scraper.scrape(now).await?;
        self.health.ask(self.scraper.client(), now).await;
        self.read(&scrape, now)
    }

    async fn close(&self) {
        self.health.stop().await;
    }
}

fn has_room(pool: &AppPool) -> bool {
    pool.idle > 0.0 && pool.waiting == 0.0
}

fn node_version(sample: &ScrapedSample<'_, '_>) -> Option<String> {
    let version = sample.labels.iter().find(|label| label.name == "version");
    version
        .filter(|_| sample.name.ends_with("nodejs_version_info"))
        .map(|label| label.value.clone().into_owned())
}
