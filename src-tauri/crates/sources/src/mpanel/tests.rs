//! Recorded instances, as they are delivered and with every family exposed, and how their health is asked.

use domain::{Facts, HttpAuth, MetricKind, Reading, SourceKind, Timestamp, metric};

use super::MpanelSource;
use crate::Source;
use crate::http::served::{Reply, Server, whole};
use crate::prometheus::tests::config;

const STOCK: &str = include_str!("../../tests/recordings/mpanel/metrics_stock_prod.txt");
const FULL: &str = include_str!("../../tests/recordings/mpanel/metrics_full.txt");
const AFTER_LEAK: &str = include_str!("../../tests/recordings/mpanel/metrics_full_after_leak.txt");
const HEALTH: &[u8] = include_bytes!("../../tests/recordings/mpanel/health.json");
const HEALTH_HEAD: &str = include_str!("../../tests/recordings/mpanel/health.headers");
const READY: &[u8] = include_bytes!("../../tests/recordings/mpanel/ready.json");
const LIMITED_HEAD: &str = include_str!("../../tests/recordings/mpanel/rate_limited.headers");
const LIMITED_BODY: &[u8] = include_bytes!("../../tests/recordings/mpanel/rate_limited.body");

/// Some minutes after the recorded processes started.
const NOW: Timestamp = Timestamp(1_795_427_000_000);
const TEXT: &str = "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n";
const JSON: &str = "Content-Type: application/json\r\n";

fn replay(head: &str, body: &[u8]) -> Reply {
    let head = head.replace("\r\n", "\n");
    let head = head.trim_end().replace("Connection: keep-alive", "Connection: close").replace('\n', "\r\n");
    Reply::Whole([head.as_bytes(), b"\r\n\r\n", body].concat())
}

/// An instance whose metrics are `body`, and whose health is well.
async fn instance(body: &'static str) -> Server {
    Server::start(move |head| match head.split(' ').nth(1) {
        Some("/metrics") => whole("200 OK", TEXT, body.as_bytes()),
        Some("/api/health") => replay(HEALTH_HEAD, HEALTH),
        Some("/api/ready") => whole("200 OK", JSON, READY),
        _ => whole("404 Not Found", "", b""),
    })
    .await
}

fn source(server: &Server) -> MpanelSource {
    MpanelSource::open(&config(SourceKind::Mpanel, &server.url, HttpAuth::None), None)
        .expect("a good address")
}

async fn poll(body: &'static str) -> Reading {
    let server = instance(body).await;
    source(&server).poll(NOW).await.expect("metrics")
}

fn value(reading: &Reading, key: &str) -> Option<f64> {
    let mut found = reading.samples.iter().filter(|sample| sample.key.to_string() == key);
    let value = found.next().map(|sample| sample.value);
    assert!(found.next().is_none(), "{key} is there twice");
    value
}

#[tokio::test]
async fn a_full_instance_shows_its_pool() {
    let reading = poll(FULL).await;
    let Facts::AppPool(pool) = &reading.facts else { panic!("{:?}", reading.facts) };
    assert_eq!((pool.total, pool.idle, pool.active, pool.waiting), (10.0, 10.0, 0.0, 0.0));
    // Reported as full although nothing is active: the ratio is total / max.
    assert_eq!((pool.reported_saturation, pool.max, pool.active_ratio()), (Some(1.0), Some(10.0), Some(0.0)));
    assert!(pool.process_started.is_some_and(|started| started > 1.7e9));
    let acquire = pool.acquire.as_ref().expect("a histogram");
    let expected = [
        (0.001, 61.0),
        (0.005, 65.0),
        (0.01, 88.0),
        (0.05, 95.0),
        (0.1, 95.0),
        (0.5, 95.0),
        (1.0, 95.0),
        (2.0, 95.0),
        (5.0, 95.0),
        (f64::INFINITY, 95.0),
    ];
    assert_eq!(acquire.buckets, expected);
    assert_eq!((acquire.sum, acquire.count), (0.28823509, 95.0));
    assert_eq!(reading.degraded, Vec::new());
    assert_eq!(
        reading.found,
        [
            "Pool metrics: 6 of 6 families",
            "Query cache: 3 of 3 families",
            "Retry: 4 of 4 families",
            "Coalescing: 2 of 2 families",
            "Memory: 5 of 5 families",
            "Worker pool: 5 of 5 families",
            "APM: 7 of 7 families",
            "Health endpoints: /api/health, /api/ready",
        ]
    );
}

#[tokio::test]
async fn a_leak_is_a_pool_that_is_all_active() {
    let reading = poll(AFTER_LEAK).await;
    let Facts::AppPool(pool) = &reading.facts else { panic!("{:?}", reading.facts) };
    assert_eq!((pool.total, pool.idle, pool.active, pool.max), (10.0, 0.0, 10.0, Some(10.0)));
    assert_eq!(pool.active_ratio(), Some(1.0));
    assert_eq!(pool.acquire.as_ref().map(|acquire| acquire.count), Some(108.0));
}

#[tokio::test]
async fn a_full_instance_is_recorded_in_few_series() {
    for (body, lines) in [(FULL, 300), (AFTER_LEAK, 300)] {
        let reading = poll(body).await;
        assert!(reading.samples.len() < lines, "{} series", reading.samples.len());
        let buckets = reading.samples.iter().filter(|sample| sample.key.metric.ends_with("_bucket"));
        assert!(buckets.clone().all(|sample| sample.key.metric.starts_with(metric::POOL_ACQUIRE)));
        assert_eq!(buckets.count(), 10);
        assert!(reading.samples.iter().all(|sample| !sample.key.metric.starts_with("mpanel_db_pool")));
    }
    let reading = poll(FULL).await;
    for (key, expected) in [
        ("query_cache_hits_total", 7.0),
        ("query_cache_misses_total", 5.0),
        ("query_cache_latency_seconds_sum", 0.022489008),
        ("coalesced_requests_total{method=\"GET\",path=\"/api/products\"}", 9.0),
        ("retry_attempts_total{attempt=\"1\",service=\"database\"}", 2.0),
        ("retry_failure_total{error_type=\"57P01\",service=\"database\"}", 1.0),
        ("worker_pool_available_workers", 2.0),
        ("nodejs_heap_used_bytes", 116_832_624.0),
        ("nodejs_rss_bytes", 236_912_640.0),
        (
            "apm_database_query_duration_seconds{operation=\"SELECT\",quantile=\"0.95\",table=\"products\"}",
            0.1332,
        ),
        ("db_pool_connections_total", 10.0),
        ("health_memory_rss_bytes", 226.0 * 1024.0 * 1024.0),
        ("health_system_memory_total_bytes", 24.0 * 1024.0 * 1024.0 * 1024.0),
        ("health_uptime_seconds", 44.0),
    ] {
        assert_eq!(value(&reading, key), Some(expected), "{key}");
    }
    let kind = |name: &str| {
        reading.samples.iter().find(|sample| sample.key.metric == name).map(|sample| sample.kind)
    };
    assert_eq!(kind("db_pool_connections_total"), Some(MetricKind::Gauge));
    assert_eq!(kind("query_cache_hits_total"), Some(MetricKind::Counter));
    assert_eq!(kind(metric::POLL_MS), Some(MetricKind::Gauge));
}

#[tokio::test]
async fn a_stock_instance_says_what_it_hides_and_what_would_show_it() {
    let reading = poll(STOCK).await;
    assert_eq!(reading.facts, Facts::None);
    assert_eq!(reading.version.as_deref(), Some("mPanel v1, Node.js v20.20.2"));
    let [degraded] = reading.degraded.as_slice() else { panic!("{:?}", reading.degraded) };
    assert_eq!(degraded.code, "pool_metrics_absent");
    assert!(degraded.message.contains("Pool metrics, Query cache, Retry, Coalescing, Worker pool, APM"));
    assert!(degraded.remedy.as_ref().is_some_and(|remedy| remedy.contains("Registry.merge")));
    assert_eq!(reading.found[0], "Pool metrics: 0 of 6 families");
    assert_eq!(reading.found[4], "Memory: 0 of 5 families, 4 under other names");
    for (key, expected) in [
        ("nodejs_heap_used_bytes", Some(115_387_888.0)),
        ("nodejs_heap_total_bytes", Some(138_428_416.0)),
        ("nodejs_external_memory_bytes", Some(39_725_208.0)),
        ("nodejs_rss_bytes", Some(227_536_896.0)),
        ("process_start_time_seconds", Some(1_795_426_321.0)),
        ("http_requests_total{method=\"GET\",route=\"/api/live\",status_code=\"200\"}", Some(2.0)),
        (
            "http_request_duration_seconds_sum{method=\"GET\",route=\"/api/ready\",status_code=\"200\"}",
            Some(0.034),
        ),
        ("nodejs_gc_duration_seconds_count{kind=\"minor\"}", Some(2.0)),
        ("mpanel_db_pool_size{state=\"total\"}", None),
        ("mpanel_nodejs_heap_size_used_bytes", None),
    ] {
        assert_eq!(value(&reading, key), expected, "{key}");
    }
}

#[tokio::test]
async fn a_gauge_that_was_not_sampled_yet_is_served_by_its_twin() {
    let body = "# TYPE nodejs_heap_used_bytes gauge\nnodejs_heap_used_bytes 0\n\
                # TYPE mpanel_nodejs_heap_size_used_bytes gauge\nmpanel_nodejs_heap_size_used_bytes 7\n\
                # TYPE mpanel_process_start_time_seconds gauge\nmpanel_process_start_time_seconds 1795426997\n\
                db_pool_connections_total 0\ndb_pool_connections_active 0\n";
    let reading = poll(body).await;
    assert_eq!(value(&reading, "nodejs_heap_used_bytes"), Some(7.0));
    assert_eq!(reading.facts, Facts::None);
}

#[tokio::test]
async fn health_is_asked_every_five_minutes_at_most() {
    let server = instance(FULL).await;
    let source = source(&server);
    for (seconds, asked) in [(0, 1), (5, 1), (299, 1), (300, 2), (301, 2)] {
        let reading = source.poll(NOW.plus_millis(seconds * 1000)).await.expect("metrics");
        assert_eq!(reading.version.as_deref(), Some("mPanel v1, Node.js v20.20.2"));
        assert_eq!(server.requests("/api/health"), asked, "after {seconds} s");
        assert_eq!(server.requests("/api/ready"), asked, "after {seconds} s");
        // Numbers are recorded when they are read, not repeated.
        let fresh = seconds == 0 || seconds == 300;
        assert_eq!(value(&reading, "health_uptime_seconds").is_some(), fresh, "after {seconds} s");
    }
}

#[tokio::test]
async fn the_limit_on_health_requests_is_no_failure_and_is_waited_out() {
    let server = Server::start(|head| match head.split(' ').nth(1) {
        Some("/metrics") => whole("200 OK", TEXT, STOCK.as_bytes()),
        _ => replay(LIMITED_HEAD, LIMITED_BODY),
    })
    .await;
    let source = source(&server);
    // The recorded answer says 857 s.
    for (seconds, asked) in [(0, 1), (300, 1), (856, 1), (857, 2)] {
        let reading = source.poll(NOW.plus_millis(seconds * 1000)).await.expect("metrics");
        assert_eq!(server.requests("/api/health"), asked, "after {seconds} s");
        assert_eq!(reading.version.as_deref(), Some("mPanel, Node.js v20.20.2"));
        assert!(reading.degraded.iter().all(|degraded| degraded.code == "pool_metrics_absent"));
    }
}

#[tokio::test]
async fn the_last_requests_of_the_limit_are_left_to_others() {
    let server = Server::start(|head| match head.split(' ').nth(1) {
        Some("/metrics") => whole("200 OK", TEXT, FULL.as_bytes()),
        _ => whole("200 OK", "X-RateLimit-Remaining: 3\r\nX-RateLimit-Reset: 1795427700\r\n", b"{}"),
    })
    .await;
    let source = source(&server);
    for (seconds, asked) in [(0, 1), (300, 1), (699, 1), (700, 2)] {
        source.poll(NOW.plus_millis(seconds * 1000)).await.expect("metrics");
        assert_eq!(server.requests("/api/health"), asked, "after {seconds} s");
    }
}

#[tokio::test]
async fn an_exhausted_instance_is_not_ready_until_its_pool_has_room() {
    let bodies = parking_lot::Mutex::new(vec![FULL, AFTER_LEAK]);
    let server = Server::start(move |head| match head.split(' ').nth(1) {
        Some("/metrics") => whole("200 OK", TEXT, bodies.lock().pop().unwrap_or(FULL).as_bytes()),
        Some("/api/ready") => whole("503 Service Unavailable", JSON, b"{\"status\":\"not ready\"}"),
        _ => whole("200 OK", JSON, HEALTH),
    })
    .await;
    let source = source(&server);
    let leaked = source.poll(NOW).await.expect("metrics");
    assert_eq!(leaked.degraded.iter().map(|reason| reason.code.as_str()).collect::<Vec<_>>(), ["not_ready"]);
    let mended = source.poll(NOW.plus_millis(5_000)).await.expect("metrics");
    assert_eq!(mended.degraded, Vec::new());
}

#[tokio::test]
async fn a_slow_readiness_does_not_hold_the_scrape() {
    let server = Server::start(|head| match head.split(' ').nth(1) {
        Some("/metrics") => whole("200 OK", TEXT, FULL.as_bytes()),
        Some("/api/health") => whole("200 OK", JSON, HEALTH),
        _ => Reply::Never,
    })
    .await;
    let source = source(&server);
    let started = std::time::Instant::now();
    let reading = source.poll(NOW).await.expect("metrics");
    assert!(started.elapsed() < std::time::Duration::from_secs(5));
    assert_eq!(reading.version.as_deref(), Some("mPanel v1, Node.js v20.20.2"));
    source.close().await;
}

#[tokio::test]
async fn a_metrics_endpoint_without_health_is_enough() {
    let server = Server::start(|head| match head.split(' ').nth(1) {
        Some("/internal/stats") => whole("200 OK", TEXT, FULL.as_bytes()),
        _ => whole("404 Not Found", "Content-Type: text/html\r\n", b"<html>"),
    })
    .await;
    let url = format!("{}/internal/stats", server.url);
    let source =
        MpanelSource::open(&config(SourceKind::Mpanel, &url, HttpAuth::None), None).expect("an address");
    let reading = source.poll(NOW).await.expect("metrics");
    assert_eq!(reading.degraded, Vec::new());
    assert_eq!(reading.version.as_deref(), Some("mPanel, Node.js v20.20.2"));
    assert!(reading.found.iter().all(|line| !line.contains("Health")), "{:?}", reading.found);
}

#[tokio::test]
async fn several_labelled_pools_are_recorded_each_and_as_their_sum() {
    let body = "# TYPE db_pool_connections_total gauge\ndb_pool_connections_total{pool=\"a\"} 4\n\
                db_pool_connections_total{pool=\"b\"} 6\n# TYPE db_pool_connections_active gauge\n\
                db_pool_connections_active{pool=\"a\"} 3\ndb_pool_connections_active{pool=\"b\"} 5\n\
                # TYPE db_pool_connections_max gauge\ndb_pool_connections_max 10\n";
    let reading = poll(body).await;
    for (key, expected) in [
        ("db_pool_connections_active", Some(8.0)),
        ("db_pool_connections_active{pool=\"b\"}", Some(5.0)),
        ("db_pool_connections_total", Some(10.0)),
        // The engine records these from the facts, for every source alike.
        ("db_pool_connections_max", None),
    ] {
        assert_eq!(value(&reading, key), expected, "{key}");
    }
}
