//! The hosting panel: its state, its routes, and what the routes have in common.

mod answer;
mod cache;
mod control;
mod customers;
mod domains;
mod health;
mod http;
mod invoices;
mod leaks;
mod metrics;
mod orders;
mod process;
mod products;
mod rate_limit;
mod records;
mod reports;
mod session;
mod tickets;

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{Router, http::StatusCode, middleware};
use parking_lot::Mutex;
use runtime::{
    coalesce::Coalescer,
    metrics::Registry,
    pool::Pool,
    retry::{EXTERNAL_API, ErrorClass, RetryMetrics, classify_http_status, retry},
    workers::WorkerPool,
};
use sha2::{Digest, Sha256};
use tokio_postgres::Row;

pub(crate) use answer::Refusal;
pub(crate) use cache::Cache;
use http::Route;
pub(crate) use invoices::PAY_ROUTE;
use leaks::Leaks;
use metrics::PanelMetrics;
use process::{Gauge, Usage};
use rate_limit::RateLimit;
pub(crate) use reports::STATEMENT_ROUTE;
pub(crate) use session::{Session, route_tag};

use crate::{Scenario, clock, misbehave::Switchboard};

/// Rounds of hashing that a sign-in costs: some milliseconds.
const STRETCH_ROUNDS: u32 = 20_000;

/// What the panel is made of; absent parts are servers that are missing.
pub(crate) struct Parts {
    pub(crate) registry: Registry,
    pub(crate) pool: Option<Pool>,
    pub(crate) cache: Option<Cache>,
    pub(crate) workers: WorkerPool,
    pub(crate) client: reqwest::Client,
    /// `http://127.0.0.1:port`, where the panel reaches itself.
    pub(crate) own_url: String,
    pub(crate) switchboard: Switchboard,
}

pub(crate) struct Panel {
    parts: Parts,
    metrics: PanelMetrics,
    retries: RetryMetrics,
    reports: Coalescer<String, Result<String, (u16, String)>>,
    health_limit: RateLimit,
    gauge: Gauge,
    started: Instant,
    registrar_flaky: AtomicBool,
    cache_broken: AtomicBool,
    pub(crate) leaks: Leaks,
    /// Rendered reports that nobody will read.
    pub(crate) kept_reports: Mutex<Vec<Vec<u8>>>,
}

impl Panel {
    pub(crate) fn new(parts: Parts) -> Result<Panel, runtime::metrics::MetricsError> {
        let metrics = PanelMetrics::new(&parts.registry)?;
        metrics.started(clock::since_epoch());
        Ok(Panel {
            metrics,
            retries: RetryMetrics::new(&parts.registry)?,
            reports: Coalescer::new(&parts.registry, "report")?,
            parts,
            health_limit: RateLimit::default(),
            gauge: Gauge::new(),
            started: Instant::now(),
            registrar_flaky: AtomicBool::new(false),
            cache_broken: AtomicBool::new(false),
            leaks: Leaks::default(),
            kept_reports: Mutex::default(),
        })
    }

    pub(crate) fn router(self: &Arc<Panel>) -> Router {
        Router::new()
            .merge(customers::routes())
            .merge(orders::routes())
            .merge(invoices::routes())
            .merge(tickets::routes())
            .merge(domains::routes())
            .merge(products::routes())
            .merge(reports::routes())
            .merge(control::routes())
            .merge(health::routes(Arc::clone(self)))
            .layer(middleware::from_fn_with_state(Arc::clone(self), http::observe))
            .with_state(Arc::clone(self))
            .merge(runtime::metrics::router(self.parts.registry.clone()))
    }

    pub(crate) fn client(&self) -> &reqwest::Client {
        &self.parts.client
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.parts.own_url)
    }

    /// A connection for one request, or 503 when none comes in time.
    pub(crate) async fn session(&self, route: &str) -> Result<Session, Refusal> {
        let pool = self.parts.pool.as_ref().ok_or_else(|| {
            Refusal::unavailable("PostgreSQL is not installed here; install it and start the demo again")
        })?;
        let connection =
            pool.acquire(route).await.map_err(|error| Refusal::unavailable(error.to_string()))?;
        Ok(Session::new(connection, route))
    }

    pub(crate) fn has_database(&self) -> bool {
        self.parts.pool.is_some()
    }

    pub(crate) fn has_cache(&self) -> bool {
        self.parts.cache.is_some()
    }

    pub(crate) async fn set(self: &Arc<Panel>, scenario: Scenario, on: bool) -> Result<(), Refusal> {
        self.parts.switchboard.set(self, scenario, on).await
    }

    pub(crate) async fn active(&self) -> Vec<Scenario> {
        self.parts.switchboard.active().await
    }

    fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    /// Measures the process, for `/api/health` and for the gauges.
    pub(crate) fn usage(&self) -> Option<Usage> {
        let usage = self.gauge.measure();
        usage.iter().for_each(|usage| self.metrics.usage(usage));
        usage
    }

    pub(crate) fn break_cache(&self, broken: bool) {
        self.cache_broken.store(broken, Ordering::Relaxed);
    }

    pub(crate) fn make_registrar_flaky(&self, flaky: bool) {
        self.registrar_flaky.store(flaky, Ordering::Relaxed);
    }

    fn registrar_is_flaky(&self) -> bool {
        self.registrar_flaky.load(Ordering::Relaxed)
    }

    async fn cached(&self, kind: cache::Kind, sql: &str) -> Option<String> {
        let (found, took) = self.parts.cache.as_ref()?.get(sql).await;
        self.metrics.lookup(kind, found.is_some(), took);
        found
    }

    async fn keep(&self, kind: cache::Kind, sql: &str, text: &str) {
        let Some(cache) = &self.parts.cache else { return };
        let kept = match self.cache_broken.load(Ordering::Relaxed) {
            true => cache.put_shifted(kind, sql, text).await,
            false => cache.put(kind, sql, text).await,
        };
        if let Err(error) = kept {
            tracing::debug!(%error, "a result was not kept");
        }
    }

    /// Removes cached results under `tag`.
    pub(crate) async fn forget(&self, tag: &str) {
        if let Some(cache) = &self.parts.cache
            && let Err(error) = cache.invalidate(tag).await
        {
            tracing::debug!(%error, tag, "cached results were not removed");
        }
    }

    /// Shares one computation among those who ask for `key` at the same time.
    async fn coalesced(
        &self,
        key: String,
        work: impl Future<Output = Result<String, Refusal>> + Send + 'static,
    ) -> Result<String, Refusal> {
        let shared = async { work.await.map_err(|refusal| (refusal.status.as_u16(), refusal.message)) };
        match self.reports.run(key, || shared).await {
            Ok(Ok(text)) => Ok(text),
            Ok(Err((status, message))) => Err(Refusal {
                status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
                message,
            }),
            Err(error) => Err(Refusal::unavailable(error.to_string())),
        }
    }

    /// Whether a domain is free, asked as a patient client asks.
    async fn ask_registrar(&self, domain: i64) -> Result<bool, Refusal> {
        let url = self.url(&format!("/registrar/lookup?domain={domain}"));
        let ask = || async {
            let response = self.client().get(&url).send().await?.error_for_status()?;
            let answer: serde_json::Value = response.json().await?;
            Ok(answer.get("available").and_then(serde_json::Value::as_bool).unwrap_or(false))
        };
        let asked = retry(&EXTERNAL_API, &self.retries, class_of, ask);
        // Its future stays on one thread, a handler's may move.
        let outcome: Result<bool, reqwest::Error> =
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(asked));
        outcome.map_err(|_| Refusal {
            status: StatusCode::BAD_GATEWAY,
            message: "the registrar did not answer; try again later".to_owned(),
        })
    }

    /// Stretches a password on the worker pool.
    async fn stretch(&self, password: String) -> Result<String, Refusal> {
        self.on_worker("sign_in", move || {
            let mut digest = Sha256::digest(password.as_bytes());
            for _ in 0..STRETCH_ROUNDS {
                digest = Sha256::digest(digest);
            }
            digest.iter().map(|byte| format!("{byte:02x}")).collect()
        })
        .await
    }

    /// Renders rows as CSV on the worker pool.
    async fn render_csv(&self, rows: &[Row]) -> Result<String, Refusal> {
        let records = records::records(rows);
        self.on_worker("export", move || csv(&records)).await
    }

    async fn on_worker(
        &self,
        name: &'static str,
        work: impl FnOnce() -> String + Send + 'static,
    ) -> Result<String, Refusal> {
        let job = self.parts.workers.submit(name, |_| work());
        let job = job.map_err(|error| Refusal::unavailable(error.to_string()))?;
        job.await.map_err(|error| Refusal::unavailable(error.to_string()))
    }
}

fn class_of(error: &reqwest::Error) -> ErrorClass {
    match error.status() {
        Some(status) => classify_http_status(status.as_u16()),
        None if error.is_connect() || error.is_timeout() || error.is_request() => ErrorClass::Transient,
        None => ErrorClass::Permanent,
    }
}

/// A line of names, then a line for each record.
fn csv(records: &serde_json::Value) -> String {
    let records = records.as_array().map(Vec::as_slice).unwrap_or_default();
    let names = records.first().and_then(serde_json::Value::as_object);
    let head = names.map(|first| first.keys().cloned().collect::<Vec<_>>().join(",")).unwrap_or_default();
    let line = |record: &serde_json::Value| {
        let cells = record.as_object().into_iter().flat_map(|fields| fields.values());
        cells.map(ToString::to_string).collect::<Vec<_>>().join(",")
    };
    std::iter::once(head).chain(records.iter().map(line)).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn records_become_lines_under_their_names() {
        let records = json!([{ "id": 1, "number": "INV-1" }, { "id": 2, "number": "INV-2" }]);
        assert_eq!(super::csv(&records), "id,number\n1,\"INV-1\"\n2,\"INV-2\"");
    }
}
