//! Which of the documented capabilities an instance lets others see.

use domain::{Degradation, metric};

use super::mapping::RENAMED;
use crate::prometheus::{Families, POOL_FAMILIES};

/// The documented families of each capability.
const CAPABILITIES: [(&str, &[&str]); 7] = [
    ("Pool metrics", &POOL_FAMILIES),
    ("Query cache", &["query_cache_hits_total", "query_cache_misses_total", "query_cache_latency_seconds"]),
    (
        "Retry",
        &["retry_attempts_total", "retry_success_total", "retry_failure_total", "retry_duration_seconds"],
    ),
    ("Coalescing", &["coalesced_requests_total", "request_deduplication_rate"]),
    (
        "Memory",
        &[
            "nodejs_heap_used_bytes",
            "nodejs_heap_total_bytes",
            "nodejs_external_memory_bytes",
            "nodejs_rss_bytes",
            "memory_leak_alerts_total",
        ],
    ),
    (
        "Worker pool",
        &[
            "worker_pool_tasks_processed_total",
            "worker_pool_task_duration_seconds",
            "worker_pool_queue_size",
            "worker_pool_active_workers",
            "worker_pool_available_workers",
        ],
    ),
    (
        "APM",
        &[
            "apm_transactions_total",
            "apm_transaction_duration_seconds",
            "apm_spans_total",
            "apm_span_duration_seconds",
            "apm_database_queries_total",
            "apm_database_query_duration_seconds",
            "apm_external_calls_total",
        ],
    ),
];

/// "Pool metrics: 6 of 6 families", one line for each capability.
pub(super) fn found(families: &Families) -> Vec<String> {
    let lines = CAPABILITIES.iter().map(|(title, documented)| {
        let exposed = documented.iter().filter(|family| families.has(family)).count();
        let served =
            documented.iter().filter(|family| !families.has(family) && is_served(families, family)).count();
        let others = if served > 0 { format!(", {served} under other names") } else { String::new() };
        format!("{title}: {exposed} of {} families{others}", documented.len())
    });
    lines.collect()
}

/// Told where a pool cannot be judged; names what else is hidden for the same reason.
pub(super) fn degradation(families: &Families) -> Option<Degradation> {
    if families.has(metric::POOL_TOTAL) && families.has(metric::POOL_ACTIVE) {
        return None;
    }
    let hidden: Vec<&str> = CAPABILITIES
        .iter()
        .filter(|(_, documented)| {
            !documented.iter().any(|family| families.has(family) || is_served(families, family))
        })
        .map(|(title, _)| *title)
        .collect();
    Some(Degradation {
        code: "pool_metrics_absent".to_owned(),
        message: format!(
            "This instance does not expose its pool (mpanel_db_pool_size is always 0 and tells nothing). Hidden: {}.",
            hidden.join(", ")
        ),
        remedy: Some(
            "In the instance's /metrics handler answer with `await Registry.merge([register, metricsRegistry])\
             .metrics()` (prom-client), metricsRegistry being the registry that holds db_pool_*, query_cache_*, \
             retry_*, worker_pool_* and apm_*; then restart it."
                .to_owned(),
        ),
    })
}

fn is_served(families: &Families, documented: &str) -> bool {
    RENAMED.iter().any(|(observed, name)| *name == documented && families.has(observed))
}
