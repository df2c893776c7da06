//! The panel's own families; pool, retries, coalescing and workers bring theirs.

use std::time::Duration;

use runtime::metrics::{GaugeVec, HistogramVec, IntCounterVec, MetricsError, Registry};

use super::{cache::Kind, process::Usage};

const REQUEST_BUCKETS: [f64; 10] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0];
const CACHE_BUCKETS: [f64; 7] = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1];

pub(super) struct PanelMetrics {
    requests: IntCounterVec,
    durations: HistogramVec,
    hits: IntCounterVec,
    misses: IntCounterVec,
    lookups: HistogramVec,
    resident: GaugeVec,
    virtual_memory: GaugeVec,
    cpu: GaugeVec,
    started: GaugeVec,
}

impl PanelMetrics {
    pub(super) fn new(registry: &Registry) -> Result<PanelMetrics, MetricsError> {
        let by_status = ["method", "route", "status_code"];
        Ok(PanelMetrics {
            requests: registry.counter("http_requests_total", "Total number of HTTP requests", &by_status)?,
            durations: registry.histogram(
                "http_request_duration_seconds",
                "Duration of HTTP requests in seconds",
                &by_status,
                &REQUEST_BUCKETS,
            )?,
            hits: registry.counter("query_cache_hits_total", "Query cache hits", &["cache_type"])?,
            misses: registry.counter("query_cache_misses_total", "Query cache misses", &["cache_type"])?,
            lookups: registry.histogram(
                "query_cache_latency_seconds",
                "Time of a look-up in the query cache",
                &["cache_type"],
                &CACHE_BUCKETS,
            )?,
            resident: registry.gauge(
                "process_resident_memory_bytes",
                "Resident memory size in bytes, of the whole process that the panel runs in",
                &[],
            )?,
            virtual_memory: registry.gauge(
                "process_virtual_memory_bytes",
                "Virtual memory size in bytes",
                &[],
            )?,
            cpu: registry.gauge(
                "process_cpu_seconds_total",
                "User and system CPU time spent in seconds",
                &[],
            )?,
            started: registry.gauge(
                "process_start_time_seconds",
                "When the panel started, in seconds since the Unix epoch",
                &[],
            )?,
        })
    }

    pub(super) fn request(&self, method: &str, route: &str, status: u16, took: Duration) {
        let status = status.to_string();
        let labels = [method, route, status.as_str()];
        self.requests.with_label_values(&labels).inc();
        self.durations.with_label_values(&labels).observe(took.as_secs_f64());
    }

    pub(super) fn lookup(&self, kind: Kind, hit: bool, took: Duration) {
        let labels = [kind.name()];
        let (counted, other) = if hit { (&self.hits, &self.misses) } else { (&self.misses, &self.hits) };
        counted.with_label_values(&labels).inc();
        // Both series are there from the first look-up on: a rate of hits needs both.
        other.with_label_values(&labels).inc_by(0);
        self.lookups.with_label_values(&labels).observe(took.as_secs_f64());
    }

    pub(super) fn started(&self, at: Duration) {
        self.started.with_label_values::<&str>(&[]).set(at.as_secs_f64());
    }

    pub(super) fn usage(&self, usage: &Usage) {
        self.resident.with_label_values::<&str>(&[]).set(usage.resident_bytes as f64);
        self.virtual_memory.with_label_values::<&str>(&[]).set(usage.virtual_bytes as f64);
        self.cpu.with_label_values::<&str>(&[]).set(usage.cpu.as_secs_f64());
    }
}
