//! Scrapes of real servers that behave well, badly, or not at all.

use std::time::{Duration, Instant};

use domain::{
    Connection, Facts, HttpAuth, HttpConnection, MetricKind, Problem, ProblemCode, Reading, Sample,
    SourceConfig, SourceKind, Timestamp, metric,
};

use super::PrometheusSource;
use super::series::SeriesLimit;
use crate::http::served::{Reply, Server, gzip, whole};
use crate::{Source, mpanel};

const NOW: Timestamp = Timestamp(1_795_427_000_000);
const TEXT: &str = "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n";

pub(crate) fn config(kind: SourceKind, url: &str, auth: HttpAuth) -> SourceConfig {
    let http = HttpConnection { url: url.to_owned(), auth, root_certificate: None };
    SourceConfig::unsaved("it", kind, Connection::Http(http))
}

fn source(url: &str, auth: HttpAuth, password: Option<&str>) -> Result<PrometheusSource, Problem> {
    let config = config(SourceKind::Prometheus, url, auth);
    PrometheusSource::open(&config, password.map(str::to_owned))
}

async fn poll(server: &Server) -> Result<Reading, Problem> {
    source(&server.url, HttpAuth::None, None)?.poll(NOW).await
}

fn recorded(reading: &Reading) -> Vec<(String, MetricKind, f64)> {
    let kept = reading.samples.iter().filter(|sample| sample.key.metric != metric::POLL_MS);
    kept.map(|Sample { key, kind, value }| (key.to_string(), *kind, *value)).collect()
}

#[tokio::test]
async fn openmetrics_is_asked_for_and_recorded() {
    let body = "# TYPE jobs counter\njobs_total{queue=\"a\",empty=\"\"} 3 # {id=\"x\"} 1\njobs_created 1.5\n\
                # TYPE heat gauge\nheat{b=\"1\",a=\"2\"} 21.5\nheat{a=\"2\",b=\"1\"} 99\nheat NaN\n\
                # TYPE app_build info\napp_build_info{version=\"1.2\"} 1\n# EOF\n";
    let headers = "Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\nContent-Encoding: gzip\r\n";
    let server = Server::always("200 OK", headers, gzip(body.as_bytes())).await;
    let reading = poll(&server).await.expect("metrics");
    assert_eq!(
        recorded(&reading),
        [
            ("jobs_total{queue=\"a\"}".to_owned(), MetricKind::Counter, 3.0),
            ("heat{a=\"2\",b=\"1\"}".to_owned(), MetricKind::Gauge, 21.5),
            ("app_build_info{version=\"1.2\"}".to_owned(), MetricKind::Gauge, 1.0),
        ]
    );
    assert_eq!(reading.version.as_deref(), Some("app 1.2"));
    assert_eq!(reading.found, ["Series: 3, as OpenMetrics 1.0"]);
    assert_eq!((reading.facts, reading.degraded), (Facts::None, Vec::new()));
    let head = server.last_head();
    assert!(head.starts_with("get /metrics http/1.1"), "{head}");
    assert!(head.contains("accept: application/openmetrics-text;version=1.0.0"), "{head}");
    assert!(head.contains("accept-encoding: gzip") && head.contains("user-agent: mpanel console/"), "{head}");
    assert!(!head.contains("authorization"), "{head}");
}

#[tokio::test]
async fn a_pool_behind_any_endpoint_is_recognised() {
    let body = include_str!("../../tests/recordings/mpanel/metrics_full_after_leak.txt");
    let reading = poll(&Server::always("200 OK", TEXT, body).await).await.expect("metrics");
    let Facts::AppPool(pool) = &reading.facts else { panic!("{:?}", reading.facts) };
    assert_eq!((pool.total, pool.idle, pool.active, pool.max), (10.0, 0.0, 10.0, Some(10.0)));
    assert!(reading.found.contains(&"Pool metrics: 6 of 6 families".to_owned()), "{:?}", reading.found);
    let samples = body.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).count();
    assert_eq!(recorded(&reading).len(), samples);
}

#[tokio::test]
async fn an_answer_that_is_no_scrape_is_dropped_whole_and_says_why() {
    let bomb = gzip(&vec![b'\n'; 64 * 1024 * 1024]);
    let zipped = "Content-Encoding: gzip\r\nContent-Type: text/plain; version=0.0.4\r\n";
    let good = gzip(b"a 1\n".repeat(1000).as_slice());
    let cases: Vec<(&'static str, &'static str, Vec<u8>, ProblemCode, &str)> = vec![
        (
            "200 OK",
            "Content-Type: text/html; charset=utf-8\r\n",
            b"<html>Log in".to_vec(),
            ProblemCode::NotMetrics,
            "text/html",
        ),
        ("200 OK", "", b"\n <!DOCTYPE html>".to_vec(), ProblemCode::NotMetrics, "a page"),
        (
            "200 OK",
            "Content-Type: application/json\r\n",
            b"{}".to_vec(),
            ProblemCode::NotMetrics,
            "application/json",
        ),
        (
            "200 OK",
            "Content-Type: text/plain\r\n",
            b"It works!".to_vec(),
            ProblemCode::NotMetrics,
            "line 1, column 4",
        ),
        ("200 OK", TEXT, b"a 1\nb one\n".to_vec(), ProblemCode::Protocol, "line 2, column 3"),
        ("200 OK", TEXT, b"a{b=\"\xff\"} 1\n".to_vec(), ProblemCode::BadEncoding, "UTF-8"),
        ("200 OK", zipped, bomb, ProblemCode::TooLarge, "16 MiB"),
        ("200 OK", TEXT, vec![b'\n'; 17 * 1024 * 1024], ProblemCode::TooLarge, "16 MiB"),
        ("200 OK", zipped, good[..good.len() - 9].to_vec(), ProblemCode::BadEncoding, "cut short"),
        ("200 OK", zipped, b"a 1\n".to_vec(), ProblemCode::BadEncoding, "damaged"),
        ("200 OK", "Content-Encoding: br\r\n", b"a 1\n".to_vec(), ProblemCode::BadEncoding, "\"br\""),
        ("401 Unauthorized", "", Vec::new(), ProblemCode::Authentication, "401"),
        ("403 Forbidden", "", Vec::new(), ProblemCode::Permission, "403"),
        ("404 Not Found", "", Vec::new(), ProblemCode::NotMetrics, "/metrics (404)"),
        ("500 Internal Server Error", "", Vec::new(), ProblemCode::ServerError, "500"),
        ("503 Service Unavailable", "", Vec::new(), ProblemCode::ServerError, "503"),
        ("418 I'm a teapot", "", Vec::new(), ProblemCode::Protocol, "418"),
        ("302 Found", "Location: /metrics\r\n", Vec::new(), ProblemCode::InvalidAddress, "more than 5 times"),
    ];
    for (status, headers, body, code, part) in cases {
        let server = Server::always(status, headers, body).await;
        let problem = poll(&server).await.expect_err(part);
        assert_eq!(problem.code, code, "{}", problem.message);
        assert!(problem.message.contains(part), "{part}: {}", problem.message);
        assert!(problem.remedy.is_some(), "{}", problem.message);
    }
}

#[tokio::test]
async fn one_deadline_holds_for_the_whole_scrape() {
    let body = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n\r\n".to_owned()
        + &"a 1\n".repeat(1000);
    for reply in [Some(body), None] {
        let server = Server::start(move |_| match &reply {
            Some(body) => Reply::Drip(body.clone().into_bytes()),
            None => Reply::Never,
        })
        .await;
        let started = Instant::now();
        let mut source = source(&server.url, HttpAuth::None, None).expect("a good address");
        source.scraper.set_deadline(Duration::from_millis(800));
        let problem = source.poll(NOW).await.expect_err("too slow");
        assert_eq!(problem.code, ProblemCode::Timeout, "{}", problem.message);
        assert!(problem.message.contains("within 0.8 s"), "{}", problem.message);
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_dropped() {
    let server =
        Server::start(|_| Reply::Whole(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\na 1\n".to_vec()))
            .await;
    let problem = poll(&server).await.expect_err("cut");
    assert_eq!(problem.code, ProblemCode::Unreachable, "{}", problem.message);
    assert!(problem.message.contains("before its answer was complete"), "{}", problem.message);
}

#[tokio::test]
async fn what_does_not_answer_is_told_apart() {
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a port");
    let server = Server::always("200 OK", TEXT, "a 1\n").await;
    let no_http = Server::start(|_| Reply::Whole(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec())).await;
    for (url, code, part) in [
        (format!("http://{free}"), ProblemCode::Refused, format!("{free} refused")),
        (
            "http://no-such-host.invalid".to_owned(),
            ProblemCode::NameNotFound,
            "no-such-host.invalid".to_owned(),
        ),
        (server.url.replace("http:", "https:"), ProblemCode::TlsInvalid, "does not speak TLS".to_owned()),
        (no_http.url.clone(), ProblemCode::Protocol, "does not answer in HTTP".to_owned()),
    ] {
        let source = source(&url, HttpAuth::None, None).expect("a good address");
        let problem = source.poll(NOW).await.expect_err(&url);
        assert_eq!(problem.code, code, "{}", problem.message);
        assert!(problem.message.contains(&part), "{}", problem.message);
    }
}

#[tokio::test]
async fn credentials_are_sent_as_asked_and_never_shown() {
    let server = Server::always("401 Unauthorized", "", "").await;
    let basic = HttpAuth::Basic { user: "scraper".to_owned() };
    for (auth, expected) in [
        (basic.clone(), "authorization: basic c2nyyxblcjpodw50zxiy"),
        (HttpAuth::Bearer, "authorization: bearer hunter2"),
    ] {
        let problem =
            source(&server.url, auth, Some("hunter2")).expect("complete").poll(NOW).await.expect_err("401");
        assert_eq!(problem.code, ProblemCode::Authentication);
        assert!(server.last_head().contains(expected), "{}", server.last_head());
        assert!(!format!("{problem:?}").contains("hunter2"));
    }
    let missing = source(&server.url, basic, None).err().map(|problem| problem.code);
    assert_eq!(missing, Some(ProblemCode::SecretMissing));
}

#[tokio::test]
async fn redirects_are_followed_but_not_with_credentials_to_another_host() {
    let target = Server::always("200 OK", TEXT, "a 1\n").await;
    let location = format!("Location: {}/elsewhere\r\n", target.url);
    let server = Server::start(move |_| whole("302 Found", &location, b"")).await;
    assert_eq!(poll(&server).await.map(|reading| recorded(&reading).len()), Ok(1));
    let source = source(&server.url, HttpAuth::Bearer, Some("hunter2")).expect("complete");
    let problem = source.poll(NOW).await.expect_err("refused");
    assert_eq!(problem.code, ProblemCode::InvalidAddress, "{}", problem.message);
    assert!(problem.message.contains("the password is for the first host only"), "{}", problem.message);
    assert_eq!(target.requests("/elsewhere"), 1);
}

#[tokio::test]
async fn an_endpoint_that_limits_requests_is_left_alone_as_long_as_it_asks() {
    let server = Server::always("429 Too Many Requests", "Retry-After: 857\r\n", "").await;
    let source = source(&server.url, HttpAuth::None, None).expect("a good address");
    for (seconds, requests) in [(0, 1), (5, 1), (856, 1), (857, 2), (-7_200, 3)] {
        let problem = source.poll(NOW.plus_millis(seconds * 1000)).await.expect_err("limited");
        assert_eq!(problem.code, ProblemCode::RateLimited, "after {seconds} s");
        assert_eq!(server.requests("/metrics"), requests, "after {seconds} s");
    }
}

#[tokio::test]
async fn beyond_the_cap_old_series_go_on_and_new_ones_are_dropped() {
    let first: String = (0..SeriesLimit::DEFAULT).map(|n| format!("old{{n=\"{n}\"}} 1\n")).collect();
    let flood: String = (0..300_000).map(|n| format!("new{{n=\"{n}\"}} 1\n")).collect::<String>() + &first;
    let bodies = parking_lot::Mutex::new(vec![flood.clone(), flood, first]);
    let server =
        Server::start(move |_| whole("200 OK", TEXT, bodies.lock().pop().unwrap_or_default().as_bytes()))
            .await;
    let config = config(SourceKind::Prometheus, &server.url, HttpAuth::None);
    let source = PrometheusSource::open(&config, None).expect("a good address");
    let calm = source.poll(NOW).await.expect("metrics");
    assert_eq!((recorded(&calm).len(), calm.degraded.len()), (SeriesLimit::DEFAULT, 0));

    let flooded = source.poll(NOW.plus_millis(5_000)).await.expect("metrics");
    assert_eq!(recorded(&flooded).len(), SeriesLimit::DEFAULT);
    assert!(recorded(&flooded).iter().all(|(key, _, _)| key.starts_with("old{")));
    assert_eq!(flooded.degraded.len(), 1);
    assert_eq!(flooded.degraded[0].code, "series_limit");
    assert!(flooded.degraded[0].message.starts_with("300000 new series"), "{}", flooded.degraded[0].message);

    // Series that ended long ago make room.
    let later = NOW.plus_millis(2 * 3_600_000);
    assert_eq!(recorded(&source.poll(later).await.expect("metrics")).len(), SeriesLimit::DEFAULT);
}

#[test]
fn other_kinds_of_connection_are_refused() {
    let mut config = config(SourceKind::Mpanel, "http://h", HttpAuth::None);
    config.connection = Connection::Environment;
    let problem = mpanel::MpanelSource::open(&config, None).err().expect("refused");
    assert_eq!(problem.code, ProblemCode::InvalidAddress);
}
